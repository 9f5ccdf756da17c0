"""Every page except login and the live room: the queue, the act, its forms, its conclusion, its proof."""

from __future__ import annotations

from visavis_core.web.pages import act, form_pages, home, language, static

__all__ = ["routes"]

routes = [*static.routes, *language.routes, *home.routes, *form_pages.routes, *act.routes]
