"""The section of a note that a wound form becomes.

Knows: which answers are told, in which order, as typed blocks that cite the events they come from.
Refuses to know: layout, and any judgement: what was not answered is left out or said to be absent, never guessed.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from visavis_sdk import Block, Figure, Finding, Heading, Language, Measurement, ReportContext, Table, Text, say_date
from visavis_sdk.events import StillCaptured
from visavis_sdk.forms import ABSENCE_LABELS, Absent

from visavis_wound_care.push import PushTable
from visavis_wound_care.scoring import PUSH_LABEL, exudate_label, method, push_of, tissue_label
from visavis_wound_care.words import EDGE, EXUDATE_TYPE, KIND, PERIWOUND, RISK, SIDE, SIGN, SITE, WoundKind
from visavis_wound_care.wound import Wound

__all__ = ["build_section"]

Row = tuple[Text, str]
E = TypeVar("E", bound=StrEnum)
DASH: Final = "—"
YES: Final = Text("oui", "yes")
NO: Final = Text("non", "no")


def build_section(context: ReportContext, table: PushTable) -> Sequence[Block]:
    """Heading, what was seen, measures, PUSH with its sub-scores, and the photos."""
    wound: Wound = context.answers
    language, sources = context.language, context.sources
    return (
        Heading(text=_title(wound, language), level=2, sources=sources),
        *_description(wound, language, sources),
        *_measurements(wound, language, sources),
        *_push(wound, table, language, sources),
        *_figures(context, wound),
    )


def _title(wound: Wound, language: Language) -> str:
    site = SITE[wound.site].in_language(language).lower()
    side = f", {SIDE[wound.side].in_language(language).lower()}" if wound.side else ""
    colon = "\u00a0: " if language == "fr" else ": "
    head = Text("Plaie", "Wound").in_language(language)
    return f"{head}{colon}{KIND[wound.kind].in_language(language).lower()}, {site}{side}"


def _description(wound: Wound, language: Language, sources: tuple[int, ...]) -> Iterator[Block]:
    rows = tuple((label.in_language(language), said) for label, said in _said(wound, language) if said)
    if rows:
        yield Table(
            caption=Text("Description (TIME)", "Description (TIME)").in_language(language),
            header=(Text("Élément", "Item").in_language(language), Text("Constat", "Finding").in_language(language)),
            rows=rows,
            sources=sources,
        )


def _said(wound: Wound, language: Language) -> Iterator[Row]:
    yield Text("Précision du siège", "Exact place"), wound.site_detail
    yield Text("Apparue le", "Since"), _date(wound.origin_date, language)
    yield Text("Cause", "Cause"), wound.cause
    yield Text("Soins jusqu’ici", "Care so far"), wound.care_so_far
    yield Text("Facteurs de risque", "Risk factors"), _words(RISK, wound.risks, language)
    yield Text("Tissus", "Tissue"), _tissues(wound, language)
    yield Text("Signes locaux", "Local signs"), _words(SIGN, wound.signs, language)
    yield Text("Odeur inhabituelle", "Unusual odour"), _yes_no(wound.odour, language)
    yield Text("Exsudat", "Exudate"), _exudate(wound, language)
    yield Text("Berges", "Edge"), _words(EDGE, wound.edge, language)
    yield Text("Peau périlésionnelle", "Periwound skin"), _words(PERIWOUND, wound.periwound, language)
    yield Text("Pansement retiré", "Dressing removed"), wound.dressing_removed
    yield Text("Pansement posé", "Dressing applied"), wound.dressing_applied
    yield Text("Prochaine réfection", "Next change"), _date(wound.next_change, language)
    yield Text("Remarque", "Remark"), wound.remark


def _measurements(wound: Wound, language: Language, sources: tuple[int, ...]) -> Iterator[Block]:
    clock = wound.undermining_clock
    at = Text(f"à {clock} h", f"at {clock} o’clock").in_language(language) if clock else ""
    measured: tuple[tuple[Text, Decimal | int | Absent | None, str, str], ...] = (
        (Text("Longueur", "Length"), wound.length, "cm", Text("tête-pieds", "head to toe").in_language(language)),
        (Text("Largeur", "Width"), wound.width, "cm", Text("perpendiculaire", "across").in_language(language)),
        (Text("Profondeur", "Depth"), wound.depth, "cm", ""),
        (Text("Trajet fistuleux", "Tunnelling"), wound.tunnelling, "cm", ""),
        (Text("Décollement", "Undermining"), wound.undermining, "cm", at),
        (Text("Étendue de la rougeur", "Extent of erythema"), wound.erythema, "cm", ""),
        (Text("Douleur", "Pain"), wound.pain, "{score}", Text("EN 0 à 10", "NRS 0 to 10").in_language(language)),
    )
    for label, value, unit, how in measured:
        if value is not None:
            is_absent = isinstance(value, Absent)
            yield Measurement(
                label=label.in_language(language),
                value="" if is_absent else str(value),
                unit=unit,
                method=how,
                absent=ABSENCE_LABELS[value.absent].in_language(language) if isinstance(value, Absent) else "",
                sources=sources,
            )


def _push(wound: Wound, table: PushTable, language: Language, sources: tuple[int, ...]) -> Iterator[Block]:
    score = push_of(wound, table)
    absent = Text("Non calculable : une donnée manque", "Cannot be computed: something is missing")
    yield Measurement(
        label=PUSH_LABEL.in_language(language),
        value="" if score.total is None else str(score.total),
        unit="{score}",
        method=method(table).in_language(language),
        absent=absent.in_language(language) if score.total is None else "",
        sources=sources,
    )
    exudate, tissue = exudate_label(wound), tissue_label(wound)
    area = "" if score.area is None else f"{_number(score.area, language)} cm²"
    parts = (
        (Text("Surface (longueur × largeur)", "Size (length × width)"), area, score.size),
        (Text("Exsudat", "Exudate"), exudate.in_language(language) if exudate else "", score.exudate),
        (Text("Tissu le plus péjoratif", "Worst tissue"), tissue.in_language(language) if tissue else "", score.tissue),
    )
    header = (Text("Élément", "Item"), Text("Constat", "Finding"), Text("Points", "Points"))
    yield Table(
        caption=Text("PUSH : de 0 (fermée) à 17", "PUSH: from 0 (closed) to 17").in_language(language),
        header=tuple(text.in_language(language) for text in header),
        rows=tuple(
            (label.in_language(language), said or DASH, DASH if points is None else str(points))
            for label, said, points in parts
        ),
        sources=sources,
    )
    if wound.kind is not WoundKind.PRESSURE:
        note = Text(
            "PUSH a été conçu pour l’escarre ; ce qu’il vaut pour cette plaie est laissé au clinicien.",
            "PUSH was designed for pressure injuries; what it is worth for this wound is left to the clinician.",
        )
        yield Finding(severity="information", text=note.in_language(language), source=table.source, sources=sources)


def _figures(context: ReportContext, wound: Wound) -> Iterator[Block]:
    stills = {
        recorded.body.still: (recorded.n, recorded.body)
        for recorded in context.act.events
        if isinstance(recorded.body, StillCaptured)
    }
    language = context.language
    title = _title(wound, language)
    for still in wound.photos:
        if still not in stills:
            missing = Text("Une photo choisie n’est pas dans l’acte.", "A chosen picture is not in the act.")
            yield Finding(severity="attention", text=missing.in_language(language), sources=context.sources)
            continue
        n, body = stills[still]
        taken = Text("prise le", "taken on").in_language(language)
        yield Figure(
            caption=body.label or f"{title} ({taken} {body.captured_at[:10]})",
            alternative=Text(f"Photographie. {title}.", f"Photograph. {title}.").in_language(language),
            sha256=body.sha256,
            sources=(*context.sources, n),
        )


def _tissues(wound: Wound, language: Language) -> str:
    if wound.closed:
        return Text("plaie fermée", "closed").in_language(language)
    shares = (
        (Text("nécrose", "necrosis"), wound.necrosis),
        (Text("fibrine", "slough"), wound.slough),
        (Text("bourgeon", "granulation"), wound.granulation),
        (Text("épithélium", "epithelium"), wound.epithelium),
    )
    space = "\u00a0" if language == "fr" else ""  # French sets the percent sign apart, without a line break
    return ", ".join(f"{label.in_language(language)} {share}{space}%" for label, share in shares if share is not None)


def _exudate(wound: Wound, language: Language) -> str:
    if isinstance(wound.exudate, Absent):
        return ABSENCE_LABELS[wound.exudate.absent].in_language(language)
    amount = exudate_label(wound)
    kinds = _words(EXUDATE_TYPE, wound.exudate_type, language)
    return ", ".join(part for part in (amount.in_language(language).lower() if amount else "", kinds) if part)


def _words(labels: Mapping[E, Text], chosen: Iterable[E], language: Language) -> str:
    return ", ".join(labels[one].in_language(language).lower() for one in chosen)


def _yes_no(answer: bool | None, language: Language) -> str:
    return "" if answer is None else (YES if answer else NO).in_language(language)


def _date(date: datetime.date | None, language: Language) -> str:
    return "" if date is None else say_date(date, language)


def _number(value: Decimal, language: Language) -> str:
    written = format(value.normalize(), "f")
    return written.replace(".", ",") if language == "fr" else written
