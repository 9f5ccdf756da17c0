"""The house: the parts of a running app, where handlers find them (`request.app.state.house`).

Knows: the name and type of each part.
Refuses to know: how any is made; `app` alone wires them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import msgspec
from starlette.requests import HTTPConnection

from visavis_core.moments import Clock, Ids

if TYPE_CHECKING:
    from visavis_media.control import MediaControl

    from visavis_core.demo import DemoPerson
    from visavis_core.deployment import Deployment
    from visavis_core.documents.pdf import Printer
    from visavis_core.gauges import Gauges
    from visavis_core.holdings import Holdings
    from visavis_core.identity.accounts import Accounts
    from visavis_core.identity.device_tokens import DeviceTokens
    from visavis_core.identity.invitations import Invitations
    from visavis_core.identity.limits import Limits
    from visavis_core.identity.sessions import Sessions
    from visavis_core.identity.signing_in import SigningIn
    from visavis_core.plugins.catalogue import Catalogue
    from visavis_core.plugins.running import LoadedPlugins
    from visavis_core.seeing import Seeing
    from visavis_core.service import Practice
    from visavis_core.session.rooms import Rooms
    from visavis_core.store.blobs import Blobs
    from visavis_core.trace.journal import Journal
    from visavis_core.web.rendering import Renderer

__all__ = ["House", "house_of"]


class House(msgspec.Struct, frozen=True, kw_only=True):
    practice: Practice
    accounts: Accounts
    sessions: Sessions
    signing_in: SigningIn
    invitations: Invitations
    device_tokens: DeviceTokens
    limits: Limits
    catalogue: Catalogue
    plugins: LoadedPlugins
    media: MediaControl
    rooms: Rooms
    seeing: Seeing
    blobs: Blobs
    journal: Journal
    deployment: Deployment
    renderer: Renderer
    printer: Printer
    clock: Clock
    ids: Ids
    holdings: Holdings
    gauges: Gauges
    demo_people: tuple[DemoPerson, ...] = ()
    # An export holds all of an act's pictures in memory while it is built: one at a time in the whole house.
    exports: asyncio.Semaphore = msgspec.field(default_factory=lambda: asyncio.Semaphore(1))


def house_of(connection: HTTPConnection) -> House:
    return cast("House", connection.app.state.house)
