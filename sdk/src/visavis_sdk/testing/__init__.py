"""For the tests of plugins: a host for one plugin, acts in memory, and what every plugin must keep.

`PluginConformance` is in `visavis_sdk.testing.conformance`, because it needs pytest and this package does not.
"""

from __future__ import annotations

from visavis_sdk.testing.acts import MemoryAct, captured, tell
from visavis_sdk.testing.host import Host, NotAccepted, NotLoadable

__all__ = ["Host", "MemoryAct", "NotAccepted", "NotLoadable", "captured", "tell"]
