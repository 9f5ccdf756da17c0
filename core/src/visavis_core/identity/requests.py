"""Is help being asked for, and of whom? Read from the events, so that the queue and the permissions agree.

Knows: a request is open from its event until an expert has joined, and open again when the expert declines.
Refuses to know: who is on duty; rosters belong to resources.
"""

from __future__ import annotations

from collections.abc import Sequence

from visavis_sdk.events import AssistanceDeclined, AssistanceRequested, ParticipantIdentified, Recorded
from visavis_sdk.vocabulary import Role

__all__ = ["open_request", "taken_request"]

_ANSWERING = frozenset({Role.EXPERT, Role.REQUIS})


def open_request(events: Sequence[Recorded]) -> AssistanceRequested | None:
    """The request nobody has taken yet, or None."""
    for event in reversed(events):
        match event.body:
            case AssistanceRequested() as request:
                return request
            case AssistanceDeclined():
                return _last_request(events)
            case ParticipantIdentified(role=role, account=account) if role in _ANSWERING and account:
                return None
            case _:
                continue
    return None


def taken_request(events: Sequence[Recorded]) -> AssistanceRequested | None:
    """The last request, once somebody has taken it; None while it is open or when there was none."""
    return _last_request(events) if open_request(events) is None else None


def _last_request(events: Sequence[Recorded]) -> AssistanceRequested | None:
    return next((e.body for e in reversed(events) if isinstance(e.body, AssistanceRequested)), None)
