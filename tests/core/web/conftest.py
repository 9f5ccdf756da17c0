"""Starlette's test client, imported once without its advice to prefer a package that our constraints do not hold."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # It warns at import that httpx2 is preferred to httpx; a warning is an error here, and later imports are silent.
    warnings.simplefilter("ignore")
    import starlette.testclient  # noqa: F401 -- imported for its effect: the module is then loaded
