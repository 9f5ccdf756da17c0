"""From a login and a password to a sign-in, in one or two steps, with every outcome in words.

Knows: the order (limits, password, second factor), which accounts need a second factor, and what each refusal says.
Refuses to know: HTTP. It takes and gives tokens.

A refusal never tells whether the login exists; its words and its time are the same.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from visavis_sdk.text import Text

from visavis_core.identity.accounts import Account, AccountRefused, Accounts, fold_login
from visavis_core.identity.limits import Limits, network_of
from visavis_core.identity.sessions import Sessions
from visavis_core.identity.subject import CLINICIAN

__all__ = ["SecondFactorPolicy", "SignIn", "SignInRefused", "SigningIn"]

SecondFactorPolicy = Literal["everyone", "clinicians", "nobody"]

WRONG = Text(
    fr="L’identifiant ou le mot de passe ne convient pas. Vérifiez-les et réessayez.",
    en="The login or the password does not match. Check them and try again.",
)
WRONG_CODE = Text(
    fr="Ce code ne convient pas ou a déjà servi. Attendez le suivant, puis saisissez-le.",
    en="This code does not match or was already used. Wait for the next one and enter it.",
)
EXPIRED = Text(
    fr="Trop de temps a passé depuis le mot de passe. Recommencez la connexion.",
    en="Too much time has passed since the password. Sign in again.",
)
NOT_REPEATED = Text(
    fr="Les deux saisies diffèrent. Tapez le même mot de passe deux fois.",
    en="The two entries differ. Type the same password twice.",
)
NOT_ENROLLED = Text(
    fr="Votre compte n’a pas encore de second facteur. Demandez à l’administration de l’inscrire.",
    en="Your account has no second factor yet. Ask your administrator to enrol it.",
)


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """`token` goes into the cookie. `needs_code`: it only stands for a right password until the code is given.
    `needs_password`: it only lets its holder choose a password of their own."""

    token: str
    needs_code: bool = False
    needs_password: bool = False


class SignInRefused(Exception):  # noqa: N818 -- an answer, not an error of the program
    """`retry_after` is in seconds, 0 when one may try at once."""

    def __init__(self, code: str, message: Text, retry_after: int = 0) -> None:
        super().__init__(code)
        self.code, self.message, self.retry_after = code, message, retry_after


class SigningIn:
    def __init__(
        self, *, accounts: Accounts, sessions: Sessions, limits: Limits, second_factor: SecondFactorPolicy
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._limits = limits
        self._second_factor = second_factor

    async def with_password(self, login: str, password: str, address: str, replaces: str = "") -> SignIn:
        """First step. `address` is the client's; `replaces` the token the browser already had, void from now."""
        folded, where = fold_login(login)[:120], network_of(address)
        self._count(("login.account", f"{folded} {where}"), ("login.everywhere", folded), ("login.address", where))
        account = await self._accounts.check_password(login, password)
        if account is None:
            raise SignInRefused("login.wrong", WRONG)
        self._limits.forgive("login.account", f"{folded} {where}")
        if account.has_second_factor:
            return SignIn(token=await self._sessions.open_pending(account, replaces), needs_code=True)
        if self._needs_second_factor(account):
            raise SignInRefused("login.not_enrolled", NOT_ENROLLED)
        return await self._open(account, ("pwd",), replaces)

    async def with_code(self, pending_token: str, code: str) -> SignIn:
        """Second step. The pending token is replaced, right or expired; a wrong code leaves it."""
        pending = await self._sessions.pending(pending_token)
        if pending is None:
            raise SignInRefused("login.expired", EXPIRED)
        self._count(("code.account", pending.account))
        if not await self._accounts.check_code(pending.account, code):
            raise SignInRefused("login.wrong_code", WRONG_CODE)
        account = await self._accounts.get(pending.account)
        if account is None or not account.active:
            raise SignInRefused("login.expired", EXPIRED)
        self._limits.forgive("code.account", pending.account)
        return await self._open(account, ("pwd", "otp"), pending_token)

    async def with_new_password(self, renewal_token: str, password: str, repeated: str) -> SignIn:
        """Last step after a one-time password. A password that is refused leaves the token, to try another."""
        renewal = await self._sessions.renewal(renewal_token)
        if renewal is None:
            raise SignInRefused("login.expired", EXPIRED)
        if password != repeated:
            raise SignInRefused("login.not_repeated", NOT_REPEATED)
        try:
            await self._accounts.change_password(renewal.account, password)
        except AccountRefused as refused:
            raise SignInRefused(refused.code, refused.message) from None
        account = await self._accounts.get(renewal.account)
        if account is None or not account.active:
            raise SignInRefused("login.expired", EXPIRED)
        return await self._open(account, renewal.amr, "")

    async def _open(self, account: Account, amr: tuple[str, ...], replaces: str) -> SignIn:
        if account.must_change_password:
            return SignIn(token=await self._sessions.open_renewal(account, amr, replaces), needs_password=True)
        return SignIn(token=await self._sessions.open_account(account, amr, replaces))

    def _needs_second_factor(self, account: Account) -> bool:
        if self._second_factor == "clinicians":
            return CLINICIAN in account.roles
        return self._second_factor == "everyone"

    def _count(self, *tries: tuple[str, str]) -> None:
        wait = self._limits.wait_for(*tries)
        if wait:
            message = Text(
                fr=f"Trop d’essais. Réessayez dans {wait} s.", en=f"Too many attempts. Try again in {wait} s."
            )
            raise SignInRefused("login.too_many", message, retry_after=wait)
