"""The long fuzz: atheris over every parser of media, from the captures in tests/media/fuzz/seeds.

`python scripts/fuzz.py [seconds per target] [target …]`. Each target runs in its own process; what it finds that is new
is kept under .fuzz/ (ignored by git), and so is an input that raised, whose name is printed. Exit code 1 if any did.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SEEDS, FOUND = ROOT / "tests" / "media" / "fuzz" / "seeds", ROOT / ".fuzz"
VERSIONS = ">=3.0,<4"
SECONDS = 60
LARGEST = 4_096


def install() -> None:
    """Into the environment that runs us, and only when somebody fuzzes: it is 11 MB that nothing else needs."""
    try:
        import atheris  # noqa: F401 only whether it is there
    except ImportError:
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", f"atheris{VERSIONS}"], check=True)


def run_target(name: str, seconds: int) -> None:
    """In a process of its own: atheris ends the process it runs in."""
    import atheris

    sys.path.insert(0, str(ROOT))
    with atheris.instrument_imports(include=["visavis_media", "tests.media.fuzz"]):
        from tests.media.fuzz.targets import TARGETS
    corpus = FOUND / name
    corpus.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", f"-artifact_prefix={FOUND}/raised-{name}-"]
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", str(corpus), str(SEEDS / name)], TARGETS[name])
    atheris.Fuzz()


def main() -> int:
    if sys.argv[1:2] == ["--target"]:
        run_target(sys.argv[2], int(sys.argv[3]))
        return 0
    install()
    given = sys.argv[1:]
    seconds = int(given.pop(0)) if given and given[0].isdigit() else SECONDS
    raised = []
    for name in given or sorted(path.name for path in SEEDS.iterdir()):
        command = [sys.executable, __file__, "--target", name, str(seconds)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds + 120)
        counted = [line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        print(
            f"{name:10} {counted[0] if counted else '?':>12} runs  {'raised' if done.returncode else 'nothing raised'}"
        )
        if done.returncode:
            raised.append(name)
            print(done.stdout[-2_000:] + done.stderr[-4_000:])
    return 1 if raised else 0


if __name__ == "__main__":
    raise SystemExit(main())
