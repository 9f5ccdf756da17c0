"""The testing kit itself: it loads what a deployment would load, and its checks catch what they are for."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys

import pytest
from visavis_sdk.events import ActClosed, ActOpened, ConsentGiven, EmergencyDeclared, LiveEnded, SessionOpened
from visavis_sdk.testing import Host, NotAccepted, NotLoadable, captured, tell
from visavis_sdk.testing.conformance import PluginConformance
from visavis_sdk.vocabulary import ActKind, ActPhase, ConsentChannel, ConsentGiver, Outcome

MANIFEST = """
id = "{id}"
version = "0.1.0"
sdk = "{sdk}"
publisher = "A vendor"
licence = "MIT"
name = {{fr = "Essai", en = "Trial"}}
intended_use = {{fr = "Essayer.", en = "To try."}}
[contributes]
forms = ["{announced}"]
rules = ["{id}.rule"]
"""
MODULE = """
from typing import Annotated
{import_line}
from visavis_sdk import CompletenessRule, Finding, Form, FormDefinition, FormReview, Heading, LoadContext
from visavis_sdk import ReportTemplate, Spec, Text, implements
from visavis_sdk.forms import Section, note

FORM_ID = "{id}.form"


class Answers(Form, frozen=True, kw_only=True):
    words: Annotated[str, note(Text("{fr}", "Words"))]


class Plugin:
    @implements(Spec.contribute_forms)
    def contribute_forms(self, context: LoadContext):
        title, sections = Text("Essai", "Trial"), (Section("only", Text("Section", "Section"), ("words",)),)
        return (FormDefinition(id=FORM_ID, version=1, title=title, answers=Answers, sections=sections),)

    @implements(Spec.contribute_rules)
    def contribute_rules(self, context: LoadContext):
        words = Text("Règle", "Rule")
        rule = CompletenessRule(
            id="{id}.rule", form=FORM_ID, title=words, why=words, source="x", check=lambda form, act: ()
        )
        return (rule,)

    @implements(Spec.review_form)
    def review_form(self, context: FormReview):
        {review}


def create_plugin(config):
    return Plugin()
