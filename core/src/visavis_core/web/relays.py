"""Where a client may relay its media, as `Link` headers (RFC 9725 §4.6) with credentials that expire.

Knows: the TURN REST form of a credential, which coturn's `use-auth-secret` checks: the name is the moment it ends and a
pseudonym, the password the HMAC-SHA1 of that name under the secret shared with the relay.
Refuses to know: the relay itself (it keeps no list of ours), and who hides behind the pseudonym.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from visavis_core.deployment import Turn

__all__ = ["relay_credential", "relay_links"]


def relay_links(relays: Sequence[Turn], participant: str, now: float) -> str:
    """The value of a `Link` header, empty without relays. `now` in seconds since 1970."""
    return ", ".join(link_of(relay, participant, now) for relay in relays)


def link_of(relay: Turn, participant: str, now: float) -> str:
    secret = relay.secret.reveal()
    name = f"{int(now) + relay.lifetime_minutes * 60}:{pseudonym(secret, participant)}"
    password = relay_credential(secret, name)
    return f'<{relay.url}>; rel="ice-server"; username="{name}"; credential="{password}"; credential-type="password"'


def relay_credential(secret: str, name: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), name.encode(), hashlib.sha1)).decode("ascii")


def pseudonym(secret: str, participant: str) -> str:
    """The same for one person in one act, so that the relay's quota counts; worth nothing in the relay's log."""
    return hmac.digest(secret.encode(), b"participant:" + participant.encode(), hashlib.sha256).hex()[:16]
