"""A téléassistance told through its pages: what a nurse and a physician post, in the order they would.

Every step reads the page it posts from, so that a test breaks when a page stops offering what it should.
"""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
from visavis_core.acts import commands as c
from visavis_sdk.vocabulary import Adequacy

from .harness import NURSE, PHYSICIAN

PATIENT = {
    "family_name": "Gagnon",
    "given_names": "Berthe",
    "birth_date": "1947-03-12",
    "sex": "female",
    "identifier_system": "NAM",
    "identifier": "GAGB47531201",
    "method": "health_card",
    "presence": "beside_professional",
}
CONSENT = {
    "answer": "given",
    "to_remote_professional": "true",
    "to_technology": "true",
    "channel": "oral",
    "given_by": "patient",
}
NEED = {
    "need": "Plaie du talon qui s’élargit",
    "expectations": "Guider le débridement",
    "summary": "Diabète de type 2",
    "competence_confirmed": "true",
}
PLACE = {"address": "12 rue des Érables, Québec", "call_back_number": "418 555-0143", "suitable": "true"}
PLAN_B = {"telephone": "418 555-0143", "procedure": "Nous continuons par téléphone.", "works": "true"}
CHECK = {"camera": "adequate", "microphone": "adequate", "speaker": "adequate", "network": "limited"}


def values_of(page: str, name: str) -> list[str]:
    """Every value offered under one field name."""
    return [html.unescape(value) for value in re.findall(rf'name="{re.escape(name)}" value="([^"]*)"', page)]


def cause_in(page: str) -> str:
    return values_of(page, "_cause")[0]


def errors_in(page: str) -> list[str]:
    """The sentences beside fields."""
    return [html.unescape(said) for said in re.findall(r'<p class="error".*?<span>(.*?)</span>', page, re.DOTALL)]


def text_of(page: str) -> str:
    """A page as it reads: no markup, no-break spaces as spaces, runs of space as one."""
    without = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    plain = html.unescape(re.sub(r"<[^>]+>", " ", without))
    return re.sub(r"\s+", " ", plain)


class Story:
    def __init__(self, house: Any, nurse: httpx.AsyncClient, physician: httpx.AsyncClient) -> None:
        self.house = house
        self.nurse = nurse
        self.physician = physician
        self.act = ""

    @property
    def id(self) -> str:
        return self.act.rsplit("/", 1)[-1]

    async def open(self) -> None:
        page = (await self.nurse.get("/acts/open")).text
        answer = await self.nurse.post("/acts", data={"_cause": cause_in(page), "specialty": "wound_care"})
        assert answer.status_code == 303
        self.act = answer.headers["location"]

    async def step(self, name: str, answers: dict[str, Any], who: httpx.AsyncClient | None = None) -> httpx.Response:
        client = who or self.nurse
        page = (await client.get(self.act)).text
        mark = next(cause for cause in values_of(page, "_cause") if cause.endswith(f".{name}"))
        return await client.post(f"{self.act}/steps/{name}", data={"_cause": mark, **answers})

    async def done(self, name: str, answers: dict[str, Any], who: httpx.AsyncClient | None = None) -> None:
        answer = await self.step(name, answers, who)
        assert answer.status_code == 303, (name, errors_in(answer.text), text_of(answer.text)[:2000])

    async def prepare(self) -> None:
        """Everything the pack asks before a session, both sides."""
        await self.done("patient", PATIENT)
        await self.done("consent", CONSENT)
        await self.done("need", NEED)
        await self.done("place", PLACE)
        await self.done("plan_b", PLAN_B)
        await self.physician.post(f"{self.act}/accept", data={"_cause": "accept"})
        page = (await self.nurse.get(self.act)).text
        places = dict.fromkeys(re.findall(r'name="(at\.[^"]+)"', page), "quebec")
        await self.done("jurisdiction", {"patient": "quebec", "basis": "same_jurisdiction", **places})
        for who in (self.nurse, self.physician):
            await self.done("check", CHECK, who)
            here = values_of((await who.get(self.act)).text, "here")
            await self.done("people", {"here": here, "confidentiality": "true"}, who)

    async def hold_session(self) -> None:
        """The live part, which is the room's and not a page's: given straight to the practice."""
        answer = await self.nurse.post(f"{self.act}/session", data={"_cause": "start"})
        assert answer.headers["location"] == f"{self.act}/room", text_of(answer.text)
        perform = self.house.practice.perform
        for subject in (NURSE, PHYSICIAN):
            await perform(subject, self.id, c.JoinSession())
        advice = c.GiveAdvice(text="Débrider la fibrine", justification="Fibrine adhérente, bords sains")
        given = await perform(PHYSICIAN, self.id, advice)
        heard = c.AcknowledgeAdvice(advice=given.act.advices[0].given.advice, done=True)
        await perform(NURSE, self.id, heard)
        judged = c.DeclareAdequacy(subject="information", verdict=Adequacy.ADEQUATE)
        await perform(PHYSICIAN, self.id, judged)
        await perform(NURSE, self.id, c.EndLive())

    async def write_note(self, who: httpx.AsyncClient, note: str, own: dict[str, str]) -> dict[str, str]:
        """Opens the note, fills what the record cannot, reads it again; returns what would be signed."""
        page = (await who.get(f"{self.act}/notes/{note}")).text
        areas = re.findall(r'<textarea[^>]*name="(s\.[a-z_]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
        sections = {name: html.unescape(words) for name, words in areas} | own
        review = await who.post(f"{self.act}/notes/{note}", data={"_cause": "r", "do": "review", **sections})
        assert review.status_code == 200
        return sections

    async def sign(self, who: httpx.AsyncClient, note: str, own: dict[str, str]) -> httpx.Response:
        sections = await self.write_note(who, note, own)
        return await who.post(f"{self.act}/notes/{note}", data={"_cause": "sign", "do": "sign", **sections})
