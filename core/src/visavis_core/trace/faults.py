"""What can go wrong with the record, in words a person understands and a code a program understands.

Knows: each fault's code and its French and English sentence.
Refuses to know: patient data. A fault names an act and an event number, never what the event says.
"""

from __future__ import annotations

from typing import ClassVar

from visavis_sdk.text import Text

__all__ = [
    "ActFull",
    "CheckpointInvalid",
    "ClockBehind",
    "Conflict",
    "DraftInvalid",
    "ExportTooLarge",
    "JournalStopped",
    "NotYetSigned",
    "OpeningFailed",
    "ProofInvalid",
    "RecordBroken",
    "RecordRewound",
    "RecordTooLarge",
    "SubjectErased",
    "TraceFault",
    "UnknownActRecord",
    "UnknownEvent",
]


class TraceFault(Exception):  # noqa: N818 - faults are named for what happened, as events are
    """Base of the faults of the record. `str()` is the English sentence; `message` has both."""

    code: ClassVar[str] = "trace.fault"

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


class Conflict(TraceFault):
    """Somebody else appended first: the caller decided on `expected` events, the act has `actual`."""

    code = "trace.conflict"

    def __init__(self, act: str, expected: int, actual: int) -> None:
        super().__init__(
            Text(
                fr=f"L’acte a changé entre-temps ({actual} événements, {expected} attendus). Relire, puis refaire.",
                en=f"The act has changed meanwhile ({actual} events, {expected} expected). Read it again, then retry.",
            )
        )
        self.act, self.expected, self.actual = act, expected, actual


class JournalStopped(TraceFault):
    """Nothing is acknowledged any more, because the last write may not have reached the disk. Reading still works."""

    code = "trace.stopped"

    def __init__(self, cause: str) -> None:
        super().__init__(
            Text(
                fr=f"Le dossier n’enregistre plus ({cause}). Rien de nouveau n’est conservé ; on peut encore lire. "
                "La cause réglée, redémarrer visavis : tout ce qui a été confirmé s’y trouve.",
                en=f"The record has stopped writing ({cause}). Nothing new is kept; reading still works. "
                "Once the cause is mended, restart visavis: all that was acknowledged is there.",
            )
        )
        self.cause = cause


class RecordTooLarge(TraceFault):
    code = "trace.too_large"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            Text(
                fr=f"Cet événement fait {size} octets et la limite est de {limit}. "
                "Déposez le contenu comme document et citez son empreinte SHA-256.",
                en=f"This event is {size} bytes and the limit is {limit}. "
                "Store the content as a document and refer to it by its SHA-256.",
            )
        )
        self.size, self.limit = size, limit


class DraftInvalid(TraceFault):
    """A draft's clear part is not of the form that pseudonyms and times have. `part` names the field, not its value."""

    code = "trace.draft_invalid"

    def __init__(self, part: str) -> None:
        super().__init__(
            Text(
                fr=f"Événement refusé : la partie en clair « {part} » n’a pas la forme attendue.",
                en=f"Event refused: its clear part “{part}” is not of the expected form.",
            )
        )
        self.part = part


class ActFull(TraceFault):
    code = "trace.act_full"

    def __init__(self, act: str, limit: int) -> None:
        super().__init__(
            Text(
                fr=f"Cet acte compte déjà {limit} événements, la limite. Clore l’acte et en ouvrir un autre.",
                en=f"This act already holds {limit} events, the limit. Close it and open another.",
            )
        )
        self.act, self.limit = act, limit


class UnknownActRecord(TraceFault):
    code = "trace.unknown_act"

    def __init__(self, act: str) -> None:
        super().__init__(Text(fr="Aucun acte ne porte ce numéro.", en="No act has this id."))
        self.act = act


class UnknownEvent(TraceFault):
    """An event type this version does not know. Refused by name: skipping it would change what the act says."""

    code = "trace.unknown_event"

    def __init__(self, act: str, n: int, type_: str) -> None:
        super().__init__(
            Text(
                fr=f"Événement {n} de l’acte {act} : type « {type_} » inconnu de cette version.",
                en=f"Event {n} of act {act}: type “{type_}” is unknown to this version.",
            )
        )
        self.act, self.n, self.type = act, n, type_


