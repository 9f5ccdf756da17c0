"""Letting a device in: named, bounded, recorded, and its token shown once."""

from __future__ import annotations

from visavis_core.identity.device_tokens import read_claims
from visavis_sdk.events import DeviceAuthorised

from .harness import NURSE
from .story import Story, errors_in, text_of, values_of


async def test_a_device_is_let_in_until_an_hour_and_its_token_is_shown_once(story: Story) -> None:
    await story.open()
    address = f"{story.act}/devices"
    answer = await story.nurse.post(address, data={"_cause": "d", "name": "Otoscope ", "hours": "2"})
    assert answer.status_code == 200
    [token] = values_of(answer.text, "token") or [answer.text.partition('id="token" value="')[2].partition('"')[0]]
    claims = read_claims(token)
    assert claims is not None
    assert (claims.act, claims.account, claims.source) == (story.id, NURSE.id, "device.otoscope")
    assert "visavis device publish" in answer.text

    act = await story.house.practice.read(NURSE, story.id)
    [recorded] = [event.body for event in act.events if isinstance(event.body, DeviceAuthorised)]
    assert (recorded.device, recorded.source, recorded.expires_at) == (claims.id, claims.source, claims.expires_at)
    assert token not in (await story.nurse.get(address)).text
    assert "Appareil autorisé, device.otoscope" in text_of((await story.nurse.get(f"{story.act}/proof?all=1")).text)


async def test_a_name_that_will_not_do_is_said_and_lets_nobody_in(story: Story) -> None:
    await story.open()
    answer = await story.nurse.post(f"{story.act}/devices", data={"name": "Échographe n° 2", "hours": "99"})
    assert answer.status_code == 422
    assert len(errors_in(answer.text)) == 2
    act = await story.house.practice.read(NURSE, story.id)
    assert not [event for event in act.events if isinstance(event.body, DeviceAuthorised)]
