"""Where the patient is, exactly, with a number to call back; and what will be done if the link fails (E4, E5, E7)."""

from __future__ import annotations

from visavis_core.acts import commands as c
from visavis_core.web.pages.steps.ask import PHONE, Ask, Given, Scene, Step, one
from visavis_core.web.pages.steps.need import TRISTATE, read_tristate

__all__ = ["PLACE", "PLAN_B"]


def asks_place(_scene: Scene) -> tuple[Ask, ...]:
    return (
        Ask(name="establishment", autocomplete="organization"),
        Ask(name="address", required=True, longest=300, autocomplete="street-address"),
        Ask(name="detail"),
        Ask(name="call_back_number", kind="phone", required=True, longest=40, autocomplete="tel"),
        Ask(name="suitable", kind="flag3", options=TRISTATE, across=True),
    )


def _account_phone(scene: Scene) -> str:
    contact = scene.subject.identity.contact if scene.subject.identity else ""
    return contact if PHONE.fullmatch(contact) else ""


def given_place(scene: Scene) -> Given:
    place, identity = scene.act.place, scene.subject.identity
    if place is None:
        return {
            "establishment": (identity.establishment,) if identity else (),
            "call_back_number": (_account_phone(scene),),
        }
    known = {
        "establishment": (place.establishment,),
        "address": (place.address,),
        "detail": (place.detail,),
        "call_back_number": (place.call_back_number,),
    }
    return known if place.suitable is None else known | {"suitable": ("true" if place.suitable else "false",)}


def build_place(given: Given, _scene: Scene) -> tuple[c.Command, ...]:
    return (
        c.StatePlace(
            establishment=one(given, "establishment"),
            address=one(given, "address"),
            detail=one(given, "detail"),
            call_back_number=one(given, "call_back_number"),
            suitable=read_tristate(one(given, "suitable")),
        ),
    )


def gist_place(scene: Scene) -> str:
    place = scene.act.place
    if place is None:
        return scene.words("ask.place.todo")
    return ", ".join(
        part for part in (place.establishment, place.address, place.detail, place.call_back_number) if part
    )


PLACE = Step(
    id="place",
    icon="place",
    asks=asks_place,
    commands=(c.StatePlace,),
    done=lambda scene: scene.act.place is not None,
    gist=gist_place,
    given=given_place,
    build=build_place,
)


def asks_plan_b(_scene: Scene) -> tuple[Ask, ...]:
    return (
        Ask(name="telephone", kind="phone", required=True, longest=40, autocomplete="tel"),
        Ask(name="procedure", kind="words", required=True, longest=4000),
        Ask(name="works", kind="flag3", options=TRISTATE, across=True),
    )


def given_plan_b(scene: Scene) -> Given:
    plan = scene.act.plan_b
    if plan.declared is None:
        number = scene.act.place.call_back_number if scene.act.place else _account_phone(scene)
        return {"telephone": (number,), "procedure": (scene.words("ask.plan_b.usual"),)}
    known = {"telephone": (plan.declared.telephone,), "procedure": (plan.declared.procedure,)}
    return known if plan.tried is None else known | {"works": ("true" if plan.tried.works else "false",)}


def build_plan_b(given: Given, _scene: Scene) -> tuple[c.Command, ...]:
    declared = c.DeclarePlanB(telephone=one(given, "telephone"), procedure=one(given, "procedure"))
    works = read_tristate(one(given, "works"))
    return (declared,) if works is None else (declared, c.TryPlanB(works=works))


PLAN_B = Step(
    id="plan_b",
    icon="plan-b",
    asks=asks_plan_b,
    commands=(c.DeclarePlanB, c.TryPlanB),
    done=lambda scene: scene.act.plan_b.declared is not None,
    gist=lambda scene: (
        f"{scene.act.plan_b.declared.telephone} · {scene.act.plan_b.declared.procedure}"
        if scene.act.plan_b.declared
        else scene.words("ask.plan_b.todo")
    ),
    given=given_plan_b,
    build=build_plan_b,
)
