"""A nurse signs in with her password and her code; everybody else is turned away in the same words."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from visavis_core.identity.accounts import AccountRefused, Accounts
from visavis_core.identity.administration import Administration
from visavis_core.identity.passwords import weakness_of
from visavis_core.identity.second_factor import SecondFactor
from visavis_core.identity.sessions import TOUCH_AFTER_SECONDS, Sessions, hash_token
from visavis_core.identity.signing_in import SigningIn, SignInRefused
from visavis_core.identity.subject import ADMIN, CLINICIAN, ProfessionalIdentity
from visavis_core.identity.tables import account as account_table
from visavis_core.identity.tables import sign_in as sign_in_table
from visavis_core.store.faults import WriteFailed
from visavis_core.store.sql import Store

HandClock = Any  # the fixture's class lives in conftest, which tests do not import

ROSE = ProfessionalIdentity(family_name="Tremblay", given_names="Rose", title="Mme", profession="nurse")
PASSWORD = "une phrase assez longue"


async def make_rose(accounts: Accounts) -> tuple[str, pyotp.TOTP]:
    account = await accounts.add(login="Rose", password=PASSWORD, identity=ROSE)
    return account.id, pyotp.TOTP(await accounts.enrol(account.id))


async def test_password_then_code(
    accounts: Accounts, signing_in: SigningIn, sessions: Sessions, clock: HandClock
) -> None:
    account, totp = await make_rose(accounts)
    first = await signing_in.with_password(" ROSE ", PASSWORD, "192.0.2.7")
    assert first.needs_code
    assert await sessions.subject(first.token) is None, "a right password alone opens nothing"

    second = await signing_in.with_code(first.token, totp.at(clock.now))
    subject = await sessions.subject(second.token)
    assert subject is not None
    assert (subject.id, subject.acr, subject.amr) == (account, "aal2", ("pwd", "otp"))
    assert subject.identity == ROSE
    assert second.token != first.token
    assert await sessions.pending(first.token) is None, "the first token is void once the second exists"


async def test_a_code_is_good_once(accounts: Accounts, signing_in: SigningIn, clock: HandClock) -> None:
    _, totp = await make_rose(accounts)
    code = totp.at(clock.now)
    await signing_in.with_code((await signing_in.with_password("rose", PASSWORD, "a")).token, code)
    again = await signing_in.with_password("rose", PASSWORD, "a")
    with pytest.raises(SignInRefused) as refused:
        await signing_in.with_code(again.token, code)
    assert refused.value.code == "login.wrong_code"
    clock.pass_(30)
    assert (await signing_in.with_code(again.token, totp.at(clock.now))).token


async def test_an_older_code_than_the_last_is_refused_within_the_drift(
    accounts: Accounts, signing_in: SigningIn, clock: HandClock
) -> None:
    _, totp = await make_rose(accounts)
    before = totp.at(clock.now)
    clock.pass_(30)
    await signing_in.with_code((await signing_in.with_password("rose", PASSWORD, "a")).token, totp.at(clock.now))
    again = await signing_in.with_password("rose", PASSWORD, "a")
    with pytest.raises(SignInRefused):
        await signing_in.with_code(again.token, before)


async def test_wrong_words_never_tell_which_part_was_wrong(accounts: Accounts, signing_in: SigningIn) -> None:
    await make_rose(accounts)
    said = []
    for login, password in (("rose", "autre chose de long"), ("personne", PASSWORD), ("", "")):
        with pytest.raises(SignInRefused) as refused:
            await signing_in.with_password(login, password, "192.0.2.7")
        said.append((refused.value.code, refused.value.message))
    assert len(set(said)) == 1


async def test_guessing_is_slowed_for_the_account_and_forgiven_after_success(
    accounts: Accounts, signing_in: SigningIn, clock: HandClock
) -> None:
    await make_rose(accounts)
    for _ in range(6):
        with pytest.raises(SignInRefused) as refused:
            await signing_in.with_password("rose", "autre chose de long", "192.0.2.99")
        assert refused.value.code == "login.wrong"
    with pytest.raises(SignInRefused) as refused:
        await signing_in.with_password("rose", PASSWORD, "192.0.2.99")
    assert refused.value.code == "login.too_many"
    assert refused.value.retry_after == 60
    clock.pass_(60)
    assert (await signing_in.with_password("rose", PASSWORD, "192.0.2.99")).needs_code
    assert (await signing_in.with_password("rose", PASSWORD, "192.0.2.99")).needs_code


async def test_a_clinician_without_second_factor_is_sent_to_enrol_and_an_administrator_passes(
    accounts: Accounts, signing_in: SigningIn, sessions: Sessions
) -> None:
    await accounts.add(login="sans", password=PASSWORD, identity=ROSE, roles=(CLINICIAN,))
    await accounts.add(login="gestion", password=PASSWORD, identity=ROSE, roles=(ADMIN,))
    with pytest.raises(SignInRefused) as refused:
        await signing_in.with_password("sans", PASSWORD, "a")
    assert refused.value.code == "login.not_enrolled"
    token = (await signing_in.with_password("gestion", PASSWORD, "a")).token
    subject = await sessions.subject(token)
    assert subject is not None
    assert subject.acr == "aal1"


async def test_idle_and_absolute_limits(accounts: Accounts, sessions: Sessions, clock: HandClock) -> None:
    account = await accounts.add(login="rose", password=PASSWORD, identity=ROSE)
    token = await sessions.open_account(account, ("pwd", "otp"))
    for _ in range(7):
        clock.pass_(29 * 60)
        assert await sessions.subject(token) is not None
    clock.pass_(30 * 60 + 1)
    assert await sessions.subject(token) is None, "idle too long"

    token = await sessions.open_account(account, ("pwd", "otp"))
    for _ in range(9):
        clock.pass_(26 * 60)
        assert await sessions.subject(token) is not None
    clock.pass_(6 * 60)
    assert await sessions.subject(token) is None, "four hours are over however busy one was"


async def test_a_store_that_only_reads_still_knows_who_is_signed_in(
    accounts: Accounts, sessions: Sessions, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await accounts.add(login="rose", password=PASSWORD, identity=ROSE)
    token = await sessions.open_account(account, ("pwd", "otp"))

    async def refuse(_work: object) -> None:
        raise WriteFailed("disk")

    monkeypatch.setattr(sessions._store, "write", refuse)
    clock.pass_(TOUCH_AFTER_SECONDS + 1)
    assert await sessions.subject(token) is not None, "the last sight of her could not be noted, and she stays"
    clock.pass_(30 * 60 + 1)
    assert await sessions.subject(token) is None, "too old is too old, even when the row cannot go"


async def test_a_new_sign_in_voids_the_token_the_browser_had(accounts: Accounts, sessions: Sessions) -> None:
    account = await accounts.add(login="rose", password=PASSWORD, identity=ROSE)
    old = await sessions.open_account(account, ("pwd",))
    new = await sessions.open_account(account, ("pwd",), replaces=old)
    assert await sessions.subject(old) is None
    assert await sessions.subject(new) is not None


async def test_a_stranger_who_keeps_guessing_does_not_keep_the_clinician_out(
    accounts: Accounts, signing_in: SigningIn
) -> None:
    await make_rose(accounts)
    for _ in range(20):
        with pytest.raises(SignInRefused):
            await signing_in.with_password("rose", "autre chose de long", "203.0.113.66")
    assert (await signing_in.with_password("rose", PASSWORD, "192.0.2.99")).needs_code


async def test_many_addresses_together_are_slowed_too(accounts: Accounts, signing_in: SigningIn) -> None:
    await make_rose(accounts)
    said = []
    for n in range(80):
        with pytest.raises(SignInRefused) as refused:
            await signing_in.with_password("rose", "autre chose de long", f"2001:db8:{n:x}::1")
        said.append(refused.value.code)
    assert said == ["login.wrong"] * 60 + ["login.too_many"] * 20


async def test_one_site_of_ipv6_is_one_address(accounts: Accounts, signing_in: SigningIn) -> None:
    await make_rose(accounts)
    said = []
    for n in range(8):
        with pytest.raises(SignInRefused) as refused:
            await signing_in.with_password("rose", "autre chose de long", f"2001:db8::{n:x}")
        said.append(refused.value.code)
    assert said == ["login.wrong"] * 6 + ["login.too_many"] * 2


async def test_suspending_an_account_ends_its_sign_ins_at_once(
    accounts: Accounts, administration: Administration, sessions: Sessions
) -> None:
    account = await accounts.add(login="rose", password=PASSWORD, identity=ROSE)
    token = await sessions.open_account(account, ("pwd",))
    await administration.disable("rose", by="operator:test")
    assert await sessions.subject(token) is None
    assert await accounts.check_password("rose", PASSWORD) is None


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "a" * 43, "../../etc/passwd", "a" * 5000])
async def test_made_up_tokens_stand_for_nobody(sessions: Sessions, token: str) -> None:
    assert await sessions.subject(token) is None


async def test_the_store_never_holds_a_password_a_token_or_a_secret(
    accounts: Accounts, sessions: Sessions, store: Store
) -> None:
    account, totp = await make_rose(accounts)
    found = await accounts.get(account)
    assert found is not None
    token = await sessions.open_account(found, ("pwd",))
    rows = await store.read(
        lambda c: repr(c.execute(sa.select(account_table)).all()) + repr(c.execute(sa.select(sign_in_table)).all())
    )
    assert hash_token(token) in rows
    assert token not in rows
    assert PASSWORD not in rows
    assert totp.secret not in rows


async def test_a_second_factor_opens_only_for_its_own_account(factor: SecondFactor) -> None:
    sealed = factor.seal("JBSWY3DPEHPK3PXP", "account_1")
    assert factor.open(sealed, "account_1") == "JBSWY3DPEHPK3PXP"
    with pytest.raises(Exception, match="does not open"):
        factor.open(sealed, "account_2")


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("r", PASSWORD, "account.login_invalid"),
        ("rose tremblay", PASSWORD, "account.login_invalid"),
        ("rose", "court", "account.weak_password"),
        ("rose", "aaaaaaaaaaaaaaaa", "account.weak_password"),
        ("tremblay", "Tremblay-1234567", "account.weak_password"),
        ("rose", "x" * 257, "account.weak_password"),
    ],
)
async def test_an_unfit_account_is_refused_in_words(accounts: Accounts, login: str, password: str, code: str) -> None:
    with pytest.raises(AccountRefused) as refused:
        await accounts.add(login=login, password=password, identity=ROSE)
    assert refused.value.code == code
    assert refused.value.message.fr
    assert await accounts.all() == ()


async def test_a_login_is_taken_once_whatever_its_capitals(accounts: Accounts) -> None:
    await accounts.add(login="rose", password=PASSWORD, identity=ROSE)
    with pytest.raises(AccountRefused) as refused:
        await accounts.add(login="ROSE", password=PASSWORD, identity=ROSE)
    assert refused.value.code == "account.login_taken"


def test_a_long_sentence_is_a_good_password() -> None:
    assert weakness_of("le cheval mange du foin", "rose") is None
