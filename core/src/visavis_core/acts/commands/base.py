"""The base of every command and the bounded fields they are made of."""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = ["Command", "Date", "Line", "Remark", "Sha256", "Token", "Words"]

Line = Annotated[str, msgspec.Meta(max_length=200)]
# `\S`: a blank would stand in the record for ever as if something had been said. `\Z`: `$` lets a line end through.
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4000, pattern=r"\S")]
Remark = Annotated[str, msgspec.Meta(max_length=4000)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+\Z")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Date = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")]


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Base of every command."""
