"""The systems under test: how each is started, and how a peer joins one of its rooms.

Knows: command lines and each one's way of signalling. Refuses to know: what is measured.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.peers.systems.janus import Janus
from benchmarks.peers.systems.shim import Shim, ShimSystem, node_shim, python_shim
from benchmarks.peers.systems.system import Ground, System, Unavailable

__all__ = ["SYSTEMS", "Shim", "System", "Unavailable"]

SYSTEMS: dict[str, tuple[str, Callable[[Ground], System]]] = {
    "visavis": ("visavis, this checkout", lambda ground: ShimSystem(ground, python_shim("ours"))),
    "janus": ("Janus VideoRoom, as installed", lambda ground: Janus(ground, event_loops=0)),
    "janus-1": ("Janus VideoRoom, event_loops=1", lambda ground: Janus(ground, event_loops=1)),
    "node-datachannel": ("node-datachannel (libdatachannel)", lambda ground: ShimSystem(ground, node_shim("ndc"))),
    "werift": (
        "werift",
        # Our shim did not get it to pass on a viewer's request: its first key frame would be the loop's.
        lambda ground: ShimSystem(ground, node_shim("werift"), carries_requests=False),
    ),
    "mediarelay": ("aiortc MediaRelay", lambda ground: ShimSystem(ground, python_shim("relay"), stamped=False)),
    "floor": (
        "floor: receive, open, seal, send",
        lambda ground: ShimSystem(ground, python_shim("floor"), carries_requests=False),
    ),
}
