"""Which media link belongs to whom, and telling the rooms when one ends.

Knows: link ids with the act, the person and the source behind them, for as long as they live.
Refuses to know: packets, SDP, and what anybody may do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, Protocol

import msgspec
import structlog
from visavis_media.control import MediaEvent
from visavis_media.messages import LinkClosed
from visavis_sdk.events import ParticipantLeft, Recorded, SharingLimited

from visavis_core.acts.decisions.session import is_withheld

__all__ = ["LinkBook", "LinkEntry", "MediaEvents", "RoomsPort"]

MOST_LINKS = 10_000

log = structlog.get_logger(__name__)


class LinkEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` is the actor id of who opened it: only they may change or close it over HTTP."""

    link: str
    act: str
    session: str
    participant: str
    owner: str
    direction: str  # publish | subscribe
    source: str
    grant: str = ""  # of the token it was opened with


class MediaEvents(Protocol):
    def events(self) -> AsyncIterator[MediaEvent]: ...
    async def close_link(self, link: str) -> None: ...


class RoomsPort(Protocol):
    """What media tells the rooms; both return at once."""

    def source_published(self, act: str, participant: str, link: str, source: str) -> None: ...
    def source_ended(self, act: str, link: str) -> None: ...


class LinkBook:
    """One per app. It follows the media events from its first link on, until media closes."""

    def __init__(self, media: MediaEvents, rooms: RoomsPort) -> None:
        self._media = media
        self._rooms = rooms
        self._entries: dict[str, LinkEntry] = {}
        self._following: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def find(self, link: str) -> LinkEntry | None:
        return self._entries.get(link)

    def add(self, entry: LinkEntry) -> None:
        if len(self._entries) >= MOST_LINKS:
            # The forwarder has its own bounds far below; this only keeps a lost event from growing memory for ever.
            del self._entries[next(iter(self._entries))]
        self._entries[entry.link] = entry

    def count_of(self, act: str, owner: str) -> int:
        """How many links somebody holds in an act."""
        return sum((link.act, link.owner) == (act, owner) for link in self._entries.values())

    def announce(self, entry: LinkEntry) -> None:
        """The link is durable in the record: the others may see that it publishes."""
        if entry.direction == "publish" and entry.link in self._entries:
            self._rooms.source_published(entry.act, entry.participant, entry.link, entry.source)

    def drop(self, link: str) -> None:
        entry = self._entries.pop(link, None)
        if entry is not None and entry.direction == "publish":
            self._rooms.source_ended(entry.act, link)

    def hear(self, batch: tuple[Recorded, ...]) -> None:
        """Durable events of the practice: what the patient withholds while live stops now, at both ends (D7)."""
        for recorded in batch:
            body = recorded.body
            if isinstance(body, ParticipantLeft) and body.reason == "removed":
                self.close([each for each in self._entries.values() if each.participant == body.participant])
            elif isinstance(body, SharingLimited):
                links = [link for link in self._entries.values() if link.act == recorded.act]
                self.close([link for link in links if is_withheld(body.withheld, link.source)])

    def close_of(self, act: str, owner: str) -> None:
        """Closes every link that somebody holds in an act: they signed out, or their account was closed."""
        self.close([link for link in self._entries.values() if (link.act, link.owner) == (act, owner)])

    def close(self, links: Sequence[LinkEntry]) -> None:
        """Takes links off the rooms' screens at once and tells media to end them."""
        for link in links:
            self.drop(link.link)
            self._spawn(self._media.close_link(link.link))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._closing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("media.link_not_closed", error=type(error).__name__)

    def follow(self) -> None:
        """Listens to media from now on; called before a link is asked for, so that no end is missed."""
        if self._following is None or self._following.done():
            self._following = asyncio.get_running_loop().create_task(self._follow(self._media.events()))

    async def _follow(self, events: AsyncIterator[MediaEvent]) -> None:
        async for event in events:
            if isinstance(event, LinkClosed):
                self.drop(event.link)
