"""The web door on a real house: who comes in, what is refused before any handler, and how it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pyotp
import pytest
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from visavis_core.demo import PASSWORD
from visavis_core.house import House
from visavis_core.identity.administration import Administration
from visavis_core.identity.passwords import Passwords
from visavis_core.identity.second_factor import SecondFactor
from visavis_core.identity.subject import ProfessionalIdentity
from visavis_core.store.faults import ReadFailed
from visavis_core.web.login import safe_path
from visavis_core.web.refusals import Problem

HOME = "http://localhost:8080"
PAGE = {"Accept": "text/html"}


def sign_in(client: TestClient, login: str) -> dict[str, str]:
    """The headers of a browser in which `login` is signed in; the client's own jar keeps no Secure cookie on http."""
    answer = client.post("/login", data={"login": login, "password": PASSWORD}, headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    for part in ("__Host-visavis=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    return {"Cookie": cookie.split(";")[0], **PAGE}


def problem_of(content: bytes) -> Problem:
    return msgspec.json.decode(content, type=Problem)


def open_act(client: TestClient, headers: dict[str, str], key: str = "") -> str:
    extra = {"Idempotency-Key": key} if key else {}
    answer = client.post("/api/acts", json={"type": "open_act", "kind": "teleassistance"}, headers={**headers, **extra})
    assert answer.status_code in (200, 201)
    return str(answer.json()["act"])


def test_every_answer_carries_the_policy(client: TestClient) -> None:
    for path in ("/login", "/healthz", "/nowhere", "/api/acts/x", "/join/x"):
        headers = client.get(path, headers=PAGE).headers
        policy = headers["content-security-policy"]
        for directive in (
            "default-src 'self'",
            "script-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ):
            assert directive in policy
        assert "unsafe" not in policy
        assert headers["permissions-policy"].startswith("camera=(self), microphone=(self)")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


def test_signed_out_people_are_led_to_sign_in_and_back(client: TestClient) -> None:
    answer = client.get("/", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/")
    answer = client.get("/api/acts/act_x")
    assert answer.status_code == 401
    assert problem_of(answer.content).code == "signed_out"


def test_a_nurse_signs_in_reads_and_signs_out(client: TestClient) -> None:
    rose = sign_in(client, "rose")
    assert client.get("/", headers=rose).status_code == 200
    answer = client.post("/logout", headers=rose)
    assert answer.status_code == 303
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert client.get("/", headers=rose).status_code == 303, "the cookie stands for nobody any more"


def test_a_wrong_password_is_said_on_the_page(client: TestClient) -> None:
    answer = client.post("/login", data={"login": "nobody", "password": "x"}, headers=PAGE)
    assert answer.status_code == 401
    assert "ne convient pas" in answer.text
    english = client.post(
        "/login", data={"login": "nobody", "password": "x"}, headers={**PAGE, "Accept-Language": "en"}
    )
    assert "does not match" in english.text


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Origin": HOME}, True),
        ({"Origin": HOME, "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": HOME}, False),
        ({"Origin": "http://localhost:8081"}, False),
    ],
)
def test_only_our_own_pages_may_change_something(client: TestClient, headers: dict[str, str], allowed: bool) -> None:
    rose = sign_in(client, "rose")
    answer = client.post("/api/acts", json={"type": "open_act", "kind": "teleassistance"}, headers={**rose, **headers})
    assert answer.status_code == (201 if allowed else 403)
    if not allowed:
        assert problem_of(answer.content).code == "cross_site"


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_websocket_from_elsewhere_is_closed_before_anything(client: TestClient, origin: str | None) -> None:
    rose = sign_in(client, "rose")
    headers = {"Cookie": rose["Cookie"], **({"Origin": origin} if origin else {})}
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/acts/a/room/ws", headers=headers):
        pass
    assert closed.value.code == 4403


def test_a_websocket_behind_a_proxy_that_renames_the_host_is_ours(client: TestClient) -> None:
    rose = sign_in(client, "rose")
    headers = {"Cookie": rose["Cookie"], "Origin": HOME, "Host": "visavis.internal:9000"}
    with client.websocket_connect("/acts/act_none/room/ws", headers=headers) as socket:
        closed = socket.receive()
    assert closed["code"] == 4404, "let in by the public address, and told that there is no such act"


def test_bodies_have_limits_declared_or_not(client: TestClient) -> None:
    rose = sign_in(client, "rose")
    answer = client.post("/api/acts", content=b"x" * (512 * 1024 + 1), headers=rose)
    assert answer.status_code == 413

    def drip() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 16 * 1024

    answer = client.post("/api/acts", content=drip(), headers=rose)
    assert answer.status_code == 413
    assert problem_of(answer.content).code == "body_too_large"
    assert client.post("/login", content=b"x" * 9000, headers=PAGE).status_code == 413


def test_an_act_is_opened_once_commanded_and_read(client: TestClient) -> None:
    rose = sign_in(client, "rose")
    act = open_act(client, rose, "tap-1")
    assert open_act(client, rose, "tap-1") == act
    stated = client.post(
        f"/api/acts/{act}/commands",
        json={"type": "state_need", "need": "plaie", "expectations": "avis"},
        headers={**rose, "Idempotency-Key": "tap-2"},
    )
    assert stated.status_code == 200
    assert stated.json()["repeated"] is False

    read = client.get(f"/api/acts/{act}", headers=rose).json()
    assert (read["id"], read["phase"], read["need"]["need"]) == (act, "preparing", "plaie")
    events = client.get(f"/api/acts/{act}/events?after=0", headers=rose).json()
    assert [event["n"] for event in events["events"]] == list(range(1, len(events["events"]) + 1))
    assert events["more"] is False
    lines = client.get(f"/api/acts/{act}/sheet", headers={**rose, "Accept-Language": "en"}).json()["lines"]
    need = next(line for line in lines if line["id"] == "E1")
    assert (need["state"], need["events"]) == ("met", stated.json()["events"])


def test_what_is_missing_is_said_and_stops_the_session(client: TestClient) -> None:
    rose = sign_in(client, "rose")
    act = open_act(client, rose)
    answer = client.post(
        f"/api/acts/{act}/commands", json={"type": "start_session"}, headers={"Cookie": rose["Cookie"]}
    )
    assert answer.status_code == 422
    problem = problem_of(answer.content)
    assert {"B2", "D2", "E1", "E4", "E7"} <= set(problem.missing)
    assert problem.title


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "JSON"),
        (b"[]", "objet"),
        (b'{"type":"no_such_command"}', "pas dans la liste"),
        (b'{"type":"state_need","need":"x"}', "expectations"),
        (b'{"type":"state_need","need":"","expectations":"y"}', "champ « need »"),
        (b'{"type":"state_need","need":1,"expectations":"y"}', "un texte"),
        (b'{"type":"state_need","need":"x","expectations":"y","author":"somebody"}', "pas connue"),
        (b'{"type":"capture_still"}', "pas dans la liste"),
        (b'{"type":"open_dossier","rule":"x"}', "pas dans la liste"),
        (b'{"type":"state_patient_presence","presence":"Hector Bouchard"}', "pas dans la liste"),
    ],
)
def test_a_malformed_command_names_the_field_and_never_the_value(client: TestClient, body: bytes, words: str) -> None:
    rose = sign_in(client, "rose")
    act = open_act(client, rose, "malformed")
    before = client.get(f"/api/acts/{act}", headers=rose).json()["n"]
    answer = client.post(f"/api/acts/{act}/commands", content=body, headers={"Cookie": rose["Cookie"]})
    assert answer.status_code == 400
    problem = problem_of(answer.content)
    assert problem.code == "command.unreadable"
    assert words in problem.title
    assert "Hector" not in problem.title
    assert client.get(f"/api/acts/{act}", headers=rose).json()["n"] == before


