"""Opening and closing media links over HTTP: WHIP (RFC 9725) to publish, WHEP (its draft) to watch.

Knows: the two protocols' methods, headers and statuses, and the order of things: permission, then the offer, then the
record, and only then the answer.
Refuses to know: SDP and packets (`visavis_media`), who may do what (`identity.permissions`), rooms beyond two calls.

Relays are told in the answer and, before an offer is made, in that to OPTIONS (RFC 9725 §4.6), there only to whoever
might open a link: their credentials are worth something.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route
from visavis_media.control import Answer, MediaRefused, MediaUnavailable

from visavis_core.acts.commands.house import OpenLink
from visavis_core.acts.state import Act
from visavis_core.house import House, house_of
from visavis_core.identity.permissions import Verb
from visavis_core.identity.subject import Subject
from visavis_core.moments import moment
from visavis_core.service import Forbidden, Refused, UnknownAct
from visavis_core.trace.faults import JournalStopped
from visavis_core.web.media_access import asker_of, draw_token, is_source
from visavis_core.web.media_links import LinkBook, LinkEntry
from visavis_core.web.media_problems import Problem, problem_of
from visavis_core.web.relays import relay_links
from visavis_core.web.rendering import language_of

__all__ = ["routes"]

SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
MAX_BODY = 65_536
DEFAULT_SOURCE = "face"
# On a narrow line the face yields first, then a device; the picture the expert decides on comes last.
DEVICE_PRIORITY = 2
PRIORITIES = {"face": 1, "clinical": 3}

Handler = Callable[[Request], Awaitable[Response]]
DIRECTIONS = {Verb.PUBLISH_MEDIA: "publish", Verb.SUBSCRIBE_MEDIA: "subscribe"}


def answering(methods: dict[str, Handler], accepts: dict[str, str], verb: Verb | None = None) -> Handler:
    """One endpoint for all methods of a path: the known ones, OPTIONS, and 405 for the rest.

    `accepts`: what OPTIONS says of bodies; `verb`: what a POST to it would need.
    """
    allow = ", ".join([*methods, "OPTIONS"])

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            links = await relays_before(request, verb) if verb is not None else {}
            return Response(status_code=204, headers={"Allow": allow, **accepts, **links})
        handler = methods.get(request.method)
        if handler is None:
            return Problem(405, "method_not_allowed").response(language_of(request), {"Allow": allow})
        try:
            return await handler(request)
        except (Problem, MediaRefused, MediaUnavailable, Forbidden, Refused, UnknownAct, JournalStopped) as fault:
            problem = problem_of(fault)
            if not isinstance(fault, MediaRefused):  # those are counted where they are judged
                house_of(request).media.figures.note_refusal(problem.code)
            return problem.response(language_of(request))

    return endpoint


async def publish(request: Request) -> Response:
    source = request.query_params.get("source", DEFAULT_SOURCE)
    if not is_source(source):
        raise Problem(400, "bad_source")
    return await open_link(request, Verb.PUBLISH_MEDIA, "publish", source)


async def subscribe(request: Request) -> Response:
    publisher = book_of(request).find(request.path_params["publisher"])
    if publisher is None or publisher.direction != "publish" or publisher.act != request.path_params["act"]:
        # Said before permission is judged only to those who may not know better: `open_link` judges first.
        return await open_link(request, Verb.SUBSCRIBE_MEDIA, "subscribe", "")
    return await open_link(request, Verb.SUBSCRIBE_MEDIA, "subscribe", publisher.source)


async def open_link(request: Request, verb: Verb, direction: str, source: str) -> Response:
    house, book = house_of(request), book_of(request)
    asker = await asker_of(request)
    subject = asker.subject
    source = asker.narrow(request.path_params["act"], direction, source)
    await house.practice.check(subject, verb, request.path_params["act"])
    offer = await read_body(request, SDP, answered_with=SDP)
    # Judged again: while a slow body arrives, the patient may withdraw and the session may end.
    act = await house.practice.check(subject, verb, request.path_params["act"])
    participant = participant_of(act, subject)
    if not act.session or not participant:
        raise Problem(409, "no_live_session")
    if not source:
        raise Problem(404, "unknown_publisher")
    if book.count_of(act.id, subject.id) >= house.media.limits.links_per_participant:
        raise house.media.refuse("too_many_links_of_yours")
    entry = LinkEntry(
        link=house.ids("link"),
        act=act.id,
        session=act.session,
        participant=participant,
        owner=subject.id,
        direction=direction,
        source=source,
        grant=asker.grant.id if asker.grant else "",
    )
    book.follow()
    book.add(entry)
    try:
        answer = await negotiate(house, entry, request.path_params.get("publisher", ""), offer)
        # The record first: a link that is not in it is never answered.
        await house.practice.perform(subject, act.id, recorded(entry, answer))
    except BaseException:
        book.drop(entry.link)
        await give_up(house, subject, entry)
        raise
    book.announce(entry)
    headers = {"Location": f"/media/links/{entry.link}", "ETag": answer.etag, "Accept-Patch": FRAGMENT}
    return Response(answer.sdp, 201, headers | relays_for(house, entry.participant), SDP)


async def relays_before(request: Request, verb: Verb) -> dict[str, str]:
    """For whoever could open a link here now; anybody else learns the methods and nothing more."""
    house, act_id = house_of(request), request.path_params["act"]
    try:
        asker = await asker_of(request)
        asker.narrow(act_id, DIRECTIONS[verb], "")
        act = await house.practice.check(asker.subject, verb, act_id)
    except (Problem, Forbidden, UnknownAct):
        return {}
    return relays_for(house, participant_of(act, asker.subject))


def relays_for(house: House, participant: str) -> dict[str, str]:
    links = relay_links(house.deployment.media.turn, participant, moment(house.clock()).timestamp())
    return {"Link": links} if links else {}


def participant_of(act: Act, subject: Subject) -> str:
    return subject.participant if subject.kind == "guest" else act.participant_of(subject.id)


async def negotiate(house: House, entry: LinkEntry, publisher: str, offer: str) -> Answer:
    await house.media.open_session(entry.session)
    if entry.direction == "publish":
        priority = PRIORITIES.get(entry.source, DEVICE_PRIORITY)
        return await house.media.publish(entry.session, entry.link, offer, priority=priority, end=entry.participant)
    return await house.media.subscribe(entry.session, publisher, entry.link, offer, end=entry.participant)


def recorded(entry: LinkEntry, answer: Answer) -> OpenLink:
    return OpenLink(
        session=entry.session,
        link=entry.link,
        direction=entry.direction,
        source=entry.source,
        client_fingerprint=answer.fingerprint_remote,
        server_fingerprint=answer.fingerprint_local,
    )


async def give_up(house: House, subject: Subject, entry: LinkEntry) -> None:
    """Takes back a link that could not be recorded, and its media session if the act's own ended meanwhile."""
    try:
        await house.media.close_link(entry.link)
        act: Act = await house.practice.check(subject, Verb.SUBSCRIBE_MEDIA, entry.act)
        if act.session != entry.session:
            await house.media.close_session(entry.session)
    except (Forbidden, UnknownAct):
        await house.media.close_session(entry.session)
    except (MediaRefused, MediaUnavailable):
        return  # the worker is gone, and the link with it


