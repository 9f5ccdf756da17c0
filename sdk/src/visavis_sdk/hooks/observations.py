"""Hooks that look at live media, beside its path."""

from __future__ import annotations

from collections.abc import Sequence

from visavis_sdk.hooks.marks import hook
from visavis_sdk.media import Observation, PictureSeen

__all__ = ["Observations"]


class Observations:
    """Looking on while it is live."""

    @hook(budget=0.1, since="0.1")
    def observe_picture(self, context: PictureSeen) -> Sequence[Observation]:
        """Look at one picture of a live source and say what would make it better.

        Called when: about once a second for each source that is not a face, if `plugin.toml` requests it.
        Kind: sync, in a process of the plugin's own, beside the media; a busy plugin misses pictures.
        Budget: 100 ms.
        On failure: nothing is said; after three failures in a row the plugin sees no picture for a minute.
        Since: 0.1
        """
        raise NotImplementedError
