"""The press: a process of its own that turns assembled data into PDF/A-3a + PDF/UA-1 with Typst.

Knows: Typst, Pillow, and its own limits (no file may be written, memory is bounded).
Refuses to know: acts, people, the network. Everything it prints arrives in one `Job` on its standard input.

Everything stays in memory: neither the words of a note nor a picture touches a disk in clear. Typst's memory input
takes UTF-8 files only, so a picture enters as an SVG that holds it. Diagnostics of Typst quote the text that failed,
hence they never leave this process: the answer is a code.
"""

from __future__ import annotations

import base64
import io
import re
import resource
import struct
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, BinaryIO, Final, Literal
from xml.etree import ElementTree

import msgspec
import typst
from PIL import Image, ImageOps

__all__ = ["STANDARDS", "Failed", "Job", "Printed", "print_job", "read_message", "write_message"]

STANDARDS: Final[list[Literal["a-3a", "ua-1"]]] = ["a-3a", "ua-1"]
MAX_PIXELS: Final = 120_000_000
# 154 mm of page at 300 dpi is 1819 pixels; the untouched picture is in the export, under its hash.
PRINTED_EDGE: Final = 1820
MEMORY_BYTES: Final = 3 << 30
_TEMPLATES: Final = ("main.typ", "style.typ", "blocks.typ")
# An SVG is first-party, but it passed through plugins: nothing in it may point outside itself.
_OUTWARD: Final = re.compile(
    r"<!DOCTYPE|<!ENTITY|@import|<script|<foreignObject|(?:href|src)\s*=\s*[\"'](?!#)|url\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)


class Job(msgspec.Struct, frozen=True, kw_only=True, tag="job"):
    """`data` is what `assemble` made; `attachments` follow its order; `figures` are picture bytes by SHA-256."""

    data: bytes
    attachments: tuple[bytes, ...] = ()
    figures: dict[str, bytes] = {}


class Printed(msgspec.Struct, frozen=True, kw_only=True, tag="printed"):
    content: bytes


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """`code`: attachment_not_text | not_typeset."""

    code: str
    detail: str = ""  # a hash or a position, never words of the document


def print_job(job: Job, fonts: Any) -> Printed | Failed:
    """One document. `fonts` is a `typst.Fonts` kept warm between jobs."""
    sources = _gather(job)
    if isinstance(sources, Failed):
        return sources
    data = msgspec.json.decode(sources["data.json"])
    moment = datetime.fromisoformat(data["frame"]["at"]).astimezone(UTC).replace(microsecond=0)
    try:
        # A compiler keeps its memory files for one compilation only; the fonts are what costs, and they are shared.
        compiler = typst.Compiler(sources, font_paths=fonts)
        content = compiler.compile(format="pdf", pdf_standards=[*STANDARDS], timestamp=moment)
    except RuntimeError:  # TypstError is one; so is what the binding raises for its own input
        return Failed(code="not_typeset")
    if not isinstance(content, bytes):
        return Failed(code="not_typeset")
    return Printed(content=content)


def _gather(job: Job) -> dict[str, bytes] | Failed:
    folder = files("visavis_core.documents").joinpath("template")
    # `main.typ` is the name by which Typst finds the main file.
    sources = {name: folder.joinpath(name).read_bytes() for name in _TEMPLATES}
    data = msgspec.json.decode(job.data)
    shown = (group for block in data["blocks"] if block["type"] == "figures" for group in _places(block))
    for place, (figure, across, down) in enumerate(shown):
        drawn = _draw_figure(figure, job.figures)
        if isinstance(drawn, str):
            # One bad picture must not keep a signed note from being printed: its place says why it is not there.
            figure["absent"] = drawn
            continue
        drawing, width, height = drawn
        sources[f"figure-{place}.svg"] = drawing
        figure |= {"file": f"figure-{place}.svg", "limit": down, "tall": height * across > width * down}
    for place, content in enumerate(job.attachments):
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return Failed(code="attachment_not_text", detail=str(place))
        sources[f"attachment-{place}"] = content
    sources["data.json"] = msgspec.json.encode(data)
    return sources


def _places(block: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int, int]]:
    """Each figure of a group with the width and height in millimetres that the page gives it."""
    alone = len(block["figures"]) == 1
    for figure in block["figures"]:
        yield figure, *((154, 84) if alone else (74, 60))


def _draw_figure(figure: Mapping[str, Any], figures: Mapping[str, bytes]) -> tuple[bytes, int, int] | str:
    """The SVG that holds the figure with its width and height in pixels, or the word for why there is none."""
    if figure["svg"]:
        return _check_drawing(figure["svg"])
    content = figures.get(figure["sha256"])
    if not content:
        return "picture_missing"
    try:
        jpeg, width, height = _reduce(content)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError):
        return "picture_unreadable"
    href = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
    return _HOLDER.format(width=width, height=height, href=href).encode("ascii"), width, height


_HOLDER: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    '<image width="{width}" height="{height}" href="{href}"/></svg>'
)


def _check_drawing(svg: str) -> tuple[bytes, int, int] | str:
    if _OUTWARD.search(svg):
        return "picture_unsafe"
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314 -- no document type gets here, so no entity can grow
    except ElementTree.ParseError:
        return "picture_unsafe"
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        return "picture_unsafe"
    size = re.fullmatch(r"\s*[-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)\s*", root.get("viewBox", ""))
    width, height = (max(1, round(float(side))) for side in size.groups()) if size else (3, 2)
    return svg.encode("utf-8"), width, height


def _reduce(content: bytes) -> tuple[bytes, int, int]:
    """JPEG, PNG or WebP to an upright JPEG of print size, without metadata (a GPS position is not for the page)."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
        opened.draft("RGB", (PRINTED_EDGE, PRINTED_EDGE))
        upright = ImageOps.exif_transpose(opened)
        if upright.has_transparency_data:
            ground = Image.new("RGBA", upright.size, "white")
            upright = Image.alpha_composite(ground, upright.convert("RGBA"))
        picture = upright.convert("RGB")
    picture.thumbnail((PRINTED_EDGE, PRINTED_EDGE), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=90, optimize=True, subsampling=0)
    return made.getvalue(), *picture.size


def read_message(stream: BinaryIO) -> bytes | None:
    """Eight bytes of length, then the message; `None` at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    (length,) = struct.unpack(">Q", head)
    return stream.read(length)


def write_message(stream: BinaryIO, message: bytes) -> None:
    stream.write(struct.pack(">Q", len(message)) + message)
    stream.flush()


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main() -> None:
    """Answer jobs one after the other until the other end closes."""
    _confine()
    fonts = typst.Fonts(include_system_fonts=False)
    encoder = msgspec.msgpack.Encoder()
    decoder = msgspec.msgpack.Decoder(Job)
    while (message := read_message(sys.stdin.buffer)) is not None:
        write_message(sys.stdout.buffer, encoder.encode(print_job(decoder.decode(message), fonts)))


if __name__ == "__main__":
    main()
