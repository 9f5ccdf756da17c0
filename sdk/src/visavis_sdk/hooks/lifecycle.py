"""Hooks told afterwards what happened. They observe; they cannot veto."""

from __future__ import annotations

from visavis_sdk.hooks.contexts import EventRecorded
from visavis_sdk.hooks.marks import hook

__all__ = ["Lifecycle"]


class Lifecycle:
    """What happens in an act."""

    @hook(budget=2.0, since="0.1")
    async def on_event(self, event: EventRecorded) -> None:
        """Learn that an event was recorded.

        Called when: after the event is durable, in the act's order for one plugin.
        Kind: async, every plugin at the same time, each on a thread and a loop of its own; its events wait in line.
        Budget: 2 s.
        On failure: recorded with the plugin's name; the act goes on. One that does not come back is quarantined.
        Since: 0.1
        """
        raise NotImplementedError
