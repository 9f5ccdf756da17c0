"""Reading a jurisdiction's pack: dated rows in TOML, checks by name, consent texts as files (J4).

Knows: the shape of `obligations/*.toml` and `consent_texts.toml` beside a plugin's modules, read strictly.
Refuses to know: any jurisdiction. Replacing a pack means other files, never other code in the core.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated

import msgspec

from visavis_sdk.consent import ConsentText
from visavis_sdk.evidence import DUTIES
from visavis_sdk.obligations import Check, Enforcement, Moment, Obligation, Transition
from visavis_sdk.text import Language, Text
from visavis_sdk.vocabulary import ActKind

__all__ = ["PackRefusedError", "read_consent_texts", "read_obligations"]

Iso = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class PackRefusedError(ValueError):
    """A pack that cannot be used, with the row or file to mend."""


class Both(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fr: Words
    en: Words

    def text(self) -> Text:
        return Text(fr=self.fr, en=self.en)


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[obligation]]`. `effective_from` is the source's date where the source says it, else the review's."""

    id: Words
    title: Both
    advice: Both
    enforcement: Enforcement
    moment: Moment
    step: Words
    citation: Words
    source: Words
    check: Words
    effective_from: Iso | None = None
    effective_to: Iso | None = None
    stops: Transition | None = None
    kinds: tuple[ActKind, ...] = ()
    follows_patient: bool = True


class Pack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of `obligations`: the jurisdiction, the day its rows were last compared with their sources, the rows."""

    jurisdiction: Words
    reviewed: Iso
    obligation: tuple[Row, ...]


class TextRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[text]]`. `file` lies in the plugin's `texts` folder; its bytes are the body, to the last one."""

    id: Words
    version: Words
    language: Language
    title: Words
    file: Words
    effective_from: Iso


class Texts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    jurisdiction: Words
    text: tuple[TextRow, ...]


def read_obligations(package: str, checks: Mapping[str, Check]) -> tuple[Obligation, ...]:
    """The rows of a plugin's `obligations/*.toml`, files by name, each row tied to its check.

    Raises `PackRefusedError`.
    """
    twice = sorted(set(checks) & set(DUTIES))
    if twice:
        raise PackRefusedError(f"check {twice[0]!r} exists in the SDK; give the pack's own another name")
    packs = [_pack(package, name) for name in _names(package, "obligations")]
    if len({pack.jurisdiction for pack in packs}) != 1:
        raise PackRefusedError(f"{package}/obligations: every file names the same one jurisdiction")
    known = {**DUTIES, **checks}
    duties = tuple(_obligation(pack, row, known) for pack in packs for row in pack.obligation)
    dated = Counter((duty.id, duty.effective_from) for duty in duties)
    repeated = [id for (id, _), times in dated.items() if times > 1]
    if repeated:
        raise PackRefusedError(f"obligation {repeated[0]} is written twice for the same date")
    return duties


def _pack(package: str, name: str) -> Pack:
    try:
        return msgspec.toml.decode(_bytes_of(package, f"obligations/{name}"), type=Pack)
    except msgspec.DecodeError as error:
        raise PackRefusedError(f"{package}/obligations/{name}: {error}") from None


def _obligation(pack: Pack, row: Row, known: Mapping[str, Check]) -> Obligation:
    check = known.get(row.check)
    if check is None:
        raise PackRefusedError(f"obligation {row.id}: no check is called {row.check!r}")
    if (row.enforcement is Enforcement.GATE) is not (row.stops is not None):
        raise PackRefusedError(f"obligation {row.id}: a gate stops a transition, and only a gate does")
    return Obligation(
        id=row.id,
        jurisdiction=pack.jurisdiction,
        title=row.title.text(),
        advice=row.advice.text(),
        enforcement=row.enforcement,
        moment=row.moment,
        step=row.step,
        citation=row.citation,
        source=row.source,
        effective_from=row.effective_from or pack.reviewed,
        effective_to=row.effective_to,
        stops=row.stops,
        kinds=row.kinds,
        follows_patient=row.follows_patient,
        reviewed=pack.reviewed,
        check=check,
    )


def read_consent_texts(package: str) -> tuple[ConsentText, ...]:
    """The texts of a plugin's `consent_texts.toml`, bodies byte for byte. Raises `PackRefusedError`."""
    try:
        texts = msgspec.toml.decode(_bytes_of(package, "consent_texts.toml"), type=Texts)
        return tuple(
            ConsentText(
                id=row.id,
                version=row.version,
                language=row.language,
                title=row.title,
                body=_bytes_of(package, f"texts/{row.file}").decode(),
                effective_from=row.effective_from,
                jurisdiction=texts.jurisdiction,
            )
            for row in texts.text
        )
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PackRefusedError(f"{package}/consent_texts.toml: {error}") from None


def _names(package: str, folder: str) -> list[str]:
    place = files(package).joinpath(folder)
    names = [file.name for file in place.iterdir() if file.name.endswith(".toml")] if place.is_dir() else []
    if not names:
        raise PackRefusedError(f"{package}/{folder} holds no file of rows")
    return sorted(names)


def _bytes_of(package: str, path: str) -> bytes:
    try:
        return files(package).joinpath(path).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise PackRefusedError(f"{package}/{path} is missing") from None
