"""What one step asks, and how an answer becomes commands.

Knows: the shape of a question and of a step, and the checks that need no clinical rule: filled in, a real date, a
telephone number, short enough.
Refuses to know: any particular step; and whether the act allows the command, which the decision says.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from visavis_sdk.consent import ConsentText

from visavis_core.acts.act import Act
from visavis_core.acts.commands import Command
from visavis_core.identity.subject import Subject
from visavis_core.locale import Formats, Messages
from visavis_core.web.forms import Answers, Choice, Field, Problem

__all__ = ["Ask", "Asked", "Given", "Scene", "Step", "check_answers", "fields_of", "one", "problems_of"]

PHONE = re.compile(r"[0-9+ ().x#-]{3,40}")
LOCAL_DATE = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")

Given = Mapping[str, tuple[str, ...]]


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One question. Its words are `ask.<step>.<name>.label` (and `.help`, `.option.<value>`) in the catalogue.

    `when` = (question, answer): asked only when that answer is chosen. `label` and `labels` are for questions about
    people of the act, whose words are names.
    """

    name: str
    kind: str = "line"
    options: tuple[str, ...] = ()
    required: bool = False
    longest: int = 200
    lines: int = 3
    autocomplete: str = ""
    across: bool = False
    when: tuple[str, str] | None = None
    label: str = ""
    labels: Mapping[str, str] = {}


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What a step may look at: the act, the reader and their seat, the words, the consent text in force, the moment."""

    act: Act
    subject: Subject
    me: str
    words: Messages
    formats: Formats
    now: str
    about: str = ""  # the person of the act whom the page was asked about
    consent_text: ConsentText | None = None


class Asked(Exception):  # noqa: N818 -- an answer that needs a word more, not an error of the program
    """Answers that cannot become commands: question → sentence, in the reader's language."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("answers to mend")
        self.wrong = wrong


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step. `gist` is the line it folds into once `done`; `given` is what is already known, so nobody is asked
    twice; `build` makes the commands. `commands` are all the types it may make: no right to them, no form.
    """

    id: str
    icon: str
    asks: Callable[[Scene], tuple[Ask, ...]]
    commands: tuple[type[Command], ...]
    done: Callable[[Scene], bool]
    gist: Callable[[Scene], str]
    given: Callable[[Scene], Given]
    build: Callable[[Given, Scene], tuple[Command, ...]]


def one(given: Given, name: str) -> str:
    """The single answer to `name`, "" when there is none."""
    return next(iter(given.get(name, ())), "")


def check_answers(step: Step, answers: Answers, scene: Scene) -> Given:
    """The answers to this step's questions, dates made ISO. Raises `Asked` with every question to mend at once."""
    given: dict[str, tuple[str, ...]] = {}
    wrong: dict[str, str] = {}
    for ask in step.asks(scene):
        values = tuple(value for value in answers.get(ask.name, ()) if value)
        if ask.when is not None and one(given, ask.when[0]) != ask.when[1]:
            continue
        if ask.options:
            values = tuple(value for value in values if value in ask.options or value in ask.labels)
        said, values = _check(ask, values, scene)
        if said:
            wrong[ask.name] = said
        given[ask.name] = values
    if wrong:
        raise Asked(wrong)
    return given


def _check(ask: Ask, values: tuple[str, ...], scene: Scene) -> tuple[str, tuple[str, ...]]:
    words = scene.words
    if not values:
        # A box left unticked, a text left empty: the sentence names the gesture.
        missing = words("field.wrong.choose") if ask.options or ask.kind == "flag" else words("field.wrong.required")
        return (missing if ask.required else ""), values
    if any(len(value) > ask.longest for value in values) and not ask.options:
        return words("field.wrong.too_long", count=ask.longest), values
    if ask.kind == "date":
        day = read_date(values[0])
        if day is None:
            return words("field.wrong.date"), values
        if day.isoformat() > scene.now[:10]:
            return words("field.wrong.future"), values
        return "", (day.isoformat(),)
    if ask.kind == "phone" and not PHONE.fullmatch(values[0]):
        return words("field.wrong.phone"), values
    return "", values


def read_date(typed: str) -> dt.date | None:
    """ISO, or day/month/year as it is typed where the browser offers no calendar."""
    local = LOCAL_DATE.fullmatch(typed)
    try:
        if local:
            return dt.date(int(local[3]), int(local[2]), int(local[1]))
        return dt.date.fromisoformat(typed)
    except ValueError:
        return None


def fields_of(step: Step, scene: Scene, given: Given, wrong: Mapping[str, str]) -> tuple[Field, ...]:
    """The step's questions, drawn with what is known or was just typed."""
    return tuple(_field(step.id, ask, scene.words, given.get(ask.name, ()), wrong) for ask in step.asks(scene))


def problems_of(step: Step, scene: Scene, wrong: Mapping[str, str]) -> tuple[Problem, ...]:
    """One line per question to mend, which it names and leads to; "" is the whole step."""
    labels = {field.name: field.label for field in fields_of(step, scene, {}, {})}
    return tuple(
        Problem(
            field=name,
            message=scene.words("field.named", label=labels[name], problem=said) if name in labels else said,
            address=f"#{step.id}-{name}" if name else "",
        )
        for name, said in wrong.items()
    )


def _field(step: str, ask: Ask, words: Messages, chosen: tuple[str, ...], wrong: Mapping[str, Any]) -> Field:
    key = f"ask.{step}.{ask.name}"

    def optional(name: str) -> str:
        return words(name) if name in words else ""

    values = ask.options or tuple(ask.labels)
    options = tuple(
        Choice(
            value=value,
            label=ask.labels.get(value) or words(f"{key}.option.{value}"),
            help=optional(f"{key}.option_help.{value}"),
        )
        for value in values
    )
    if ask.kind == "flag3":
        options, chosen = (*options, Choice(value="", label=words("field.not_asked"))), chosen or ("",)
    return Field(
        name=ask.name,
        id=f"{step}-{ask.name}",
        kind=ask.kind,
        label=ask.label or words(f"{key}.label"),
        help=optional(f"{key}.help"),
        chosen=chosen,
        options=options,
        required=ask.required,
        error=wrong.get(ask.name, ""),
        autocomplete=ask.autocomplete,
        longest=ask.longest,
        lines=ask.lines,
        across=ask.across,
        when=f"when when-{ask.when[0]}-{ask.when[1]}" if ask.when else "",
    )
