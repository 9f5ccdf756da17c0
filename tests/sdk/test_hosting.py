"""The dispatcher: one plugin's trouble is its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from visavis_sdk.forms import FormDefinition
from visavis_sdk.hooks import EventRecorded, FormReview, LoadContext, Spec, hook, implements
from visavis_sdk.hooks.reviews import NOT_VERIFIED
from visavis_sdk.hosting import Contribution, Failure, FailureKind, Hooks
from visavis_sdk.reports import Finding

CONTEXT = LoadContext(sdk="0.1.0")
REVIEW = FormReview(form="wound_care.wound", answers=None, language="en", today="2026-11-23")
SECRET = "Tremblay, Jeanne, 1951-02-03"


class Questions:
    """Specs of this test alone: what the shipped ones do not need yet (`first`, `ask`)."""

    @hook(budget=0.05, since="test")
    def choose(self, context: str) -> str | None:
        raise NotImplementedError

    @hook(budget=0.05, since="test")
    async def fetch(self, context: str) -> Sequence[int]:
        raise NotImplementedError


class Quiet:
    @implements(Spec.contribute_forms)
    def contribute_forms(self, context: LoadContext) -> Sequence[FormDefinition]:
        return ()

    @implements(Spec.review_form)
    def review_form(self, context: FormReview) -> Sequence[Finding]:
        return [Finding(severity="information", text="seen")]


class Raising:
    @implements(Spec.contribute_forms)
    def contribute_forms(self, context: LoadContext) -> Sequence[FormDefinition]:
        raise ValueError(SECRET)

    @implements(Spec.review_form)
    def review_form(self, context: FormReview) -> Sequence[Finding]:
        raise SystemExit(SECRET)


class Mistyped:
    @implements(Spec.contribute_forms)
    def contribute_forms(self, context: LoadContext) -> Sequence[FormDefinition]:
        return ["not a form"]  # type: ignore[list-item]  # the fault under test


def test_answers_come_in_the_deployments_order_with_their_plugins_ids():
    hooks = Hooks({"zebra": Quiet(), "alpha": Quiet(), "middle": Quiet()})
    assert hooks.collect(Spec.contribute_forms, context=CONTEXT) == [
        Contribution("zebra", ()),
        Contribution("alpha", ()),
        Contribution("middle", ()),
    ]


def test_a_raising_plugin_loses_only_its_own_answer():
    failures: list[Failure] = []
    hooks = Hooks({"one": Quiet(), "bad": Raising(), "two": Quiet()}, on_failure=failures.append)
    assert [answer.plugin for answer in hooks.collect(Spec.contribute_forms, context=CONTEXT)] == ["one", "two"]
    (failure,) = failures
    assert (failure.plugin, failure.hook, failure.kind) == ("bad", "contribute_forms", FailureKind.RAISED)
    assert failure.error == "ValueError"
    assert failure.where.startswith("test_hosting.py:")


def test_a_failure_never_repeats_what_the_exception_said():
    failures: list[Failure] = []
    hooks = Hooks({"bad": Raising()}, on_failure=failures.append)
    hooks.collect(Spec.contribute_forms, context=CONTEXT)
    hooks.collect(Spec.review_form, context=REVIEW)
    assert len(failures) == 2
    assert SECRET not in repr(failures)


def test_a_wrong_type_is_refused_before_anyone_uses_it():
    failures: list[Failure] = []
    hooks = Hooks({"mistyped": Mistyped()}, on_failure=failures.append)
    assert hooks.collect(Spec.contribute_forms, context=CONTEXT) == []
    assert [failure.kind for failure in failures] == [FailureKind.WRONG_TYPE]


def test_a_review_that_fails_says_that_it_was_not_made():
    hooks = Hooks({"good": Quiet(), "bad": Raising()})
    good, bad = hooks.collect(Spec.review_form, context=REVIEW)
    assert [finding.text for finding in good.value] == ["seen"]
    assert [(finding.severity, finding.text) for finding in bad.value] == [("alert", NOT_VERIFIED.en)]


def test_a_late_sync_answer_stands_and_is_reported():
    ticks = iter([0.0, 0.251, 1.0, 1.250])
    failures: list[Failure] = []
    hooks = Hooks({"slow": Quiet(), "just": Quiet()}, on_failure=failures.append, clock=lambda: next(ticks))
    assert len(hooks.collect(Spec.contribute_forms, context=CONTEXT)) == 2
    assert [(failure.plugin, failure.kind, failure.budget) for failure in failures] == [
        ("slow", FailureKind.OVERRUN, 0.25)
    ]


def test_a_deployment_may_give_a_hook_another_budget_but_not_invent_one():
    ticks = iter([0.0, 0.3])
    failures: list[Failure] = []
    hooks = Hooks(
        {"slow": Quiet()}, on_failure=failures.append, clock=lambda: next(ticks), budgets={"contribute_forms": 0.5}
    )
    hooks.collect(Spec.contribute_forms, context=CONTEXT)
    assert failures == []
    with pytest.raises(ValueError, match="contribute_dreams"):
        Hooks({}, budgets={"contribute_dreams": 1.0})


def test_a_plugin_that_is_taken_out_is_not_called_any_more():
    hooks = Hooks({"one": Quiet(), "two": Quiet()})
    hooks.remove("one")
    hooks.remove("never there")
    assert [answer.plugin for answer in hooks.collect(Spec.contribute_forms, context=CONTEXT)] == ["two"]


def test_two_apps_do_not_share_their_plugins():
    Hooks({"one": Quiet()})
    assert Hooks({}).collect(Spec.contribute_forms, context=CONTEXT) == []


def test_first_takes_the_first_answer_that_is_one():
    class Silent:
        @implements(Questions.choose)
        def choose(self, context: str) -> str | None:
            return None

    class Sure:
        @implements(Questions.choose)
        def choose(self, context: str) -> str | None:
            return context.upper()

    hooks = Hooks({"silent": Silent(), "sure": Sure()}, specs=Questions)
    assert hooks.first(Questions.choose, context="yes") == Contribution("sure", "YES")
    assert Hooks({"silent": Silent()}, specs=Questions).first(Questions.choose, context="yes") is None


def test_a_contributed_function_is_guarded_like_a_hook():
    failures: list[Failure] = []
    hooks = Hooks({}, on_failure=failures.append)
    assert hooks.guard("plugin", "rule photo", str.upper, 1.0, "x") == Contribution("plugin", "X")
    assert hooks.guard("plugin", "rule photo", int, 1.0, SECRET) is None
    assert [(failure.hook, failure.error) for failure in failures] == [("rule photo", "ValueError")]
    assert SECRET not in repr(failures)


# -- async ---------------------------------------------------------------------------------------------------------


class Fetching:
    def __init__(self, answer: object = (1,)) -> None:
        self.answer = answer

    @implements(Questions.fetch)
    async def fetch(self, context: str) -> Sequence[int]:
        return self.answer  # type: ignore[return-value]  # some tests give a wrong one on purpose


class Hanging:
    def __init__(self) -> None:
        self.was_cancelled = False

    @implements(Questions.fetch)
    async def fetch(self, context: str) -> Sequence[int]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        return ()


class Stubborn:
    """Swallows cancellation until it is released."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.left = asyncio.Event()

    @implements(Questions.fetch)
    async def fetch(self, context: str) -> Sequence[int]:
        while not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                continue
        self.left.set()
        return ()


