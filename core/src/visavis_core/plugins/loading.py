"""Loads the plugins a deployment names, in its order, each judged alone.

Knows: the steps (installed, manifest, version, hash, import, creation, contracts, contributions) and that a plugin
which fails or stalls at any of them is put aside by name while the rest goes on.
Refuses to know: what the contributions mean, and how a quarantine is shown.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from visavis_sdk.hooks import LoadContext, Spec
from visavis_sdk.hosting import Failure, FailureKind, Hooks, PluginRefused
from visavis_sdk.manifest import Manifest, read_manifest
from visavis_sdk.versions import SDK_VERSION, satisfies

from visavis_core.deployment import PluginChoice
from visavis_core.plugins.bounded import StillRunning, Worker
from visavis_core.plugins.catalogue import Contributed, index
from visavis_core.plugins.discover import Installed, discover
from visavis_core.plugins.quarantine import PluginState, Reason, RequiredPluginMissing, Standing
from visavis_core.plugins.running import LoadedPlugins, Observer

__all__ = ["LOAD_SECONDS", "load_plugins"]

LOAD_SECONDS = 10.0  # for import, creation and contributions of one plugin; beyond, it blocks

PICTURES = "picture.observe"  # what a manifest requests, so that who installs the plugin knows

ReadManifest = Callable[[str], Manifest]


class _PutAside(Exception):  # noqa: N818 -- a decision about one plugin, carried to where its state is written
    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


class _Loaded(msgspec.Struct, frozen=True, kw_only=True):
    plugin: Any
    contributed: Contributed
    import_ms: float


def load_plugins(
    choices: tuple[PluginChoice, ...],
    *,
    languages: tuple[Any, ...] = ("fr", "en"),
    jurisdictions: tuple[str, ...] = (),
    installed: Mapping[str, tuple[Installed, ...]] | None = None,
    manifest_of: ReadManifest = read_manifest,
    on_failure: Callable[[Failure], None] | None = None,
    on_drop: Callable[[str], None] | None = None,
    seconds: float = LOAD_SECONDS,
) -> LoadedPlugins:
    """RequiredPluginMissing when a plugin marked `required` is not loaded at the end; nothing else stops here."""
    found = discover() if installed is None else installed
    context = LoadContext(sdk=SDK_VERSION, languages=languages, jurisdictions=jurisdictions)
    states: list[PluginState] = []
    plugins: dict[str, Any] = {}
    brought: list[Contributed] = []
    observers: list[Observer] = []
    for choice in choices:
        state = PluginState(id=choice.id, standing=Standing.NOT_ENABLED, required=choice.required)
        candidates = found.get(choice.id, ())
        if not candidates:
            states.append(msgspec.structs.replace(state, standing=Standing.NOT_INSTALLED))
            continue
        one = candidates[0]
        state = msgspec.structs.replace(state, version=one.version, sha256=one.sha256)
        if not choice.enabled:
            states.append(state)
            continue
        try:
            manifest = _judge(choice, candidates, context.sdk, manifest_of)
            state = msgspec.structs.replace(state, name=manifest.name)
            loaded = _load(choice, one, context, seconds)
            if looks_on(loaded.plugin, choice.id) and PICTURES not in manifest.requests.media:
                raise _PutAside(Reason.UNFIT, f'observe_picture without requests.media = ["{PICTURES}"]')
            _refuse_conflicts(loaded.contributed, brought)
        except _PutAside as aside:
            states.append(
                msgspec.structs.replace(state, standing=Standing.QUARANTINED, reason=aside.reason, detail=aside.detail)
            )
            continue
        plugins[choice.id] = loaded.plugin
        if looks_on(loaded.plugin, choice.id):
            observers.append(Observer(plugin=choice.id, entry=one.entry, config=choice.config))
        brought.append(loaded.contributed)
        states.append(msgspec.structs.replace(state, standing=Standing.LOADED, import_ms=loaded.import_ms))
    named = {choice.id for choice in choices}
    states += [
        PluginState(id=id_, standing=Standing.NOT_ENABLED, version=some[0].version, sha256=some[0].sha256)
        for id_, some in sorted(found.items())
        if id_ not in named
    ]
    missing = tuple(state for state in states if state.required and state.standing is not Standing.LOADED)
    if missing:
        raise RequiredPluginMissing(missing)
    return LoadedPlugins(
        states=tuple(states),
        catalogue=index(brought),
        plugins=plugins,
        observers=observers,
        on_failure=on_failure,
        on_drop=on_drop,
    )


def looks_on(plugin: Any, plugin_id: str) -> bool:
    return bool(Hooks({plugin_id: plugin}).answering(Spec.observe_picture))


def _judge(choice: PluginChoice, candidates: tuple[Installed, ...], sdk: str, manifest_of: ReadManifest) -> Manifest:
    """Everything that can be said of a plugin before its first line runs."""
    if len(candidates) > 1:
        raise _PutAside(Reason.DOUBLE, ", ".join(one.distribution for one in candidates))
    one = candidates[0]
    if choice.sha256 and choice.sha256 != one.sha256:
        raise _PutAside(Reason.CHANGED)
    try:
        manifest = manifest_of(one.package)
        compatible = satisfies(sdk, manifest.sdk)
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with a vendor's file concerns that vendor alone
        raise _PutAside(Reason.MANIFEST, type(error).__name__) from None
    if manifest.id != choice.id:
        raise _PutAside(Reason.MANIFEST, f"id = {manifest.id[:60]}")
    if not compatible:
        raise _PutAside(Reason.VERSION, f"{manifest.sdk}, SDK {sdk}")
    return manifest


def _load(choice: PluginChoice, one: Installed, context: LoadContext, seconds: float) -> _Loaded:
    try:
        return Worker(choice.id).run(lambda: _run(choice, one, context), seconds)
    except StillRunning:
        raise _PutAside(Reason.BLOCKED, f"{seconds:g} s") from None


def _run(choice: PluginChoice, one: Installed, context: LoadContext) -> _Loaded:
    started = time.perf_counter()
    module_name, _, attribute = one.entry.partition(":")
    try:
        create = getattr(importlib.import_module(module_name), attribute)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- a vendor's module may raise anything at import
        raise _PutAside(Reason.IMPORT, type(error).__name__) from None
    import_ms = (time.perf_counter() - started) * 1000
    try:
        plugin = create(choice.config)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- same, at creation
        raise _PutAside(Reason.CREATION, type(error).__name__) from None
    return _Loaded(plugin=plugin, contributed=_collect(choice.id, plugin, context), import_ms=round(import_ms, 1))


def _collect(plugin_id: str, plugin: Any, context: LoadContext) -> Contributed:
    failures: list[Failure] = []
    try:
        hooks = Hooks({plugin_id: plugin}, on_failure=failures.append)
    except PluginRefused as refused:
        raise _PutAside(Reason.UNFIT, refused.reason) from None
    forms = tuple(one for answer in hooks.collect(Spec.contribute_forms, context=context) for one in answer.value)
    duties = tuple(o for answer in hooks.collect(Spec.contribute_obligations, context=context) for o in answer.value)
    texts = tuple(t for answer in hooks.collect(Spec.contribute_consent_texts, context=context) for t in answer.value)
    reports = tuple(r for answer in hooks.collect(Spec.contribute_reports, context=context) for r in answer.value)
    rules = tuple(r for answer in hooks.collect(Spec.contribute_rules, context=context) for r in answer.value)
    # Late is not wrong: a loaded machine at start-up must not cost a clinic its forms.
    worst = next((failure for failure in failures if failure.kind is not FailureKind.OVERRUN), None)
    if worst is not None:
        reason = Reason.WRONG_TYPE if worst.kind is FailureKind.WRONG_TYPE else Reason.CONTRIBUTION
        raise _PutAside(reason, " ".join(filter(None, (worst.hook, worst.error, worst.where))))
    return Contributed(
        plugin=plugin_id, forms=forms, obligations=duties, consent_texts=texts, reports=reports, rules=rules
    )


def _refuse_conflicts(contributed: Contributed, brought: list[Contributed]) -> None:
    taken = {key: one.plugin for one in brought for key in one.identities()}
    seen: set[tuple[str, ...]] = set()
    for key in contributed.identities():
        if key in taken or key in seen:
            raise _PutAside(Reason.CONFLICT, " ".join(key) + (f" ({taken[key]})" if key in taken else ""))
        seen.add(key)
