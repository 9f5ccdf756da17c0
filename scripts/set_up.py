"""Makes .venv ready: hashed third-party packages, then this workspace, editable.

Knows only the standard library, because it is what runs before anything is installed. It does nothing
when the constraints and the packages' own metadata have not changed since the last run.
"""

from __future__ import annotations

import hashlib
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "constraints" / "dev.txt"
MEMBERS = ["sdk", "core/media", "core", "plugins/wound_care", "plugins/quebec", "plugins/france"]
STAMP = VENV / "visavis-setup.sha256"


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before any requirement was checked
        print(f"visavis needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    if not (VENV / "bin" / "python").exists():
        print("Making a virtual environment in .venv …", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            print("This Python makes no virtual environment. On Debian: apt-get install python3-venv", file=sys.stderr)
            return 2
    print("Installing the pinned packages (a minute or two the first time) …", flush=True)
    install("--require-hashes", "-r", str(CONSTRAINTS))
    editable: list[str] = []
    for member in MEMBERS:
        editable += ["-e", str(ROOT / member)]
    # No build isolation: hatchling is already here, pinned with its hash like everything else.
    install("--no-deps", "--no-build-isolation", *editable)
    STAMP.write_text(wanted)
    return 0


def install(*arguments: str) -> None:
    python = str(VENV / "bin" / "python")
    uv = shutil.which("uv")
    command = (
        [uv, "pip", "install", "--python", python, "-q", "--compile-bytecode"]
        if uv
        else [python, "-m", "pip", "install", "-q"]
    )
    subprocess.run([*command, *arguments], check=True, cwd=ROOT)


def fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in [CONSTRAINTS, *(ROOT / member / "pyproject.toml" for member in MEMBERS)]:
        digest.update(path.read_bytes())
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
