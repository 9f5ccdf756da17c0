"""What a plugin says of itself before any of its code runs.

Knows: the shape of `plugin.toml`, and how to find it in an installed package without importing that package.
Refuses to know: whether the plugin is wanted, trusted or true to its word: the deployment, the loader and the
conformance kit answer for those.
"""

from __future__ import annotations

import importlib.util
import os
from typing import Annotated, Final, Literal, cast

import msgspec

from visavis_sdk.text import Language, Text
from visavis_sdk.versions import VersionFault, satisfies

__all__ = ["Contributes", "Manifest", "ManifestFault", "MedicalDevice", "Requests", "parse_manifest", "read_manifest"]

FILE: Final = "plugin.toml"
LIMIT: Final = 65_536  # bytes; a manifest is read before the plugin is trusted

Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Link = Annotated[str, msgspec.Meta(max_length=500, pattern=r"^(https://\S+)?$")]


class ManifestFault(Exception):  # noqa: N818 - a fault of the plugin's author, named like FormFault
    """The manifest is missing or wrong. `code` is stable; the text is one sentence for the author."""

    def __init__(self, code: Literal["missing", "too_large", "invalid"], sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class MedicalDevice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the publisher states about the plugin as a medical device; shown, never inferred."""

    status: Literal["not_a_device", "device", "undetermined"] = "undetermined"
    risk_class: str = ""
    evidence: str = ""


class Contributes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ids of what the hooks will give. The conformance kit checks that they are the same."""

    forms: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    consent_texts: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class Requests(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the plugin asks of the deployment, shown to whoever installs it. Most ask nothing."""

    media: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    network: tuple[str, ...] = ()


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`plugin.toml`. `id` is the entry point's name; `sdk` a range such as `>=0.1,<1`."""

    id: Identifier
    name: Text
    version: Name
    sdk: Name
    publisher: Name
    licence: Name
    intended_use: Text
    support_url: Link = ""
    medical_device: MedicalDevice = MedicalDevice()
    locales: tuple[Language, ...] = ("fr", "en")
    contributes: Contributes = Contributes()
    requests: Requests = Requests()


def read_manifest(package_name: str) -> Manifest:
    """The manifest that lies in an installed top-level package, which is not imported. Raises `ManifestFault`."""
    # A dotted name would make find_spec import the parent package, which is the plugin's code.
    if not package_name.isidentifier():
        raise ManifestFault("missing", "a plugin is a top-level package with a name Python accepts")
    try:
        spec = importlib.util.find_spec(package_name)
    except ValueError:  # a half-made module of that name is already loaded
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise ManifestFault("missing", f"there is no installed package {package_name!r}")
    # The loader reads, so that a package in a zip is found like one in a folder.
    get_data = getattr(spec.loader, "get_data", None)
    if get_data is None:
        raise ManifestFault("missing", f"{package_name!r} has no __init__.py, so no {FILE} can be read from it")
    try:
        content = cast("bytes", get_data(os.path.join(next(iter(spec.submodule_search_locations)), FILE)))
    except OSError:
        raise ManifestFault("missing", f"{package_name!r} has no {FILE} beside its __init__.py") from None
    return parse_manifest(content)


def parse_manifest(content: bytes) -> Manifest:
    """The manifest from the bytes of a `plugin.toml`. Raises `ManifestFault` with the key that is wrong."""
    if len(content) > LIMIT:
        raise ManifestFault("too_large", f"{FILE} is larger than {LIMIT} bytes")
    try:
        manifest = msgspec.toml.decode(content, type=Manifest)
        satisfies("0", manifest.sdk)
    except msgspec.ValidationError as error:
        raise ManifestFault("invalid", f"{FILE}: {error}") from None
    except VersionFault as error:
        raise ManifestFault("invalid", f"{FILE}: sdk: {error}") from None
    except ValueError as error:  # TOML syntax, or bytes that are not UTF-8
        raise ManifestFault("invalid", f"{FILE} is not TOML: {error}") from None
    return manifest