async def patch(request: Request) -> Response:
    """Trickled candidates need no answer from an ICE-lite end; new credentials restart ICE (RFC 9725 §4.3)."""
    entry = await own_link(request)
    etag = request.headers.get("if-match", "")
    if not etag:
        raise Problem(428, "if_match_required")
    fragment = await read_body(request, FRAGMENT, answered_with=FRAGMENT)
    restarted = await house_of(request).media.patch(entry.link, fragment, etag)
    if restarted is None:
        return Response(status_code=204)
    return Response(restarted[0], 200, {"ETag": restarted[1]}, FRAGMENT)


async def close(request: Request) -> Response:
    entry = await own_link(request)
    await house_of(request).media.close_link(entry.link)
    book_of(request).drop(entry.link)
    return Response(status_code=200)


async def own_link(request: Request) -> LinkEntry:
    """The link in the path, if it is the asker's own; anybody else is told that there is none."""
    asker = await asker_of(request)
    entry = book_of(request).find(request.path_params["link"])
    if entry is None or entry.owner != asker.subject.id or (asker.grant and entry.grant != asker.grant.id):
        raise Problem(404, "unknown_link")
    return entry


async def read_body(request: Request, kind: str, answered_with: str) -> str:
    """The body as text, never more than `MAX_BODY` bytes of it in memory."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise Problem(415, "unsupported_media_type")
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "*/*").split(",")]
    if not {answered_with, "application/*", "*/*"} & set(accepted):
        raise Problem(406, "not_acceptable")
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or len(declared) > 9 or int(declared) > MAX_BODY:
        raise Problem(413, "sdp_too_large")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Problem(413, "sdp_too_large")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(422, "sdp_malformed") from None


def book_of(request: HTTPConnection) -> LinkBook:
    """The app's book of links, made with its first request."""
    state = request.app.state
    if not hasattr(state, "media_links"):
        house = house_of(request)
        state.media_links = LinkBook(house.media, house.rooms)
        house.practice.listen(state.media_links.hear)
    book: LinkBook = state.media_links
    return book


SDPS = {"Accept-Post": SDP}
ALL = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
routes = [
    Route("/media/{act}/whip", answering({"POST": publish}, SDPS, Verb.PUBLISH_MEDIA), methods=ALL),
    Route("/media/{act}/whep/{publisher}", answering({"POST": subscribe}, SDPS, Verb.SUBSCRIBE_MEDIA), methods=ALL),
    Route("/media/{act}/tokens", answering({"POST": draw_token}, {"Accept-Post": "application/json"}), methods=ALL),
    Route("/media/links/{link}", answering({"PATCH": patch, "DELETE": close}, {"Accept-Patch": FRAGMENT}), methods=ALL),
]
