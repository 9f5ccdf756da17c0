"""What was seen, said and done: information, forms, stills, equipment, advice and steps (F3, F4, G1, G2).

Knows: the events of the live act and the report blocks of its forms, as lines an author can edit.
Refuses to know: the clinical reasoning. That section is left empty: only its author can write it.
"""

from __future__ import annotations

from visavis_sdk import events as e
from visavis_sdk.reports import Block, Finding, Heading, Measurement, Paragraph

from visavis_core.acts.act import AdviceState
from visavis_core.documents.quantities import say_unit, say_value
from visavis_core.documents.telling import Line, Teller

__all__ = ["tell_advice", "tell_approach", "tell_care", "tell_equipment", "tell_exchanges", "tell_information"]


def tell_approach(_teller: Teller) -> list[Line]:
    return []


def tell_information(teller: Teller) -> list[Line]:
    """What the assisting physician had before them: briefing, forms, stills (G1)."""
    briefing = teller.act.briefing
    lines = []
    if briefing is not None:
        sources = teller.number_of(briefing)
        lines.append(teller.say("information.briefing", *sources, summary=briefing.summary))
        if briefing.documents:
            lines.append(teller.say("information.documents", *sources, count=len(briefing.documents)))
    lines += [*_forms(teller), *_stills(teller)]
    return lines or [teller.say("information.none")]


def tell_care(teller: Teller) -> list[Line]:
    """The usual documentation of the care given, from the forms and stills; its author completes it (G2)."""
    lines = [*_forms(teller), *_stills(teller)]
    return lines or [teller.say("care.none")]


def _forms(teller: Teller) -> list[Line]:
    lines = []
    for saved in teller.act.forms.values():
        sources = teller.number_of(saved)
        at = teller.act.events[sources[0]].at if sources else teller.act.opened_at
        blocks = teller.blocks.get(saved.instance, ())
        title = next((block.text for block in blocks if isinstance(block, Heading)), saved.form)
        lines.append(teller.say("form.saved", *sources, title=title, hour=teller.hour(at), by=teller.name(saved.by)))
        lines += [line for block in blocks if (line := _in_a_line(teller, block, sources)) is not None]
        lines += [teller.item("form.finding", *sources, finding=finding) for finding in saved.told(teller.language)]
    return lines


def _in_a_line(teller: Teller, block: Block, sources: tuple[int, ...]) -> Line | None:
    """A block short enough to be read and corrected in the text; tables and figures stay blocks of the document."""
    match block:
        case Measurement(label=label, value=value, unit=unit, absent=absent):
            told = f"{say_value(value, teller.language)} {say_unit(unit)}".strip() if value else absent
            return teller.item("form.measure", *(block.sources or sources), label=label, value=told)
        case Paragraph(text=text) | Finding(text=text):
            return Line(f"– {' '.join(text.split())}", block.sources or sources)
        case _:
            return None


def _stills(teller: Teller) -> list[Line]:
    stills = [(one, body) for one, body in teller.events(e.StillCaptured)]
    if not stills:
        return []
    drawn = {body.target: one.n for one, body in teller.events(e.AnnotationCommitted)}
    lines = [teller.say("still.intro")]
    for one, still in stills:
        sources = (one.n, drawn[still.still]) if still.still in drawn else (one.n,)
        lines.append(
            teller.item(
                "still.annotated" if still.still in drawn else "still.plain",
                *sources,
                label=still.label or teller.source(still.source),
                hour=teller.hour(one.at),
                by=teller.name(still.captured_by),
                width=still.width,
                height=still.height,
            )
        )
    return lines


def tell_advice(teller: Teller) -> list[Line]:
    """Every piece of advice with its hour, its reason and its acknowledgement; every step decided (F3)."""
    lines = [line for advice in teller.act.advices for line in _advice(teller, advice)]
    lines = lines or [teller.say("advice.none")]
    return [*lines, *_steps(teller)]


def _advice(teller: Teller, advice: AdviceState) -> list[Line]:
    given, n = advice.given, advice.n
    hour, by = teller.hour(advice.at), teller.name(given.by)
    lines = [teller.item("advice.given", n, hour=hour, by=by, text=given.text)]
    lines.append(teller.detail("advice.because", n, reason=given.justification))
    still = next((still for still in teller.act.stills if given.still and still.still == given.still), None)
    if still is not None:
        lines.append(teller.detail("advice.still", n, label=still.label or teller.source(still.source)))
    return [*lines, *_acknowledgement(teller, advice)]


# What the room's button put in the place of somebody's words before the record had a flag for it.
_BUTTONS = frozenset({"Répété à voix haute", "Repeated aloud"})
_DONE = {True: "advice.done", False: "advice.not_done", None: "advice.heard"}


def _acknowledgement(teller: Teller, advice: AdviceState) -> list[Line]:
    heard = advice.acknowledgement
    if heard is None:
        return [teller.detail("advice.unacknowledged", advice.n)]
    sources = teller.number_of(heard)
    hour, by = teller.hour(advice.acknowledged_at), teller.name(heard.by)
    lines = [teller.detail(_DONE[heard.done], *sources, hour=hour, by=by)]
    if heard.read_back.strip() and heard.read_back not in _BUTTONS:
        lines.append(teller.detail("advice.read_back", *sources, words=heard.read_back))
    elif heard.was_read_back:
        lines.append(teller.detail("advice.repeated", *sources))
    return lines


def _steps(teller: Teller) -> list[Line]:
    lines = []
    for step in teller.act.steps:
        key = "step.validated" if step.decided.validated else "step.refused"
        hour, by = teller.hour(step.at), teller.name(step.decided.by)
        lines.append(teller.item(key, step.n, hour=hour, by=by, step=step.decided.step))
        if step.decided.reason:
            lines.append(teller.detail("reason", step.n, reason=step.decided.reason))
    return lines


def tell_exchanges(teller: Teller) -> list[Line]:
    """Summary of the exchanges with recommendations and validations, as the on-site professional keeps it (G2)."""
    drawings = [one.n for one, _ in teller.events(e.AnnotationCommitted)]
    lines = tell_advice(teller)
    return [*lines, teller.say("exchange.drawings", *drawings, count=len(drawings))] if drawings else lines


def tell_equipment(teller: Teller) -> list[Line]:
    """What was used and how it tested: checks, published sources, stills' sources (E6, G2)."""
    lines = [teller.say("equipment.platform")]
    for one, checked in teller.events(e.EquipmentChecked):
        lines.append(
            teller.say("equipment.checked", one.n, hour=teller.hour(one.at), who=teller.name(checked.participant))
        )
        lines += [_check(teller, one.n, result) for result in checked.results]
    used: dict[str, list[int]] = {}
    for one, link in teller.events(e.LinkOpened):
        if link.direction == "publish":
            used.setdefault(teller.source(link.source), []).append(one.n)
    for one, still in teller.events(e.StillCaptured):
        used.setdefault(teller.source(still.source), []).append(one.n)
    if used:
        numbers = sorted(n for several in used.values() for n in several)
        lines.append(teller.say("equipment.sources", *numbers, names=", ".join(used)))
    return lines


def _check(teller: Teller, n: int, result: e.CheckResult) -> Line:
    name = ", ".join(part for part in (teller.choice("check", result.what), result.label) if part)
    figure = teller.formats.number(result.measured) if result.measured else ""
    measured = " ".join(part for part in (figure, result.unit) if part)
    details = ", ".join(part for part in (teller.choice("adequacy", result.verdict), measured, result.detail) if part)
    return teller.item("equipment.result", n, name=name, details=details)