def test_an_administrator_manages_and_reads_no_act(client: TestClient) -> None:
    act = open_act(client, sign_in(client, "rose"))
    admin = sign_in(client, "admin")
    for path in (f"/api/acts/{act}", f"/api/acts/{act}/events", f"/api/acts/{act}/sheet"):
        assert client.get(path, headers={"Cookie": admin["Cookie"]}).status_code == 404
    assert client.get(f"/acts/{act}", headers=admin).status_code == 404


def test_a_relative_joins_by_a_link_that_works_once(client: TestClient, house: House) -> None:
    from visavis_core.identity.subject import Subject
    from visavis_sdk.vocabulary import Role, Side

    rose = sign_in(client, "rose")
    act = open_act(client, rose)

    async def invite() -> str:
        account = await house.accounts.find("rose")
        assert account is not None
        subject = Subject(kind="account", id=account.id, identity=account.identity, system_roles=account.roles)
        link = await house.invitations.issue(
            subject, act, role=Role.RELATIVE, side=Side.ON_SITE, display_name="Sa fille"
        )
        return link.path

    path = client.portal.call(invite)  # type: ignore[union-attr]  # the portal is open inside `with`
    assert client.get(path, headers=PAGE).status_code == 200
    assert client.get(path, headers=PAGE).status_code == 200
    joined = client.post(path, headers=PAGE)
    assert (joined.status_code, joined.headers["location"]) == (303, f"/acts/{act}/room")
    assert client.post(path, headers=PAGE).status_code == 410
    assert client.get(path, headers=PAGE).status_code == 410
    guest = {"Cookie": joined.headers["set-cookie"].split(";")[0]}
    for what in ("", "/events", "/sheet"):
        answer = client.get(f"/api/acts/{act}{what}", headers=guest)
        assert (answer.status_code, problem_of(answer.content).code) == (403, "forbidden")
    assert client.get(f"/acts/{act}/room", headers={**guest, **PAGE}).status_code == 200, "their own door is the room"


