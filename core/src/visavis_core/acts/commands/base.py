"""The base of every command and the bounded fields they are made of."""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = ["Command", "Date", "Line", "Remark", "Sha256", "Token", "Words"]

Line = Annotated[str, msgspec.Meta(max_length=200)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Remark = Annotated[str, msgspec.Meta(max_length=4000)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Date = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Base of every command."""
