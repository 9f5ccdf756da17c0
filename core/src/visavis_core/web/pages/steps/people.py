"""Who is here: everyone present on one side, bound to confidentiality, and people without an account (B3–B5, B11)."""

from __future__ import annotations

from visavis_sdk.events import ParticipantIdentified
from visavis_sdk.vocabulary import Role, Side

from visavis_core.acts import commands as c
from visavis_core.acts.roles import PROFESSIONS, TYPED_ROLES
from visavis_core.web.pages.steps.ask import Ask, Given, Scene, Step, one

__all__ = ["PEOPLE", "PERSON", "name_of", "side_of"]


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


def _roles(scene: Scene) -> tuple[str, ...]:
    side = side_of(scene)
    return tuple(role for role, sides in TYPED_ROLES.items() if side in sides)


def asks_person(scene: Scene) -> tuple[Ask, ...]:
    professions = {"": scene.words("ask.person.no_profession")}
    professions |= {code: scene.words.text(known.name) for code, known in PROFESSIONS.items()}
    return (
        Ask(name="role", kind="choice", options=_roles(scene), required=True, across=True),
        Ask(name="family_name", required=True, longest=100),
        Ask(name="given_names", longest=100),
        Ask(name="quality"),
        Ask(name="profession", kind="select", options=tuple(professions), labels=professions),
        Ask(name="identifier", longest=40),
    )


def build_person(given: Given, scene: Scene) -> tuple[c.Command, ...]:
    return (
        c.IdentifyParticipant(
            role=Role(one(given, "role")),
            side=side_of(scene),
            family_name=one(given, "family_name"),
            given_names=one(given, "given_names"),
            quality=one(given, "quality"),
            profession=one(given, "profession"),
            identifier=one(given, "identifier"),
        ),
    )


PERSON = Step(
    id="person",
    icon="add",
    asks=asks_person,
    commands=(c.IdentifyParticipant,),
    done=lambda _scene: False,
    gist=lambda _scene: "",
    given=lambda _scene: {},
    build=build_person,
)
