"""Who is here: everyone present on one side, bound to confidentiality, and people without an account (B3–B5, B11)."""

from __future__ import annotations

from visavis_sdk.events import ParticipantIdentified
from visavis_sdk.vocabulary import Role, Side

from visavis_core.acts import commands as c
from visavis_core.acts.roles import PROFESSIONS, TYPED_ROLES
from visavis_core.web.pages.steps.ask import Ask, Given, Scene, Step, one

__all__ = ["LACKING", "PEOPLE", "PERSON", "correctable", "name_of", "side_of"]

LACKING = "lacking"
"""In place of a person's id: the first who came along and whose quality is not known (B3)."""

_ALONG = (Role.ACCOMPAGNANT, Role.RELATIVE, Role.INTERPRETER)


def side_of(scene: Scene) -> Side:
    me = scene.act.participants.get(scene.me)
    return me.side if me else Side.ON_SITE


def name_of(person: ParticipantIdentified) -> str:
    return " ".join(word for word in (person.title, person.given_names, person.family_name) if word)


def _here(scene: Scene) -> dict[str, str]:
    side = side_of(scene)
    return {
        id: f"{name_of(person)}, {person.quality or scene.words(f'role.{person.role}')}"
        for id, person in scene.act.participants.items()
        if person.side is side
    }


def asks_presence(scene: Scene) -> tuple[Ask, ...]:
    return (
        Ask(name="here", kind="several", labels=_here(scene), options=tuple(_here(scene)), required=True),
        Ask(name="others", kind="words", longest=2000, lines=2),
        Ask(name="confidentiality", kind="flag", required=True),
    )


def given_presence(scene: Scene) -> Given:
    known = scene.act.presence.get(side_of(scene))
    if known is None:
        return {"here": tuple(_here(scene))}
    return {
        "here": known.participants,
        "others": ("\n".join(known.others),),
        "confidentiality": ("true",) if known.confidentiality_reminded else (),
    }


def build_presence(given: Given, scene: Scene) -> tuple[c.Command, ...]:
    others = (line.strip()[:200] for line in one(given, "others").splitlines())
    return (
        c.ConfirmPresence(
            side=side_of(scene),
            participants=given["here"],
            others=tuple(line for line in others if line)[:20],
            confidentiality_reminded=True,
        ),
    )


def gist_presence(scene: Scene) -> str:
    known = scene.act.presence.get(side_of(scene))
    if known is None:
        return scene.words("ask.people.todo")
    people = scene.act.participants
    return ", ".join((*(name_of(people[id]) for id in known.participants if id in people), *known.others))


PEOPLE = Step(
    id="people",
    icon="people",
    asks=asks_presence,
    commands=(c.ConfirmPresence,),
    done=lambda scene: side_of(scene) in scene.act.presence,
    gist=gist_presence,
    given=given_presence,
    build=build_presence,
)


def correctable(scene: Scene) -> dict[str, str]:
    """Id → name of everybody typed in or invited by a link; an account alone corrects what it vouches for (B1)."""
    return {id: name_of(person) for id, person in scene.act.participants.items() if not person.account}


def _about(scene: Scene) -> ParticipantIdentified | None:
    """The person the page was asked to correct, if any."""
    people = [scene.act.participants[id] for id in correctable(scene)]
    if scene.about == LACKING:
        lacking = (p for p in people if p.role in _ALONG and not (p.quality or (p.profession and p.identifier)))
        return next(lacking, None)
    return next((person for person in people if person.participant == scene.about), None)


def _roles(scene: Scene) -> tuple[str, ...]:
    side = side_of(scene)
    typed = tuple(role for role, sides in TYPED_ROLES.items() if side in sides)
    # Whoever came in by a link keeps a role nobody may type in, such as the patient's.
    held = dict.fromkeys(scene.act.participants[id].role for id in correctable(scene))
    return (*typed, *(role for role in held if role not in typed))


def asks_person(scene: Scene) -> tuple[Ask, ...]:
    people = {"": scene.words("ask.person.new")} | correctable(scene)
    professions = {"": scene.words("ask.person.no_profession")}
    professions |= {code: scene.words.text(known.name) for code, known in PROFESSIONS.items()}
    whom = (Ask(name="participant", kind="select", options=tuple(people), labels=people),) if len(people) > 1 else ()
    return (
        *whom,
        Ask(name="role", kind="choice", options=_roles(scene), required=True, across=True),
        Ask(name="family_name", required=True, longest=100),
        Ask(name="given_names", longest=100),
        Ask(name="quality"),
        Ask(name="profession", kind="select", options=tuple(professions), labels=professions),
        Ask(name="identifier", longest=40),
    )


def build_person(given: Given, scene: Scene) -> tuple[c.Command, ...]:
    known = scene.act.participants.get(one(given, "participant"))
    return (
        c.IdentifyParticipant(
            participant=known.participant if known else "",
            role=Role(one(given, "role")),
            side=known.side if known else side_of(scene),
            # What this form does not ask is kept.
            title=known.title if known else "",
            specialty=known.specialty if known else "",
            establishment=known.establishment if known else "",
            contact=known.contact if known else "",
            identifier_system=known.identifier_system if known else "",
            family_name=one(given, "family_name"),
            given_names=one(given, "given_names"),
            quality=one(given, "quality"),
            profession=one(given, "profession"),
            identifier=one(given, "identifier"),
        ),
    )


_CORRECTED = ("participant", "role", "family_name", "given_names", "quality", "profession", "identifier")


def given_person(scene: Scene) -> Given:
    person = _about(scene)
    return {name: (str(getattr(person, name)),) for name in _CORRECTED} if person else {}


PERSON = Step(
    id="person",
    icon="add",
    asks=asks_person,
    commands=(c.IdentifyParticipant,),
    done=lambda _scene: False,
    gist=lambda _scene: "",
    given=given_person,
    build=build_person,
)
