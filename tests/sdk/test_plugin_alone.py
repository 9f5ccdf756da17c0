"""The wound plugin's own tests pass where only the SDK and the plugin exist."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
TESTS = ROOT / "plugins" / "wound_care" / "tests"
# A plugin that took anything from here would work in this repository and break at a vendor's.
ABSENT = '''
"""Makes everything that the core brings unimportable."""
import sys

ABSENT = {
    "visavis_core", "visavis_media", "visavis_quebec", "visavis_france", "starlette", "uvicorn", "sqlalchemy",
    "jinja2", "babel", "aiortc", "av", "numpy", "cryptography", "uvloop", "typst", "structlog",
}


class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"{name} is not installed at a vendor's")
        return None


sys.meta_path.insert(0, Refuse())
'''


def test_the_plugins_tests_pass_without_the_core(tmp_path):
    (tmp_path / "visavis_absent_core.py").write_text(ABSENT)
    alone = ["-p", "visavis_absent_core", "-p", "no:cacheprovider", "--rootdir", str(ROOT)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *alone, "-c", str(ROOT / "pyproject.toml"), str(TESTS)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " passed" in run.stdout
