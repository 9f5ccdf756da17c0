"""Refusals are for people: every code has its words, every word is used, and the typography is French where French."""

from __future__ import annotations

import ast
import pathlib
import re

from visavis_core.acts import refusals as r
from visavis_core.acts.roles import Seat
from visavis_sdk.vocabulary import ActPhase, Outcome, Role

SOURCE = pathlib.Path(r.__file__).parents[1]


def codes_used():
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuse":
                yield from (
                    leaf.value
                    for leaf in ast.walk(node.args[0])
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
                )


def test_every_code_used_has_its_words_and_every_word_is_used():
    assert set(codes_used()) == set(r.REFUSALS)


def made():
    """One of each refusal that is put together from names."""
    yield from (r.phase_forbids(phase) for phase in ActPhase)
    yield r.seat_forbids([Seat.EXPERT, Seat.SYSTEM])
    yield r.seat_forbids([])
    yield r.request_taken()
    yield from (r.role_not_held(role) for role in Role)
    yield r.identity_incomplete(("contact", "title"))
    yield r.note_incomplete(("advice", "care"))
    yield r.reason_says_nothing(10, 4)
    yield r.gates_block(("E7",), [r.REFUSALS["no_act"]], closing=True)
    yield r.gates_block(("E7",), [r.REFUSALS["no_act"]], closing=False)
    yield r.outcome_mismatch(tuple(Outcome))


def test_every_refusal_is_a_sentence_in_both_languages():
    for refusal in (*map(r.refuse, r.REFUSALS), *made()):
        fr, en = refusal.message.fr, refusal.message.en
        assert fr != en, refusal.code
        for text in (fr, en):
            assert text[0].isupper(), refusal.code
            assert text.endswith("."), refusal.code
        assert not re.search(" [:;?!%»]|« |'", fr), refusal.code
        assert re.fullmatch("[a-z_]+", refusal.code)


def test_who_may_is_named_so_that_the_reader_knows_whom_to_ask():
    refusal = r.seat_forbids([Seat.EXPERT, Seat.SUPERVISOR, Seat.SYSTEM])
    assert "médecin assistant, superviseur" in refusal.message.fr
    assert "assisting physician, supervisor" in refusal.message.en
