"""Every refusal the web door can give: a status, a code and a sentence with the way out.

Knows: problem details (RFC 9457) for programs, and the words a page shows to people.
Refuses to know: when to refuse. Nothing here quotes what was sent: it may be a patient's.
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from visavis_sdk.text import Language, Text

__all__ = ["PLAIN_REFUSALS", "PlainRefusal", "Problem", "problem", "refuse_plainly"]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. `code` is stable for programs; `title` is for people; `fields` says which keys are wrong, in words."""

    type: str = "about:blank"
    status: int
    code: str
    title: str
    missing: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    retry_after: int = 0


class PlainRefusal(msgspec.Struct, frozen=True):
    status: int
    message: Text


PLAIN_REFUSALS: dict[str, PlainRefusal] = {
    "signed_out": PlainRefusal(401, Text(fr="Connectez-vous pour continuer.", en="Sign in to go on.")),
    "forbidden": PlainRefusal(
        403,
        Text(
            fr="Votre rôle ne permet pas cette action ici. Revenez à votre file.",
            en="Your role does not allow this here. Go back to your queue.",
        ),
    ),
    "cross_site": PlainRefusal(
        403,
        Text(
            fr="Cette demande vient d’un autre site. Revenez à visavis et recommencez.",
            en="This request comes from another site. Go back to visavis and start again.",
        ),
    ),
    "not_found": PlainRefusal(
        404,
        Text(
            fr="Cette page ou cet acte n’existe pas, ou ne vous concerne pas. Revenez à votre file.",
            en="This page or act does not exist, or is not yours. Go back to your queue.",
        ),
    ),
    "method_not_allowed": PlainRefusal(
        405,
        Text(fr="Cette adresse ne fait pas cela. Revenez en arrière.", en="This address does not do that. Go back."),
    ),
    "conflict": PlainRefusal(
        409,
        Text(
            fr="L’acte a changé entre-temps. Relisez-le, puis refaites.",
            en="The act has changed meanwhile. Read it again, then retry.",
        ),
    ),
    "bad_length": PlainRefusal(400, Text(fr="La demande est mal formée.", en="The request is malformed.")),
    "body_too_large": PlainRefusal(
        413, Text(fr="L’envoi est trop volumineux pour cette adresse.", en="This is too large for this address.")
    ),
    "too_many": PlainRefusal(
        429,
        Text(fr="Trop de demandes à la fois. Réessayez dans un instant.", en="Too many requests. Retry in a moment."),
    ),
    "failed": PlainRefusal(
        500,
        Text(
            fr="visavis a rencontré une erreur. Ce qui était enregistré l’est toujours. Réessayez.",
            en="visavis met an error. What was recorded still is. Try again.",
        ),
    ),
    "not_recording": PlainRefusal(
        503,
        Text(
            fr="L’enregistrement est arrêté : rien de nouveau n’est conservé. "
            "Passez au plan B et prévenez l’administration.",
            en="Recording has stopped: nothing new is kept. Use plan B and tell your administrator.",
        ),
    ),
    "busy": PlainRefusal(
        503,
        Text(fr="visavis est très sollicité. Réessayez dans un instant.", en="visavis is very busy. Try again soon."),
    ),
}


def problem(detail: Problem) -> Response:
    headers = {"Cache-Control": "no-store"}
    if detail.retry_after:
        headers["Retry-After"] = str(detail.retry_after)
    return Response(
        msgspec.json.encode(detail), status_code=detail.status, media_type="application/problem+json", headers=headers
    )


def refuse_plainly(code: str, language: Language = "fr") -> Response:
    """A refusal made before anything of the app has run: always problem details, so that it cannot fail itself."""
    refusal = PLAIN_REFUSALS[code]
    return problem(Problem(status=refusal.status, code=code, title=refusal.message.in_language(language)))
