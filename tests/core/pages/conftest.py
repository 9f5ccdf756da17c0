"""One house on disk per test, and the professionals who walk into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from .harness import TickingClock, open_house, reader
from .story import Story


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Any]:
    async with open_house(tmp_path, TickingClock()) as house:
        yield house


@pytest.fixture
async def nurse(house: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with reader(house, "nurse") as client:
        yield client


@pytest.fixture
async def physician(house: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with reader(house, "physician") as client:
        yield client


@pytest.fixture
def story(house: Any, nurse: httpx.AsyncClient, physician: httpx.AsyncClient) -> Story:
    return Story(house, nurse, physician)
