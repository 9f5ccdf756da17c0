"""A form in a note: told by its plugin's template, or plainly, but always told."""

from __future__ import annotations

import datetime
import enum
from decimal import Decimal
from typing import Annotated

from visavis_core.acts.act import Act
from visavis_core.documents.citing import cite
from visavis_core.documents.forms import report_blocks
from visavis_core.documents.notes import note_document, prefill
from visavis_core.documents.quantities import say_unit, say_value
from visavis_sdk import events as e
from visavis_sdk.forms import Absence, Absent, Form, FormDefinition, Section, choice, day, decimal, flag, note, store
from visavis_sdk.reports import Block, Figure, Heading, Measurement, Paragraph, ReportContext, ReportTemplate
from visavis_sdk.text import Text

from tests.core.documents import scene


class Bed(enum.StrEnum):
    CLEAN = "clean"
    SLOUGH = "slough"


BEDS = {Bed.CLEAN: Text("Propre", "Clean"), Bed.SLOUGH: Text("Fibrine", "Slough")}


class Wound(Form, frozen=True, kw_only=True):
    length: Annotated[Decimal | Absent, decimal(Text("Longueur", "Length"), unit="cm", low="0", high="100")]
    depth: Annotated[Decimal | Absent | None, decimal(Text("Profondeur", "Depth"), unit="cm", low="0", high="9")] = None
    bed: Annotated[Bed, choice(Text("Lit", "Bed"), BEDS)]
    odour: Annotated[bool, flag(Text("Odeur", "Odour"))] = False
    since: Annotated[datetime.date | None, day(Text("Apparue le", "Since"))] = None
    remark: Annotated[str, note(Text("Remarque", "Remark"), longest=200)] = ""


FORM = FormDefinition(
    id="test.wound",
    version=1,
    title=Text("Plaie", "Wound"),
    answers=Wound,
    sections=(Section("all", Text("Tout", "All"), ("length", "depth", "bed", "odour", "since", "remark")),),
)
ANSWERS = store(
    Wound(
        length=Decimal("4.2"),
        depth=Absent(absent=Absence.NOT_MEASURABLE),
        bed=Bed.SLOUGH,
        since=datetime.date(2026, 11, 2),
        remark="#eval",
    )
)
SAVED = e.FormSaved(
    instance="f1", form="test.wound", form_version=1, schema_sha256="e" * 64, answers=ANSWERS, by="p_nurse"
)


def act_with_form() -> Act:
    return scene.record([*scene.opening(), scene.still(), SAVED])


def told(blocks: tuple[Block, ...]) -> dict[str, str]:
    return {b.label: b.value or b.absent for b in blocks if isinstance(b, Measurement)}


def template(build: object) -> ReportTemplate:
    return ReportTemplate(id="t", form="test.wound", title=Text("Section", "Section"), build=build)  # type: ignore[arg-type]  # tests give wrong ones on purpose


def test_without_a_template_the_answers_are_shown_in_words() -> None:
    blocks = report_blocks(act_with_form(), [FORM], [], "fr")["f1"]
    assert blocks[0] == Heading(text="Plaie", level=3, sources=(6,))
    assert told(blocks) == {
        "Longueur": "4.2",
        "Profondeur": "Non mesurable",
        "Lit": "Fibrine",
        "Odeur": "non",
        "Apparue le": "2 novembre 2026",
        "Remarque": "#eval",
    }
    assert told(report_blocks(act_with_form(), [FORM], [], "en")["f1"])["Bed"] == "Slough"


def test_a_form_whose_module_is_gone_is_shown_as_it_was_saved() -> None:
    blocks = report_blocks(act_with_form(), [], [], "fr")["f1"]
    assert isinstance(blocks[1], Paragraph)
    assert "test.wound, version 1" in blocks[1].text
    assert told(blocks)["bed"] == "slough"


def test_a_template_tells_its_form_from_the_answers_as_a_struct() -> None:
    def build(context: ReportContext) -> list[Block]:
        wound: Wound = context.answers
        return [Measurement(label="L", value=str(wound.length), sources=context.sources)]

    blocks = report_blocks(act_with_form(), [FORM], [template(build)], "fr")["f1"]
    assert blocks == (
        Heading(text="Section", level=3, sources=(6,)),
        Measurement(label="L", value="4.2", sources=(6,)),
    )


def test_a_template_that_fails_costs_its_own_words_only() -> None:
    def raise_it(_context: ReportContext) -> list[Block]:
        raise RuntimeError("x")

    for bad in (raise_it, lambda _context: ["<b>markup</b>"], lambda _context: 3):
        blocks = report_blocks(act_with_form(), [FORM], [template(bad)], "fr")["f1"]
        assert told(blocks)["Longueur"] == "4.2"


def test_a_template_that_does_not_come_back_costs_its_own_words_only() -> None:
    asked: list[str] = []

    def give_up(one: ReportTemplate, _function: object) -> None:
        asked.append(one.id)

    blocks = report_blocks(act_with_form(), [FORM], [template(lambda _context: [])], "fr", give_up)["f1"]
    assert told(blocks)["Longueur"] == "4.2"
    assert asked == ["t"]


def test_a_still_that_a_form_shows_is_not_shown_twice() -> None:
    def build(_context: ReportContext) -> list[Block]:
        return [Figure(caption="La plaie", alternative="Plaie", sha256=scene.STILL_SHA256)]

    act = act_with_form()
    blocks = report_blocks(act, [FORM], [template(build)], "fr")
    document = note_document(act, scene.sheet(act), "on_site", "fr", blocks)
    assert [block.caption for block in document.blocks if isinstance(block, Figure)] == ["La plaie"]


def test_the_prefilled_line_writes_numbers_and_units_as_a_reader_does() -> None:
    act = act_with_form()
    blocks = report_blocks(act, [FORM], [], "fr")
    care = next(s for s in prefill(act, scene.sheet(act), "on_site", "fr", blocks=blocks) if s.key == "care")
    assert "– Longueur\u00a0: 4,2 cm" in care.text
    assert "– Profondeur\u00a0: Non mesurable" in care.text


def test_values_units_and_event_numbers_in_print() -> None:
    assert say_value("4.2", "fr") == "4,2"
    assert say_value("4.2", "en") == "4.2"
    assert say_value("v1.2.3", "fr") == "v1.2.3"
    assert [say_unit(unit) for unit in ("cm", "{score}", "mm[Hg]", "Cel", "")] == ["cm", "", "mmHg", "°C", ""]
    assert cite([5, 3, 4, 9, 10, 3]) == "3–5, 9, 10"
    assert cite([]) == ""
