"""A still taken here from a device's stream, for devices that have nobody to press their button.

Knows: the order (permission, the picture, its bytes durable, the event, the answer) and the words of a refusal.
Refuses to know: decoding (`seeing`), and what a still means in the act.

The camera's own photo is better where there is a camera that can take one; this is what was sent, decoded once.
"""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from visavis_media.eyesight import StillNotTaken
from visavis_sdk.text import Text

from visavis_core.house import house_of
from visavis_core.identity.permissions import Verb
from visavis_core.identity.subject import Subject
from visavis_core.session.stills import LARGEST_STILL, BadStill, examine
from visavis_core.web.refusals import Problem, problem
from visavis_core.web.rendering import language_of
from visavis_core.web.stills import CAUSE, Kept, capture_of, digest_of, refuse, room_of, strides
from visavis_core.web.whip import book_of

__all__ = ["routes"]

PNG = "image/png"
SIMULTANEOUS = 2

NO_STREAM = Text(
    "Cette image n’est plus transmise. Choisissez une image en direct puis recommencez.",
    "This picture is no longer sent. Choose a live picture and try again.",
)
NOT_TAKEN = {
    "no_key_frame": Text(
        "L’appareil n’a pas donné d’image entière à temps. Réessayez, ou demandez une photo sur place.",
        "The device gave no whole picture in time. Try again, or ask for a photo at the bedside.",
    ),
    "picture_too_large": Text(
        "L’image de l’appareil est trop grande pour en faire une photo.",
        "The device’s picture is too large to make a still of it.",
    ),
}
NOT_NOW = Text(
    "La photo n’a pas pu être tirée du flux. Réessayez dans un instant, ou demandez une photo sur place.",
    "No still could be taken from the stream. Try again in a moment, or ask for a photo at the bedside.",
)


async def take_still(request: Request) -> Response:
    """`POST /acts/{act}/sources/{link}/still`; 201 with what was kept."""
    house = house_of(request)
    subject: Subject | None = getattr(request.state, "subject", None)
    act = await house.practice.check(subject, Verb.UPLOAD_STILL, request.path_params["act"])
    assert subject is not None  # `check` refuses whoever is signed out
    language = language_of(request)
    cause = request.headers.get("idempotency-key", "")
    if cause and not CAUSE.match(cause):
        return refuse(request, BadStill("still_header_wrong"))
    entry = book_of(request).find(request.path_params["link"])
    if entry is None or entry.act != act.id or entry.direction != "publish" or entry.session != act.session:
        return problem(Problem(status=404, code="unknown_source", title=NO_STREAM.in_language(language)))
    async with room_of(request, "stills_from_streams", SIMULTANEOUS):
        at = house.clock()
        try:
            still = await house.seeing.take_still(entry.link)
            picture = await asyncio.to_thread(examine, still.png, PNG)
        except StillNotTaken as not_taken:
            words = NOT_TAKEN.get(not_taken.code, NOT_NOW)
            return problem(Problem(status=503, code=f"still_{not_taken.code}", title=words.in_language(language)))
        except BadStill as bad:
            return refuse(request, bad)
        sha256 = await asyncio.to_thread(digest_of, still.png)
        # Judged again: while the picture was awaited, the patient may have withdrawn.
        await house.practice.check(subject, Verb.UPLOAD_STILL, act.id)
        stat = await house.blobs.put(act.id, strides(still.png), sha256=sha256, limit=LARGEST_STILL, media_type=PNG)
        command = capture_of(house.ids("still"), picture, sha256, stat.size, entry.source, "stream", at)
        performed = await house.practice.perform(subject, act.id, command, cause)
    kept_as = next(getattr(event.body, "still", "") for event in performed.events)
    kept = Kept(kept_as, sha256, stat.size, picture.width, picture.height)
    headers = {"Location": f"/acts/{act.id}/stills/{kept_as}"}
    return Response(msgspec.json.encode(kept), 201, headers, "application/json")


routes: list[BaseRoute] = [Route("/acts/{act}/sources/{link}/still", take_still, methods=["POST"], name="stream_still")]
