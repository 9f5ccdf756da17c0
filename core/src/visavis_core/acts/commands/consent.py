"""Commands of information, consent, refusal, withdrawal, substitution and limits (D1-D5, D7)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from visavis_sdk.vocabulary import ConsentChannel, ConsentGiver, SubstitutedConsentResult

from visavis_core.acts.commands.base import Command, Line, Remark, Sha256, Token

__all__ = [
    "AttemptSubstitutedConsent",
    "GiveConsent",
    "GiveInformation",
    "LimitSharing",
    "RefuseConsent",
    "WithdrawConsent",
]


class GiveInformation(Command, frozen=True, kw_only=True, tag="give_information"):
    text_id: Token
    text_version: Token
    text_sha256: Sha256
    language: Token
    interpreter: Line = ""


class GiveConsent(Command, frozen=True, kw_only=True, tag="give_consent"):
    to_remote_professional: bool
    to_technology: bool
    channel: ConsentChannel
    given_by: ConsentGiver
    giver_name: Line = ""
    giver_quality: Line = ""
    text_id: Token
    text_version: Token
    text_sha256: Sha256
    language: Token


class RefuseConsent(Command, frozen=True, kw_only=True, tag="refuse_consent"):
    reason: Remark = ""


class WithdrawConsent(Command, frozen=True, kw_only=True, tag="withdraw_consent"):
    """`by` = patient, representative or the name of who spoke. Closes the session in the same decision."""

    by: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] = "patient"
    reason: Remark = ""


class AttemptSubstitutedConsent(Command, frozen=True, kw_only=True, tag="attempt_substituted_consent"):
    asked: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    quality: Line = ""
    result: SubstitutedConsentResult
    detail: Remark = ""


class LimitSharing(Command, frozen=True, kw_only=True, tag="limit_sharing"):
    withheld: tuple[Line, ...]
    reason: Remark = ""
