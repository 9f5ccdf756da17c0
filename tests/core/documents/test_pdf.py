"""The printed note: archived, accessible, nothing evaluated, nothing lost, and a press that cannot be stuck."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pikepdf
import pypdf
import pytest
from visavis_core.documents import assembly as assembly_module
from visavis_core.documents import pdf as pdf_module
from visavis_core.documents.assembly import MAX_BLOCKS, Attachment, Frame
from visavis_core.documents.framing import note_frame
from visavis_core.documents.notes import NOTES, NoteKind, note_document, prefill
from visavis_core.documents.pdf import PrintCode, Printer, PrintError
from visavis_sdk.reports import (
    Block,
    Figure,
    Finding,
    Heading,
    Measurement,
    Paragraph,
    ReportDocument,
    Signature,
    Table,
)
from visavis_sdk.text import Language

from tests.core.documents import scene

FRAME = Frame(
    kind="Téléassistance médicale",
    patient="TREMBLAY, Rose",
    patient_detail="née le 3 mars 1948",
    act="act_9fK2lQ0b",
    at="2026-11-23T19:40:00.000000Z",
    verification="visavis.example/clinic · 1284 · visavis.example+3a1b2c4d",
)
PROOF = Attachment(
    name="proof.txt",
    content=b"c2sp.org/tlog-proof@v1\nindex 12\n",
    media_type="text/plain",
    description="Preuve d’inclusion",
)


@pytest.fixture
async def printer() -> AsyncIterator[Printer]:
    printer = Printer(seconds=60)
    yield printer
    await printer.close()


def document(*blocks: Block, language: Language = "fr") -> ReportDocument:
    return ReportDocument(title="Note", language=language, blocks=blocks)


def words_of(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def plain(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())


async def print_note(printer: Printer, note: NoteKind, language: Language) -> tuple[bytes, str]:
    act, by = scene.completed(), "p_expert" if note == "assisting" else "p_nurse"
    filled = prefill(act, scene.sheet(act), note, language, zone=scene.ZONE, blocks=scene.BLOCKS)
    act = scene.sign(act, note, by, filled)
    content = await printer.print(
        note_document(act, scene.sheet(act), note, language, scene.BLOCKS, zone=scene.ZONE),
        note_frame(act, note, language, zone=scene.ZONE, verification=FRAME.verification),
        (PROOF,),
        {scene.STILL_SHA256: scene.STILL},
    )
    return content, plain(words_of(content))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("note", NOTES)
async def test_a_signed_note_is_archived_accessible_and_whole(
    printer: Printer, note: NoteKind, language: Language
) -> None:
    content, told = await print_note(printer, note, language)
    with pikepdf.open(io.BytesIO(content)) as opened:
        metadata = opened.open_metadata()
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["pdfuaid:part"] == "1"
        root: Any = opened.Root
        assert bool(root.MarkInfo.Marked)
        assert str(root.Lang).lower().startswith(language)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert root.StructTreeRoot.K is not None
        assert [float(edge) for edge in opened.pages[0].mediabox[2:]] == pytest.approx([595.28, 841.89], abs=0.1)
        assert opened.attachments["proof.txt"].get_file().read_bytes() == PROOF.content
        assert all(font.embedded for font in fonts_of(opened))
    for text, reason in scene.ADVICE:
        assert text in told
        assert plain(reason) in told
    pages = len(pypdf.PdfReader(io.BytesIO(content)).pages)
    assert f"1 / {pages}" in told
    assert f"{pages} / {pages}" in told
    assert told.count("act_9fK2lQ0bRtW") >= pages
    assert told.count("visavis.example+3a1b2c4d") >= pages
    assert "TREMBLAY, Rose" in told


class Font:
    def __init__(self, font: Any) -> None:
        descendant = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        descriptor = descendant.FontDescriptor
        self.embedded = any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3"))


def fonts_of(opened: pikepdf.Pdf) -> list[Font]:
    return [Font(font) for page in opened.pages for _, font in page.resources.Font.items()]


def alternatives_of(opened: pikepdf.Pdf) -> set[str]:
    return {str(o.Alt) for o in opened.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o}


HOSTILE = (
    '#eval("1+1")',
    "#let x = 3; #x",
    '#read("/etc/passwd")',
    "*bold* _slanted_ `raw`",
    "$x^2$ et 5 $",
    "= pas un titre",
    "\\ \\u{41} \\n",
    "<label> @reference",
    "[crochets] {accolades} // pas un commentaire",
    "https://example.org/?a=b&c=d",
    '"; #panic("x")',
    "שלום",
)


async def test_words_are_data_and_never_markup(printer: Printer) -> None:
    """Wherever a person's words can stand, they stand as typed."""
    together = " ".join(HOSTILE)
    for hostile in (*HOSTILE, together):
        content = await printer.print(
            document(
                Heading(text=hostile),
                Paragraph(text=hostile),
                Measurement(label=hostile, value=hostile, unit=hostile, method=hostile),
                Table(caption=hostile, header=(hostile, "b"), rows=((hostile, hostile),)),
                Finding(severity="alert", text=hostile, source=hostile),
                Figure(caption=hostile, alternative=hostile, svg=DRAWING),
                Signature(name=hostile, title=hostile, at=hostile, content_sha256="ab" * 32),
            ),
            FRAME,
        )
        if hostile.isascii():
            assert "".join(words_of(content).split()).count("".join(hostile.split())) >= 13
        with pikepdf.open(io.BytesIO(content)) as opened:
            assert hostile in alternatives_of(opened)


DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><path d="M0 20 L40 0" stroke="#000"/></svg>'


async def test_odd_characters_and_long_paragraphs_are_printed(printer: Printer) -> None:
    long = "très long " * 1_000
    text = f"bien 👍 王 dose \u202e0.5\u202c mg مرحبا\n{long}\n{'x' * 3_000}"
    narrow = Table(caption="", header=("a", "b", "c"), rows=(("y" * 300, "court", "z" * 300),))
    content = await printer.print(document(Paragraph(text=text), narrow), FRAME)
    told = words_of(content)
    assert "[thumbs up sign] [U+738B] dose [U+202E]0.5[U+202C] mg" in told
    assert told.count("très long") == 1_000
    # A run without a place to break is broken all the same: nothing leaves the paper or enters the next column.
    runs = [max(map(len, re.findall(f"{letter}+", told))) for letter in "xyz"]
    assert [told.count(letter) >= wanted for letter, wanted in (("x", 3_000), ("y", 300), ("z", 300))] == [True] * 3
    assert runs[0] <= 80  # two pieces of forty fit a line
    assert max(runs[1:]) <= 40  # two pieces of twenty fit a column here


async def test_a_long_table_goes_on_over_the_pages_with_its_head(printer: Printer) -> None:
    rows = tuple((f"ligne{n:03}", "a b c " * (n % 30), "fin") for n in range(150))
    content = await printer.print(
        document(Heading(text="Titre"), Table(caption="Longue", header=("Repère", "Texte", "Fin"), rows=rows)), FRAME
    )
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    assert len(pages) >= 4
    assert all("Repère" in page for page in pages)
    assert re.findall(r"ligne(\d+)", " ".join(pages)) == [f"{n:03}" for n in range(150)]
    assert max(page.count("ligne") for page in pages) < 60


async def test_lists_keep_their_details(printer: Printer) -> None:
    content = await printer.print(document(Paragraph(text="Avant\n– un\n  motif\n– deux\nAprès")), FRAME)
    assert "Avant – un motif – deux Après" in words_of(content)


async def test_headings_never_skip_a_level(printer: Printer) -> None:
    """A plugin that starts with a sub-heading does not break the outline, which PDF/UA forbids."""
    content = await printer.print(document(Heading(text="Sous-titre", level=3), Paragraph(text="a")), FRAME)
    assert "Sous-titre" in words_of(content)


async def test_an_empty_document_and_empty_blocks_are_printed(printer: Printer) -> None:
    blocks: tuple[Block, ...] = (
        Paragraph(text=""),
        Table(caption="", header=(), rows=()),
        Table(caption="vide", header=("a",), rows=()),
        Table(caption="inégale", header=("a",), rows=(("1", "2"), ("3",))),
        Measurement(label="x", value=""),
    )
    assert await printer.print(document(), FRAME)
    assert "inégale" in words_of(await printer.print(document(*blocks), FRAME))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_stills_of_every_form_are_shown_reduced_and_described(printer: Printer, form: str) -> None:
    content = scene.picture(4000, 3000, form)
    sha256 = hashlib.sha256(content).hexdigest()
    figure = Figure(caption="Talon", alternative="Plaie ovale du talon", sha256=sha256)
    printed = await printer.print(document(figure, figure), FRAME, (), {sha256: content})
    with pikepdf.open(io.BytesIO(printed)) as opened:
        assert "Plaie ovale du talon" in alternatives_of(opened)
        streams = [o for o in opened.objects if isinstance(o, pikepdf.Stream)]
        widths = {int(str(o.get("/Width"))) for o in streams if o.get("/Subtype") == "/Image"}
    assert widths
    assert max(widths) <= 1820
    assert len(printed) < 1_500_000


BOMB = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x02\x00\x00\x00" + b"\x00" * 40
BAD_PICTURES = {"not a picture": b"GIF89a, or so it says", "cut short": scene.STILL[:2_000], "a bomb": BOMB}


@pytest.mark.parametrize("content", BAD_PICTURES.values(), ids=BAD_PICTURES)
async def test_a_picture_that_cannot_be_read_leaves_its_reason_and_the_note_is_printed(
    printer: Printer, content: bytes
) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    figure = Figure(caption="c", alternative="Plaie du talon", sha256=sha256)
    told = words_of(await printer.print(document(figure, Paragraph(text="suite")), FRAME, (), {sha256: content}))
    assert "Photo non imprimée : ses octets ne sont pas une image" in plain(told)
    assert sha256[:32] in told
    assert "Plaie du talon" in told
    assert "suite" in told


