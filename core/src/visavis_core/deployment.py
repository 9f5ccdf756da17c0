"""`visavis.toml` as a typed value: what one clinic chooses, in one file.

Knows: every key, its bounds and its default; how to say which key is wrong, on which line, and what to do.
Refuses to know: the parts the values are for, and any secret's content (`secret` resolves and hides them).
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from visavis_media.settings import Limits
from visavis_sdk.text import Language, Text

from visavis_core.deployment_faults import Contradiction, DeploymentError, explain, not_text
from visavis_core.secret import Secret, SecretMissing, resolve_secrets

__all__ = [
    "Deployment",
    "DeploymentError",
    "Media",
    "PluginChoice",
    "Session",
    "Site",
    "Store",
    "Turn",
    "Web",
    "load_deployment",
    "read_deployment",
]

Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every section: a misspelt key is an error, not a silence."""


class Site(Section, frozen=True, kw_only=True):
    """`certification` is the statement shown to users (H4). `jurisdictions` names the packs in force, in order."""

    name: Name = "visavis"
    public_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/]+$")] = "http://localhost:8080"
    languages: Annotated[tuple[Language, ...], msgspec.Meta(min_length=1)] = ("fr", "en")
    zone: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_+/-]+$")] = "UTC"
    certification: Annotated[str, msgspec.Meta(max_length=600)] = ""
    jurisdictions: tuple[Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")], ...] = ()


class Store(Section, frozen=True, kw_only=True):
    """Paths are relative to the folder of `visavis.toml`. `keys` must not be inside a backup of the other two."""

    url: Annotated[str, msgspec.Meta(pattern=r"^(sqlite:///|postgresql\+psycopg://)")] = "sqlite:///data/visavis.db"
    password: Secret | None = None  # of the database; never inside `url`, which error messages show
    blobs: str = "data/blobs"
    keys: str = "data/keys"


class Turn(Section, frozen=True, kw_only=True):
    """One `[[media.turn]]` relay (RFC 7065), which shares `secret` with us: coturn's `use-auth-secret`."""

    url: Annotated[str, msgspec.Meta(pattern=r"^turns?:[A-Za-z0-9.\-\[\]:]+(\?transport=(udp|tcp))?$", max_length=300)]
    secret: Secret
    lifetime_minutes: Annotated[int, msgspec.Meta(ge=5, le=1440)] = 60  # of the credentials a client is given


class Media(Section, frozen=True, kw_only=True):
    """`port` is one port per worker, from this one upwards, UDP and (with `tcp`) TCP; 0 lets the system choose.
    `eye` false: nothing is decoded on this machine, so no measure, no still from a stream, no picture for plugins.
    `drain_seconds`: how long a SIGTERM lets the calls go on that it finds. `limits`: the media core's own bounds.
    """

    host: str = "0.0.0.0"  # noqa: S104 -- media must be reachable from the tablet; that is its purpose
    port: Port = 0
    advertised: tuple[str, ...] = ()
    tcp: bool = True
    loopback: bool = False
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    drain_seconds: Annotated[float, msgspec.Meta(ge=0, le=3_600)] = 30
    eye: bool = True
    turn: Annotated[tuple[Turn, ...], msgspec.Meta(max_length=8)] = ()
    limits: Limits = Limits()


class Web(Section, frozen=True, kw_only=True):
    host: str = "127.0.0.1"
    port: Port = 8080
    tls_certificate: str = ""
    tls_key: str = ""
    trusted_proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For is believed; nobody's by default
    metrics_token: Secret | None = None  # who shows it may read /metrics from another machine; nobody may without it


class Session(Section, frozen=True, kw_only=True):
    """Limits of a sign-in, in minutes, and for which accounts a second factor is required."""

    idle_minutes: Annotated[int, msgspec.Meta(ge=1, le=240)] = 30
    absolute_minutes: Annotated[int, msgspec.Meta(ge=5, le=720)] = 240
    guest_minutes: Annotated[int, msgspec.Meta(ge=5, le=720)] = 240
    second_factor: Literal["everyone", "clinicians", "nobody"] = "clinicians"


class PluginChoice(Section, frozen=True, kw_only=True):
    """One `[[plugins]]` table. Their order is the order of loading and of calls."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    enabled: bool = True
    required: bool = False
    sha256: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")] = ""
    config: dict[str, Any] = {}


class Deployment(Section, frozen=True, kw_only=True):
    """`folder` is where the file stands; `demo` is set by the demo command only, never by a file."""

    site: Site = Site()
    store: Store = Store()
    media: Media = Media()
    web: Web = Web()
    session: Session = Session()
    plugins: tuple[PluginChoice, ...] = ()
    folder: str = "."
    demo: bool = False

    @property
    def secure(self) -> bool:
        """May cookies be `Secure`? Over https, and on localhost, which browsers treat as trustworthy."""
        address = urlsplit(self.site.public_url)
        return address.scheme == "https" or address.hostname in _LOOPBACK

    def path(self, relative: str) -> Path:
        return (Path(self.folder) / relative).resolve()


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


LARGEST_FILE = 1024 * 1024


def load_deployment(path: Path, environment: Mapping[str, str] = os.environ) -> Deployment:
    """The deployment written in `path`. DeploymentError says what is wrong with it and what to do."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise DeploymentError(
            key="",
            line=None,
            message=Text(
                fr=f"Le fichier {path} ne peut pas être lu ({error.strerror}).",
                en=f"The file {path} cannot be read ({error.strerror}).",
            ),
            way_out=Text(
                fr="Donnez son chemin avec --config, ou essayez d’abord « visavis demo ».",
                en="Give its path with --config, or try “visavis demo” first.",
            ),
        ) from None
    try:
        if len(content) > LARGEST_FILE:
            raise not_text(too_large=True)
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise not_text(too_large=False) from None
        return read_deployment(text, folder=path.resolve().parent, environment=environment)
    except DeploymentError as error:
        error.file = str(path)
        raise


