"""From home to the live room, as a nurse does it: prepared step by step, or in an emergency."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from visavis_core.web.pages import routes
from visavis_sdk.vocabulary import ActPhase

from .harness import NURSE, reader
from .story import CHECK, CONSENT, NEED, PATIENT, PLACE, PLAN_B, Story, cause_in, errors_in, text_of, values_of


async def test_somebody_signed_out_is_sent_to_sign_in_and_back(house: Any) -> None:
    async with reader(house, "") as nobody:
        answer = await nobody.get("/acts/open")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/acts/open"


async def test_an_empty_queue_says_what_to_do(nurse: httpx.AsyncClient, physician: httpx.AsyncClient) -> None:
    assert "Aucun acte en cours" in text_of((await nurse.get("/")).text)
    assert "Personne n’attend votre aide" in text_of((await physician.get("/")).text)


async def test_an_administrator_sees_no_act(house: Any, story: Story) -> None:
    await story.open()
    async with reader(house, "admin") as administrator:
        home = await administrator.get("/")
        act = await administrator.get(story.act)
    assert "n’a pas accès aux dossiers" in text_of(home.text)
    assert act.status_code == 404  # an act one has no part in does not exist


async def test_an_emergency_takes_three_clicks(house: Any, nurse: httpx.AsyncClient) -> None:
    home = (await nurse.get("/")).text
    assert 'href="/acts/open?emergency=1"' in home  # first click
    choosing = (await nurse.get("/acts/open?emergency=1")).text
    answer = await nurse.post(  # second click: one button per specialty; the third is the browser's camera question
        "/acts", data={"_cause": cause_in(choosing), "emergency": "1", "specialty": "wound_care"}
    )
    assert answer.headers["location"].endswith("/room")
    act = await house.practice.read(NURSE, answer.headers["location"].split("/")[2])
    assert act.phase is ActPhase.LIVE
    page = text_of((await nurse.get(f"/acts/{act.id}")).text)
    assert "points à faire avant de clore" in page


async def test_opening_twice_with_the_same_press_opens_once(house: Any, nurse: httpx.AsyncClient) -> None:
    press = {"_cause": cause_in((await nurse.get("/acts/open")).text), "specialty": "surgery"}
    first, again = await nurse.post("/acts", data=press), await nurse.post("/acts", data=press)
    assert first.headers["location"] == again.headers["location"]
    assert len(await house.practice.queue(NURSE)) == 1


@pytest.mark.parametrize("specialty", [{}, {"specialty": "nonsense"}])
async def test_an_act_of_no_known_specialty_is_not_opened(nurse: httpx.AsyncClient, specialty: dict[str, str]) -> None:
    assert (await nurse.post("/acts", data={"_cause": "n", **specialty})).status_code == 400
    assert "Aucun acte en cours" in text_of((await nurse.get("/")).text)


async def test_a_step_keeps_what_was_typed_and_says_what_is_wrong_beside_it(story: Story) -> None:
    await story.open()
    answer = await story.step("patient", {"family_name": "O'Gagnon <b>", "birth_date": "31/02/1947"})
    assert answer.status_code == 422
    assert 'value="O&#39;Gagnon &lt;b&gt;"' in answer.text
    assert "Écrivez une date qui existe, par exemple 12/03/1947." in errors_in(answer.text)
    assert 'href="#patient-birth_date"' in answer.text
    assert 'aria-describedby="patient-birth_date-error"' in answer.text
    act = await story.house.practice.read(NURSE, story.id)
    assert act.patient is None


@pytest.mark.parametrize(
    ("step", "answers", "wrong", "said"),
    [
        ("patient", PATIENT | {"birth_date": "2027-01-01"}, "birth_date", "dans l’avenir"),
        ("patient", PATIENT | {"presence": "virtual"}, "judgement", "Remplissez ce champ"),
        ("patient", PATIENT | {"sex": "forged"}, "sex", "Choisissez une réponse"),
        ("patient", PATIENT | {"family_name": "x" * 101}, "family_name", "100 caractères au plus"),
        ("place", PLACE | {"call_back_number": "appelez-moi"}, "call_back_number", "numéro de téléphone"),
        ("consent", CONSENT | {"given_by": "legal_representative"}, "giver_name", "Remplissez ce champ"),
        ("consent", {**CONSENT, "to_technology": ""}, "to_technology", "Choisissez une réponse"),
        ("need", NEED | {"summary": ""}, "summary", "Remplissez ce champ"),
    ],
)
async def test_bad_answers_are_told_in_words(
    story: Story, step: str, answers: dict[str, str], wrong: str, said: str
) -> None:
    await story.open()
    before = (await story.house.practice.read(NURSE, story.id)).n
    answer = await story.step(step, answers)
    assert answer.status_code == 422
    assert f'id="{step}-{wrong}-error"' in answer.text
    assert any(said in error for error in errors_in(answer.text))
    assert (await story.house.practice.read(NURSE, story.id)).n == before


async def test_nobody_is_asked_twice(story: Story) -> None:
    await story.open()
    page = (await story.nurse.get(story.act)).text
    assert 'name="establishment" value="CLSC des Érables"' in page  # from the account
    await story.done("place", PLACE)
    page = (await story.nurse.get(story.act)).text
    assert 'id="plan_b-telephone" name="telephone" value="418 555-0143"' in page  # from the place


async def test_a_corrected_page_brought_back_is_not_taken_for_a_repetition(story: Story) -> None:
    await story.open()
    mark = "the-same-page"
    for need in ("Première rédaction", "Rédaction corrigée"):
        await story.nurse.post(f"{story.act}/steps/need", data=NEED | {"_cause": mark, "need": need})
    act = await story.house.practice.read(NURSE, story.id)
    assert act.need is not None
    assert act.need.need == "Rédaction corrigée"


async def test_what_is_missing_is_listed_once_and_the_session_button_names_it(story: Story) -> None:
    await story.open()
    page = (await story.nurse.get(story.act)).text
    assert "Prochaine étape : Patient" in text_of(page)
    assert "0 sur 8 étapes faites" in text_of(page)
    assert page.count(f'href="{story.act}?step=plan_b#plan_b"') == 1  # in the rail, and nowhere else
    refused = await story.nurse.post(f"{story.act}/session", data={"_cause": "s"})
    assert refused.status_code == 422
    assert "Plan B écrit" in text_of(refused.text)
    opened = (await story.nurse.get(f"{story.act}?step=plan_b")).text
    assert '<details class="step to_do" id="plan_b" name="step" open>' in opened


async def test_when_ones_own_steps_are_done_what_still_stops_the_session_is_said(story: Story) -> None:
    await story.open()
    for step, answers in (("patient", PATIENT), ("consent", CONSENT), ("need", NEED), ("place", PLACE)):
        await story.done(step, answers)
    page = (await story.nurse.get(story.act)).text
    here = {"here": values_of(page, "here"), "confidentiality": "true"}
    places = dict.fromkeys(re.findall(r'name="(at\.[^"]+)"', page), "quebec")
    where = {"patient": "quebec", "basis": "same_jurisdiction", **places}
    for step, more in (("plan_b", PLAN_B), ("check", CHECK), ("people", here), ("jurisdiction", where)):
        await story.done(step, more)
    page = (await story.nurse.get(story.act)).text
    assert re.search(r"Avant de démarrer, \d+ points? à faire", text_of(page))
    said = re.findall(r"<a [^>]*>(.*?)</a>", page[page.index('class="missing-list"') :].split("</ul>")[0])
    assert len(set(said)) == len(said), "what two duties lack is said once, and the second goes by its title"
    assert "Le médecin assistant n’est pas encore entré." in text_of(page)


async def test_prepared_on_both_sides_the_session_starts(story: Story) -> None:
    await story.open()
    await story.prepare()
    page = text_of((await story.nurse.get(story.act)).text)
    assert "Tout est prêt" in page
    assert "GAGNON Berthe née le 12 mars 1947 (79 ans)" in page
    answer = await story.nurse.post(f"{story.act}/session", data={"_cause": "s"})
    assert answer.headers["location"] == f"{story.act}/room"


async def test_the_consent_kept_is_to_the_text_that_was_shown(story: Story) -> None:
    await story.open()
    page = text_of((await story.nurse.get(story.act)).text)
    text = story.house.catalogue.consent_text(jurisdictions=("quebec",), language="fr", on="2026-11-23")
    assert text_of(text.title) in page
    await story.done("consent", CONSENT)
    act = await story.house.practice.read(NURSE, story.id)
    assert act.consent.information.text_sha256 == text.sha256


async def test_a_refusal_stops_the_act_and_says_what_follows(story: Story) -> None:
    await story.open()
    await story.done("consent", {"answer": "refused", "reason": "Préfère attendre son médecin"})
    page = text_of((await story.nurse.get(story.act)).text)
    assert "Le patient a refusé." in page
    assert "Démarrer la session" not in page


async def test_the_physician_accepts_from_the_queue(story: Story) -> None:
    await story.open()
    await story.done("need", NEED)
    queue = (await story.physician.get("/")).text
    assert NEED["need"] in text_of(queue)
    assert f'action="{story.act}/accept"' in queue
    answer = await story.physician.post(f"{story.act}/accept", data={"_cause": "a"})
    assert answer.headers["location"] == story.act
    page = (await story.physician.get(story.act)).text
    assert 'class="desk"' in page
    assert "Dre Hélène Lavoie" in text_of(page)


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "Un autre médecin a déjà accepté."), ("en", "Another physician has already accepted.")],
)
async def test_the_second_physician_who_accepts_is_told_so(story: Story, house: Any, language: str, said: str) -> None:
    await story.open()
    await story.done("need", NEED)
    async with reader(house, "late", language) as late:
        assert f'action="{story.act}/accept"' in (await late.get("/")).text
        await story.physician.post(f"{story.act}/accept", data={"_cause": "a"})
        answer = await late.post(f"{story.act}/accept", data={"_cause": "b"})
        assert answer.status_code == 422
        assert said in text_of(answer.text)
        assert NEED["need"] not in answer.text
        assert (await late.get(story.act)).status_code == 404, "nothing more of the act is told"
        assert (await late.post("/acts/act_9999/accept", data={"_cause": "b"})).status_code == 404
    async with reader(house, "admin", language) as stranger:
        assert (await stranger.post(f"{story.act}/accept", data={"_cause": "b"})).status_code == 404


@pytest.mark.parametrize(("language", "said"), [("fr", "c’est un retrait"), ("en", "it is a withdrawal")])
async def test_a_no_after_a_yes_is_led_to_the_withdrawal(story: Story, house: Any, language: str, said: str) -> None:
    await story.open()
    await story.done("consent", CONSENT)
    async with reader(house, "nurse", language) as nurse:
        answer = await story.step("consent", {"answer": "refused"}, nurse)
    assert answer.status_code == 422
    assert said in errors_in(answer.text)[0]
    assert (await house.practice.read(NURSE, story.id)).consent.stands


async def test_a_form_is_shown_to_whoever_may_send_it(story: Story) -> None:
    await story.open()
    await story.physician.post(f"{story.act}/accept", data={"_cause": "a"})
    assert f'action="{story.act}/steps/patient"' in (await story.nurse.get(f"{story.act}?step=patient")).text
    assert f'action="{story.act}/steps/patient"' not in (await story.physician.get(f"{story.act}?step=patient")).text


async def test_a_person_without_account_is_added_and_listed(story: Story) -> None:
    await story.open()
    await story.done("person", {"role": "relative", "family_name": "Gagnon", "quality": "fille"})
    page = (await story.nurse.get(story.act)).text
    assert "Gagnon, fille" in text_of(page)
    assert len(values_of(page, "here")) == 2


async def test_a_link_invites_once_and_is_not_in_any_address(story: Story) -> None:
    await story.open()
    answer = await story.nurse.post(
        f"{story.act}/invitations", data={"_cause": "i", "name": "Line Gagnon", "role": "relative", "quality": "fille"}
    )
    assert answer.status_code == 200
    assert "/join/" in answer.text
    again = (await story.nurse.get(f"{story.act}/invitations")).text
    assert "/join/" not in again
    assert "Line Gagnon" in again


async def test_english_is_whole(house: Any, story: Story) -> None:
    await story.open()
    async with reader(house, "nurse", "en-CA,en;q=0.9") as client:
        page = await client.get(story.act)
    assert page.headers["content-language"] == "en"
    assert '<html lang="en"' in page.text
    assert "Next step: Patient" in text_of(page.text)


async def test_the_switch_holds_and_leads_back_but_never_elsewhere(nurse: httpx.AsyncClient) -> None:
    answer = await nurse.post("/language", data={"language": "en", "next": "/acts/open"})
    assert answer.headers["location"] == "/acts/open"
    assert "My queue" in text_of((await nurse.get("/")).text)
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", ""):
        away = await nurse.post("/language", data={"language": "fr", "next": elsewhere})
        assert away.headers["location"] == "/"


@pytest.mark.parametrize("language", ["xx", "", "FR"])
async def test_a_language_nobody_speaks_here_is_refused_in_words(nurse: httpx.AsyncClient, language: str) -> None:
    answer = await nurse.post("/language", data={"language": language, "next": "/"})
    assert answer.status_code == 422
    assert "visavis parle français et anglais" in text_of(answer.text)
    assert "set-cookie" not in answer.headers


async def test_static_files_are_kept_for_ever_under_their_version_only(house: Any, nurse: httpx.AsyncClient) -> None:
    current = await nurse.get(house.renderer.asset("css/base.css"))
    bare = await nurse.get("/static/css/base.css")
    old = await nurse.get("/static/~000000000000/css/base.css")
    outside = await nurse.get("/static/../rendering.py")
    assert "immutable" in current.headers["cache-control"]
    assert bare.headers["cache-control"] == old.headers["cache-control"] == "no-cache"
    assert outside.status_code == 404


async def test_a_page_with_a_patient_is_kept_nowhere(story: Story) -> None:
    await story.open()
    assert (await story.nurse.get(story.act)).headers["cache-control"] == "no-store"


async def test_an_unknown_step_form_or_note_is_not_found_in_words(story: Story) -> None:
    await story.open()
    for path in ("forms/none.such", "notes/diary"):
        answer = await story.nurse.get(f"{story.act}/{path}")
        assert answer.status_code == 404
        assert "Cette page n’existe pas" in text_of(answer.text)
    assert (await story.nurse.post(f"{story.act}/steps/none", data={})).status_code == 404
    assert routes