class RecordBroken(TraceFault):
    """Stored bytes do not fit their place in the chain: the disk or somebody changed them."""

    code = "trace.broken"

    def __init__(self, act: str, n: int, what: Text) -> None:
        super().__init__(Text(fr=f"Événement {n} de l’acte {act} : {what.fr}", en=f"Event {n} of act {act}: {what.en}"))
        self.act, self.n, self.what = act, n, what


class RecordRewound(TraceFault):
    """The store does not extend the last head that was signed for it, kept in the file `path` beside the key."""

    code = "trace.rewound"

    def __init__(self, path: str) -> None:
        super().__init__(
            Text(
                fr="La base ne prolonge pas la dernière tête signée, gardée à côté de la clé : le dossier a été "
                "réécrit, vidé, ou remplacé par une sauvegarde plus ancienne. Rien n’est signé. Lancer « visavis trace "
                f"verify ». Si une sauvegarde a été remise exprès : ranger {path} ailleurs sous un autre nom (il "
                "prouve ce qui manque, ne pas le détruire), puis redémarrer.",
                en="The store does not extend the last signed head, kept beside the key: the record was rewritten, "
                "emptied, or replaced by an older backup. Nothing is signed. Run “visavis trace verify”. "
                f"If a backup was restored on purpose: put {path} elsewhere under another name (it proves what is "
                "missing, do not destroy it), then start again.",
            )
        )
        self.path = path


class OpeningFailed(TraceFault):
    """A sealed body does not open: wrong key, or bytes changed."""

    code = "trace.opening_failed"

    def __init__(self, act: str, n: int) -> None:
        super().__init__(
            Text(
                fr=f"L’événement {n} de l’acte {act} ne s’ouvre pas : mauvaise clé ou octets modifiés.",
                en=f"Event {n} of act {act} does not open: wrong key or changed bytes.",
            )
        )
        self.act, self.n = act, n


class SubjectErased(TraceFault):
    """The key of this subject was destroyed on purpose; what it sealed is gone for ever, the chain stands."""

    code = "trace.subject_erased"

    def __init__(self, subject: str) -> None:
        super().__init__(
            Text(
                fr="Le contenu de ce dossier a été effacé sur décision. La suite des événements reste vérifiable.",
                en="The content of this dossier was erased by decision. The sequence of events can still be verified.",
            )
        )
        self.subject = subject


class CheckpointInvalid(TraceFault):
    code = "trace.checkpoint_invalid"

    def __init__(self, what: Text) -> None:
        super().__init__(what)


class ProofInvalid(TraceFault):
    code = "trace.proof_invalid"

    def __init__(self, what: Text) -> None:
        super().__init__(what)


class ClockBehind(TraceFault):
    """The machine's clock stands before the last checkpoint it signed: times would lie."""

    code = "trace.clock_behind"

    def __init__(self, now: str, last: str) -> None:
        super().__init__(
            Text(
                fr=f"L’horloge ({now}) est en retard sur le dernier point signé ({last}). La régler, puis redémarrer.",
                en=f"The clock ({now}) is behind the last signed checkpoint ({last}). Set it, then start again.",
            )
        )
        self.now, self.last = now, last


class NotYetSigned(TraceFault):
    """The last signed head does not reach the act's last event."""

    code = "trace.not_yet_signed"

    def __init__(self, act: str) -> None:
        super().__init__(
            Text(
                fr="Les derniers événements de cet acte ne sont pas encore signés ; réessayer dans dix secondes.",
                en="The latest events of this act are not signed yet; try again in ten seconds.",
            )
        )
        self.act = act


class ExportTooLarge(TraceFault):
    code = "trace.export_too_large"

    def __init__(self, act: str, limit: int) -> None:
        super().__init__(
            Text(
                fr=f"Les images de cet acte dépassent ensemble la limite d’un export ({limit} octets).",
                en=f"The pictures of this act together exceed the limit of an export ({limit} bytes).",
            )
        )
        self.act, self.limit = act, limit
