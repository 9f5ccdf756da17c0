"""Why a body, or a file, could not be read: by field and in words.

Knows: msgspec's messages, as patterns, and the sentence each becomes.
Refuses to know: the value that was sent: it is never repeated, for it may be a patient's.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from visavis_sdk.text import Text

__all__ = ["say_reason", "say_unreadable"]

_PATH = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)

Say = Callable[[re.Match[str]], Text]

_SENTENCES: tuple[tuple[re.Pattern[str], Say], ...] = (
    (
        re.compile(r"env:NAME or file:path"),
        lambda _: Text(
            fr="un secret s’écrit env:NOM ou file:chemin, jamais lui-même",
            en="a secret is written env:NAME or file:path, never itself",
        ),
    ),
    (
        re.compile(r"missing required field `(.+)`"),
        lambda m: Text(fr=f"il manque « {m[1]} »", en=f"“{m[1]}” is missing"),
    ),
    (
        re.compile(r"contains unknown field `.+`"),
        lambda _: Text(fr="une clé n’est pas connue ici", en="there is a key that is not known here"),
    ),
    (
        re.compile(r"Expected `(.+)`, got `(.+)`"),
        lambda m: Text(fr=f"{_kind(m[1]).fr} est attendu", en=f"{_kind(m[1]).en} is expected"),
    ),
    (
        re.compile(r"of length >= (\d+)"),
        lambda m: Text(fr=f"au moins {m[1]} caractère(s) ou élément(s)", en=f"at least {m[1]} character(s) or item(s)"),
    ),
    (
        re.compile(r"of length <= (\d+)"),
        lambda m: Text(fr=f"au plus {m[1]} caractères ou éléments", en=f"at most {m[1]} characters or items"),
    ),
    (
        re.compile(r"`(?:int|float)` (>=|<=|>|<) (\S+)"),
        lambda m: Text(fr=f"doit être {m[1]} {m[2]}", en=f"must be {m[1]} {m[2]}"),
    ),
    (re.compile(r"matching regex"), lambda _: Text(fr="la forme ne convient pas", en="it is not of the right form")),
    (
        re.compile(r"Invalid (?:enum )?value"),
        lambda _: Text(fr="cette valeur n’est pas dans la liste", en="this value is not in the list"),
    ),
)

_KINDS = {
    "str": Text(fr="un texte", en="a text"),
    "int": Text(fr="un nombre entier", en="a whole number"),
    "float": Text(fr="un nombre", en="a number"),
    "bool": Text(fr="oui ou non (true, false)", en="yes or no (true, false)"),
    "array": Text(fr="une liste", en="a list"),
    "object": Text(fr="un objet", en="an object"),
}


def say_unreadable(error: msgspec.MsgspecError) -> Text:
    """`Commande illisible, champ « need » : au moins 1 caractère(s).`"""
    if not isinstance(error, msgspec.ValidationError):
        return Text(fr="Le corps n’est pas du JSON valide.", en="The body is not valid JSON.")
    found = _PATH.match(str(error))
    what, path = (found["what"], found["path"] or "") if found is not None else (str(error), "")
    field = path.strip(".")
    reason = say_reason(what)
    where = Text(fr=f" champ « {field} » :", en=f" field “{field}”:") if field else Text(fr="", en="")
    return Text(fr=f"Commande illisible,{where.fr} {reason.fr}.", en=f"Unreadable command,{where.en} {reason.en}.")


def say_reason(what: str) -> Text:
    """One of msgspec's reasons in words, without the value it may quote."""
    found = ((pattern.search(what), say) for pattern, say in _SENTENCES)
    return next((say(match) for match, say in found if match is not None), Text(fr="illisible", en="unreadable"))


def _kind(name: str) -> Text:
    first = name.split(" | ")[0]
    return _KINDS.get(first, Text(fr="une autre sorte de valeur", en="another kind of value"))
