"""Camera, microphone, speaker and connection tried before the act (E6).

The measuring is done by the room's `<visavis-device-check>`, which posts its own results; this form is the way when
scripts or the camera itself do not run: the professional's own verdict, in words.
"""

from __future__ import annotations

from visavis_sdk.events import CheckResult
from visavis_sdk.vocabulary import Adequacy

from visavis_core.acts import commands as c
from visavis_core.locale import Messages
from visavis_core.locale.typography import sign
from visavis_core.web.pages.steps.ask import Ask, Given, Scene, Step, one

__all__ = ["CHECK", "say_result"]

_THINGS = ("camera", "microphone", "speaker", "network")


def asks(_scene: Scene) -> tuple[Ask, ...]:
    verdicts = tuple(Adequacy)
    things = tuple(Ask(name=name, kind="choice", options=verdicts, required=True, across=True) for name in _THINGS)
    return (*things, Ask(name="detail", longest=200))


def given(scene: Scene) -> Given:
    known = scene.act.checks.get(scene.me)
    return {} if known is None else {r.what: (r.verdict,) for r in known.results if r.what in _THINGS}


def build(given: Given, _scene: Scene) -> tuple[c.Command, ...]:
    detail = one(given, "detail")
    results = tuple(CheckResult(what=name, verdict=Adequacy(one(given, name)), detail=detail) for name in _THINGS)
    return (c.RecordEquipmentCheck(results=results),)


def gist(scene: Scene) -> str:
    known = scene.act.checks.get(scene.me)
    if known is None:
        return scene.words("ask.check.todo")
    return ", ".join(say_result(result, scene.words) for result in known.results)


def say_result(result: CheckResult, words: Messages) -> str:
    """« Caméra adéquate », in the words of the question; a device of its own by its label."""
    key = f"ask.check.{result.what}"
    if f"{key}.label" in words:
        said = f"{words(f'{key}.label')} {words(f'{key}.option.{result.verdict}').lower()}"
    else:
        said = f"{result.label or result.what} {words(f'adequacy.{result.verdict}').lower()}"
    measured = " ".join(part for part in (sign(result.measured), result.unit) if part)
    return f"{said} ({measured})" if measured else said


CHECK = Step(
    id="check",
    icon="check",
    asks=asks,
    commands=(c.RecordEquipmentCheck,),
    done=lambda scene: scene.me in scene.act.checks,
    gist=gist,
    given=given,
    build=build,
)
