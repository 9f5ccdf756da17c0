"""The beginning that most journeys share: a prepared act, both people in the live room, both pictures advancing."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass

from tests.e2e.gestures import EXPERT, NURSE, accept_request, answer, open_act, prepare, sign_in, start_session
from tests.e2e.harness.browser import LAPTOP, TABLET, Person, Stage
from tests.e2e.harness.cameras import Cameras
from tests.e2e.harness.server import Server
from tests.e2e.live import watch_picture, witness

__all__ = ["Meeting", "come_in", "meet"]


@dataclass(frozen=True)
class Meeting:
    base: str
    act: str
    nurse: Person
    expert: Person


async def come_in(stage: Stage, cameras: Cameras, voices: dict[int, pathlib.Path]) -> tuple[Person, Person]:
    """Nurse and expert at their browsers, not signed in yet. The light camera, for a machine that does all the work."""
    light = cameras.on_site_light
    nurse = await stage.enter("nurse", picture=light, sound=voices[light.source], screen=TABLET)
    expert = await stage.enter("expert", picture=cameras.expert, sound=voices[cameras.expert.source], screen=LAPTOP)
    for person in (nurse, expert):
        await witness(person.context)
    return nurse, expert


async def meet(server: Server, cameras: Cameras, nurse: Person, expert: Person) -> Meeting:
    """From signing in to both pictures, every formality done."""
    base = server.address
    await sign_in(nurse.page, base, NURSE)
    await sign_in(expert.page, base, EXPERT)
    act = await open_act(nurse.page)
    await prepare(nurse.page, base, act)
    await accept_request(expert.page, base, act)
    await answer(nurse.page, base, act, "jurisdiction", {"basis": "same_jurisdiction"})
    await start_session(nurse.page, base, act)
    await expert.page.goto(f"{base}/acts/{act}/room")
    await watch_picture(expert.page, cameras.on_site_light.source)
    await watch_picture(nurse.page, cameras.expert.source)
    return Meeting(base, act, nurse, expert)
