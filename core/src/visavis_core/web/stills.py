"""Stills over HTTP: the exact bytes of the camera in, verified and durable before anyone is told, and out again.

Knows: headers, limits, the order (bytes durable, then the event, then the answer) and problem answers in words.
Refuses to know: pictures (`session.stills` examines them) and what a still means in the act.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from visavis_core.acts.act import Act
from visavis_core.acts.commands import CaptureStill
from visavis_core.house import house_of
from visavis_core.identity.permissions import Verb
from visavis_core.identity.subject import Subject
from visavis_core.moments import later
from visavis_core.session.stills import LARGEST_STILL, BadStill, Picture, examine, read_digest
from visavis_core.store.faults import BlobMismatch, BlobTooLarge
from visavis_core.web.refusals import Problem, problem
from visavis_core.web.rendering import language_of

__all__ = ["Kept", "routes"]

SOURCE = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")
CAUSE = re.compile(r"^[A-Za-z0-9_.:-]{1,80}$")
METHODS = frozenset({"take_photo", "grab_frame", "canvas", "file"})
AGE = re.compile(r"^[0-9]{1,6}$")
OLDEST = 24 * 3600  # seconds; a device keeps an unsent picture for half a day at most
SIMULTANEOUS = 4  # pictures decoded at once
ARRIVING = 16  # pictures on their way at once, 40 MB each at most
STRIDE = 1 << 18
LONGEST_UPLOAD = 60.0  # seconds; the page keeps the picture and sends it again


class Kept(msgspec.Struct, frozen=True):
    """Answer to an upload: what was kept. `sha256` was computed here, over the bytes that are on disk."""

    still: str
    sha256: str
    size: int
    width: int
    height: int


async def put_still(request: Request) -> Response:
    """`PUT /acts/{act}/stills?source=&method=&age=` with the picture as body, its digest in a header; 201 when kept.

    `age`: whole seconds since the camera took it, for a picture that waited on a device; what it says of itself.
    """
    house = house_of(request)
    subject: Subject | None = getattr(request.state, "subject", None)
    act = await house.practice.check(subject, Verb.UPLOAD_STILL, request.path_params["act"])
    assert subject is not None  # `check` refuses whoever is signed out
    try:
        source, method, cause, age = read_terms(request)
        expected = read_digest(request.headers.get("content-digest", ""), request.headers.get("x-sha256", ""))
        # Received before a place is taken: four slow senders must not keep everybody else's photos out.
        async with room_of(request, "stills_arriving", ARRIVING):
            content = await receive(request)
        async with room_of(request, "stills_in_memory", SIMULTANEOUS):
            if await asyncio.to_thread(digest_of, content) != expected:
                raise BadStill("still_digest_mismatch")
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            picture = await asyncio.to_thread(examine, content, media_type)
            stat = await house.blobs.put(
                act.id, strides(content), sha256=expected, limit=LARGEST_STILL, media_type=media_type
            )
        taken = later(house.clock(), -age)
        command = capture_of(house.ids("still"), picture, expected, stat.size, source, method, taken)
        performed = await house.practice.perform(subject, act.id, command, cause)
    except BadStill as bad:
        return refuse(request, bad)
    except BlobTooLarge:
        return refuse(request, BadStill("still_too_large"))
    except BlobMismatch:
        return refuse(request, BadStill("still_digest_mismatch"))
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    # Sent twice with the same cause, the still has the id of the first time.
    still = next(getattr(event.body, "still", "") for event in performed.events)
    kept = Kept(still, expected, stat.size, picture.width, picture.height)
    headers = {"Location": f"/acts/{act.id}/stills/{still}"}
    return Response(msgspec.json.encode(kept), 201, headers, "application/json")


async def get_still(request: Request) -> Response:
    """`GET /acts/{act}/stills/{still}`: the bytes as the camera gave them."""
    house = house_of(request)
    subject: Subject | None = getattr(request.state, "subject", None)
    await house.practice.check(subject, Verb.READ_STILL, request.path_params["act"])
    assert subject is not None  # `check` refuses whoever is signed out
    # A photo is the dossier: looking at one by its address leaves the same trace as opening the act.
    act = await house.practice.read(subject, request.path_params["act"])
    found = find_still(act, request.path_params["still"])
    if found is None:
        language = language_of(request)
        return problem(Problem(status=404, code="unknown_still", title=UNKNOWN_STILL[language]))
    sha256, media_type, size = found
    # A still never changes, the right to see it does: a browser may keep it and must ask each time.
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Length": str(size),
        "ETag": f'"{sha256}"',
        "Content-Disposition": "inline",
    }
    if request.headers.get("if-none-match") == f'"{sha256}"':
        return Response(status_code=304, headers={"ETag": f'"{sha256}"', "Cache-Control": headers["Cache-Control"]})
    return StreamingResponse(house.blobs.get(act.id, sha256), headers=headers, media_type=media_type)


UNKNOWN_STILL = {
    "fr": "Cette photo n’existe pas dans cet acte. Revenez à l’acte.",
    "en": "There is no such photo in this act. Go back to the act.",
}


def room_of(request: Request, name: str, places: int) -> asyncio.Semaphore:
    """The app's own bounds on pictures in memory; one per app, because a semaphore belongs to one loop."""
    state = request.app.state
    if not hasattr(state, name):
        setattr(state, name, asyncio.Semaphore(places))
    bound: asyncio.Semaphore = getattr(state, name)
    return bound


def read_terms(request: Request) -> tuple[str, str, str, int]:
    """Source, method, idempotency key and age in seconds. Raises `BadStill`."""
    source = request.query_params.get("source", "")
    method = request.query_params.get("method", "")
    cause = request.headers.get("idempotency-key", "")
    age = request.query_params.get("age", "0")
    if not SOURCE.match(source) or method not in METHODS or (cause and not CAUSE.match(cause)):
        raise BadStill("still_header_wrong")
    if not AGE.match(age) or int(age) > OLDEST:
        raise BadStill("still_header_wrong")
    return source, method, cause, int(age)


async def receive(request: Request) -> bytes:
    """The body, never more than the limit in memory and never longer than `LONGEST_UPLOAD` on its way."""
    content = bytearray()
    try:
        async with asyncio.timeout(LONGEST_UPLOAD):
            async for chunk in request.stream():
                content += chunk
                if len(content) > LARGEST_STILL:
                    raise BadStill("still_too_large")
    except TimeoutError:
        raise BadStill("still_too_slow") from None
    return bytes(content)


async def strides(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), STRIDE):
        yield content[start : start + STRIDE]


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def capture_of(still: str, picture: Picture, sha256: str, size: int, source: str, method: str, at: str) -> CaptureStill:
    return CaptureStill(
        still=still,
        sha256=sha256,
        size=size,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        source=source,
        method=method,
        captured_at=at,
    )


def find_still(act: Act, still: str) -> tuple[str, str, int] | None:
    return next(((kept.sha256, kept.media_type, kept.size) for kept in act.stills if kept.still == still), None)


STATUS = {"still_too_slow": 408, "still_too_large": 413, "still_type_mismatch": 415, "still_not_a_picture": 415}


def refuse(request: Request, bad: BadStill) -> Response:
    title = bad.text.in_language(language_of(request))
    return problem(Problem(status=STATUS.get(bad.code, 400), code=bad.code, title=title))


routes: list[BaseRoute] = [
    Route("/acts/{act}/stills", put_still, methods=["PUT"], name="put_still"),
    Route("/acts/{act}/stills/{still}", get_still, name="get_still"),
]
