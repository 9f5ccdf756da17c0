"""What is asked of the expert, what is expected, and what they should know beforehand (E1, E2, B9)."""

from __future__ import annotations

from visavis_core.acts import commands as c
from visavis_core.web.pages.steps.ask import Ask, Given, Scene, Step, one

__all__ = ["NEED", "TRISTATE", "read_tristate"]

TRISTATE = ("true", "false")


def read_tristate(answer: str) -> bool | None:
    """Yes, no, or not asked: three different facts."""
    return {"true": True, "false": False}.get(answer)


def asks(_scene: Scene) -> tuple[Ask, ...]:
    return (
        Ask(name="need", kind="words", required=True, longest=4000),
        Ask(name="expectations", kind="words", required=True, longest=4000),
        Ask(name="summary", kind="words", required=True, longest=4000),
        Ask(name="competence_confirmed", kind="flag3", options=TRISTATE, across=True),
    )


def given(scene: Scene) -> Given:
    need, briefing = scene.act.need, scene.act.briefing
    known: dict[str, tuple[str, ...]] = {"summary": (briefing.summary,)} if briefing else {}
    if need is not None:
        known |= {"need": (need.need,), "expectations": (need.expectations,)}
        if need.competence_confirmed is not None:
            known["competence_confirmed"] = ("true" if need.competence_confirmed else "false",)
    return known


def build(given: Given, scene: Scene) -> tuple[c.Command, ...]:
    stated = c.StateNeed(
        need=one(given, "need"),
        expectations=one(given, "expectations"),
        competence_confirmed=read_tristate(one(given, "competence_confirmed")),
    )
    summary = one(given, "summary")
    already = scene.act.briefing is not None and scene.act.briefing.summary == summary
    return (stated,) if not summary or already else (stated, c.ProvideBriefing(summary=summary))


NEED = Step(
    id="need",
    icon="need",
    asks=asks,
    commands=(c.StateNeed, c.ProvideBriefing),
    done=lambda scene: scene.act.need is not None,
    gist=lambda scene: scene.act.need.need if scene.act.need else scene.words("ask.need.todo"),
    given=given,
    build=build,
)
