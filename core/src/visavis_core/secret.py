"""A value that must not be shown: it reads as `***` wherever a program prints, logs or encodes it.

Knows: `env:NAME` and `file:path` name where a secret is; the deployment file never holds one.
Refuses to know: what the secret is for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Secret", "SecretMissing", "encode_secret", "resolve_secrets"]

HIDDEN = "***"
LARGEST_SECRET = 65_536  # bytes; a certificate chain fits, a mistaken database does not


class SecretMissing(ValueError):  # noqa: N818 -- named as the answer it is, not as an error of the program
    """The place named holds no secret. `where` is the key's path, `source` what was written there."""

    def __init__(self, where: str, source: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.source, self.why = where, source, why


class Secret:
    """`reveal()` is the only way to the value, so that every use can be found by searching for that word."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a secret is not pickled")


def encode_secret(value: object) -> str:
    """`enc_hook` for msgspec: a secret becomes `***` in any output."""
    if isinstance(value, Secret):
        return HIDDEN
    raise NotImplementedError(f"cannot encode {type(value).__name__}")


def resolve_secrets(value: Any, *, folder: Path, environment: Mapping[str, str] = os.environ, where: str = "") -> Any:
    """A copy of decoded TOML in which every `env:` and `file:` string, at any depth, is a `Secret`.

    Relative files are looked for from `folder`. SecretMissing names the key, never a value.
    """
    match value:
        case Mapping():
            return {
                key: resolve_secrets(
                    inner, folder=folder, environment=environment, where=f"{where}.{key}" if where else str(key)
                )
                for key, inner in value.items()
            }
        case list():
            return [
                resolve_secrets(inner, folder=folder, environment=environment, where=f"{where}[{index}]")
                for index, inner in enumerate(value)
            ]
        case str() if value.startswith("env:"):
            return _from_environment(value, environment, where)
        case str() if value.startswith("file:"):
            return _from_file(value, folder, where)
        case _:
            return value


def _from_environment(source: str, environment: Mapping[str, str], where: str) -> Secret:
    value = environment.get(source.removeprefix("env:"))
    if not value:
        raise SecretMissing(where, source, "the environment variable is not set")
    return Secret(value)


def _from_file(source: str, folder: Path, where: str) -> Secret:
    path = folder / source.removeprefix("file:")
    try:
        if path.stat().st_size > LARGEST_SECRET:
            raise SecretMissing(where, source, "the file is larger than 64 KiB")
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretMissing(where, source, f"the file cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SecretMissing(where, source, "the file is not text") from None
    if not value:
        raise SecretMissing(where, source, "the file is empty")
    return Secret(value)
