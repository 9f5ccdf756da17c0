"""From what browsers measure to a verdict in clinical words: adequate, limited, insufficient, and why.

Knows: the dated limits with their sources, and how to keep a verdict from flickering.
Refuses to know: the expert's own verdict, which always stands beside this one and never under it.

Measures warn, they never block: only a clinician decides that a picture cannot carry a conclusion.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from typing import Literal

import msgspec
from visavis_sdk.vocabulary import Adequacy

from visavis_core.acts.commands import MeasureQuality
from visavis_core.session.signalling import Report

__all__ = ["LinkQuality", "Threshold", "Thresholds", "assess", "judge", "measurement", "read_thresholds"]

WORSE_AFTER = 2  # reports in a row (2 s apart) before the verdict falls
BETTER_AFTER = 4  # reports in a row before it rises again
RECORD_EVERY = 10.0  # seconds between two records of one link

GRAVITY = {Adequacy.ADEQUATE: 0, Adequacy.LIMITED: 1, Adequacy.INSUFFICIENT: 2}
# A sender's own frame rate and size say what it offers; whether it arrives is for receivers to say.
MEASURES = {
    "publish": ("frames_per_second", "round_trip_ms"),
    "subscribe": ("frames_per_second", "loss_per_mille", "round_trip_ms", "frozen_ms_per_s", "height"),
}


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    worse: Literal["above", "below"]
    limited: int
    insufficient: int
    source: str

    def judge(self, value: int) -> Adequacy:
        for verdict, limit in ((Adequacy.INSUFFICIENT, self.insufficient), (Adequacy.LIMITED, self.limited)):
            if value > limit if self.worse == "above" else value < limit:
                return verdict
        return Adequacy.ADEQUATE


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    effective_from: str
    frames_per_second: Threshold
    loss_per_mille: Threshold
    round_trip_ms: Threshold
    kilobits_per_second: Threshold
    frozen_ms_per_s: Threshold
    height: Threshold


class LinkQuality(msgspec.Struct, frozen=True):
    """One link's standing verdict. `leaning` is where the last `steadily` reports point to."""

    verdict: Adequacy | None = None
    why: str = ""
    leaning: Adequacy | None = None
    steadily: int = 0
    recorded: Adequacy | None = None
    recorded_at: float = float("-inf")


@functools.cache
def read_thresholds() -> Thresholds:
    text = importlib.resources.files("visavis_core.session").joinpath("thresholds.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Thresholds)


def judge(report: Report, thresholds: Thresholds) -> tuple[Adequacy, str]:
    """The worst measure decides; ties go to the first in the order a clinician notices them. No measure: adequate."""
    worst, why = Adequacy.ADEQUATE, ""
    for measure in MEASURES[report.direction]:
        value: int | None = getattr(report, measure)
        if value is None:
            continue
        threshold: Threshold = getattr(thresholds, measure)
        verdict = threshold.judge(value)
        if GRAVITY[verdict] > GRAVITY[worst]:
            worst, why = verdict, measure
    return worst, why


def assess(quality: LinkQuality, report: Report, thresholds: Thresholds) -> LinkQuality:
    """The link's quality after one more report."""
    verdict, why = judge(report, thresholds)
    if quality.verdict is None or verdict == quality.verdict:
        return msgspec.structs.replace(quality, verdict=verdict, why=why, leaning=verdict, steadily=0)
    steadily = quality.steadily + 1 if verdict == quality.leaning else 1
    falling = GRAVITY[verdict] > GRAVITY[quality.verdict]
    if steadily >= (WORSE_AFTER if falling else BETTER_AFTER):
        return msgspec.structs.replace(quality, verdict=verdict, why=why, leaning=verdict, steadily=0)
    return msgspec.structs.replace(quality, leaning=verdict, steadily=steadily)


def measurement(
    quality: LinkQuality, report: Report, participant: str, source: str, now: float
) -> tuple[LinkQuality, MeasureQuality | None]:
    """A record of the verdict when it changed since the last one and 10 s have passed. `now` in monotonic seconds."""
    verdict = quality.verdict
    if verdict is None or verdict == quality.recorded or now - quality.recorded_at < RECORD_EVERY:
        return quality, None
    command = MeasureQuality(
        participant=participant,
        source=source,
        verdict=verdict,
        frames_per_second=report.frames_per_second,
        loss_per_mille=report.loss_per_mille,
        round_trip_ms=report.round_trip_ms,
        kilobits_per_second=report.kilobits_per_second,
    )
    return msgspec.structs.replace(quality, recorded=verdict, recorded_at=now), command