"""
GOOD = {
    "id": "visavis_trial",
    "sdk": ">=0.1,<1",
    "announced": "visavis_trial.form",
    "fr": "Mots",
    "import_line": "",
    "review": "return ()",
}


@contextlib.contextmanager
def installed(folder, monkeypatch, **changes):
    """A plugin distribution, as pip would leave it: the package, and its entry point in a .dist-info."""
    facts = GOOD | changes
    package = folder / "visavis_trial"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.toml").write_text(MANIFEST.format(**facts))
    (package / "plugin.py").write_text(MODULE.format(**facts))
    info = folder / "visavis_plugin_trial-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: visavis-plugin-trial\nVersion: 0.1.0\n")
    entry = changes.get("entry", "visavis_trial = visavis_trial.plugin:create_plugin")
    (info / "entry_points.txt").write_text(f"[visavis.plugins]\n{entry}\n")
    (info / "top_level.txt").write_text("visavis_trial\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "visavis_trial"]:
            del sys.modules[name]
        importlib.invalidate_caches()


class Trial(PluginConformance):
    package = "visavis_trial"
    samples = {"visavis_trial.form": [{"words": "x"}]}  # noqa: RUF012 - read-only, as in a vendor's test


def verdicts() -> dict[str, str]:
    """What each conformance test says of the installed trial plugin: "" or the class of what it raised."""
    said: dict[str, str] = {}
    for name, test in inspect.getmembers(Trial(), inspect.ismethod):
        if name.startswith("test_"):
            try:
                test(**({"host": Host.load("visavis_trial")} if "host" in inspect.signature(test).parameters else {}))
                said[name] = ""
            except Exception as error:  # noqa: BLE001 - the verdict is what this test is about
                said[name] = type(error).__name__
    return said


def test_a_good_plugin_conforms(tmp_path, monkeypatch):
    with installed(tmp_path, monkeypatch):
        assert set(verdicts().values()) == {""}


@pytest.mark.parametrize(
    ("changes", "caught_by"),
    [
        ({"announced": "visavis_trial.other"}, "test_it_contributes_what_its_manifest_announces_and_nothing_else"),
        ({"fr": "Quels mots ?"}, "test_every_text_is_written_in_both_languages"),
        ({"import_line": "import visavis_core"}, "test_it_imports_the_sdk_and_nothing_else_of_visavis"),
        (
            {"import_line": "import threading, time; threading.Thread(target=time.sleep, args=(1,)).start()"},
            "test_importing_it_starts_nothing",
        ),
        ({"review": "raise ValueError"}, "test_the_same_answers_always_give_the_same_words"),
        (
            {"review": "import os; return (Finding(severity='alert', text=os.urandom(8).hex()),)"},
            "test_the_same_answers_always_give_the_same_words",
        ),
    ],
)
def test_each_fault_is_caught_by_the_check_that_is_for_it(tmp_path, monkeypatch, changes, caught_by):
    with installed(tmp_path, monkeypatch, **changes):
        assert verdicts()[caught_by] == "AssertionError"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sdk": ">=7"}, "is for SDK >=7"),
        ({"entry": "another = visavis_trial.plugin:create_plugin"}, "0 installed entry points"),
        ({"entry": "visavis_trial = visavis_elsewhere.plugin:create_plugin"}, "leads to visavis_elsewhere.plugin"),
    ],
)
def test_what_a_deployment_would_not_load_is_not_loaded_here(tmp_path, monkeypatch, changes, why):
    with installed(tmp_path, monkeypatch, **changes), pytest.raises(NotLoadable, match=why):
        Host.load("visavis_trial")


def test_answers_that_are_not_accepted_are_told_with_every_error(load_plugin):
    host = load_plugin("visavis_wound_care")
    with pytest.raises(NotAccepted) as refused:
        host.fill("wound_care.wound", {"length": "long", "pain": "12"})
    assert [(error.path, error.code) for error in refused.value.errors] == [
        ("length", "not_a_number"),
        ("pain", "too_high"),
        ("kind", "required"),
        ("site", "required"),
    ]
    with pytest.raises(NotLoadable, match=r"wound_care\.burn"):
        host.form("wound_care.burn")


async def test_a_plugin_hears_of_an_event(tmp_path, monkeypatch):
    with installed(tmp_path, monkeypatch):
        host = Host.load("visavis_trial")
        await host.tell(tell().events[0])
        assert host.failures == []


# -- acts in memory --------------------------------------------------------------------------------------------------

CONSENT = ConsentGiven(
    to_remote_professional=True,
    to_technology=True,
    channel=ConsentChannel.ORAL,
    given_by=ConsentGiver.PATIENT,
    received_by="par_nurse",
    text_id="text",
    text_version="1",
    text_sha256="0" * 64,
    language="fr",
)


def test_a_story_becomes_an_act(tell_act):
    act = tell_act(CONSENT, captured("still_7"))
    assert [recorded.n for recorded in act.events] == [0, 1, 2]
    assert isinstance(act.events[0].body, ActOpened)
    assert act.events[1].body is CONSENT
    assert (act.kind, act.phase, act.emergency, act.outcome) == (
        ActKind.TELEASSISTANCE,
        ActPhase.PREPARING,
        False,
        None,
    )
    assert [recorded.at for recorded in act.events] == sorted(recorded.at for recorded in act.events)


def test_the_act_stands_where_its_events_left_it():
    opened = ActOpened(kind=ActKind.TELECONSULTATION, opened_by="par_1", emergency=False)
    assert tell(opened, EmergencyDeclared(reason="x")).emergency
    assert tell(opened, SessionOpened(session="s")).phase is ActPhase.LIVE
    assert tell(opened, SessionOpened(session="s"), LiveEnded(by="par_1")).phase is ActPhase.CONCLUDING
    closed = tell(opened, ActClosed(by="par_1", outcome=Outcome.WITHDRAWN))
    assert (closed.kind, closed.phase, closed.outcome) == (
        ActKind.TELECONSULTATION,
        ActPhase.CLOSED,
        Outcome.WITHDRAWN,
    )
