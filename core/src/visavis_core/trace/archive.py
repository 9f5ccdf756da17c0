"""The zip of an export, written in one way only, so that the whole archive can be compared to the bit.

Knows: stored entries (no compression: it varies between libraries, and pictures do not shrink), fixed dates and rights.
Refuses to know: what the files are.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO

__all__ = ["Comparison", "stream_entry", "write_archive"]

_STRIDE = 1 << 20
_LOCAL_HEADER_BYTES = 30


def write_archive(sink: IO[bytes], entries: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    """Write the entries, in the order given. Names are ASCII."""
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o100600 << 16
            with archive.open(info, "w") as file:
                for stride in content:
                    file.write(stride)


def stream_entry(file: IO[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a stored entry as they stand, without zip's own checksum: ours says more when they are wrong."""
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER_BYTES)
    if len(header) != _LOCAL_HEADER_BYTES or info.compress_type != zipfile.ZIP_STORED:
        raise zipfile.BadZipFile("not a stored entry")
    position = info.header_offset + _LOCAL_HEADER_BYTES + sum(struct.unpack("<HH", header[26:30]))
    end = position + info.file_size
    while position < end:
        file.seek(position)
        stride = file.read(min(_STRIDE, end - position))
        if not stride:
            raise zipfile.BadZipFile("cut off")
        position += len(stride)
        yield stride


class Comparison(io.RawIOBase):
    """A file that keeps nothing of what is written but whether it is what `original` holds."""

    def __init__(self, original: IO[bytes]) -> None:
        super().__init__()
        self._original = original
        self._position = self._end = 0
        self._wrong: dict[int, int] = {}  # offset -> length; zipfile writes each header twice, the second time right

    def same(self) -> bool:
        return not self._wrong and self._original.seek(0, os.SEEK_END) == self._end

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._end}[whence]
        self._position = base + offset
        return self._position

    def write(self, content: bytes, /) -> int:  # type: ignore[override] # zipfile writes bytes, not any buffer
        self._original.seek(self._position)
        if self._original.read(len(content)) == content:
            self._wrong.pop(self._position, None)
        else:
            self._wrong[self._position] = len(content)
        self._position += len(content)
        self._end = max(self._end, self._position)
        return len(content)
