"""Finds Chromium for the browser tests, installs it where the system allows, else says the command.

Knows Debian-like systems' package manager and nothing else: elsewhere it only explains.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
COMMAND = "apt-get update && apt-get install -y chromium"


def main() -> int:
    if any(map(shutil.which, NAMES)):
        return 0
    if shutil.which("apt-get") is None:
        print("The tests drive Chromium, which is not here. Install it with your package manager.", file=sys.stderr)
        return 2
    prefix = privilege()
    if prefix is None:
        print(f"The tests drive Chromium, which is not here. Run: sudo sh -c '{COMMAND}'", file=sys.stderr)
        return 2
    print("Installing Chromium for the browser tests …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-q"], ["install", "-y", "-q", "chromium"]):
        done = subprocess.run([*prefix, "apt-get", *arguments], check=False, env=environment, stdout=subprocess.DEVNULL)
        if done.returncode:
            print(f"Chromium could not be installed. Run: {COMMAND}", file=sys.stderr)
            return done.returncode
    return 0


def privilege() -> list[str] | None:
    """What to put before apt-get: nothing as root, sudo where it asks no password, None where neither helps."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


if __name__ == "__main__":
    raise SystemExit(main())