def test_the_second_factor_has_a_page_of_its_own(client: TestClient, house: House) -> None:
    async def enrol() -> str:
        account = await house.accounts.find("relais")
        assert account is not None
        return await house.accounts.enrol(account.id)

    secret = client.portal.call(enrol)  # type: ignore[union-attr]  # the portal is open inside `with`
    first = client.post("/login?next=/", data={"login": "relais", "password": PASSWORD, "next": "/acts"}, headers=PAGE)
    assert first.headers["location"] == "/login/code?next=/acts"
    pending = {"Cookie": first.headers["set-cookie"].split(";")[0], **PAGE}
    assert client.get("/", headers=pending).status_code == 303, "not signed in yet"
    assert client.get("/login/code", headers=pending).status_code == 200
    wrong = client.post("/login/code", data={"code": "000000"}, headers=pending)
    assert wrong.status_code == 401
    right = client.post("/login/code", data={"code": pyotp.TOTP(secret).now(), "next": "/acts"}, headers=pending)
    assert (right.status_code, right.headers["location"]) == (303, "/acts")


def test_a_one_time_password_leads_to_the_choice_of_another_and_nowhere_else(client: TestClient, house: House) -> None:
    desk = Administration(
        store=house.holdings.store,
        accounts=house.accounts,
        passwords=Passwords(),
        factor=SecondFactor(house.holdings.identity_key),
        clock=house.clock,
    )

    async def reset() -> str:
        await house.accounts.add(login="nouvelle", password=PASSWORD, identity=ProfessionalIdentity(family_name="Roy"))
        return await desk.reset_password("nouvelle", by="operator:test")

    given = client.portal.call(reset)  # type: ignore[union-attr]  # the portal is open inside `with`
    first = client.post("/login", data={"login": "nouvelle", "password": given, "next": "/acts?a=1&b=2"}, headers=PAGE)
    assert first.headers["location"] == "/login/password?next=/acts%3Fa%3D1%26b%3D2"
    renewing = {"Cookie": first.headers["set-cookie"].split(";")[0], **PAGE}
    assert client.get("/", headers=renewing).status_code == 303, "not signed in yet"
    page = client.get(first.headers["location"], headers=renewing)
    assert 'value="/acts?a=1&amp;b=2"' in page.text
    wrong = client.post("/login/password", data={"password": "court", "repeated": "court"}, headers=renewing)
    assert wrong.status_code == 401
    assert "12" in wrong.text
    chosen = {"password": PASSWORD + " encore", "repeated": PASSWORD + " encore", "next": "/acts"}
    right = client.post("/login/password", data=chosen, headers=renewing)
    assert (right.status_code, right.headers["location"]) == (303, "/acts")
    assert client.get("/login/password", headers=PAGE).headers["location"] == "/login"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/acts/act_1?step=need", "/acts/act_1?step=need"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\nSet-Cookie: x", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_signing_in_never_leads_elsewhere(path: str, kept: str) -> None:
    assert safe_path(path) == kept


def test_machines_are_told_how_it_goes_and_nothing_about_anybody(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").json() == {"failed": [], "ready": True, "recording": ""}
    assert client.get("/metrics").status_code == 404, "the test client is not this machine"


def test_an_unforeseen_error_is_answered_in_words_and_without_its_text(
    client: TestClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(request: object) -> None:
        raise ValueError("Hector Bouchard, 1948")

    app = client.app
    app.router.routes.insert(0, Route("/fails", fail))  # type: ignore[attr-defined]  # Starlette's own attribute
    page = client.get("/fails", headers=PAGE)
    program = client.get("/fails")
    assert (page.status_code, program.status_code) == (500, 500)
    assert problem_of(program.content).code == "failed"
    said = page.text + program.text + caplog.text + "".join(capsys.readouterr())
    assert "Hector" not in said
    assert re.search(r"content-security-policy", str(page.headers))


@pytest.mark.parametrize(("fault", "status"), [(ReadFailed("disk"), 503), (RuntimeError("Hector Bouchard"), 500)])
def test_when_nobody_can_be_recognised_it_is_said_in_words(
    client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    rose = sign_in(client, "rose")

    async def fail(_token: str) -> None:
        raise fault

    monkeypatch.setattr(house.sessions, "subject", fail)
    answer = client.get("/", headers={"Cookie": rose["Cookie"]})
    assert answer.status_code == status
    assert problem_of(answer.content).title
    assert "Hector" not in answer.text


def test_every_page_of_the_door_speaks_both_languages(client: TestClient) -> None:
    for path in ("/login", "/join/x", "/nowhere"):
        french = client.get(path, headers={**PAGE, "Accept-Language": "fr"})
        english = client.get(path, headers={**PAGE, "Accept-Language": "en"})
        assert '<html lang="fr"' in french.text
        assert '<html lang="en"' in english.text
        assert french.text != english.text
