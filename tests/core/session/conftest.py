"""Fixtures of the room's tests. `house.py` beside this file holds the small house itself."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def load(name: str) -> ModuleType:
    """A module beside this file under a name of its own: test folders are not packages."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"room_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


homes = load("house")
load("served")


@pytest.fixture
async def house() -> AsyncIterator[Any]:
    made = homes.House()
    yield made
    await made.rooms.close()
