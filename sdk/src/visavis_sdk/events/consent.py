"""Events of information and consent (D1–D7). Consent is a fact with a moment, never a flag."""

from __future__ import annotations

from visavis_sdk.events.base import Event
from visavis_sdk.vocabulary import ConsentChannel, ConsentGiver, SubstitutedConsentResult

__all__ = [
    "ConsentGiven",
    "ConsentRefused",
    "ConsentWithdrawn",
    "InformationGiven",
    "SharingLimited",
    "SubstitutedConsentAttempted",
]


class InformationGiven(Event, frozen=True, kw_only=True, tag="consent.information_given"):
    """What the patient was told before consenting: the text's id, version and the hash of its exact UTF-8 bytes."""

    text_id: str
    text_version: str
    text_sha256: str
    language: str
    given_by: str  # participant id
    interpreter: str = ""


class ConsentGiven(Event, frozen=True, kw_only=True, tag="consent.given"):
    """Consent to the remote professional and to the technology: two questions, two answers."""

    to_remote_professional: bool
    to_technology: bool
    channel: ConsentChannel
    given_by: ConsentGiver
    giver_name: str = ""  # representative or substitute
    giver_quality: str = ""
    received_by: str  # participant id
    text_id: str
    text_version: str
    text_sha256: str
    language: str


class ConsentRefused(Event, frozen=True, kw_only=True, tag="consent.refused"):
    received_by: str
    reason: str = ""


class ConsentWithdrawn(Event, frozen=True, kw_only=True, tag="consent.withdrawn"):
    """From this moment no media is forwarded. `by` is patient, representative, or who spoke for them."""

    by: str
    received_by: str
    reason: str = ""


class SubstitutedConsentAttempted(Event, frozen=True, kw_only=True, tag="consent.substituted_attempted"):
    """Emergency (D4): who was asked for the patient, and what came of it."""

    asked: str
    quality: str = ""
    result: SubstitutedConsentResult
    attempted_by: str
    detail: str = ""


class SharingLimited(Event, frozen=True, kw_only=True, tag="consent.sharing_limited"):
    """The patient limits what may be shared (D7): sources or documents that must not reach the other side."""

    withheld: tuple[str, ...]
    reason: str = ""
