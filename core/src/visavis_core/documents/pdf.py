"""The printer: asks the press for a document and waits no longer than it said.

Knows: one press at a time, its time limit, the sizes it accepts, and how to replace a press that hangs or dies.
Refuses to know: how a page looks (`template`), and what a note says (`notes`).
"""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from visavis_sdk.reports import ReportDocument
from visavis_sdk.text import Text

from visavis_core.documents.assembly import Attachment, DocumentTooLargeError, Frame, assemble, figures_of
from visavis_core.documents.press import Failed, Job, Printed

__all__ = ["PrintCode", "PrintError", "Printer"]

MAX_PICTURE_BYTES: Final = 64 << 20
MAX_ATTACHMENTS: Final = 32
MAX_INPUT_BYTES: Final = 256 << 20
MAX_WAITING: Final = 16
_OUTCOME: Final[msgspec.msgpack.Decoder[Printed | Failed]] = msgspec.msgpack.Decoder(Printed | Failed)


class PrintCode(StrEnum):
    TOO_LARGE = "document.too_large"
    ATTACHMENT_NOT_TEXT = "document.attachment_not_text"
    NOT_TYPESET = "document.not_typeset"
    TOO_SLOW = "document.too_slow"
    BUSY = "document.busy"
    PRESS_LOST = "document.press_lost"


_MESSAGES: Final[dict[PrintCode, Text]] = {
    PrintCode.TOO_LARGE: Text(
        fr="Le document est trop volumineux pour être imprimé. Réduisez le nombre de pièces jointes ou d’images.",
        en="The document is too large to print. Use fewer attachments or pictures.",
    ),
    PrintCode.ATTACHMENT_NOT_TEXT: Text(
        fr="Une pièce jointe n’est pas un fichier texte UTF-8.", en="An attachment is not a UTF-8 text file."
    ),
    PrintCode.NOT_TYPESET: Text(
        fr="La mise en page a échoué. La note signée n’est pas touchée ; réessayez ou prévenez votre support.",
        en="The layout failed. The signed note is untouched; try again or tell your support.",
    ),
    PrintCode.TOO_SLOW: Text(
        fr="L’impression a dépassé le temps permis. Réessayez dans un instant.",
        en="Printing took longer than allowed. Try again in a moment.",
    ),
    PrintCode.BUSY: Text(
        fr="Trop d’impressions en attente. Réessayez dans un instant.",
        en="Too many documents are waiting to print. Try again in a moment.",
    ),
    PrintCode.PRESS_LOST: Text(
        fr="L’impression s’est interrompue. Réessayez dans un instant.",
        en="Printing was interrupted. Try again in a moment.",
    ),
}


class PrintError(Exception):
    """A document that could not be printed: a code, words for the user, and never a word of the document."""

    def __init__(self, code: PrintCode, detail: str = "") -> None:
        super().__init__(f"{code}{f' ({detail})' if detail else ''}")
        self.code = code
        self.detail = detail
        self.message = _MESSAGES[code]


class Printer:
    """`await printer.print(document, frame, attachments, figures) -> bytes`, one document at a time.

    `seconds` bounds one document. The press starts with the first document and stays warm (about 20 ms a document);
    after a hang or a crash it is killed and the next document finds a new one.
    """

    def __init__(self, *, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._press: asyncio.subprocess.Process | None = None

    async def print(
        self,
        document: ReportDocument,
        frame: Frame,
        attachments: Sequence[Attachment] = (),
        figures: Mapping[str, bytes] | None = None,
    ) -> bytes:
        """The PDF/A-3a + PDF/UA-1 of a document. `figures` gives picture bytes by SHA-256; a picture that is not there
        or cannot be read leaves a sentence in its place. Raises `PrintError`."""
        try:
            data = assemble(document, frame, attachments)
        except DocumentTooLargeError as too_large:
            raise PrintError(PrintCode.TOO_LARGE, too_large.bound) from None
        shown = {sha256: (figures or {}).get(sha256, b"") for sha256 in figures_of(document)}
        for sha256, content in shown.items():
            if len(content) > MAX_PICTURE_BYTES:
                raise PrintError(PrintCode.TOO_LARGE, sha256)
        job = Job(data=data, attachments=tuple(one.content for one in attachments), figures=shown)
        return await self._submit(job)

    async def _submit(self, job: Job) -> bytes:
        message = msgspec.msgpack.encode(job)
        if len(job.attachments) > MAX_ATTACHMENTS or len(message) > MAX_INPUT_BYTES:
            raise PrintError(PrintCode.TOO_LARGE, "input")
        if self._waiting >= MAX_WAITING:
            raise PrintError(PrintCode.BUSY)
        self._waiting += 1
        try:
            async with self._turn:
                outcome = await self._ask(message)
        finally:
            self._waiting -= 1
        if isinstance(outcome, Failed):
            raise PrintError(PrintCode(f"document.{outcome.code}"), outcome.detail)
        return outcome.content

    async def _ask(self, message: bytes) -> Printed | Failed:
        try:
            async with asyncio.timeout(self._seconds):
                press = await self._find_press()
                return await _exchange(press, message)
        except TimeoutError:
            await self.close()
            raise PrintError(PrintCode.TOO_SLOW) from None
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError):
            await self.close()
            raise PrintError(PrintCode.PRESS_LOST) from None
        except asyncio.CancelledError:
            # A half-read answer would be taken for the next document's.
            await self.close()
            raise

    async def _find_press(self) -> asyncio.subprocess.Process:
        if self._press is None or self._press.returncode is not None:
            self._press = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # nothing beside the working directory may pose as a module
                "-m",
                "visavis_core.documents.press",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        return self._press

    async def close(self) -> None:
        """Stop the press. A later document starts a new one."""
        press, self._press = self._press, None
        if press is not None and press.returncode is None:
            press.kill()
            await press.wait()


async def _exchange(press: asyncio.subprocess.Process, message: bytes) -> Printed | Failed:
    if press.stdin is None or press.stdout is None:
        raise ConnectionError("the press has no pipes")
    press.stdin.write(struct.pack(">Q", len(message)) + message)
    await press.stdin.drain()
    (length,) = struct.unpack(">Q", await press.stdout.readexactly(8))
    return _OUTCOME.decode(await press.stdout.readexactly(length))
