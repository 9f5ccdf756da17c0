"""Plugins of every bad kind are put aside by name, and the good one beside them goes on."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from visavis_core.deployment import PluginChoice
from visavis_core.plugins.discover import Installed, discover
from visavis_core.plugins.loading import load_plugins
from visavis_core.plugins.quarantine import Reason, RequiredPluginMissing, Standing
from visavis_core.plugins.running import FAILURES_ALLOWED, LoadedPlugins
from visavis_sdk.consent import ConsentText
from visavis_sdk.events import Actor, NeedStated, Recorded
from visavis_sdk.hooks import EventRecorded, FormReview, LoadContext, Spec, implements
from visavis_sdk.hosting import Failure, FailureKind
from visavis_sdk.manifest import Manifest, ManifestFault
from visavis_sdk.reports import Finding
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActKind

RELEASE = threading.Event()


def text(id: str, language: str = "fr", version: str = "1", day: str = "2026-01-01") -> ConsentText:
    return ConsentText(
        id=id,
        version=version,
        language=language,
        title="T",
        body="B",
        effective_from=day,
        jurisdiction="quebec",
    )


class Good:
    def __init__(self, ids: Sequence[str] = ("good.consent",)) -> None:
        self.ids = ids
        self.heard: list[int] = []

    @implements(Spec.contribute_consent_texts)
    def contribute_consent_texts(self, context: LoadContext) -> Sequence[ConsentText]:
        return [text(id) for id in self.ids]

    @implements(Spec.on_event)
    async def on_event(self, event: EventRecorded) -> None:
        self.heard.append(event.recorded.n)

    @implements(Spec.review_form)
    def review_form(self, context: FormReview) -> Sequence[Finding]:
        return [Finding(severity="information", text="rien à signaler")]


class Raises:
    @implements(Spec.contribute_consent_texts)
    def contribute_consent_texts(self, context: LoadContext) -> Sequence[ConsentText]:
        raise RuntimeError("Hector Bouchard, 1948")


class WrongType:
    @implements(Spec.contribute_consent_texts)
    def contribute_consent_texts(self, context: LoadContext) -> Sequence[ConsentText]:
        return "not a list of texts"  # type: ignore[return-value]  # the very thing under test


class Blocks:
    @implements(Spec.contribute_consent_texts)
    def contribute_consent_texts(self, context: LoadContext) -> Sequence[ConsentText]:
        RELEASE.wait(60)
        return []


class Misspelt:
    @implements(Spec.contribute_consent_texts)
    def contribute_consent_texts(self, contxt: LoadContext) -> Sequence[ConsentText]:  # type: ignore[misc]
        return []


class FailsLater:
    @implements(Spec.on_event)
    async def on_event(self, event: EventRecorded) -> None:
        raise ValueError("Hector Bouchard, 1948")

    @implements(Spec.review_form)
    def review_form(self, context: FormReview) -> Sequence[Finding]:
        RELEASE.wait(60)
        return []


def quit_program(_config: Mapping[str, Any]) -> object:
    raise SystemExit(3)


KINDS: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "good": lambda config: Good(),
    "raises": lambda config: Raises(),
    "wrong_type": lambda config: WrongType(),
    "blocks": lambda config: Blocks(),
    "misspelt": lambda config: Misspelt(),
    "quits": quit_program,
    "same_id": lambda config: Good(),
    "twice": lambda config: Good(("a", "a")),
    "fails_later": lambda config: FailsLater(),
    "broken_import": lambda config: None,
    "no_manifest": lambda config: Good(("m",)),
    "too_new": lambda config: Good(("n",)),
    "other_name": lambda config: Good(("o",)),
    "changed": lambda config: Good(("c",)),
    "doubled": lambda config: Good(("d",)),
}


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    RELEASE.clear()
    for kind, create in KINDS.items():
        if kind != "broken_import":
            module = types.ModuleType(f"plugin_{kind}")
            module.create_plugin = create  # type: ignore[attr-defined]  # a module made for this test
            sys.modules[module.__name__] = module
    yield
    RELEASE.set()
    for kind in KINDS:
        sys.modules.pop(f"plugin_{kind}", None)


INSTALLED = {
    kind: (
        Installed(
            id=kind, package=f"plugin_{kind}", entry=f"plugin_{kind}:create_plugin", version="1", sha256="a" * 64
        ),
    )
    for kind in KINDS
}
INSTALLED["doubled"] = INSTALLED["doubled"] * 2


def manifest_of(package: str) -> Manifest:
    kind = package.removeprefix("plugin_")
    if kind == "no_manifest":
        raise ManifestFault("missing", "no plugin.toml")
    return Manifest(
        id="somebody_else" if kind == "other_name" else kind,
        name=Text(fr=kind, en=kind),
        version="1",
        sdk=">=9" if kind == "too_new" else ">=0.1,<1",
        publisher="tests",
        licence="none",
        intended_use=Text(fr="essai", en="test"),
    )


def load(*kinds: str, failures: list[Failure] | None = None, **changes: Any) -> LoadedPlugins:
    choices = tuple(PluginChoice(id=kind, **changes.get(kind, {})) for kind in kinds)
    return load_plugins(
        choices,
        installed=INSTALLED,
        manifest_of=manifest_of,
        seconds=0.5,
        on_failure=None if failures is None else failures.append,
    )


@pytest.mark.parametrize(
    ("kind", "reason", "detail"),
    [
        ("raises", Reason.CONTRIBUTION, "RuntimeError"),
        ("wrong_type", Reason.WRONG_TYPE, "contribute_consent_texts"),
        ("blocks", Reason.BLOCKED, "0.5 s"),
        ("misspelt", Reason.UNFIT, "context"),
        ("quits", Reason.CREATION, "SystemExit"),
        ("same_id", Reason.CONFLICT, "good.consent"),
        ("twice", Reason.CONFLICT, "a 1 fr"),
        ("broken_import", Reason.IMPORT, "ModuleNotFoundError"),
        ("no_manifest", Reason.MANIFEST, "ManifestFault"),
        ("too_new", Reason.VERSION, ">=9"),
        ("other_name", Reason.MANIFEST, "somebody_else"),
        ("changed", Reason.CHANGED, ""),
        ("doubled", Reason.DOUBLE, ""),
    ],
)
def test_a_bad_plugin_is_put_aside_by_name_and_the_good_one_stays(kind: str, reason: Reason, detail: str) -> None:
    loaded = load("good", kind, changed={"sha256": "b" * 64})
    good, bad = loaded.states[:2]
    assert good.standing is Standing.LOADED
    assert (bad.id, bad.standing, bad.reason) == (kind, Standing.QUARANTINED, reason)
    assert detail in bad.detail
    assert "Hector" not in bad.detail + bad.message.fr + bad.message.en
    assert [one.id for one in loaded.catalogue.consent_texts] == ["good.consent"]


def test_a_required_plugin_that_is_put_aside_stops_the_start_in_words() -> None:
    with pytest.raises(RequiredPluginMissing) as missing:
        load("good", "raises", raises={"required": True})
    assert "raises" in missing.value.message.fr
    assert "en quarantaine" in missing.value.message.fr


def test_installed_is_not_enabled_and_named_is_not_installed() -> None:
    loaded = load("good", "nowhere", "wrong_type", wrong_type={"enabled": False})
    standing = {state.id: state.standing for state in loaded.states}
    assert standing["nowhere"] is Standing.NOT_INSTALLED
    assert standing["wrong_type"] is Standing.NOT_ENABLED
    assert standing["blocks"] is Standing.NOT_ENABLED, "installed, never named, never imported"


def test_what_is_not_named_is_not_imported() -> None:
    sys.modules.pop("plugin_good")
    load("raises")
    assert "plugin_good" not in sys.modules


def test_the_plugins_of_this_workspace_are_found_without_import() -> None:
    found = discover()
    assert {"quebec", "france", "wound_care"} <= set(found)
    assert all(len(one[0].sha256) == 64 for one in found.values())


def test_the_plugins_of_this_workspace_load() -> None:
    loaded = load_plugins(tuple(PluginChoice(id=id, required=True) for id in ("quebec", "france", "wound_care")))
    assert loaded.catalogue.obligations
    assert loaded.catalogue.forms
    assert loaded.catalogue.consent_text(jurisdictions=("quebec",), language="fr", on="2026-11-23") is not None


def event(n: int) -> EventRecorded:
    recorded = Recorded(
        act="act_1",
        n=n,
        at="2026-11-23T14:05:00.000000Z",
        actor=Actor(kind="system", id="test"),
        body=NeedStated(need="x", expectations="y"),
    )
    return EventRecorded(kind=ActKind.TELEASSISTANCE, recorded=recorded)


async def tell_all(loaded: LoadedPlugins, count: int, until: Callable[[], bool]) -> None:
    import asyncio

    for n in range(count):
        loaded.tell(event(n))
    running = asyncio.create_task(loaded.run())
    async with asyncio.timeout(10):
        while not until():  # noqa: ASYNC110 -- a bounded look at a condition; the plugin under test knows no event
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_plugin_that_keeps_failing_is_told_no_more_and_the_others_still_are() -> None:
    failures: list[Failure] = []
    loaded = load("good", "fails_later", failures=failures)
    good: Good = loaded._plugins["good"]
    await tell_all(loaded, 10, lambda: len(good.heard) == 10 and len(failures) == FAILURES_ALLOWED)
    assert good.heard == list(range(10))
    assert [failure.plugin for failure in failures] == ["fails_later"] * FAILURES_ALLOWED
    state = next(state for state in loaded.states if state.id == "fails_later")
    assert (state.standing, state.reason) == (Standing.QUARANTINED, Reason.FAILING)
    assert "Hector" not in repr(failures) + repr(loaded.states)


async def test_a_review_that_never_comes_back_answers_not_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visavis_core.plugins.running.REVIEW_SECONDS", 0.2)
    failures: list[Failure] = []
    loaded = load("good", "fails_later", failures=failures)
    review = FormReview(form="f", answers=None, language="fr", today="2026-11-23")
    found = await loaded.review_form(review)
    assert [finding.severity for finding in found] == ["information", "alert"]
    assert [failure.kind for failure in failures] == [FailureKind.STUCK]


async def test_a_review_that_blocks_is_asked_no_more_holds_one_thread_and_still_answers_not_verified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("visavis_core.plugins.running.REVIEW_SECONDS", 0.05)
    failures: list[Failure] = []
    loaded = load("good", "fails_later", failures=failures)
    review = FormReview(form="f", answers=None, language="fr", today="2026-11-23")
    before = {thread.name for thread in threading.enumerate()}
    for _ in range(FAILURES_ALLOWED + 3):
        found = await loaded.review_form(review)
        assert [finding.severity for finding in found] == ["information", "alert"]
    left_behind = [thread.name for thread in threading.enumerate() if thread.name == "plugin-fails_later"]
    assert left_behind == ["plugin-fails_later"], before
    assert [failure.kind for failure in failures] == [FailureKind.STUCK]
    state = next(state for state in loaded.states if state.id == "fails_later")
    assert (state.standing, state.reason) == (Standing.QUARANTINED, Reason.BLOCKED)


async def test_a_function_that_keeps_raising_is_run_no_more_and_one_that_is_only_late_is() -> None:
    loaded = load("good", "fails_later")
    ran: list[str] = []

    def fail() -> int:
        ran.append("fail")
        raise KeyError("Hector")

    for _ in range(FAILURES_ALLOWED + 2):
        assert await loaded.build("fails_later", "report", fail) is None
    assert ran == ["fail"] * FAILURES_ALLOWED
    assert await loaded.build("fails_later", "report", lambda: 1) is None
    for _ in range(FAILURES_ALLOWED + 2):
        loaded._count(Failure(plugin="good", hook="report", kind=FailureKind.OVERRUN, budget=0.05))
    assert await loaded.build("good", "report", lambda: 1) == 1


async def test_a_contributed_function_that_raises_gives_nothing_and_is_told() -> None:
    failures: list[Failure] = []
    loaded = load("good", failures=failures)
    assert await loaded.build("good", "report", lambda: 6 * 7) == 42

    def fail() -> int:
        raise KeyError("Hector")

    assert await loaded.build("good", "report", fail) is None
    assert [(f.plugin, f.error) for f in failures] == [("good", "KeyError")]


def test_a_full_line_of_events_drops_and_counts_rather_than_grows() -> None:
    loaded = load("good")
    for n in range(1100):
        loaded.tell(event(n))
    assert loaded.dropped == 1100 - 1024


def test_the_consent_text_shown_is_the_latest_in_force_of_the_first_jurisdiction() -> None:
    from visavis_core.plugins.catalogue import Contributed, index

    texts = (
        text("old", day="2020-01-01"),
        text("now", day="2026-06-01"),
        text("next", day="2027-01-01"),
        text("english", language="en", day="2026-06-01"),
    )
    catalogue = index([Contributed(plugin="p", consent_texts=texts)])
    shown = catalogue.consent_text(jurisdictions=("elsewhere", "quebec"), language="fr", on="2026-11-23")
    assert shown is not None
    assert shown.id == "now"
    assert catalogue.consent_text(jurisdictions=("elsewhere",), language="fr", on="2026-11-23") is None
    assert catalogue.consent_text_by_id("old", "1", "fr") == texts[0]
