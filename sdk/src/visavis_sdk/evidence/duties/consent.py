"""Information, consent, substitution, withdrawal, limits (D1-D5, D7).

Knows: consent is proved by events in their order, never by a flag.
Refuses to know: whether somebody was able to consent; the professional judges that.
"""

from __future__ import annotations

from visavis_sdk.events import (
    AdviceGiven,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    InformationGiven,
    LinkOpened,
    SessionClosed,
    SessionOpened,
    SharingLimited,
    StillCaptured,
    SubstitutedConsentAttempted,
)
from visavis_sdk.evidence.finding import (
    Found,
    due,
    every,
    first,
    latest,
    met,
    not_applicable,
)
from visavis_sdk.obligations import ActView, Check, Status
from visavis_sdk.vocabulary import ConsentGiver, SubstitutedConsentResult

__all__ = ["CONSENT"]


def is_whole(given: ConsentGiven) -> bool:
    """Yes to the remote professional and yes to the technology."""
    return given.to_remote_professional and given.to_technology


def _given(view: ActView) -> Found[ConsentGiven] | None:
    given = [found for found in every(view, ConsentGiven) if is_whole(found.body)]
    return given[-1] if given else None


def _said_no(view: ActView) -> int | None:
    """The number of the last event that said no, unless a yes came after it."""
    noes = [found.n for found in every(view, ConsentRefused)]
    noes += [found.n for found in every(view, ConsentGiven) if not is_whole(found.body)]
    noes += [
        found.n
        for found in every(view, SubstitutedConsentAttempted)
        if found.body.result is SubstitutedConsentResult.REFUSED
    ]
    given = _given(view)
    last = max(noes, default=None)
    return None if last is None or (given is not None and given.n > last) else last


def information_given(view: ActView) -> Status:
    """D1: the text was told before consent was given; what was said is kept by its hash."""
    told, given = first(view, InformationGiven), _given(view)
    if told is None:
        return due("Informer la personne avec le texte prévu.", "Inform the person with the text provided.")
    if given is not None and told.n > given.n:
        return due("L’information doit précéder le consentement.", "Information must come before consent.")
    return met(*every(view, InformationGiven))


def consent_given(view: ActView) -> Status:
    """D2: to the remote professional and to the technology, by whom, to whom, when, orally or in writing.

    A consent given and later withdrawn was given: D5 judges what followed. A no that stopped a running emergency
    leaves nothing to obtain.
    """
    no, given = _said_no(view), _given(view)
    if no is not None:
        if _stopped_a_session(view, no):
            return not_applicable(
                "Refusé : le direct s’est arrêté aussitôt.", "Refused: the live part stopped at once."
            )
        return due("Le consentement est refusé.", "Consent is refused.")
    if given is not None:
        return met(given)
    obtained = [
        found
        for found in every(view, SubstitutedConsentAttempted)
        if found.body.result is SubstitutedConsentResult.OBTAINED
    ]
    if obtained:
        return met(*obtained)
    withdrawn = first(view, ConsentWithdrawn)
    if withdrawn is not None and _stopped_a_session(view, withdrawn.n):
        return not_applicable("Retiré : le direct s’est arrêté.", "Withdrawn: the live part stopped.")
    return due("Recueillir les deux consentements.", "Obtain both consents.")


def _stopped_a_session(view: ActView, n: int) -> bool:
    return any(found.n == n + 1 for found in every(view, SessionClosed))


def representative_named(view: ActView) -> Status:
    """D3: who consents for another is named, with the quality that allows it."""
    given = _given(view)
    if given is None or given.body.given_by is ConsentGiver.PATIENT:
        return not_applicable("La personne consent elle-même.", "The person consents for themselves.")
    if given.body.giver_name.strip() and given.body.giver_quality.strip():
        return met(given)
    return due("Nommer le représentant et sa qualité.", "Name the representative and their quality.")


def substituted_consent_attempted(view: ActView) -> Status:
    """D4: in emergency, an attempt at substituted consent and its result, unless the patient spoke."""
    if not view.emergency:
        return not_applicable("Pas d’urgence déclarée.", "No emergency declared.")
    attempts = every(view, SubstitutedConsentAttempted)
    if attempts:
        return met(*attempts)
    if _given(view) is not None or _said_no(view) is not None or first(view, ConsentWithdrawn) is not None:
        return not_applicable("La personne s’est exprimée elle-même.", "The person spoke for themselves.")
    return due(
        "Tenter un consentement substitué et en noter le résultat.",
        "Attempt substituted consent and note its result.",
    )


# What must not exist after a withdrawal.
_LIVE_THINGS = (AdviceGiven, LinkOpened, SessionOpened, StillCaptured)


def withdrawal_obeyed(view: ActView) -> Status:
    """D5: media stopped with the withdrawal, and nothing live came after it."""
    withdrawn = first(view, ConsentWithdrawn)
    if withdrawn is None:
        return not_applicable("Le consentement n’a pas été retiré.", "Consent was not withdrawn.")
    if any(isinstance(recorded.body, _LIVE_THINGS) for recorded in view.events if recorded.n > withdrawn.n):
        return due("Quelque chose a continué après le retrait.", "Something went on after the withdrawal.")
    opened = [found.n for found in every(view, SessionOpened)]
    closed = [found for found in every(view, SessionClosed) if found.n > max(opened, default=-1)]
    if opened and not closed:
        return due("La session doit être fermée.", "The session must be closed.")
    return met(withdrawn, *closed)


def sharing_limits_obeyed(view: ActView) -> Status:
    """D7: what the patient withheld was neither published nor captured after they said so."""
    limited = latest(view, SharingLimited)
    if limited is None:
        return not_applicable("Le patient n’a rien limité.", "The patient limited nothing.")
    breached = any(
        _names_of(recorded.body) & {name.casefold() for name in limit.body.withheld}
        for limit, until in _periods(view)
        for recorded in view.events
        if limit.n < recorded.n < until and isinstance(recorded.body, LinkOpened | StillCaptured)
    )
    if breached:
        return due("Une source retenue a été partagée.", "A withheld source was shared.")
    return met(*every(view, SharingLimited))


def _periods(view: ActView) -> tuple[tuple[Found[SharingLimited], int], ...]:
    """Each limit with the number of the event that replaced it, or the end of the record."""
    limits = every(view, SharingLimited)
    ends = [*(limit.n for limit in limits[1:]), view.events[-1].n + 1]
    return tuple(zip(limits, ends, strict=True))


def _names_of(body: object) -> set[str]:
    """What a source is called, whether a page shares it or a device does."""
    source = _source_of(body).casefold()
    return {source, source.removeprefix("device.")} - {""}


def _source_of(body: object) -> str:
    match body:
        case LinkOpened(direction="publish", source=source):
            return source
        case StillCaptured(source=source):
            return source
        case _:
            return ""


CONSENT: dict[str, Check] = {
    check.__name__: check
    for check in (
        information_given,
        consent_given,
        representative_named,
        substituted_consent_attempted,
        withdrawal_obeyed,
        sharing_limits_obeyed,
    )
}
