"""`user list`, `disable`, `enable`, `password`, `second-factor reset`: what an operator does for the people of a place.

Knows: how each deed is asked for and answered, and that a secret is shown once, here, and never taken as an argument.
Refuses to know: how a deed is done and recorded (`identity.administration`).

All of it works while the server runs, and the server honours it at the next request: it asks the same tables each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from rich.console import Console
from rich.table import Table

from visavis_core.cli.words import say
from visavis_core.deployment import Deployment, load_deployment
from visavis_core.holdings import open_holdings, open_keys, store_url
from visavis_core.identity.accounts import Account, Accounts
from visavis_core.identity.administration import Administration
from visavis_core.identity.passwords import Passwords
from visavis_core.identity.second_factor import SecondFactor
from visavis_core.identity.subject import ADMIN
from visavis_core.moments import draw_id, read_clock
from visavis_core.store.beside import StoreBeside
from visavis_core.store.faults import StoreRefused

__all__ = [
    "Desk",
    "disable_user",
    "enable_user",
    "list_users",
    "open_desk",
    "operator",
    "reset_password",
    "reset_second_factor",
    "show_factor",
]

T = TypeVar("T")


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What a command has in hand while it works on accounts."""

    deployment: Deployment
    accounts: Accounts
    administration: Administration
    factor: SecondFactor


def operator() -> str:
    """Who is at the shell, as the record of changes names them."""
    return f"operator:{getpass.getuser()}"


@contextlib.asynccontextmanager
async def open_desk(deployment: Deployment, *, create: bool = False) -> AsyncIterator[Desk]:
    """Beside a running server. `create`: a store that is not there yet is made, which only works without a server."""
    try:
        store = await StoreBeside.open(store_url(deployment))
    except StoreRefused:
        if not create:
            raise
        async with open_holdings(deployment, read_clock):
            pass
        store = await StoreBeside.open(store_url(deployment))
    try:
        keys = open_keys(deployment, create=False)
        keys.ring.close()
        factor, passwords = SecondFactor(keys.identity), Passwords()
        accounts = Accounts(store=store, passwords=passwords, factor=factor, clock=read_clock, ids=draw_id)
        administration = Administration(
            store=store, accounts=accounts, passwords=passwords, factor=factor, clock=read_clock
        )
        yield Desk(deployment=deployment, accounts=accounts, administration=administration, factor=factor)
    finally:
        await store.close()


def list_users(config: Path) -> None:
    people = _at_desk(config, lambda desk: desk.accounts.all())
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    headings = (
        say("identifiant", "login"),
        say("nom", "name"),
        say("rôle", "role"),
        say("second facteur", "second factor"),
        say("état", "state"),
    )
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for one in people:
        table.add_row(
            one.login,
            one.identity.display_name,
            ", ".join(say("administration", "administrator") if r == ADMIN else r for r in one.roles),
            say("oui", "yes") if one.has_second_factor else say("non", "no"),
            _state(one),
            style="" if one.active else "dim",
        )
    Console().print(table)


def disable_user(login: str, config: Path) -> None:
    account = _at_desk(config, lambda desk: desk.administration.disable(login, by=operator()))
    _say_done(
        f"Compte « {account.login} » fermé. Qui s’en servait est refusé dès sa prochaine requête.",
        f"Account “{account.login}” disabled. Whoever was using it is refused at their next request.",
    )


def enable_user(login: str, config: Path) -> None:
    account = _at_desk(config, lambda desk: desk.administration.enable(login, by=operator()))
    _say_done(f"Compte « {account.login} » rouvert.", f"Account “{account.login}” enabled.")


def reset_password(login: str, config: Path) -> None:
    password = _at_desk(config, lambda desk: desk.administration.reset_password(login, by=operator()))
    _say_done(
        "Mot de passe à usage unique, valable 72 heures, à changer à la connexion. Il ne sera plus montré.",
        "One-time password, good for 72 hours, to be changed at sign-in. It is not shown again.",
    )
    Console().print(password, highlight=False, markup=False)


def reset_second_factor(login: str, config: Path) -> None:
    async def reset(desk: Desk) -> str:
        secret = await desk.administration.reset_second_factor(login, by=operator())
        account = await desk.accounts.find(login)
        return desk.factor.uri(secret, account.login if account else login, desk.deployment.site.name)

    uri = _at_desk(config, reset)
    _say_done(
        "L’ancien second facteur ne vaut plus ; les connexions du compte sont closes.",
        "The old second factor is void; the account’s sign-ins are ended.",
    )
    show_factor(uri)


def show_factor(uri: str) -> None:
    """The code to photograph, once."""
    import segno

    console = Console()
    console.print(
        say(
            "Second facteur : photographiez ce code avec une application d’authentification. Il ne sera plus montré.",
            "Second factor: scan this with an authenticator application. It is not shown again.",
        )
    )
    segno.make(uri, micro=False).terminal(compact=True)
    console.print(uri, highlight=False, markup=False, soft_wrap=True)


def _at_desk(config: Path, work: Callable[[Desk], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_desk(load_deployment(config)) as desk:
            return await work(desk)

    return asyncio.run(run())


def _state(account: Account) -> str:
    if not account.active:
        return say("fermé", "disabled")
    return (
        say("mot de passe à changer", "password to change") if account.must_change_password else say("ouvert", "open")
    )


def _say_done(fr: str, en: str) -> None:
    Console().print(say(fr, en), style="bold green", highlight=False)
