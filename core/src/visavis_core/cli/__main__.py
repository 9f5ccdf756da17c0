"""`python -m visavis_core.cli`."""

from __future__ import annotations

from visavis_core.cli import main

if __name__ == "__main__":
    main()
