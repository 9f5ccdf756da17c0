"""The transition table drawn for people: a Mermaid state diagram and a table in Markdown.

Knows: how docs/acts.md shows `TRANSITIONS` and `LEADS_TO`, between its two markers.
Refuses to know: any rule by itself; what it draws is the table the program runs on.
"""

from __future__ import annotations

from collections.abc import Iterable

from visavis_sdk.vocabulary import ActPhase

from visavis_core.acts.roles import Seat
from visavis_core.acts.transitions import LEADS_TO, TRANSITIONS, Rule

__all__ = ["BEGIN", "END", "draw", "redraw"]

BEGIN, END = "<!-- drawn from the table: begin -->", "<!-- drawn from the table: end -->"

_EVERYBODY = frozenset(Seat)
_PEOPLE = _EVERYBODY - {Seat.INVITED, Seat.NEWCOMER, Seat.SYSTEM, Seat.STRANGER}


def draw() -> str:
    """Diagram and table, as they stand between the markers."""
    return f"{_diagram()}\n\n{_table()}"


def redraw(page: str) -> str:
    """The page with its drawn part renewed. ValueError when a marker is missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page lacks a marker of the drawn part")
    return f"{before}{BEGIN}\n\n{draw()}\n\n{END}{after}"


def _diagram() -> str:
    arrows: dict[tuple[ActPhase | None, ActPhase], list[str]] = {}
    for command, start, end in LEADS_TO:
        arrows.setdefault((start, end), []).append(command.__name__)
    lines = [
        f"    {start or '[*]'} --> {end}: {', '.join(sorted(commands))}" for (start, end), commands in arrows.items()
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, f"    {ActPhase.CLOSED} --> [*]", "```"])


def _table() -> str:
    head = ["| command | preparing | live | concluding | closed | by | besides |", "|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *(_row(command.__name__, rule) for command, rule in TRANSITIONS.items())])


def _row(name: str, rule: Rule) -> str:
    phases = " | ".join("yes" if phase in rule.phases else "" for phase in ActPhase)
    return f"| `{name}` | {phases} | {_seats(rule.seats)} | {'; '.join(_conditions(rule))} |"


def _seats(seats: frozenset[Seat]) -> str:
    if seats == _EVERYBODY:
        return "everybody who may read"
    named = [str(seat) for seat in Seat if seat in seats - _PEOPLE]
    if seats >= _PEOPLE:
        return ", ".join(["everybody in the act", *named])
    return ", ".join(str(seat) for seat in Seat if seat in seats)


def _conditions(rule: Rule) -> Iterable[str]:
    if rule.opens:
        yield "needs no act"
    if not rule.against_consent:
        yield "not once consent is refused or withdrawn"
    if rule.needs_session:
        yield "a session is open"
