"""What makes a plugin unfit to be loaded, said in words its author can act on.

Knows: the rules an implementation keeps beyond what pluggy asks: a known hook, once, its own colour, the one named
parameter, no wrapper and no place in the order.
Refuses to know: what the plugin does when called.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import pluggy

from visavis_sdk.hooks.marks import Terms

__all__ = ["PluginRefused", "refuse_unfit"]


class PluginRefused(Exception):  # noqa: N818 - a decision about a plugin, named as the interface names it
    """A plugin cannot be loaded. `plugin` is its id and `reason` one sentence for its author."""

    def __init__(self, plugin: str, reason: str) -> None:
        super().__init__(f"plugin {plugin!r} refused: {reason}")
        self.plugin = plugin
        self.reason = reason


def refuse_unfit(manager: pluggy.PluginManager, plugin_id: str, plugin: object, hooks: Mapping[str, Terms]) -> None:
    """Raise `PluginRefused` for the first rule that `plugin` breaks. Nothing is registered and nothing is called."""
    seen: dict[str, str] = {}
    for method, options in _marked(manager, plugin):
        hook = options["specname"] or method
        if (reason := _unfit(plugin, method, hook, options, hooks)) is not None:
            raise PluginRefused(plugin_id, f"{method}: {reason}")
        if hook in seen:
            raise PluginRefused(plugin_id, f"{method}: {hook} is already implemented by {seen[hook]}")
        seen[hook] = method


def _marked(manager: pluggy.PluginManager, plugin: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is not None:
            yield name, options


def _unfit(
    plugin: object, method: str, hook: str, options: Mapping[str, Any], hooks: Mapping[str, Terms]
) -> str | None:
    terms = hooks.get(hook)
    if terms is None:
        return f"there is no hook named {hook!r}"
    if options["wrapper"] or options["hookwrapper"]:
        return "a wrapper could hide another plugin's answer and is not allowed"
    if options["tryfirst"] or options["trylast"]:
        return "plugins are called in the deployment's order; tryfirst and trylast are not allowed"
    function = getattr(plugin, method)
    if inspect.iscoroutinefunction(function) != terms.is_async:
        return f"{hook} is {'async: use async def' if terms.is_async else 'sync: use def'}"
    parameters = list(inspect.signature(function).parameters.values())
    if [parameter.name for parameter in parameters] != [terms.parameter]:
        return f"{hook} takes one parameter, named {terms.parameter!r}"
    if parameters[0].kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
        return f"{terms.parameter!r} must be a plain parameter"
    return None
