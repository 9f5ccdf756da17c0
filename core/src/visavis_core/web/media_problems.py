"""What can go wrong at the media door, as problem details (RFC 9457).

Knows: codes, statuses, and one plain sentence each. Refuses to know: how a page words them; pages go by the code.
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from visavis_media.control import MediaRefused, MediaUnavailable

from visavis_core.service import Forbidden, Refused

__all__ = ["Problem", "problem_of"]

KIND = "application/problem+json"
RETRY_SECONDS = 1

TITLES = {
    "at_capacity": "The server carries as many sessions as it can carry well; ask again in a moment.",
    "bad_source": "The source needs a name of 1 to 100 printable characters.",
    "draining": "The server is about to stop and takes no new session; ask again in a moment.",
    "etag_mismatch": "The link has another ICE session than the one named in If-Match.",
    "if_match_required": "A change to a link must say in If-Match which ICE session it changes.",
    "journal_stopped": "The record cannot be written, so no link is opened.",
    "link_exists": "There is already a link with this name.",
    "link_too_large": "The offer has more streams than one link may hold.",
    "media_unavailable": "Media is restarting; ask again in a moment.",
    "method_not_allowed": "This address does not take this method.",
    "no_bundle": "All sections of the offer must share one transport (BUNDLE).",
    "no_common_codec": "The offer has no codec that this stream can use.",
    "no_fingerprint": "The offer has no usable DTLS fingerprint.",
    "no_ice_credentials": "The offer has no usable ICE credentials.",
    "no_live_session": "There is no live session to send to or to watch.",
    "no_rtcp_mux": "The offer must multiplex RTP and RTCP.",
    "not_acceptable": "The answer would be SDP, which the request does not accept.",
    "not_allowed": "Not allowed in this act, or not now.",
    "other_source": "This device was let in for another act or another source.",
    "sdp_malformed": "The offer is not well-formed SDP.",
    "sdp_too_large": "The offer is larger than this server takes.",
    "signed_out": "Sign in first.",
    "token_for_other_use": "The token was drawn for another act or another direction.",
    "token_malformed": "A token needs a direction (publish, subscribe) and, to publish, the name of its source.",
    "too_many_candidates": "The offer has more candidates than this server takes.",
    "too_many_links": "The session has as many links as it may have.",
    "too_many_links_of_yours": "You hold as many links in this act as one person may; close one first.",
    "too_many_publishers": "The session has as many published sources as it may have.",
    "too_many_sections": "The offer has more media sections than this server takes.",
    "too_many_sessions": "The server has as many sessions as it may have.",
    "too_many_subscribers": "This source is watched by as many as may watch it.",
    "too_many_tokens": "There are too many tokens for this person in this act.",
    "unknown_act": "There is no such act.",
    "unknown_link": "There is no such link.",
    "unknown_publisher": "Nobody publishes under this link.",
    "unknown_session": "The live session has ended.",
    "unsupported_media_type": "The body must be SDP.",
    "wrong_direction": "The offer has no section that flows in the asked direction.",
}

STATUSES = {
    "at_capacity": 503,
    "draining": 503,
    "etag_mismatch": 412,
    "link_exists": 409,
    "sdp_too_large": 413,
    "too_many_links": 503,
    "too_many_links_of_yours": 429,
    "too_many_publishers": 503,
    "too_many_sessions": 503,
    "too_many_subscribers": 503,
    "unknown_link": 404,
    "unknown_publisher": 404,
    "unknown_session": 409,
}


class Problem(Exception):  # noqa: N818 an answer, not an error of the program
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code

    def response(self, headers: dict[str, str] | None = None) -> Response:
        title = TITLES.get(self.code, "The house cannot take another one of these now.")
        body = {"type": "about:blank", "title": title, "status": self.status, "code": self.code}
        sent = dict(headers or {})
        if self.status in (429, 503):
            sent["Retry-After"] = str(RETRY_SECONDS)
        if self.status == 401:
            sent["WWW-Authenticate"] = "Bearer"
        return Response(msgspec.json.encode(body), self.status, sent, KIND)


def problem_of(fault: Exception) -> Problem:
    match fault:
        case Problem():
            return fault
        case MediaRefused(code=code):
            return Problem(STATUSES.get(code, 422), code)
        case MediaUnavailable():
            return Problem(503, "media_unavailable")
        case Forbidden():
            return Problem(403, "not_allowed")
        case Refused(refusal=refusal):
            return Problem(409, refusal.code)
        case LookupError():
            return Problem(404, "unknown_act")
        case _:
            return Problem(503, "journal_stopped")
