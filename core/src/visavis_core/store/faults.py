"""What can go wrong with the store, in words and codes.

Knows: each fault's sentence in both languages.
Refuses to know: SQL texts and parameters; database messages can quote patient data, so they never get in here.
"""

from __future__ import annotations

from typing import ClassVar

from visavis_sdk.text import Text

__all__ = [
    "BlobDamaged",
    "BlobMismatch",
    "BlobMissing",
    "BlobStoreFull",
    "BlobTooLarge",
    "KekInvalid",
    "KeyMissing",
    "ReadFailed",
    "SchemaNewer",
    "StoreBusy",
    "StoreFault",
    "StoreRefused",
    "WriteFailed",
]


class StoreFault(Exception):  # noqa: N818 - faults are named for what happened, as events are
    """Base of the store's faults. `str()` is the English sentence; `message` has both."""

    code: ClassVar[str] = "store.fault"

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


class StoreRefused(StoreFault):
    """The store cannot be opened as configured."""

    code = "store.refused"


class StoreBusy(StoreFault):
    """Another process writes here."""

    code = "store.busy"

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Un autre visavis écrit déjà dans ce dossier de données. L’arrêter d’abord.",
                en="Another visavis is already writing to this store. Stop it first.",
            )
        )


class SchemaNewer(StoreFault):
    code = "store.schema_newer"

    def __init__(self, found: str) -> None:
        super().__init__(
            Text(
                fr=f"Ces données ont été écrites par une version plus récente de visavis (schéma {found}). "
                "Installer cette version ou une plus récente ; rien n’a été modifié.",
                en=f"This data was written by a newer visavis (schema {found}). "
                "Install that version or a later one; nothing was changed.",
            )
        )
        self.found = found


class WriteFailed(StoreFault):
    """A write failed below SQL: disk full, disk error, file gone, database down. `cause` is a short code."""

    code = "store.faulted"

    def __init__(self, cause: str) -> None:
        super().__init__(
            Text(
                fr=f"L’écriture sur le disque a échoué ({cause}).",
                en=f"Writing to disk failed ({cause}).",
            )
        )
        self.cause = cause


class ReadFailed(StoreFault):
    """The store cannot be read now: disk error, database down. `cause` is a short code."""

    code = "store.read_failed"

    def __init__(self, cause: str) -> None:
        super().__init__(
            Text(
                fr=f"La lecture des données a échoué ({cause}).",
                en=f"Reading the data failed ({cause}).",
            )
        )
        self.cause = cause


class KekInvalid(StoreFault):
    code = "keys.kek_invalid"


class KeyMissing(StoreFault):
    """The ring never had this key: a wrong or older key file is in place."""

    code = "keys.missing"

    def __init__(self, subject: str) -> None:
        super().__init__(
            Text(
                fr="La clé de ce dossier manque : le fichier des clés n’est pas celui de ces données.",
                en="The key of this dossier is missing: the key file does not belong to this data.",
            )
        )
        self.subject = subject


class BlobTooLarge(StoreFault):
    code = "blobs.too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            Text(fr=f"Ce fichier dépasse la limite de {limit} octets.", en=f"This file exceeds {limit} bytes.")
        )
        self.limit = limit


class BlobMismatch(StoreFault):
    code = "blobs.mismatch"

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Le fichier reçu n’a pas l’empreinte annoncée ; l’envoyer à nouveau.",
                en="The received file does not have the announced SHA-256; send it again.",
            )
        )


class BlobMissing(StoreFault):
    code = "blobs.missing"

    def __init__(self) -> None:
        super().__init__(Text(fr="Ce fichier n’est pas dans le dossier.", en="This file is not in the dossier."))


class BlobDamaged(StoreFault):
    code = "blobs.damaged"

    def __init__(self) -> None:
        super().__init__(
            Text(fr="Ce fichier a été modifié sur le disque.", en="This file was changed on disk and cannot be shown.")
        )


class BlobStoreFull(StoreFault):
    code = "blobs.full"

    def __init__(self, cause: str) -> None:
        super().__init__(
            Text(
                fr=f"Le fichier n’a pas pu être conservé ({cause}). Rien n’est perdu côté appareil ; réessayer.",
                en=f"The file could not be kept ({cause}). Nothing is lost on the device; try again.",
            )
        )
        self.cause = cause
