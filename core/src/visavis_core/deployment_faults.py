"""What is wrong with a `visavis.toml`, said so that its author can mend it.

Knows: how to turn a decoder's error into a key, a line and a way out.
Refuses to know: the value that was wrong. It may be a secret pasted in the wrong place, so it is never repeated.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import Any

import msgspec
from visavis_sdk.text import Language, Text

from visavis_core.decoding import say_reason
from visavis_core.secret import SecretMissing

__all__ = ["Contradiction", "DeploymentError", "explain", "not_text"]

_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`")
_TOML_LINE = re.compile(r"line (?P<line>\d+)")


class DeploymentError(Exception):
    """`key` is a dotted path (`web.port`, `plugins[1].id`), `line` counts from 1 or is None, `file` is its name."""

    code = "deployment.invalid"

    def __init__(self, *, key: str, line: int | None, message: Text, way_out: Text) -> None:
        super().__init__(message.en)
        self.key, self.line, self.message, self.way_out = key, line, message, way_out
        self.file = "visavis.toml"  # put in by who opened it

    def in_language(self, language: Language) -> str:
        """Three short lines: where, what, and the way out."""
        french = language == "fr"
        place = ("ligne" if french else "line") + f" {self.line}" if self.line is not None else ""
        where = ", ".join(part for part in (self.file, place, self.key) if part)
        return f"{where}\n  {self.message.in_language(language)}\n  {self.way_out.in_language(language)}"


class Contradiction(ValueError):  # noqa: N818 -- named as what it is: two keys that do not go together
    """What no single key can say by itself. `text` says it."""

    def __init__(self, key: str, text: Text) -> None:
        super().__init__(f"{text.en} - at `$.{key}`")
        self.text = text


def explain(error: Exception, text: str, root: type[msgspec.Struct]) -> DeploymentError:
    if isinstance(error, tomllib.TOMLDecodeError | RecursionError):
        return _not_toml(error)
    if isinstance(error, SecretMissing):
        return _no_secret(error, text)
    return _invalid(error, text, root)


def not_text(*, too_large: bool) -> DeploymentError:
    """For a file that is something else altogether: a database, a picture, a disk image."""
    message = (
        Text(fr="Ce fichier dépasse 1 Mio.", en="This file is larger than 1 MiB.")
        if too_large
        else Text(fr="Ce fichier n’est pas du texte (UTF-8).", en="This file is not text (UTF-8).")
    )
    return DeploymentError(
        key="",
        line=None,
        message=message,
        way_out=Text(fr="Donnez le chemin d’un visavis.toml.", en="Give the path of a visavis.toml."),
    )


def _not_toml(error: Exception) -> DeploymentError:
    found = _TOML_LINE.search(str(error))
    return DeploymentError(
        key="",
        line=int(found["line"]) if found else None,
        message=Text(fr="Ce n’est pas du TOML valide.", en="This is not valid TOML."),
        way_out=Text(
            fr="Vérifiez les guillemets et les crochets à cet endroit.", en="Check the quotes and brackets there."
        ),
    )


def _no_secret(error: SecretMissing, text: str) -> DeploymentError:
    return DeploymentError(
        key=error.where,
        line=line_of(text, error.where),
        message=Text(
            fr=f"Le secret « {error.source} » est introuvable : {error.why}.",
            en=f"The secret “{error.source}” is not there: {error.why}.",
        ),
        way_out=Text(
            fr="Définissez la variable ou le fichier, puis relancez.", en="Set the variable or the file, then retry."
        ),
    )


def _invalid(error: Exception, text: str, root: type[msgspec.Struct]) -> DeploymentError:
    found = _AT.match(str(error))
    assert found is not None  # the pattern matches any text
    what, path = found["what"], (found["path"] or "$").removeprefix("$").removeprefix(".")
    unknown = _UNKNOWN.search(what)
    if unknown is not None:
        return _unknown_key(path, unknown["name"], text, root)
    # Our own reasons are already words; msgspec's are put into words.
    reason = error.text if isinstance(error, Contradiction) else _reason(what, path)
    absent = _MISSING.search(what)
    key = f"{path}.{absent['name']}".removeprefix(".") if absent is not None else path
    return DeploymentError(
        key=key,
        line=line_of(text, path if absent is not None else key),
        message=Text(fr=f"Valeur refusée : {reason.fr}.", en=f"Value refused: {reason.en}."),
        way_out=Text(
            fr="docs/deploy.md montre chaque clé avec un exemple.", en="docs/deploy.md shows each key with an example."
        ),
    )


# What a key's form is, where "not of the right form" would leave its author guessing.
_FORMS = {
    "sha256": Text(
        fr="64 chiffres hexadécimaux sont attendus, comme « visavis plugins list » les montre",
        en="64 hexadecimal digits are expected, as “visavis plugins list” shows them",
    ),
    "id": Text(
        fr="des minuscules, chiffres et « _ » sont attendus, comme « visavis plugins list » les montre",
        en="lower-case letters, digits and “_” are expected, as “visavis plugins list” shows them",
    ),
    "public_url": Text(
        fr="une adresse sans chemin est attendue, comme https://visavis.example.org",
        en="an address without a path is expected, such as https://visavis.example.org",
    ),
    "url": Text(
        fr="« sqlite:///chemin » ou « postgresql+psycopg://… » est attendu",
        en="“sqlite:///path” or “postgresql+psycopg://…” is expected",
    ),
    "plugins": Text(
        fr="chaque plugin s’écrit sous son propre [[plugins]], avec deux crochets",
        en="each plugin is written under a [[plugins]] of its own, with two brackets",
    ),
}


def _reason(what: str, path: str) -> Text:
    form = _FORMS.get(path.rsplit(".", 1)[-1])
    if form is not None and ("matching regex" in what or "Expected `array`" in what):
        return form
    return say_reason(what)


def _unknown_key(path: str, name: str, text: str, root: type[msgspec.Struct]) -> DeploymentError:
    key = f"{path}.{name}".removeprefix(".")
    known = sorted(field for field in _fields_at(root, path) if field not in ("folder", "demo"))
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        way_out = Text(fr=f"Vouliez-vous écrire « {near[0]} » ?", en=f"Did you mean “{near[0]}”?")
    else:
        listed = ", ".join(known)
        way_out = Text(fr=f"Clés connues ici : {listed}.", en=f"Keys known here: {listed}.")
    return DeploymentError(
        key=key,
        line=line_of(text, key),
        message=Text(fr=f"La clé « {name} » n’existe pas.", en=f"There is no key “{name}”."),
        way_out=way_out,
    )


def _fields_at(root: type[msgspec.Struct], path: str) -> tuple[str, ...]:
    """Names of the keys of the section `path` leads to."""
    kind: Any = root
    for step in filter(None, re.split(r"[.\[\]…\d]+", path)):
        kind = next((f.type for f in msgspec.structs.fields(kind) if f.name == step), root)
        kind = next((a for a in getattr(kind, "__args__", ()) if isinstance(a, type)), kind)
    return tuple(field.name for field in msgspec.structs.fields(kind))


def line_of(text: str, key: str) -> int | None:
    """Line of a dotted key, by reading headers and keys; None when it is written in an unusual way."""
    steps = re.findall(r"[^.\[\]]+|\[\d+\]|\[\.\.\.\]", key)
    if not steps:
        return None
    section, occurrence, name = steps[0], 0, steps[-1]
    if len(steps) > 1 and steps[1].startswith("[") and steps[1] != "[...]":
        occurrence = int(steps[1].strip("[]"))
    start = _header_line(text, section, occurrence)
    lines = text.splitlines()
    if len(steps) == 1 or name.startswith("["):
        return start or _key_line(lines, name, 0)
    return _key_line(lines, name, start or 0) or start


def _header_line(text: str, section: str, occurrence: int) -> int | None:
    header = re.compile(rf"^[ \t]*\[\[?\s*{re.escape(section)}\s*\]?\]", re.MULTILINE)
    found = [text.count("\n", 0, match.start()) + 1 for match in header.finditer(text)]
    return found[occurrence] if occurrence < len(found) else None


def _key_line(lines: list[str], name: str, start: int) -> int | None:
    pattern = re.compile(rf"^\s*{re.escape(name)}\s*=|\{{\s*{re.escape(name)}\s*=|,\s*{re.escape(name)}\s*=")
    for number, line in enumerate(lines[start:], start + 1):
        if start and line.lstrip().startswith("["):
            return None
        if pattern.search(line):
            return number
    return None
