"""What `/metrics` says of media: real packets counted, late ones in their bucket, and nobody's name."""

from __future__ import annotations

import ast
import pathlib
from types import SimpleNamespace

import visavis_media
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient
from visavis_core.gauges import Gauges
from visavis_core.locale import catalogue
from visavis_core.media_gauges import MediaCollector
from visavis_core.secret import Secret
from visavis_core.web import health
from visavis_media.aiortc_seam import host_addresses
from visavis_media.control import MediaControl
from visavis_media.latency import BUCKETS
from visavis_media.settings import MediaSettings
from visavis_media.testing import eventually

from tests.media.calls import calling

REFUSING = {"RequestRefused", "MediaRefused", "OfferRefused", "refuse"}
Samples = dict[str, list[tuple[dict[str, str], float]]]


def read(registry: CollectorRegistry) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


async def test_a_call_is_in_the_figures_and_nobody_s_name_is() -> None:
    control = await MediaControl.start(MediaSettings())
    registry = CollectorRegistry()
    registry.register(MediaCollector(control.figures))
    try:
        async with calling(control, ["a-session-id"], host_addresses()[0]) as (call,):
            await eventually(lambda: control.figures.workers and control.figures.workers[0].totals["sent"] > 150, 30)
            await eventually(lambda: sum(control.figures.workers[0].latency) > 5, 30)
            text = generate_latest(registry).decode()
            figures = read(registry)
            await call.flow(call.sent)
        await eventually(lambda: not control.figures.tracks(), 30)
    finally:
        await control.close()
    assert "a-session-id" not in text, "labels hold no id of a session or a link"
    worker = {"worker": "0"}
    assert figures["visavis_media_sent_total"][0][1] > 150
    assert figures["visavis_media_faults_total"] == [(worker, 0.0)]
    assert figures["visavis_media_sessions"] == [(worker, 1.0)]
    assert figures["visavis_media_admits"] == [(worker, 1.0)]
    assert figures["visavis_media_memory_bytes"][0][1] > 10_000_000
    links = {(labels["direction"], labels["kind"]) for labels, _ in figures["visavis_media_link_bits_per_second"]}
    assert links == {("publish", "audio"), ("subscribe", "audio")}
    assert "visavis_media_link_frozen_seconds" not in figures, "sound does not freeze, and what is unknown is absent"
    buckets = figures["visavis_media_forward_latency_seconds_bucket"]
    assert [float(labels["le"]) for labels, _ in buckets] == [*BUCKETS, float("inf")]
    counts = [count for _, count in buckets]
    assert counts == sorted(counts)
    assert counts[-1] == figures["visavis_media_forward_latency_seconds_count"][0][1] > 5
    assert figures["visavis_media_forward_latency_seconds_sum"][0][1] > 0


def test_metrics_are_for_this_machine_or_for_who_shows_the_token() -> None:
    def ask(token: Secret | None, **headers: str) -> int:
        app = Starlette(routes=health.routes)
        web = SimpleNamespace(metrics_token=token)
        app.state.house = SimpleNamespace(gauges=Gauges(), deployment=SimpleNamespace(web=web))
        return TestClient(app).get("/metrics", headers=headers).status_code

    token = Secret("a long random value")
    assert ask(None) == 404
    assert ask(token) == 404
    assert ask(token, authorization="Bearer something else") == 404
    assert ask(token, authorization="Basic a long random value") == 404
    assert ask(Secret(""), authorization="Bearer ") == 404
    assert ask(token, authorization="Bearer a long random value") == 200


def test_every_code_media_refuses_with_has_its_sentence() -> None:
    """Collected from the source of what the door asks: the first argument of every refusal."""
    folder = pathlib.Path(visavis_media.__path__[0])
    codes: set[str] = set()
    for name in ("control.py", "negotiation.py", "sdp.py", "worker.py"):
        path = folder / name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if called in {"RequestRefused", "MediaRefused", "OfferRefused", "refuse"} and isinstance(
                first, ast.Constant
            ):
                codes.add(str(first.value))
    assert len(codes) > 15
    for language in ("fr", "en"):
        titles = set(catalogue(language).area("media"))
        assert sorted(codes - titles) == []
        assert {"at_capacity", "draining", "too_many_links_of_yours"} <= titles
