"""Who may hold which role, and from which seat somebody speaks in an act.

Knows: the professions of the jurisdictions' tables (S0, S2 and S3 name them), the roles each may hold, and the roles
that may be given to somebody without an account.
Refuses to know: what a role may do (`transitions`), and any individual's licence (jurisdiction obligations judge it).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import Role, Side

from visavis_core.acts.author import CLINICIAN, Author, Identity

if TYPE_CHECKING:
    from visavis_core.acts.state import Act

__all__ = [
    "IDENTITY_FIELDS",
    "INVITABLE",
    "PROFESSIONS",
    "ROLE_NAMES",
    "TYPED_ROLES",
    "Profession",
    "Seat",
    "may_hold",
    "missing_identity",
    "seat_of",
]


class Seat(StrEnum):
    """From where somebody speaks to an act: one of its roles, or one of three places outside it."""

    ON_SITE = "on_site"
    EXPERT = "expert"
    REQUERANT = "requerant"
    REQUIS = "requis"
    ACCOMPAGNANT = "accompagnant"
    SUPERVISOR = "supervisor"
    LEARNER = "learner"
    INTERPRETER = "interpreter"
    RELATIVE = "relative"
    PATIENT = "patient"
    OBSERVER = "observer"
    INVITED = "invited"  # holds a link, has not come in yet
    NEWCOMER = "newcomer"  # a clinician's account with no role in this act
    SYSTEM = "system"  # the program itself: the room, the media door, the practice
    STRANGER = "stranger"  # nobody the act knows


class Profession(msgspec.Struct, frozen=True, kw_only=True):
    """One profession code with its name and the roles it may hold in an act."""

    name: Text
    roles: frozenset[Role]


_BESIDE_THE_PATIENT = frozenset({Role.ON_SITE, Role.ACCOMPAGNANT, Role.REQUERANT, Role.OBSERVER})
# S0: the one who assists is a physician. S1 and S3 add midwives and dentists as requis of a téléexpertise.
_MEDICAL = _BESIDE_THE_PATIENT | {Role.REQUIS, Role.SUPERVISOR}
_PHYSICIAN = _MEDICAL | {Role.EXPERT, Role.LEARNER}
_IN_TRAINING = _BESIDE_THE_PATIENT | {Role.LEARNER}

PROFESSIONS: dict[str, Profession] = {
    "physician": Profession(name=Text(fr="médecin", en="physician"), roles=_PHYSICIAN),
    "resident": Profession(name=Text(fr="médecin résident ou interne", en="resident"), roles=_IN_TRAINING),
    "midwife": Profession(name=Text(fr="sage-femme", en="midwife"), roles=_MEDICAL),
    "dentist": Profession(name=Text(fr="dentiste", en="dentist"), roles=_MEDICAL),
    "nurse": Profession(name=Text(fr="infirmière ou infirmier", en="nurse"), roles=_IN_TRAINING),
    "nurse_practitioner": Profession(
        name=Text(fr="infirmière praticienne ou en pratique avancée", en="nurse practitioner"),
        roles=_IN_TRAINING | {Role.SUPERVISOR},
    ),
    "pharmacist": Profession(name=Text(fr="pharmacienne ou pharmacien", en="pharmacist"), roles=_BESIDE_THE_PATIENT),
    "orthoptist": Profession(name=Text(fr="orthoptiste", en="orthoptist"), roles=_BESIDE_THE_PATIENT),
    "optician": Profession(name=Text(fr="opticien", en="optician"), roles=_BESIDE_THE_PATIENT),
    "optometrist": Profession(name=Text(fr="optométriste", en="optometrist"), roles=_BESIDE_THE_PATIENT),
    "audiologist": Profession(
        name=Text(fr="audioprothésiste ou audiologiste", en="audiologist"), roles=_BESIDE_THE_PATIENT
    ),
    "speech_therapist": Profession(name=Text(fr="orthophoniste", en="speech therapist"), roles=_BESIDE_THE_PATIENT),
    "physiotherapist": Profession(
        name=Text(fr="kinésithérapeute ou physiothérapeute", en="physiotherapist"), roles=_BESIDE_THE_PATIENT
    ),
    "respiratory_therapist": Profession(
        name=Text(fr="inhalothérapeute", en="respiratory therapist"), roles=_BESIDE_THE_PATIENT
    ),
    "paramedic": Profession(name=Text(fr="paramédic ou ambulancier", en="paramedic"), roles=_BESIDE_THE_PATIENT),
    "podiatrist": Profession(name=Text(fr="podologue ou podiatre", en="podiatrist"), roles=_BESIDE_THE_PATIENT),
    "psychologist": Profession(name=Text(fr="psychologue", en="psychologist"), roles=_BESIDE_THE_PATIENT),
    "care_assistant": Profession(
        name=Text(fr="aide-soignant ou préposé aux bénéficiaires", en="care assistant"),
        roles=frozenset({Role.ACCOMPAGNANT, Role.OBSERVER, Role.LEARNER}),
    ),
}

ROLE_NAMES: dict[Role, Text] = {
    Role.ON_SITE: Text(fr="professionnel sur place", en="on-site professional"),
    Role.EXPERT: Text(fr="médecin assistant", en="assisting physician"),
    Role.REQUERANT: Text(fr="requérant", en="requesting professional"),
    Role.REQUIS: Text(fr="requis", en="requested professional"),
    Role.ACCOMPAGNANT: Text(fr="accompagnant", en="accompanying person"),
    Role.SUPERVISOR: Text(fr="superviseur", en="supervisor"),
    Role.LEARNER: Text(fr="apprenant", en="learner"),
    Role.INTERPRETER: Text(fr="interprète", en="interpreter"),
    Role.RELATIVE: Text(fr="proche", en="relative"),
    Role.PATIENT: Text(fr="patient", en="patient"),
    Role.OBSERVER: Text(fr="observateur", en="observer"),
}

_EITHER = frozenset(Side)
_HERE = frozenset({Side.ON_SITE})

# An expert or an on-site professional who opens an act is vouched for by an account, never typed in (B1).
TYPED_ROLES: dict[Role, frozenset[Side]] = {
    Role.ON_SITE: _HERE,  # a second professional at the bedside
    Role.ACCOMPAGNANT: _HERE,
    Role.SUPERVISOR: _EITHER,
    Role.LEARNER: _EITHER,
    Role.INTERPRETER: _EITHER,
    Role.RELATIVE: _EITHER,
    Role.OBSERVER: _EITHER,
}

# Who may come in by a single-use link; a virtual patient (A2) is one of them.
INVITABLE: dict[Role, frozenset[Side]] = {
    **{role: sides for role, sides in TYPED_ROLES.items() if role is not Role.ON_SITE},
    Role.PATIENT: _EITHER,
}

IDENTITY_FIELDS: dict[str, Text] = {
    "family_name": Text(fr="le nom", en="the name"),
    "contact": Text(fr="les coordonnées", en="contact details"),
    "title": Text(fr="le titre", en="the title"),
    "specialty": Text(fr="la spécialité", en="the specialty"),
    "establishment": Text(fr="l’établissement", en="the establishment"),
}


def may_hold(profession: str, role: Role) -> bool:
    """Whether a profession code may hold a role. An unknown code holds none."""
    known = PROFESSIONS.get(profession)
    return known is not None and role in known.roles


def missing_identity(identity: Identity) -> tuple[str, ...]:
    """The fields S0 asks of the assisting physician (B4) that this identity leaves empty, in reading order."""
    return tuple(field for field in IDENTITY_FIELDS if not str(getattr(identity, field)).strip())


def seat_of(act: Act, author: Author) -> Seat:
    """Where the author speaks from. The act's own record decides; what the author claims does not count."""
    if author.actor.kind == "system":
        return Seat.SYSTEM
    participant = act.participant_of(author.account) if author.account else author.participant
    role = act.role_of(participant)
    if role is not None:
        return Seat(role.value)
    if not author.account and participant in act.invitations:
        return Seat.INVITED
    return Seat.NEWCOMER if CLINICIAN in author.roles else Seat.STRANGER
