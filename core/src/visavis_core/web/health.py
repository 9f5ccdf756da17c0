"""For machines that watch this one: alive, ready, and numbers.

Knows: three addresses, none of which says anything about a person.
Refuses to know: what to do about it.
"""

from __future__ import annotations

import hmac
import ipaddress

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from visavis_core.house import house_of
from visavis_core.secret import Secret

__all__ = ["routes"]


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """`ready`: can take new acts. `recording` is empty, or why the record stopped; `failed` names parts that ended."""

    ready: bool
    recording: str
    failed: tuple[str, ...]


async def alive(request: Request) -> Response:
    """200 while the loop turns; says nothing else on purpose."""
    house_of(request)
    return Response("ok\n", media_type="text/plain")


async def ready(request: Request) -> Response:
    gauges = house_of(request).gauges
    view = Readiness(ready=gauges.ready, recording=gauges.stopped, failed=tuple(sorted(gauges.failed)))
    return Response(msgspec.json.encode(view), status_code=200 if gauges.ready else 503, media_type="application/json")


async def metrics(request: Request) -> Response:
    """From this machine, or with the deployment's token; what came through a proxy did not come from this machine."""
    house = house_of(request)
    proxied = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    host = request.client.host if request.client is not None else ""
    if (proxied or not _is_loopback(host)) and not _shows(request, house.deployment.web.metrics_token):
        raise HTTPException(404)
    return Response(house.gauges.text(), media_type="text/plain; version=0.0.4")


def _shows(request: Request, token: Secret | None) -> bool:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if token is None or not token.reveal() or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(shown.strip().encode(), token.reveal().encode())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


routes: list[BaseRoute] = [
    Route("/healthz", alive, methods=["GET"]),
    Route("/readyz", ready, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
]
