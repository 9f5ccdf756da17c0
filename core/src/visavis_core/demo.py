"""The demonstration: invented people and patients, on a store of its own.

Knows: a nurse on site, two physicians and an administrator of an invented region of Québec, and their passwords.
Refuses to know: real accounts. A demonstration never opens a deployment's store.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from visavis_sdk.text import Text

from visavis_core.deployment import Deployment, Media, PluginChoice, Site, Store, Web
from visavis_core.identity.accounts import Accounts
from visavis_core.identity.subject import ADMIN, CLINICIAN, ProfessionalIdentity

__all__ = ["PATIENTS", "PEOPLE", "DemoPatient", "DemoPerson", "demo_deployment", "make_people"]


PASSWORD = "essai-visavis-2026"  # noqa: S105 -- public on purpose: it is printed and shown on the sign-in page


class DemoPerson(msgspec.Struct, frozen=True, kw_only=True):
    """An invented account. Its password is public: it is printed and shown on the sign-in page."""

    login: str
    password: str
    part: Text
    identity: ProfessionalIdentity
    roles: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.identity.display_name


class DemoPatient(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who does not exist, to be typed in during the demonstration. The number is not a valid NAM."""

    family_name: str
    given_names: str
    birth_date: str
    sex: str
    identifier: str


PEOPLE = (
    DemoPerson(
        login="rose",
        password=PASSWORD,
        part=Text(fr="infirmière sur place, CLSC de la Baie", en="on-site nurse, CLSC de la Baie"),
        identity=ProfessionalIdentity(
            family_name="Tremblay-Invente",
            given_names="Rose",
            title="Mme",
            profession="nurse",
            specialty="Soins à domicile",
            establishment="CLSC de la Baie (inventé)",
            contact="418 555-0101",
            identifier_system="OIIQ",
            identifier="0000001",
        ),
        roles=(CLINICIAN,),
    ),
    DemoPerson(
        login="expert",
        password=PASSWORD,
        part=Text(fr="médecin expert à distance, plaies", en="remote expert physician, wounds"),
        identity=ProfessionalIdentity(
            family_name="Nadeau-Invente",
            given_names="Salomé",
            title="Dre",
            profession="physician",
            specialty="Chirurgie plastique",
            establishment="Hôpital du Fleuve (inventé)",
            contact="418 555-0102",
            identifier_system="CMQ",
            identifier="00001",
        ),
        roles=(CLINICIAN,),
    ),
    DemoPerson(
        login="relais",
        password=PASSWORD,
        part=Text(fr="second médecin", en="second physician"),
        identity=ProfessionalIdentity(
            family_name="Okafor-Invente",
            given_names="Daniel",
            title="Dr",
            profession="physician",
            specialty="Médecine d’urgence",
            establishment="Hôpital du Fleuve (inventé)",
            contact="418 555-0103",
            identifier_system="CMQ",
            identifier="00002",
        ),
        roles=(CLINICIAN,),
    ),
    DemoPerson(
        login="admin",
        password=PASSWORD,
        part=Text(fr="administration (sans accès clinique)", en="administrator (no clinical access)"),
        identity=ProfessionalIdentity(family_name="Roy-Invente", given_names="Camille", establishment="Direction"),
        roles=(ADMIN,),
    ),
)

PATIENTS = (
    DemoPatient(
        family_name="Bouchard-Invente",
        given_names="Hector",
        birth_date="1948-03-12",
        sex="male",
        identifier="BOUH 0000 0000",
    ),
    DemoPatient(
        family_name="Gagnon-Invente",
        given_names="Alma",
        birth_date="1961-11-02",
        sex="female",
        identifier="GAGA 0000 0000",
    ),
)


def demo_deployment(folder: Path, *, host: str, port: int) -> Deployment:
    """An embedded store under `folder`, everything on this machine, the packs and forms that ship with visavis."""
    return Deployment(
        site=Site(
            name="Région de démonstration",
            public_url=f"http://localhost:{port}",
            zone="America/Toronto",
            jurisdictions=("quebec",),
            certification="Démonstration : cette installation n’est pas certifiée.",
        ),
        store=Store(url="sqlite:///visavis.db", blobs="blobs", keys="keys"),
        media=Media(host="127.0.0.1", loopback=True, drain_seconds=0),
        web=Web(host=host, port=port),
        plugins=(
            PluginChoice(id="quebec"),
            PluginChoice(id="france"),
            PluginChoice(id="wound_care"),
        ),
        folder=str(folder),
        demo=True,
    )


async def make_people(accounts: Accounts) -> None:
    """The invented accounts that are not there yet."""
    for person in PEOPLE:
        if await accounts.find(person.login) is None:
            await accounts.add(
                login=person.login, password=person.password, identity=person.identity, roles=person.roles
            )