def read_deployment(text: str, *, folder: Path, environment: Mapping[str, str] = os.environ) -> Deployment:
    try:
        raw = tomllib.loads(text)
        for reserved in ("folder", "demo"):
            if reserved in raw:
                raise msgspec.ValidationError(f"Object contains unknown field `{reserved}`")
        resolved = resolve_secrets(raw, folder=folder, environment=environment)
        deployment = msgspec.convert({**resolved, "folder": str(folder)}, Deployment, strict=True, dec_hook=_convert)
    except (tomllib.TOMLDecodeError, RecursionError, SecretMissing, msgspec.ValidationError) as error:
        raise explain(error, text, Deployment) from None
    _check(deployment, text)
    return deployment


SECRET_FORM = "a secret is written env:NAME or file:path, never itself"  # noqa: S105 -- a sentence, not a secret


def _convert(kind: type, value: object) -> object:
    if kind is Secret:
        if isinstance(value, Secret):
            return value
        raise ValueError(SECRET_FORM)
    raise NotImplementedError(kind.__name__)


def _is_address(text: str) -> bool:
    """A name would be hidden from browsers: candidates are addresses."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_zone(name: str) -> bool:
    """Every page tells the time in it: an unknown one would let the house open and no page be shown."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True


def _check(deployment: Deployment, text: str) -> None:
    """What no single key can say by itself."""
    ids = [choice.id for choice in deployment.plugins]
    doubled = next((id_ for id_ in ids if ids.count(id_) > 1), "")
    web, session = deployment.web, deployment.session
    wrong = (
        (
            not _is_zone(deployment.site.zone),
            "site.zone",
            Text(
                fr="une zone IANA connue est attendue, comme America/Toronto",
                en="a known IANA zone is expected, such as America/Toronto",
            ),
        ),
        (
            bool(doubled),
            "plugins",
            Text(fr=f"le plugin « {doubled} » est nommé deux fois", en=f"the plugin “{doubled}” is named twice"),
        ),
        (
            not all(map(_is_address, deployment.media.advertised)),
            "media.advertised",
            Text(fr="des adresses IP sont attendues", en="IP addresses are expected"),
        ),
        (
            bool(web.tls_certificate) != bool(web.tls_key),
            "web.tls_certificate",
            Text(fr="« tls_certificate » et « tls_key » vont ensemble", en="tls_certificate and tls_key go together"),
        ),
        (
            session.idle_minutes > session.absolute_minutes,
            "session.idle_minutes",
            Text(fr="dépasse « absolute_minutes »", en="is longer than absolute_minutes"),
        ),
    )
    for is_wrong, key, words in wrong:
        if is_wrong:
            raise explain(Contradiction(key, words), text, Deployment)
