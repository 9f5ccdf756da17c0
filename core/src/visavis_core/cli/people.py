"""`user add`: an account from a few questions, and its second factor shown once.

Knows: what is asked of a professional (B4).
Refuses to know: how accounts are kept.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer
from rich.console import Console

from visavis_core.cli.accounts_desk import open_desk, operator, show_factor
from visavis_core.cli.words import language, say
from visavis_core.deployment import Deployment, load_deployment
from visavis_core.identity.subject import ADMIN, CLINICIAN, ProfessionalIdentity

__all__ = ["add_user"]


def add_user(login: str, config: Path, *, admin: bool) -> None:
    """Asks, then writes, beside a running server."""
    deployment = load_deployment(config)
    identity = _ask_identity(admin=admin)
    password = typer.prompt(say("Mot de passe", "Password"), hide_input=True, confirmation_prompt=True)
    uri = asyncio.run(_add(deployment, login, password, identity, admin=admin))
    Console().print(say(f"Compte « {login} » créé.", f"Account “{login}” added."), style="bold green")
    if uri:
        show_factor(uri)


def _ask_identity(*, admin: bool) -> ProfessionalIdentity:
    def ask(fr: str, en: str, default: str | None = "") -> str:
        answer: str = typer.prompt(say(fr, en), default=default, show_default=bool(default))
        return answer.strip()

    family_name, given_names = ask("Nom", "Family name", None), ask("Prénoms", "Given names", None)
    if admin:
        return ProfessionalIdentity(family_name=family_name, given_names=given_names)
    return ProfessionalIdentity(
        family_name=family_name,
        given_names=given_names,
        title=ask("Titre (Dre, M., infirmière clinicienne…)", "Title (Dr, Ms, clinical nurse…)"),
        profession=ask("Profession (physician, nurse, …)", "Profession (physician, nurse, …)", "nurse"),
        specialty=ask("Spécialité", "Specialty"),
        establishment=ask("Établissement", "Establishment"),
        contact=ask("Téléphone professionnel", "Professional telephone"),
        identifier_system=ask("Registre (CMQ, OIIQ, RPPS…)", "Register (CMQ, OIIQ, RPPS…)"),
        identifier=ask("Numéro à ce registre", "Number in that register"),
    )


async def _add(
    deployment: Deployment, login: str, password: str, identity: ProfessionalIdentity, *, admin: bool
) -> str:
    """The enrolment URI of the second factor; empty when this deployment asks none of this account."""
    async with open_desk(deployment, create=True) as desk:
        account = await desk.accounts.add(
            login=login,
            password=password,
            identity=identity,
            roles=(ADMIN,) if admin else (CLINICIAN,),
            language=language(),
            by=operator(),
        )
        asked = deployment.session.second_factor
        if asked == "nobody" or (asked == "clinicians" and admin):
            return ""
        secret = await desk.accounts.enrol(account.id, by=operator())
        return desk.factor.uri(secret, account.login, deployment.site.name)
