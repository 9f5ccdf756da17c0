"""How a device comes in at the media door, and how somebody lets it in.

Knows: that a device token opens exactly one source of one act, and the order: the record, then the token.
Refuses to know: media and pages.
"""

from __future__ import annotations

import re

import msgspec
from starlette.requests import Request

from visavis_core.acts.commands import AuthoriseDevice
from visavis_core.house import House, house_of
from visavis_core.identity.device_tokens import SOURCE_PREFIX, DeviceClaims, subject_of_device
from visavis_core.identity.subject import Subject
from visavis_core.web.media_problems import Problem
from visavis_core.web.media_tokens import MediaGrant

__all__ = ["LONGEST_MINUTES", "DeviceAccess", "authorise", "device_of", "source_named"]

LONGEST_MINUTES = 12 * 60
NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")


class DeviceAccess(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is shown once to who asked; it is not kept and not logged."""

    token: str
    source: str
    expires_at: str


def source_named(name: str) -> str:
    """The source's name in the act, or empty when `name` will not do: it stands in addresses and in files' names."""
    return SOURCE_PREFIX + name if NAME.match(name) else ""


async def authorise(house: House, subject: Subject, act: str, *, source: str, minutes: int, cause: str) -> DeviceAccess:
    """Records it, then makes the token. Raises what `perform` raises."""
    seconds = 60 * max(1, min(minutes, LONGEST_MINUTES))
    expires_at = house.device_tokens.end_of(seconds)
    command = AuthoriseDevice(device=house.ids("dev"), source=source, expires_at=expires_at)
    await house.practice.perform(subject, act, command, cause)
    claims = DeviceClaims(id=command.device, act=act, account=subject.id, source=source, expires_at=expires_at)
    return DeviceAccess(token=house.device_tokens.sign(claims), source=source, expires_at=expires_at)


async def device_of(request: Request, token: str) -> MediaGrant:
    """What a device may do here, and for whom. Problem 401 when its token is no longer good, 403 when it is good for
    another act, another source or another gesture than publishing."""
    house = house_of(request)
    claims = house.device_tokens.read(token)
    account = await house.accounts.get(claims.account) if claims is not None else None
    if claims is None or account is None or not account.active:
        raise Problem(401, "signed_out")
    path = request.path_params
    publishes = request.method == "POST" and path.get("act") == claims.act and "publisher" not in path
    if "link" not in path and not (publishes and request.query_params.get("source") == claims.source):
        raise Problem(403, "other_source")
    return MediaGrant(
        id=claims.id,
        subject=subject_of_device(account),
        act=claims.act,
        direction="publish",
        source=claims.source,
        expires_at=claims.expires_at,
    )
