"""visavis for those who write plugins. What is listed here is the public API; nothing else is promised.

A plugin imports this package and no other of ours. Sub-packages hold what has many names of its own: `forms` for
fields and sections, `events` for what an act is made of, `testing` for a plugin's tests.
"""

from __future__ import annotations

from visavis_sdk import events, forms
from visavis_sdk.consent import ConsentText
from visavis_sdk.forms import Form, FormDefinition
from visavis_sdk.hooks import EventRecorded, FormReview, LoadContext, Spec, implements
from visavis_sdk.hosting import Contribution, Failure, FailureKind, Hooks, PluginRefused
from visavis_sdk.manifest import Manifest, ManifestFault, read_manifest
from visavis_sdk.media import Observation, PictureSeen
from visavis_sdk.obligations import (
    ActView,
    Derogated,
    Due,
    Enforcement,
    Met,
    Moment,
    NotApplicable,
    Obligation,
    Status,
    Transition,
)
from visavis_sdk.reports import (
    Block,
    Figure,
    Finding,
    Heading,
    Measurement,
    Paragraph,
    ReportContext,
    ReportDocument,
    ReportTemplate,
    Signature,
    Table,
)
from visavis_sdk.rules import CompletenessRule, Gap
from visavis_sdk.text import Language, Text, say_date
from visavis_sdk.versions import SDK_VERSION, satisfies
from visavis_sdk.vocabulary import (
    ActKind,
    ActPhase,
    Adequacy,
    ConsentChannel,
    ConsentGiver,
    Outcome,
    PatientPresence,
    Role,
    Side,
    SubstitutedConsentResult,
)

__version__ = SDK_VERSION

__all__ = [
    "SDK_VERSION",
    "ActKind",
    "ActPhase",
    "ActView",
    "Adequacy",
    "Block",
    "CompletenessRule",
    "ConsentChannel",
    "ConsentGiver",
    "ConsentText",
    "Contribution",
    "Derogated",
    "Due",
    "Enforcement",
    "EventRecorded",
    "Failure",
    "FailureKind",
    "Figure",
    "Finding",
    "Form",
    "FormDefinition",
    "FormReview",
    "Gap",
    "Heading",
    "Hooks",
    "Language",
    "LoadContext",
    "Manifest",
    "ManifestFault",
    "Measurement",
    "Met",
    "Moment",
    "NotApplicable",
    "Obligation",
    "Observation",
    "Outcome",
    "Paragraph",
    "PatientPresence",
    "PictureSeen",
    "PluginRefused",
    "ReportContext",
    "ReportDocument",
    "ReportTemplate",
    "Role",
    "Side",
    "Signature",
    "Spec",
    "Status",
    "SubstitutedConsentResult",
    "Table",
    "Text",
    "Transition",
    "events",
    "forms",
    "implements",
    "read_manifest",
    "satisfies",
    "say_date",
]
