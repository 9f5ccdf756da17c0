"""What every plugin must keep, as tests a vendor subclasses. First-party plugins pass the same ones.

    class TestConformance(PluginConformance):
        package = "visavis_wound_care"
        samples = {"wound_care.wound": [{"kind": "pressure", "site": "sacrum"}]}

Knows: the promises between a plugin and any host.
Refuses to know: the plugin's subject.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import packages_distributions, requires
from typing import Any, ClassVar

import msgspec
import pytest

from visavis_sdk.forms import FormDefinition, describe, json_schema, restore, schema_sha256, store, validate_draft
from visavis_sdk.hooks import Spec
from visavis_sdk.media import PictureSeen
from visavis_sdk.obligations import Derogated, Due, Met, NotApplicable
from visavis_sdk.reports import Block, Measurement
from visavis_sdk.testing.acts import tell
from visavis_sdk.testing.host import Host, walk
from visavis_sdk.text import Language, Text

__all__ = ["PluginConformance"]

LANGUAGES: tuple[Language, ...] = ("fr", "en")


class PluginConformance:
    """`package` is the plugin's import package; `samples` gives, for each form id, raw answers that are accepted."""

    package: ClassVar[str]
    samples: ClassVar[Mapping[str, Sequence[Mapping[str, Any]]]] = {}
    config: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def host(self) -> Host:
        return Host.load(self.package, self.config)

    def test_it_loads_without_failure_and_within_its_budgets(self, host: Host) -> None:
        assert host.failures == []

    def test_it_contributes_what_its_manifest_announces_and_nothing_else(self, host: Host) -> None:
        announced = host.manifest.contributes
        assert {form.id for form in host.forms} == set(announced.forms)
        assert {duty.id for duty in host.obligations} == set(announced.obligations)
        assert {text.id for text in host.consent_texts} == set(announced.consent_texts)
        assert {report.id for report in host.reports} == set(announced.reports)
        assert {rule.id for rule in host.rules} == set(announced.rules)

    def test_its_own_ids_carry_its_name_and_lead_to_its_own_forms(self, host: Host) -> None:
        forms = [form.id for form in host.forms]
        reports = {report.id: report.form for report in host.reports}
        rules = {rule.id: rule.form for rule in host.rules}
        strangers = [one for one in (*forms, *reports, *rules) if not one.startswith(host.manifest.id + ".")]
        assert strangers == []
        assert {*reports.values(), *rules.values()} <= set(forms)

    def test_every_text_is_written_in_both_languages(self, host: Host) -> None:
        shown: list[object] = [host.manifest, *map(describe, host.forms), *host.obligations]
        shown += [*host.consent_texts, *host.reports, *host.rules]
        texts = [item for item in walk(shown) if isinstance(item, Text)]
        assert [text for text in texts if not (text.fr.strip() and text.en.strip())] == []
        # French sets these signs apart; with an ordinary space they begin the next line on a narrow screen.
        assert [text.fr for text in texts if re.search(" [:;?!%»]|« ", text.fr)] == []

    def test_it_imports_the_sdk_and_nothing_else_of_visavis(self) -> None:
        spec = importlib.util.find_spec(self.package)
        assert spec is not None
        assert spec.origin is not None
        imported = {
            name.partition(".")[0]
            for path in pathlib.Path(spec.origin).parent.rglob("*.py")
            for name in _imports(path.read_text(encoding="utf-8"))
        }
        ours = {name for name in imported if name.startswith("visavis")}
        assert ours <= {"visavis_sdk", self.package}
        for distribution in packages_distributions().get(self.package, ()):
            needed = [need for need in requires(distribution) or () if need.startswith("visavis")]
            assert all(need.startswith("visavis-sdk") for need in needed)

    def test_importing_it_starts_nothing(self, host: Host) -> None:
        module = type(host.plugin).__module__
        program = (
            f"import sys, threading; import {module}; "
            "assert threading.active_count() == 1, 'a thread was started'; "
            "assert not {'visavis_core', 'visavis_media'} & set(sys.modules), 'the core was imported'"
        )
        run = subprocess.run(  # noqa: S603 - this interpreter, on a program written above
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
        )
        assert (run.returncode, run.stdout) == (0, ""), run.stderr

    def test_it_requests_the_pictures_it_looks_at(self, host: Host) -> None:
        looks = bool(host.hooks.answering(Spec.observe_picture))
        assert looks == ("picture.observe" in host.manifest.requests.media)

    def test_what_it_says_of_a_picture_carries_its_name_and_both_languages(self, host: Host) -> None:
        for luma, size in ((0, (320, 240)), (128, (1920, 1080)), (255, (1920, 1080))):
            seen = PictureSeen(
                source="clinical",
                width=size[0],
                height=size[1],
                luma=bytes([luma]) * (64 * 48),
                luma_width=64,
                luma_height=48,
                sharpness=0.0,
                mean_luma=float(luma),
                white_per_mille=1000 if luma == 255 else 0,
                black_per_mille=1000 if luma == 0 else 0,
            )
            said = host.observe(seen)
            assert said == host.observe(seen)
            assert [one.id for one in said if not one.id.startswith(host.manifest.id + ".")] == []
            assert [one.text for one in said if not (one.text.fr.strip() and one.text.en.strip())] == []
        assert host.failures == []

    def test_every_form_has_a_description_and_a_schema(self, host: Host) -> None:
        for form in host.forms:
            assert describe(form).sections
            json.dumps(json_schema(form))
            assert len(schema_sha256(form)) == 64
            assert validate_draft(form, {}).errors == ()

    def test_every_form_has_samples_that_are_accepted_and_survive_storage(self, host: Host) -> None:
        assert set(self.samples) == {form.id for form in host.forms}
        for form, raw in self._samples(host):
            answers = host.fill(form.id, raw)
            stored = msgspec.json.decode(msgspec.json.encode(store(answers)))
            assert restore(form, stored) == answers

    def test_the_same_answers_always_give_the_same_words(self, host: Host) -> None:
        act = tell()
        for form, raw in self._samples(host):
            answers = host.fill(form.id, raw)
            for language in LANGUAGES:
                assert host.computed(form.id, answers) == host.computed(form.id, answers)
                assert host.review(form.id, answers, language=language) == host.review(
                    form.id, answers, language=language
                )
                assert host.gaps(form.id, answers, act) == host.gaps(form.id, answers, act)
                assert host.blocks(form.id, answers, act, language=language) == host.blocks(
                    form.id, answers, act, language=language
                )
        assert host.failures == []

    def test_every_block_cites_its_sources_in_both_languages(self, host: Host) -> None:
        for form, raw in self._samples(host):
            answers = host.fill(form.id, raw)
            blocks = {language: host.blocks(form.id, answers, language=language) for language in LANGUAGES}
            for told in blocks.values():
                assert [block for block in told if not block.sources] == []
                assert [type(block) for block in told] == [type(block) for block in blocks["fr"]]
                assert [block for block in told if _unsaid(block)] == []

    def test_every_obligation_can_be_cited_and_judges_an_empty_act(self, host: Host) -> None:
        act = tell()
        for duty in host.obligations:
            assert duty.citation.strip()
            assert duty.effective_to is None or duty.effective_from < duty.effective_to
            assert isinstance(duty.check(act), Met | Due | Derogated | NotApplicable)
            assert duty.check(act) == duty.check(act)

    def _samples(self, host: Host) -> list[tuple[FormDefinition, Mapping[str, Any]]]:
        return [(host.form(form_id), raw) for form_id, raws in self.samples.items() for raw in raws]


def _imports(source: str) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return names


def _unsaid(block: Block) -> bool:
    """A measurement with neither a value nor a reason why there is none, or with both."""
    return isinstance(block, Measurement) and bool(block.value) == bool(block.absent)
