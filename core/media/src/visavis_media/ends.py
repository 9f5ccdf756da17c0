"""The links that one end has at the same time, and which of them yield on its narrow way.

Knows: links by the end they belong to, once a second. Refuses to know: who an end is and what a priority stands for.
"""

from __future__ import annotations

from collections.abc import Iterable

from visavis_media.downlink import Downlink
from visavis_media.link import Link
from visavis_media.uplink import Uplink
from visavis_media.yielding import Flow, YieldingRule

__all__ = ["Ends"]

RECENT = 1.5  # seconds: a congestion seen since the last look


class Ends:
    """Both ways of every end apart: what is sent and what is watched go over different queues."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str, bool], YieldingRule] = {}

    def look(self, links: Iterable[Link], now: float) -> None:
        groups: dict[tuple[str, str, bool], list[Link]] = {}
        for link in links:
            if link.plan.end and link.keys is not None:
                key = link.plan.session, link.plan.end, isinstance(link.media, Uplink)
                groups.setdefault(key, []).append(link)
        self._rules = {key: self._rules.get(key) or YieldingRule() for key in groups}
        for key, group in groups.items():
            caps = self._rules[key].look([flow_of(link, now) for link in group], now)
            for link in group:
                link.media.cap = caps[link.plan.link]


def flow_of(link: Link, now: float) -> Flow:
    media = link.media
    if isinstance(media, Downlink):
        rate, congested_at = media.carried, media.path.congested_at
    else:
        rate, congested_at = media.received, media.congested_at
    return Flow(
        name=link.plan.link,
        priority=link.plan.priority,
        rate=rate,
        is_congested=congested_at >= 0 and now - congested_at < RECENT,
    )
