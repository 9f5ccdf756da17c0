"""A store of accounts for each test, a clock that only moves when told, and a quick hash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from visavis_core.identity.accounts import Accounts
from visavis_core.identity.administration import Administration
from visavis_core.identity.limits import Limits
from visavis_core.identity.passwords import Passwords
from visavis_core.identity.second_factor import SecondFactor
from visavis_core.identity.sessions import SessionLimits, Sessions
from visavis_core.identity.signing_in import SigningIn
from visavis_core.identity.subject import ProfessionalIdentity
from visavis_core.moments import stamp
from visavis_core.store.sql import Store

ROSE = ProfessionalIdentity(family_name="Tremblay", given_names="Rose", title="Mme", profession="nurse")
PASSWORD = "une phrase assez longue"


class HandClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)

    def __call__(self) -> str:
        return stamp(self.now)

    def monotonic(self) -> float:
        return self.now.timestamp()

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/accounts.db", readers=2)
    yield store
    await store.close()


@pytest.fixture
def factor() -> SecondFactor:
    return SecondFactor(b"i" * 32)


@pytest.fixture
def accounts(store: Store, factor: SecondFactor, clock: HandClock) -> Accounts:
    numbers = count(1)
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return Accounts(
        store=store, passwords=passwords, factor=factor, clock=clock, ids=lambda prefix: f"{prefix}_{next(numbers)}"
    )


@pytest.fixture
def administration(store: Store, accounts: Accounts, factor: SecondFactor, clock: HandClock) -> Administration:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return Administration(store=store, accounts=accounts, passwords=passwords, factor=factor, clock=clock)


@pytest.fixture
def sessions(store: Store, clock: HandClock) -> Sessions:
    limits = SessionLimits(idle=30 * 60, absolute=4 * 3600, guest=4 * 3600)
    return Sessions(store=store, clock=clock, limits=limits)


@pytest.fixture
def signing_in(accounts: Accounts, sessions: Sessions, clock: HandClock) -> SigningIn:
    return SigningIn(accounts=accounts, sessions=sessions, limits=Limits(clock.monotonic), second_factor="clinicians")