async def test_async_answers_keep_the_deployments_order():
    hooks = Hooks({"b": Fetching((1,)), "a": Fetching((2, 3))}, specs=Questions)
    assert await hooks.ask(Questions.fetch, context="x") == [Contribution("b", (1,)), Contribution("a", (2, 3))]


async def test_a_hanging_plugin_is_cancelled_at_its_budget_and_the_others_answer():
    failures: list[Failure] = []
    hanging = Hanging()
    hooks = Hooks(
        {"hanging": hanging, "good": Fetching()},
        specs=Questions,
        on_failure=failures.append,
        budgets={"fetch": 0.01},
    )
    assert await hooks.ask(Questions.fetch, context="x") == [Contribution("good", (1,))]
    assert hanging.was_cancelled
    assert [(failure.plugin, failure.kind) for failure in failures] == [("hanging", FailureKind.TIMEOUT)]


async def test_a_plugin_that_swallows_its_cancellation_is_left_behind():
    failures: list[Failure] = []
    stubborn = Stubborn()
    hooks = Hooks(
        {"stubborn": stubborn, "good": Fetching()},
        specs=Questions,
        on_failure=failures.append,
        budgets={"fetch": 0.01},
        grace=0.01,
    )
    assert [answer.plugin for answer in await hooks.ask(Questions.fetch, context="x")] == ["good"]
    assert [(failure.plugin, failure.kind) for failure in failures] == [("stubborn", FailureKind.STUCK)]
    stubborn.released.set()
    await asyncio.wait_for(stubborn.left.wait(), 5)


