"""The conformity sheet as an annex: every duty by moment, how it stands, and the events that prove it.

Knows: the words for each status, in the packs' order.
Refuses to know: how a duty was judged (`obligations`).
"""

from __future__ import annotations

from visavis_sdk.obligations import Derogated, Due, Met, Moment, NotApplicable
from visavis_sdk.reports import Block, Heading, Paragraph, Table
from visavis_sdk.text import Language

from visavis_core.acts.act import Act
from visavis_core.documents.citing import cite
from visavis_core.locale import Formats, typeset, words
from visavis_core.obligations.sheet import ConformitySheet, SheetLine

__all__ = ["annex"]


def annex(act: Act, sheet: ConformitySheet, language: Language, *, zone: str = "UTC") -> tuple[Block, ...]:
    """Heading, a sentence that counts, and one table for each moment that has lines. Empty without lines."""
    if not sheet.lines:
        return ()
    speak, formats = words(language), Formats(language, zone)
    counts = sheet.counts
    summary = speak(
        "annex.summary",
        met=counts.met,
        applicable=counts.applicable,
        to_do=counts.to_do,
        lacking=counts.lacking,
        to_come=counts.to_come,
        derogated=counts.derogated,
        not_applicable=counts.not_applicable,
    )
    blocks: list[Block] = [Heading(text=speak("annex.title")), Paragraph(text=summary)]
    for moment in Moment:
        lines = sheet.at(moment)
        if lines:
            blocks += [
                Heading(text=speak(f"annex.{moment}"), level=3),
                Table(
                    caption="",
                    header=tuple(speak(f"annex.{column}") for column in ("duty", "status", "proof", "citation")),
                    rows=tuple(_row(act, sheet, line, language, formats) for line in lines),
                ),
            ]
    return tuple(blocks)


def _row(
    act: Act, sheet: ConformitySheet, line: SheetLine, language: Language, formats: Formats
) -> tuple[str, str, str, str]:
    duty = line.obligation
    title = typeset(duty.title.in_language(language), language)
    return f"{duty.id}. {title}", _status(act, sheet, line, language, formats), _proof(line), duty.citation


def _status(act: Act, sheet: ConformitySheet, line: SheetLine, language: Language, formats: Formats) -> str:
    speak = words(language)
    match line.status:
        case Met(events=events):
            known = [act.events[n].at for n in events if n < len(act.events)]
            if not known:
                return speak("annex.met")
            at = max(known)
            same_day = formats.date(at).rpartition(",")[0] == formats.date(act.opened_at).rpartition(",")[0]
            return speak("annex.met_at", hour=formats.hour(at) if same_day else formats.short(at))
        case Derogated(reason=reason):
            return speak("annex.derogated", reason=" ".join(reason.split()))
        case NotApplicable(why=why):
            return speak("annex.not_applicable", why=typeset(why.in_language(language), language))
        case Due(missing=missing):
            return speak(f"annex.{sheet.standing(line)}", missing=typeset(missing.in_language(language), language))


def _proof(line: SheetLine) -> str:
    match line.status:
        case Met(events=events):
            return cite(events)
        case Derogated(event=event):
            return str(event)
        case _:
            return "–"
