"""Every page except login and the live room: the queue, the act, its forms, its conclusion, its proof."""

from __future__ import annotations

from starlette.routing import BaseRoute

from visavis_core.web.pages import (
    act,
    closing,
    devices,
    form_pages,
    home,
    inviting,
    language,
    notes,
    papers,
    proof,
    static,
)

__all__ = ["routes"]

# `papers` before `notes`: `{note}` would take `assisting.pdf` whole.
routes: list[BaseRoute] = [
    *static.routes,
    *language.routes,
    *home.routes,
    *papers.routes,
    *notes.routes,
    *form_pages.routes,
    *closing.routes,
    *proof.routes,
    *inviting.routes,
    *devices.routes,
    *act.routes,
]
