"""Who is refused at the door, by name and with the reason, before any of its methods is called."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy
import pytest
from visavis_sdk.forms import FormDefinition
from visavis_sdk.hooks import LoadContext, Spec, hook, implements
from visavis_sdk.hosting import Hooks, PluginRefused

CONTEXT = LoadContext(sdk="0.1.0")


class Quiet:
    @implements(Spec.contribute_forms)
    def contribute_forms(self, context: LoadContext) -> Sequence[FormDefinition]:
        return ()


raw = pluggy.HookimplMarker("visavis")


class UnknownHook:
    @raw
    def contribute_dreams(self, context): ...


class WrongParameter:
    @raw
    def contribute_forms(self, ctx): ...


class TwoParameters:
    @raw
    def contribute_forms(self, context, more): ...


class AnyParameters:
    @raw(specname="contribute_forms")
    def contribute_forms(self, *context): ...


class SyncForAsync:
    @raw
    def on_event(self, event): ...


class AsyncForSync:
    @raw
    async def contribute_forms(self, context): ...


class Wrapper:
    @raw(wrapper=True)
    def contribute_forms(self, context):
        return (yield)


class First:
    @raw(tryfirst=True)
    def contribute_forms(self, context): ...


class Twice:
    @implements(Spec.contribute_forms)
    def here(self, context: LoadContext) -> Sequence[FormDefinition]:
        return ()

    @implements(Spec.contribute_forms)
    def there(self, context: LoadContext) -> Sequence[FormDefinition]:
        return ()


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        (UnknownHook, "contribute_dreams: there is no hook named 'contribute_dreams'"),
        (WrongParameter, "contribute_forms: contribute_forms takes one parameter, named 'context'"),
        (TwoParameters, "contribute_forms: contribute_forms takes one parameter, named 'context'"),
        (AnyParameters, "contribute_forms: 'context' must be a plain parameter"),
        (SyncForAsync, "on_event: on_event is async: use async def"),
        (AsyncForSync, "contribute_forms: contribute_forms is sync: use def"),
        (Wrapper, "contribute_forms: a wrapper could hide another plugin's answer and is not allowed"),
        (First, "contribute_forms: plugins are called in the deployment's order"),
        (Twice, "there: contribute_forms is already implemented by here"),
    ],
)
def test_an_unfit_plugin_is_refused_by_name_and_the_others_stay(plugin, reason):
    hooks = Hooks({"good": Quiet()})
    with pytest.raises(PluginRefused, match="unfit") as refused:
        hooks.add("unfit", plugin())
    assert refused.value.plugin == "unfit"
    assert refused.value.reason.startswith(reason)
    assert [answer.plugin for answer in hooks.collect(Spec.contribute_forms, context=CONTEXT)] == ["good"]


def test_an_id_is_taken_once():
    hooks = Hooks({"one": Quiet()})
    with pytest.raises(PluginRefused, match="already taken"):
        hooks.add("one", Quiet())


def test_only_a_hook_can_be_implemented():
    with pytest.raises(TypeError, match="is not a hook"):
        implements(str.upper)


def test_a_hook_whose_promise_cannot_be_checked_is_the_sdks_mistake():
    class Vague:
        @hook(budget=1, since="test")
        def guess(self, context: str) -> dict[str, int]:
            raise NotImplementedError

    with pytest.raises(TypeError, match="cannot promise"):
        Hooks({}, specs=Vague)