async def test_a_missing_picture_is_said(printer: Printer) -> None:
    figure = Figure(caption="c", alternative="a", sha256="f" * 64)
    assert "octets n’ont pas été trouvés" in words_of(await printer.print(document(figure, figure), FRAME))


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="http://127.0.0.1/x.png" width="1" height="1"/>',
        '<image xlink:href="file:///etc/passwd" width="1" height="1"/>',
        '<rect style="fill:url(http://127.0.0.1/x)"/>',
        "<script>1</script>",
        "<style>@import 'x'</style>",
        "<path",
    ],
)
async def test_a_drawing_that_points_outside_or_is_broken_is_not_drawn(printer: Printer, inside: str) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2">{inside}</svg>'
    figure = Figure(caption="c", alternative="a", svg=svg)
    assert "Graphique non imprimé" in words_of(await printer.print(document(figure), FRAME))


async def test_a_layout_that_fails_shows_no_word_of_the_note(printer: Printer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typst's own diagnostics quote the text. Here a drawable character is sent that its typefaces lack."""
    monkeypatch.setattr(assembly_module, "legible", lambda text: text)
    with pytest.raises(PrintError) as failed:
        await printer.print(document(Heading(text="Rose Tremblay 王")), FRAME)
    assert failed.value.code is PrintCode.NOT_TYPESET
    assert "Rose" not in str(failed.value)


async def test_bounds_are_refused_in_words(printer: Printer, monkeypatch: pytest.MonkeyPatch) -> None:
    too_many = document(*[Paragraph(text="a")] * (MAX_BLOCKS + 1))
    with pytest.raises(PrintError, match="blocks"):
        await printer.print(too_many, FRAME)
    with pytest.raises(PrintError, match="characters"):
        await printer.print(document(Paragraph(text="a" * 5_000_000)), FRAME)
    with pytest.raises(PrintError, match="input"):
        await printer.print(document(), FRAME, [PROOF] * 33)
    not_text = Attachment(name="x", content=b"\xff\xfe", media_type="text/plain", description="x")
    with pytest.raises(PrintError) as failed:
        await printer.print(document(), FRAME, [not_text])
    assert failed.value.code is PrintCode.ATTACHMENT_NOT_TEXT
    monkeypatch.setattr(pdf_module, "MAX_WAITING", 0)
    with pytest.raises(PrintError) as failed:
        await printer.print(document(), FRAME)
    assert failed.value.code is PrintCode.BUSY
    assert all(code in pdf_module._MESSAGES for code in PrintCode)


async def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_is_printed() -> None:
    printer = Printer(seconds=0.02)
    with pytest.raises(PrintError) as failed:
        await printer.print(document(Paragraph(text="a")), FRAME)
    assert failed.value.code is PrintCode.TOO_SLOW
    patient = Printer(seconds=60)
    printer._seconds = patient._seconds
    assert await printer.print(document(Paragraph(text="a")), FRAME)
    await printer.close()


async def test_a_press_that_dies_is_replaced(printer: Printer) -> None:
    assert await printer.print(document(), FRAME)
    press = printer._press
    assert press is not None
    waiting = asyncio.create_task(printer.print(document(*[Paragraph(text="mot " * 500)] * 400), FRAME))
    await asyncio.sleep(0)
    press.kill()
    with pytest.raises(PrintError) as failed:
        await waiting
    assert failed.value.code is PrintCode.PRESS_LOST
    assert await printer.print(document(), FRAME)
    assert printer._press is not press


async def test_a_reader_who_leaves_does_not_spoil_the_next_document(printer: Printer) -> None:
    long = document(*[Paragraph(text="premier " * 500)] * 200)
    leaving = asyncio.create_task(printer.print(long, FRAME))
    for _ in range(3):
        await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    told = words_of(await printer.print(document(Paragraph(text="second")), FRAME))
    assert "second" in told
    assert "premier" not in told


async def test_documents_printed_together_do_not_mix(printer: Printer) -> None:
    printed = await asyncio.gather(*(printer.print(document(Paragraph(text=f"numero{n}")), FRAME) for n in range(8)))
    for n, content in enumerate(printed):
        assert f"numero{n}" in words_of(content)


async def test_the_same_document_is_the_same_file(printer: Printer) -> None:
    assert await printer.print(document(), FRAME, (PROOF,)) == await printer.print(document(), FRAME, (PROOF,))


async def test_a_warm_press_prints_a_note_quickly(printer: Printer) -> None:
    """About 20 ms of layout plus the still's reduction; the bound only tells a warm press from a cold one."""
    await print_note(printer, "assisting", "fr")
    begun = time.perf_counter()
    await print_note(printer, "assisting", "fr")
    assert time.perf_counter() - begun < 5
