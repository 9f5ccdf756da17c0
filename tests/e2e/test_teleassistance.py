"""One téléassistance from end to end, on real browsers: a nurse on a tablet, a physician at a desk, both ways."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import pathlib
import zipfile

import numpy as np
import pypdf
import pytest
from PIL import Image
from playwright.async_api import Page, expect
from visavis_core.trace.verify import verify_export

from tests.e2e.gestures import (
    EXPERT,
    NURSE,
    accept_request,
    answer,
    close_act,
    fill_form,
    judge_information,
    open_act,
    prepare,
    sign_in,
    sign_note,
    start_session,
)
from tests.e2e.harness.browser import DESK, LAPTOP, TABLET, Stage
from tests.e2e.harness.cameras import Cameras
from tests.e2e.harness.code import decode_code
from tests.e2e.harness.server import Server
from tests.e2e.harness.sound import TONES
from tests.e2e.live import advise, draw, flow, has_ink, listen, poll, vkey_of, watch_picture, witness

pytestmark = pytest.mark.e2e

ADVICE = (
    ("Débrider la fibrine au bord interne.", "Fibrine adhérente visible à quatre heures.", False),
    ("Pansement hydrofibre, renouveler demain.", "Exsudat modéré, berges saines.", False),
    ("Décharge du talon droit, sans appui.", "Appui constant observé.", True),
)


FLIPPED = 5  # the number of the event whose stored bytes get one wrong bit


async def test_a_wound_is_seen_advised_on_and_the_record_proves_itself(
    demo_server: Server,
    stage: Stage,
    cameras: Cameras,
    voices: dict[int, pathlib.Path],
    tmp_path: pathlib.Path,
) -> None:
    base = demo_server.address
    nurse = await stage.enter("nurse", picture=cameras.on_site, sound=voices[cameras.on_site.source], screen=TABLET)
    expert = await stage.enter("expert", picture=cameras.expert, sound=voices[cameras.expert.source], screen=LAPTOP)
    for person in (nurse, expert):
        await witness(person.context)

    # The nurse opens the act and prepares it; the physician takes the request in one click.
    await nurse.page.goto(f"{base}/login")
    await stage.keep(nurse, "login", TABLET, LAPTOP)
    await sign_in(nurse.page, base, NURSE)
    await stage.keep(nurse, "queue")
    act = await open_act(nurse.page)
    await stage.keep(nurse, "act_opened")
    await prepare(nurse.page, base, act)
    await sign_in(expert.page, base, EXPERT)
    await stage.keep(expert, "queue")
    await accept_request(expert.page, base, act)
    await answer(expert.page, base, act, "people", {"confidentiality": "true"})
    await answer(nurse.page, base, act, "jurisdiction", {"basis": "same_jurisdiction"})
    await stage.keep(nurse, "act_ready")

    # Both pictures advance and both voices are heard, by the browsers' own account.
    await start_session(nurse.page, base, act)
    await expert.page.goto(f"{base}/acts/{act}/room")
    await watch_picture(expert.page, cameras.on_site.source)
    await watch_picture(nurse.page, cameras.expert.source)
    await see_media_flow_both_ways(nurse.page, expert.page)
    assert await listen(expert.page) == pytest.approx(TONES[cameras.on_site.source], abs=12)
    assert await listen(nurse.page) == pytest.approx(TONES[cameras.expert.source], abs=12)

    # The pointer and a stroke made at the desk appear on the tablet.
    await draw(expert.page, "pointer", [(0.30, 0.40), (0.31, 0.41)])
    await poll("pointer on the tablet", lambda: has_ink(nurse.page, (0.31, 0.41)))
    await draw(expert.page, "circle", [(0.40, 0.50), (0.55, 0.70)])
    await poll("stroke on the tablet", lambda: has_ink(nurse.page, (0.475, 0.50)))

    # A still of the camera's full size arrives bit for bit.
    await nurse.page.click("[data-do=capture]")
    still = await poll("still in the expert's strip", lambda: first_still(expert.page))
    got = await expert.page.request.get(f"{base}{still}")
    octets = await got.body()
    sent = await nurse.page.evaluate("witness.sent")
    assert [(each["size"], each["sha256"]) for each in sent] == [(len(octets), hashlib.sha256(octets).hexdigest())]
    picture = Image.open(io.BytesIO(octets)).convert("RGB")
    assert picture.size == cameras.on_site.size
    code = decode_code(np.asarray(picture))
    assert code is not None
    assert code.source == cameras.on_site.source

    # Three pieces of advice, each with its reason, each acknowledged.
    for text, reason, read_back in ADVICE:
        await advise(expert.page, text, reason, read_back=read_back)
        await expect(nurse.page.locator("[data-advice=text]")).to_have_text(text)
        await stage.keep(nurse, "advice_heard")
        await nurse.page.click("[data-do=heard]")
        await expect(nurse.page.locator("[data-advice=next]")).to_be_hidden()
    await expect(expert.page.locator("visavis-advice")).to_contain_text(ADVICE[-1][0])
    await expert.page.keyboard.press("q")
    await expert.page.click("dialog[open] [data-answer=adequate]")
    await stage.keep(expert, "room", LAPTOP, DESK)  # at LAPTOP it is the README's picture: `make picture`
    await stage.keep(nurse, "room", TABLET)

    # The live part ends; the wound is described, both notes are signed, the act closes with every gate met.
    await nurse.page.click("[data-do=end]")
    await nurse.page.click("dialog[open] [data-answer=end]")
    await fill_form(
        nurse.page,
        base,
        act,
        "wound_care.wound",
        {
            "kind": "pressure",
            "site": "heel",
            "side": "right",
            "length": "3,7",
            "width": "3,1",
            "exudate": "light",
            "granulation": "60",
            "slough": "40",
        },
    )
    await stage.keep(nurse, "wound_form")
    await judge_information(expert.page, base, act)
    await sign_note(expert.page, base, act, "assisting", {"approach": "Fibrine localisée, pas de signe d’infection."})
    await stage.keep(expert, "note_signed")
    await sign_note(nurse.page, base, act, "on_site", {"care": "Nettoyage, débridement léger, hydrofibre posée."})
    await close_act(nurse.page, base, act)
    await stage.keep(nurse, "closed")

    # The PDF says what happened; the export verifies; a flipped bit is found and named.
    await read_the_note(expert.page, base, act, stage)
    export = tmp_path / "act.zip"
    export.write_bytes(await (await nurse.page.request.get(f"{base}/acts/{act}/export.zip")).body())
    vkey = await vkey_of(nurse.page, base, act)
    await stage.keep(nurse, "proof")
    the_export_holds(export, still_sha256=hashlib.sha256(octets).hexdigest())
    report = await asyncio.to_thread(verify_export, export, vkey)
    assert report.ok, report
    await asyncio.to_thread(a_flipped_bit_is_found_and_named, export, vkey)
    assert nurse.complaints == []
    assert expert.complaints == []
    await no_word_of_the_patient_in_the_log(demo_server)


async def see_media_flow_both_ways(*pages: Page) -> None:
    before = [await flow(page) for page in pages]

    async def advanced() -> bool:
        now = [await flow(page) for page in pages]
        return all(
            b.framesDecoded - a.framesDecoded >= 10 and b.audioIn - a.audioIn >= 25 and b.videoOut > a.videoOut
            for a, b in zip(before, now, strict=True)
        )

    await poll("frames decoded and voice received at both ends", advanced)


async def first_still(page: Page) -> str:
    image = page.locator("[data-stills] img").first
    return (await image.get_attribute("src") or "") if await image.count() else ""


async def read_the_note(page: Page, base: str, act: str, stage: Stage) -> None:
    pdf = await (await page.request.get(f"{base}/acts/{act}/notes/assisting.pdf")).body()
    stage.keep_file("note_assisting.pdf", pdf)
    words = " ".join(" ".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())
    for expected in ("BOUCHARD", "Hector", "Salomé", "Rose", "La Baie", *(text for text, _, _ in ADVICE)):
        assert expected.lower() in words.lower(), expected
    for _, reason, _ in ADVICE:
        assert reason in words


def the_export_holds(export: pathlib.Path, still_sha256: str) -> None:
    with zipfile.ZipFile(export) as archive:
        names = archive.namelist()
        proved = archive.read("events.jsonl").decode()
    assert any(still_sha256 in name for name in names)
    assert sum(name.endswith(".pdf") for name in names) >= 2
    assert json.loads(proved.splitlines()[0])["type"] == "act.opened"
    assert "Bouchard" not in proved, "what is proved is sealed; names are in the opened copy only"


def a_flipped_bit_is_found_and_named(export: pathlib.Path, vkey: str) -> None:
    octets = bytearray(export.read_bytes())
    with zipfile.ZipFile(export) as archive:
        line = archive.read("events.jsonl").splitlines()[FLIPPED]
    octets[octets.index(line) + len(line) // 2] ^= 0x01
    changed = export.with_name("changed.zip")
    changed.write_bytes(octets)
    report = verify_export(changed, vkey)
    assert not report.ok
    assert any(finding.n == FLIPPED for finding in report.findings), report
    assert any(finding.file == "events.jsonl" for finding in report.findings), report


async def no_word_of_the_patient_in_the_log(server: Server) -> None:
    log = server.log.read_text(encoding="utf-8")
    served = log.split("Ctrl+C", 1)[-1]
    for word in ("Bouchard", "Hector", "BOUH", "418 555", "talon", "fibrine"):
        assert word not in served, word
