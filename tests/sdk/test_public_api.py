"""The public API is written down. A change of it is a change of public_api.txt, seen in review.

`python tests/sdk/test_public_api.py` writes the page anew.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import pathlib
from collections.abc import Iterator

import msgspec

PAGE = pathlib.Path(__file__).parent / "public_api.txt"
MODULES = ("visavis_sdk", "visavis_sdk.forms", "visavis_sdk.testing", "visavis_sdk.events")


def surface() -> list[str]:
    return sorted({line for name in MODULES for line in lines_of(name)})


def lines_of(module_name: str) -> Iterator[str]:
    module = importlib.import_module(module_name)
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.ismodule(thing):
            continue
        where = f"{module_name.removeprefix('visavis_')}.{name}"
        if isinstance(thing, type) and issubclass(thing, enum.Enum):
            yield from (f"{where}.{member.name} = {member.value!r}" for member in thing)
        elif isinstance(thing, type) and issubclass(thing, msgspec.Struct):
            yield f"{where} struct"
            tag = thing.__struct_config__.tag
            for field in msgspec.structs.fields(thing):
                kind = thing.__annotations__.get(field.name, "inherited")
                yield f"{where}{f' [{tag}]' if tag else ''}.{field.name}: {kind}{'' if field.required else ' = …'}"
        elif isinstance(thing, type):
            yield f"{where} class"
            for method, function in inspect.getmembers(thing, inspect.isfunction):
                if not method.startswith("_"):
                    yield f"{where}.{method}{inspect.signature(function)}"
        elif inspect.isfunction(thing):
            yield f"{where}{inspect.signature(thing)}"
        else:
            yield where


def test_nothing_promised_has_gone_or_changed():
    gone = set(PAGE.read_text().splitlines()) - set(surface())
    assert gone == set(), "a promise was broken; deprecate instead, or raise the major version"


def test_nothing_new_is_promised_by_accident():
    # Events grow with the core's work and their own evolution rule guards them; they are added when a slice is done.
    new = {line for line in surface() if not line.startswith("sdk.events.")} - set(PAGE.read_text().splitlines())
    assert new == set(), "run python tests/sdk/test_public_api.py if this is meant to be public"


if __name__ == "__main__":
    PAGE.write_text("\n".join(surface()) + "\n")
