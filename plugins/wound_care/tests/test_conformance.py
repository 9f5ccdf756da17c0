"""The wound plugin keeps what every plugin keeps."""

from __future__ import annotations

from typing import ClassVar

from visavis_sdk.testing.conformance import PluginConformance


class TestConformance(PluginConformance):
    package = "visavis_wound_care"
    samples: ClassVar = {
        "wound_care.wound": [
            {"kind": "pressure", "site": "sacrum"},
            {
                "kind": "venous",
                "site": "leg",
                "side": "left",
                "length.absent": "refused",
                "pain.absent": "not_measurable",
            },
            {
                "kind": "pressure",
                "site": "heel",
                "side": "right",
                "site_detail": "Face postérieure",
                "origin_date": "2026-01-02",
                "cause": "Immobilité",
                "care_so_far": "Hydrocolloïde",
                "risks": ["diabetes", "smoking"],
                "length": "4",
                "width": "3",
                "depth": "0,5",
                "tunnelling": "0",
                "slough": "60",
                "granulation": "40",
                "signs": ["warmth", "pus"],
                "odour": "oui",
                "exudate": "moderate",
                "exudate_type": ["purulent"],
                "edge": ["undermined"],
                "undermining": "1,2",
                "undermining_clock": "3",
                "periwound": ["erythema"],
                "erythema": "1,5",
                "pain": "6",
                "dressing_removed": "Hydrocolloïde saturé",
                "dressing_applied": "Alginate",
                "next_change": "2026-01-17",
                "photos": ["still_1"],
                "remark": "Patient alité",
            },
        ]
    }
