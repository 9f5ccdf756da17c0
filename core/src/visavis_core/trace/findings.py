"""What a verification says: how much was looked at, and what is wrong, first things first.

Knows: the sentences. Each finding names the act and the number of the event, or the file.
Refuses to know: how findings are come by.
"""

from __future__ import annotations

import msgspec
from visavis_sdk.text import Language, Text

__all__ = ["Finding", "Report", "find"]

_SENTENCES = {
    "chain": Text(
        fr="cet événement a été modifié, ou ne suit pas le précédent.",
        en="this event was changed, or does not follow the one before it.",
    ),
    "leaf": Text(
        fr="les octets conservés n’ont pas l’empreinte inscrite dans l’arbre.",
        en="the stored bytes do not have the hash entered in the tree.",
    ),
    "missing": Text(fr="un événement manque à cette place.", en="an event is missing at this place."),
    "place": Text(
        fr="l’événement est rangé sous un autre acte ou un autre numéro que les siens.",
        en="the event is filed under another act or number than its own.",
    ),
    "tail": Text(
        fr="la fin de l’acte ne correspond pas à ce qui était inscrit : il manque des événements ou il y en a en trop.",
        en="the end of the act is not what was entered: events are missing, or there are too many.",
    ),
    "signature": Text(
        fr="la tête de l’arbre n’est pas signée par la clé attendue.",
        en="the tree's head is not signed by the expected key.",
    ),
    "root": Text(
        fr="l’arbre ne donne pas la racine qui a été signée : des événements ont été modifiés, retirés ou ajoutés.",
        en="the tree does not give the root that was signed: events were changed, removed or added.",
    ),
    "known": Text(
        fr="l’arbre ne prolonge pas une tête signée déjà connue au dehors : le passé a été réécrit.",
        en="the tree does not extend a signed head known outside: the past was rewritten.",
    ),
    "kept": Text(
        fr="l’arbre ne prolonge pas la dernière tête signée, gardée à côté de la clé : le passé a été réécrit ou "
        "effacé, ou une sauvegarde plus ancienne a été remise.",
        en="the tree does not extend the last signed head, kept beside the key: the past was rewritten or deleted, or "
        "an older backup was restored.",
    ),
    "beheaded": Text(
        fr="la base n’a plus de tête signée là où une tête gardée à côté de la clé en prouve une : on en a retiré.",
        en="the store has no signed head where one kept beside the key proves there was one: heads were removed.",
    ),
    "waiting": Text(
        fr="des événements attendent leur tête signée depuis plus d’une minute ; rien ne prouve qu’ils n’ont pas été "
        "modifiés. Si visavis a été coupé, le redémarrer les signe.",
        en="events have been waiting for their signed head for more than a minute; nothing proves that they were not "
        "changed. If visavis was cut off, starting it signs them.",
    ),
    "proof": Text(
        fr="la preuve ne relie pas cet événement à la tête signée.",
        en="the proof does not link this event to the signed head.",
    ),
    "opened": Text(
        fr="le texte en clair n’est pas celui qui a été scellé.", en="the opened text is not the one that was sealed."
    ),
    "key": Text(
        fr="la clé jointe n’est pas celle qui a scellé cet acte.", en="the enclosed key is not the one of this act."
    ),
    "container": Text(
        fr="l’archive n’est pas celle qui a été produite (en-têtes ou ordre modifiés).",
        en="the archive is not the one that was made (headers or order were changed).",
    ),
    "unreadable": Text(fr="illisible ou d’un autre format.", en="unreadable, or of another format."),
    "hash": Text(
        fr="ce fichier n’est pas celui qui a été exporté : il a été modifié.",
        en="this file is not the one that was exported: it was changed.",
    ),
    "absent": Text(fr="ce fichier manque.", en="this file is missing."),
    "foreign": Text(fr="ce fichier n’appartient pas à l’export.", en="this file does not belong to the export."),
    "vkey": Text(
        fr="la clé de vérification jointe n’est pas celle qui était attendue.",
        en="the enclosed verifier key is not the expected one.",
    ),
    "content_absent": Text(
        fr="le fichier scellé d’une image ou d’un document manque.",
        en="the sealed file of a picture or document is missing.",
    ),
    "content_damaged": Text(
        fr="le fichier scellé d’une image ou d’un document a été modifié, ou n’est pas lisible.",
        en="the sealed file of a picture or document was changed, or cannot be read.",
    ),
    "content_unlisted": Text(
        fr="cet événement cite une image ou un document que la base ne connaît plus.",
        en="this event refers to a picture or document that the store no longer knows.",
    ),
    "content_key": Text(
        fr="la clé d’une image ou d’un document manque.", en="the key of a picture or document is missing."
    ),
    "still": Text(
        fr="cette image n’est citée par aucun événement.", en="this picture is not referred to by any event."
    ),
}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`n` is -1 when the finding is not about one event; `file` is empty when it is about a store."""

    code: str
    act: str = ""
    n: int = -1
    file: str = ""
    detail: str = ""  # pseudonyms, sizes and codes only

    def in_language(self, language: Language) -> str:
        where = []
        if self.file:
            where.append(self.file)
        if self.n >= 0:
            numbered = {"fr": f"événement {self.n} de l’acte {self.act}", "en": f"event {self.n} of act {self.act}"}
            where.append(numbered[language])
        elif self.act:
            where.append({"fr": f"acte {self.act}", "en": f"act {self.act}"}[language])
        sentence = _SENTENCES[self.code].in_language(language)
        detail = f" ({self.detail})" if self.detail else ""
        colon = {"fr": "\u00a0: ", "en": ": "}[language]
        return f"{colon.join([', '.join(where), sentence]) if where else sentence}{detail}"


def find(code: str, *, act: str = "", n: int = -1, file: str = "", detail: str = "") -> Finding:
    """A finding with one of the known codes (KeyError otherwise)."""
    _ = _SENTENCES[code]
    return Finding(code=code, act=act, n=n, file=file, detail=detail)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`unsigned` is how many of the newest events no signed head covers yet."""

    events: int
    acts: int
    heads: int
    unsigned: int = 0
    size: int = 0  # of the last signed head
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def first(self) -> Finding | None:
        return self.findings[0] if self.findings else None
