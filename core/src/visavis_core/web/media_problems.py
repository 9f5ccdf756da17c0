"""What can go wrong at the media door, as problem details (RFC 9457).

Knows: codes and statuses; the sentence of each is in the catalogue, in the asker's language.
Refuses to know: how a page words them; pages go by the code.
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from visavis_media.control import MediaRefused, MediaUnavailable
from visavis_sdk.text import Language, Text

from visavis_core.locale.messages import catalogue
from visavis_core.service import Forbidden, Refused

__all__ = ["Problem", "problem_of"]

KIND = "application/problem+json"
RETRY_SECONDS = 1
AREA = "media"

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
    """`said` are the words of whoever refused, where they have their own."""

    def __init__(self, status: int, code: str, said: Text | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.said = said

    def title(self, language: Language) -> str:
        words = catalogue(language)
        if self.said is not None:
            return words.text(self.said)
        key = f"{AREA}.{self.code}"
        # The forwarder's bounds (links, publishers, tracks) have codes of their own and one sentence.
        return words(key if key in words else f"{AREA}.full")

    def response(self, language: Language, headers: dict[str, str] | None = None) -> Response:
        body = {"type": "about:blank", "title": self.title(language), "status": self.status, "code": self.code}
        sent = {"Content-Language": language, "Vary": "Accept-Language, Cookie", **(headers or {})}
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
            return Problem(409, refusal.code, refusal.message)
        case LookupError():
            return Problem(404, "unknown_act")
        case _:
            return Problem(503, "journal_stopped")
