"""The voice of the notes: an act, its sheet, and the words, hours and names in which its events are told.

Knows: how to find events by type, name people as the act knows them, and say a moment in the deployment's time zone.
Refuses to know: which section tells what (`sections`), and the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
from visavis_sdk.events import Event, ParticipantIdentified, Recorded
from visavis_sdk.reports import Block
from visavis_sdk.text import Language
from visavis_sdk.vocabulary import Role, Side

from visavis_core.acts.act import Act
from visavis_core.acts.roles import PROFESSIONS
from visavis_core.locale import Formats, say_source, typeset, words
from visavis_core.obligations.sheet import ConformitySheet

__all__ = ["Line", "Teller", "join_lines"]

E = TypeVar("E", bound=Event)


class Line(msgspec.Struct, frozen=True):
    """One line of a section and the numbers of the events it tells."""

    text: str
    sources: tuple[int, ...] = ()


def join_lines(lines: Iterable[Line]) -> tuple[str, tuple[int, ...]]:
    """The section's text and its sources, each once, in order."""
    told = list(lines)
    return "\n".join(line.text for line in told), tuple(sorted({n for line in told for n in line.sources}))


class Teller:
    """One act told in one language. `blocks` are the report blocks of its forms, by form instance."""

    def __init__(
        self, act: Act, sheet: ConformitySheet, language: Language, zone: str, blocks: Mapping[str, Sequence[Block]]
    ) -> None:
        self.act = act
        self.sheet = sheet
        self.language: Language = language
        self.zone = zone
        self.blocks = blocks
        self.words = words(language)
        self.formats = Formats(language, zone)
        self._opening_day = self.formats.date(act.opened_at).rpartition(",")[0]

    def say(self, key: str, *sources: int, **parameters: object) -> Line:
        """A sentence of the catalogue. Parameters are people's own words: they are put in, never read as a pattern."""
        return Line(self.words(f"tell.{key}", **{name: tidy(value) for name, value in parameters.items()}), sources)

    def item(self, key: str, *sources: int, **parameters: object) -> Line:
        line = self.say(key, *sources, **parameters)
        return Line(f"– {line.text}", line.sources)

    def detail(self, key: str, *sources: int, **parameters: object) -> Line:
        """A line under an item: two spaces in front, kept with the item on the page."""
        line = self.say(key, *sources, **parameters)
        return Line(f"  {line.text}", line.sources)

    def choice(self, area: str, value: str) -> str:
        """The word for a code; a code without a word is shown as it is rather than lost."""
        key = f"{area}.{value}"
        return self.words(key) if self.words.has(key) else value

    def source(self, code: str) -> str:
        """A source of picture or sound, or what was judged as a whole."""
        return say_source(code, self.words)

    def hour(self, at: str) -> str:
        """The hour; with the day when it is not the day the act was opened."""
        day = self.formats.date(at).rpartition(",")[0]
        return self.formats.hour(at) if day == self._opening_day else self.formats.short(at)

    def moment(self, at: str) -> str:
        return self.formats.date(at)

    def events(self, kind: type[E]) -> list[tuple[Recorded, E]]:
        return [(one, one.body) for one in self.act.events if isinstance(one.body, kind)]

    def last(self, kind: type[E]) -> tuple[Recorded, E] | None:
        found = self.events(kind)
        return found[-1] if found else None

    def number_of(self, body: Event) -> tuple[int, ...]:
        """The number of the event with this very body, as a tuple of sources."""
        return tuple(one.n for one in self.act.events if one.body is body)[-1:]

    def people(self, *roles: Role, side: Side | None = None) -> list[ParticipantIdentified]:
        return [
            person
            for person in self.act.participants.values()
            if (not roles or person.role in roles) and (side is None or person.side is side)
        ]

    def name(self, participant: str, otherwise: str = "") -> str:
        person = self.act.participants.get(participant)
        return (otherwise or self.words("tell.unnamed")) if person is None else self.full_name(person)

    def full_name(self, person: ParticipantIdentified) -> str:
        return " ".join(part for part in (person.title, person.given_names, person.family_name) if part)

    def profession(self, person: ParticipantIdentified) -> str:
        known = PROFESSIONS.get(person.profession)
        return person.profession if known is None else known.name.in_language(self.language)

    def typeset(self, text: str) -> str:
        return typeset(text, self.language)


def tidy(value: object) -> str:
    """One line: what somebody typed on several lines stays in its sentence."""
    return " ".join(str(value).split())
