"""What an operator does to an account: ended sign-ins, passwords good once, lost second factors, each recorded."""

from __future__ import annotations

import pyotp
import pytest
from visavis_core.identity.accounts import AccountRefused, Accounts
from visavis_core.identity.administration import ONE_TIME_SECONDS, Administration, draw_password
from visavis_core.identity.passwords import weakness_of
from visavis_core.identity.sessions import Sessions
from visavis_core.identity.signing_in import SigningIn, SignInRefused
from visavis_core.identity.subject import ADMIN

from .conftest import PASSWORD, ROSE, HandClock

BY = "operator:camille"
CHOSEN = "le chat dort sur le radiateur"


@pytest.fixture
async def rose(accounts: Accounts) -> pyotp.TOTP:
    account = await accounts.add(login="rose", password=PASSWORD, identity=ROSE, by=BY)
    return pyotp.TOTP(await accounts.enrol(account.id, by=BY))


async def test_a_one_time_password_opens_nothing_but_the_choice_of_another(
    rose: pyotp.TOTP, administration: Administration, signing_in: SigningIn, sessions: Sessions, clock: HandClock
) -> None:
    given = await administration.reset_password("Rose", by=BY)
    with pytest.raises(SignInRefused):
        await signing_in.with_password("rose", PASSWORD, "a")
    first = await signing_in.with_password("rose", given, "a")
    assert first.needs_code, "the second factor is asked all the same"
    second = await signing_in.with_code(first.token, rose.at(clock.now))
    assert second.needs_password
    assert await sessions.subject(second.token) is None

    for password, repeated, code in (
        (CHOSEN, "autre chose de long", "login.not_repeated"),
        ("court", "court", "account.weak_password"),
        (given, given, "account.same_password"),
    ):
        with pytest.raises(SignInRefused) as refused:
            await signing_in.with_new_password(second.token, password, repeated)
        assert refused.value.code == code
    done = await signing_in.with_new_password(second.token, CHOSEN, CHOSEN)
    subject = await sessions.subject(done.token)
    assert subject is not None
    assert subject.amr == ("pwd", "otp")
    with pytest.raises(SignInRefused):
        await signing_in.with_new_password(second.token, CHOSEN, CHOSEN)
    with pytest.raises(SignInRefused):
        await signing_in.with_password("rose", given, "a")
    clock.pass_(30)
    again = await signing_in.with_password("rose", CHOSEN, "a")
    assert not (await signing_in.with_code(again.token, rose.at(clock.now))).needs_password


async def test_a_one_time_password_is_worth_nothing_after_72_hours_and_a_choice_nothing_after_five_minutes(
    accounts: Accounts, administration: Administration, signing_in: SigningIn, clock: HandClock
) -> None:
    await accounts.add(login="gestion", password=PASSWORD, identity=ROSE, roles=(ADMIN,))
    given = await administration.reset_password("gestion", by=BY)
    choosing = await signing_in.with_password("gestion", given, "a")
    assert choosing.needs_password
    clock.pass_(5 * 60 + 1)
    with pytest.raises(SignInRefused) as refused:
        await signing_in.with_new_password(choosing.token, CHOSEN, CHOSEN)
    assert refused.value.code == "login.expired"
    clock.pass_(ONE_TIME_SECONDS)
    with pytest.raises(SignInRefused) as refused:
        await signing_in.with_password("gestion", given, "a")
    assert refused.value.code == "login.wrong"


async def test_a_lost_second_factor_is_replaced_and_the_old_one_is_void(
    rose: pyotp.TOTP, accounts: Accounts, administration: Administration, signing_in: SigningIn, sessions: Sessions,
    clock: HandClock,
) -> None:  # fmt: skip
    before = await signing_in.with_password("rose", PASSWORD, "a")
    signed_in = (await signing_in.with_code(before.token, rose.at(clock.now))).token
    new = pyotp.TOTP(await administration.reset_second_factor("rose", by=BY))
    assert await sessions.subject(signed_in) is None
    clock.pass_(60)
    pending = await signing_in.with_password("rose", PASSWORD, "a")
    with pytest.raises(SignInRefused):
        await signing_in.with_code(pending.token, rose.at(clock.now))
    assert await sessions.subject((await signing_in.with_code(pending.token, new.at(clock.now))).token) is not None


async def test_a_disabled_account_is_out_with_every_step_it_had_begun_and_comes_back_when_enabled(
    rose: pyotp.TOTP, administration: Administration, signing_in: SigningIn, sessions: Sessions, clock: HandClock
) -> None:
    pending = await signing_in.with_password("rose", PASSWORD, "a")
    await administration.disable("rose", by=BY)
    with pytest.raises(SignInRefused):
        await signing_in.with_code(pending.token, rose.at(clock.now))
    with pytest.raises(SignInRefused):
        await signing_in.with_password("rose", PASSWORD, "a")
    await administration.enable("rose", by=BY)
    assert (await signing_in.with_password("rose", PASSWORD, "a")).needs_code


async def test_every_change_says_who_did_it(rose: pyotp.TOTP, administration: Administration) -> None:
    await administration.disable("rose", by=BY)
    await administration.enable("rose", by=BY)
    await administration.reset_password("rose", by=BY)
    await administration.reset_second_factor("rose", by=BY)
    noted = await administration.changes("rose")
    assert [one.change for one in noted] == [
        "account.added",
        "second_factor.enrolled",
        "account.disabled",
        "account.enabled",
        "password.reset",
        "second_factor.reset",
    ]
    assert {one.by for one in noted} == {BY}


async def test_an_unknown_login_is_said_and_nothing_done(administration: Administration) -> None:
    for deed in (
        administration.disable, administration.enable, administration.reset_password,
        administration.reset_second_factor,
    ):  # fmt: skip
        with pytest.raises(AccountRefused) as refused:
            await deed("personne", by=BY)
        assert refused.value.code == "account.unknown"


def test_a_drawn_password_is_one_that_may_be_used() -> None:
    drawn = {draw_password() for _ in range(200)}
    assert len(drawn) == 200
    assert all(weakness_of(one, "rose") is None for one in drawn)