@pytest.mark.parametrize(
    ("answer", "kind"), [("abc", FailureKind.WRONG_TYPE), (("x",), FailureKind.WRONG_TYPE), (7, FailureKind.WRONG_TYPE)]
)
async def test_an_async_answer_of_the_wrong_type_is_refused(answer, kind):
    failures: list[Failure] = []
    hooks = Hooks({"odd": Fetching(answer)}, specs=Questions, on_failure=failures.append)
    assert await hooks.ask(Questions.fetch, context="x") == []
    assert [failure.kind for failure in failures] == [kind]


@pytest.mark.parametrize("error", [RuntimeError(SECRET), TimeoutError(), asyncio.CancelledError(SECRET), SystemExit()])
async def test_whatever_an_async_plugin_raises_stays_with_it(error):
    class Breaking:
        @implements(Questions.fetch)
        async def fetch(self, context: str) -> Sequence[int]:
            raise error

    failures: list[Failure] = []
    hooks = Hooks({"bad": Breaking(), "good": Fetching()}, specs=Questions, on_failure=failures.append)
    assert [answer.plugin for answer in await hooks.ask(Questions.fetch, context="x")] == ["good"]
    assert [(failure.kind, failure.error) for failure in failures] == [(FailureKind.RAISED, type(error).__name__)]
    assert SECRET not in repr(failures)


async def test_when_the_host_is_cancelled_its_plugins_are_too():
    hanging = Hanging()
    hooks = Hooks({"hanging": hanging}, specs=Questions, budgets={"fetch": 60.0})
    asking = asyncio.create_task(hooks.ask(Questions.fetch, context="x"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.sleep(0)
    assert hanging.was_cancelled


async def test_notify_tells_every_plugin():
    told: list[str] = []

    class Listening:
        def __init__(self, name: str) -> None:
            self.name = name

        @implements(Spec.on_event)
        async def on_event(self, event: EventRecorded) -> None:
            told.append(f"{self.name} {event.recorded}")

    hooks = Hooks({"one": Listening("one"), "two": Listening("two")})
    event = EventRecorded(kind="teleassistance", recorded="consent.given")  # type: ignore[arg-type]  # any will do
    await hooks.notify(Spec.on_event, event=event)
    assert told == ["one consent.given", "two consent.given"]


async def test_a_hook_called_in_the_other_colour_is_the_hosts_mistake():
    hooks = Hooks({})
    with pytest.raises(TypeError, match="on_event is async"):
        hooks.collect(Spec.on_event, event=None)  # type: ignore[arg-type]  # the fault under test
    with pytest.raises(TypeError, match="review_form is sync"):
        await hooks.ask(Spec.review_form, context=REVIEW)  # type: ignore[arg-type]  # the fault under test
