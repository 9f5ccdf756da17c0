"""The demonstration's house behind Starlette's test client, whose advice to prefer another package is silenced."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from visavis_core.app import create_app
from visavis_core.demo import PEOPLE, demo_deployment, make_people
from visavis_core.house import House

with warnings.catch_warnings():
    # It warns at import that httpx2 is preferred to httpx; a warning is an error here, and later imports are silent.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HOME = "http://localhost:8080"


@pytest.fixture(scope="module")
def house_and_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, TestClient]]:
    deployment = demo_deployment(Path(tmp_path_factory.mktemp("demo")), host="127.0.0.1", port=8080)
    app = create_app(deployment, demo_people=PEOPLE, prepare=lambda house: make_people(house.accounts))
    with TestClient(app, base_url=HOME, follow_redirects=False) as client:
        yield app.state.house, client


@pytest.fixture
def client(house_and_client: tuple[House, TestClient]) -> TestClient:
    _, client = house_and_client
    client.cookies.clear()
    return client


@pytest.fixture
def house(house_and_client: tuple[House, TestClient]) -> House:
    return house_and_client[0]
