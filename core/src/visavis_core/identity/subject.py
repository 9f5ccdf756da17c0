"""Who is asking: an account, a guest bound to one act, or the system itself.

Knows: what an authenticated request carries, and how it is written into the record (a pseudonymous actor).
Refuses to know: how it was authenticated (`sessions`) and what it may do (`permissions`).
"""

from __future__ import annotations

from typing import Literal

import msgspec
from visavis_sdk.events import Actor

from visavis_core.acts.author import CLINICIAN

__all__ = ["ADMIN", "CLINICIAN", "PHYSICIAN", "ProfessionalIdentity", "Subject", "system_subject"]

ADMIN = "admin"
PHYSICIAN = "physician"  # the profession code every jurisdiction table shares


class ProfessionalIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Name, contact, title, specialty, establishment and identifier of a professional (B4)."""

    family_name: str
    given_names: str = ""
    title: str = ""
    profession: str = ""  # physician | nurse | … (profession code of the jurisdiction's table)
    specialty: str = ""
    establishment: str = ""
    contact: str = ""
    identifier_system: str = ""  # RPPS, permis CMQ, OIIQ…
    identifier: str = ""

    @property
    def display_name(self) -> str:
        return " ".join(word for word in (self.title, self.given_names, self.family_name) if word)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is an account id, or a guest's participant id. `act` and `participant` bind a guest to one act.

    `acr` and `amr`: level and means of authentication (OpenID Connect Core 1.0 §2; amr values of RFC 8176).
    """

    kind: Literal["account", "guest", "system"]
    id: str
    identity: ProfessionalIdentity | None = None
    system_roles: tuple[str, ...] = ()
    acr: str = ""
    amr: tuple[str, ...] = ()
    act: str = ""
    participant: str = ""
    display_name: str = ""
    language: str = ""

    @property
    def actor(self) -> Actor:
        return Actor(kind=self.kind, id=self.id, acr=self.acr, amr=self.amr)


def system_subject(part: str) -> Subject:
    """A part of the program that acts by itself: the room that notices a lost link, the journal that seals."""
    return Subject(kind="system", id=part)
