"""From what the eye measures to the words a room shows: frozen, blurred, dark, silent.

Knows: the dated limits with their sources, and that a word must last before it is said. Pure; moments are given.
Refuses to know: how it was measured (`visavis_media`), what plugins notice, and any verdict: `quality` gives those.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from typing import Literal

import msgspec
from visavis_media.eye_messages import PictureMeasured, SoundMeasured

from visavis_core.session.signalling import Report

__all__ = ["EYE", "Looked", "look", "read_limits", "report_of"]

EYE = ":eye"  # who reports; no participant's id begins with a colon
BEST_OF_MS = 60_000  # the best sharpness fades, for the scene changes
FLAT = 0.0005  # under this sharpness there is nothing to focus on, and nothing to compare with


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    measure: str
    worse: Literal["above", "below"]
    limit: float
    for_ms: int
    source: str

    def passed_by(self, value: float | None) -> bool:
        if value is None:
            return False
        return value > self.limit if self.worse == "above" else value < self.limit


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    effective_from: str
    frozen: Limit
    motionless: Limit
    blurred: Limit
    dark: Limit
    burnt: Limit
    silent: Limit
    saturated: Limit


class Looked(msgspec.Struct, frozen=True):
    """One source as it was seen so far. `since`: word -> when its limit was passed, in ms."""

    words: tuple[str, ...] = ()
    since: dict[str, float] = {}
    best: tuple[tuple[float, float], ...] = ()  # (ms, sharpness), falling sharpness


@functools.cache
def read_limits() -> Limits:
    text = importlib.resources.files("visavis_core.session").joinpath("sight.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Limits)


def look(looked: Looked, measure: PictureMeasured | SoundMeasured, limits: Limits, now_ms: float) -> Looked:
    """The source after one more measure."""
    best = looked.best
    values: dict[str, float | None] = {
        name: value
        for name in ("absent_ms", "unchanged_ms", "mean_luma", "white_per_mille", "silent_ms", "clipped_per_mille")
        if (value := getattr(measure, name, None)) is not None
    }
    if isinstance(measure, PictureMeasured):
        if measure.sharpness is not None:
            best = keep_best(best, measure.sharpness, now_ms)
            if best[0][1] >= FLAT:
                values["sharpness_per_mille_of_best"] = 1000 * measure.sharpness / best[0][1]
        if measure.absent_ms > limits.frozen.limit:
            values.pop("unchanged_ms", None)  # one word for one thing
    since: dict[str, float] = {}
    words = []
    for word in NAMES:
        limit: Limit = getattr(limits, word)
        if limit.passed_by(values.get(limit.measure)):
            since[word] = looked.since.get(word, now_ms)
            if now_ms - since[word] >= limit.for_ms:
                words.append(word)
    return Looked(words=tuple(words), since=since, best=best)


def keep_best(
    best: tuple[tuple[float, float], ...], sharpness: float, now_ms: float
) -> tuple[tuple[float, float], ...]:
    """The maximum over a sliding minute: what is older or both older and less sharp can never be it again."""
    kept = [one for one in best if now_ms - one[0] <= BEST_OF_MS and one[1] > sharpness]
    return (*kept, (now_ms, sharpness))


def report_of(link: str, measure: PictureMeasured, *, limits: Limits) -> Report:
    """The measure as one more report on the link, from a place beside the forwarder."""
    frozen = measure.absent_ms > limits.frozen.limit
    return Report(
        link=link,
        direction="subscribe",
        frames_per_second=round(measure.frames_per_second),
        frozen_ms_per_s=1000 if frozen else 0,
        width=measure.width or None,
        height=measure.height or None,
    )


NAMES = ("frozen", "motionless", "blurred", "dark", "burnt", "silent", "saturated")
