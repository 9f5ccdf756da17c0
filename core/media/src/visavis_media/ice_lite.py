"""ICE-lite: reading a connectivity check and answering it (RFC 8445 §2.5, RFC 8489).

Knows: the bytes of a STUN Binding request, its MESSAGE-INTEGRITY and FINGERPRINT.
Refuses to know: sockets, links, time. Never raises: bytes that are not a well-formed check give `None`.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import ipaddress
import struct
from typing import NamedTuple

__all__ = ["Check", "answer_check", "answer_role_conflict", "is_authentic", "read_check"]

MAGIC = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS, BINDING_ERROR = 0x0001, 0x0101, 0x0111
USERNAME, INTEGRITY, ERROR_CODE, XOR_MAPPED = 0x0006, 0x0008, 0x0009, 0x0020
USE_CANDIDATE, FINGERPRINT, CONTROLLED = 0x0025, 0x8028, 0x8029
KNOWN_REQUIRED = frozenset({USERNAME, INTEGRITY, USE_CANDIDATE, 0x0024})  # 0x0024 is PRIORITY
FINGERPRINT_MASK = 0x5354554E
MAX_CHECK = 548  # a check is small; RFC 8489 §6.1 gives the safe size when the path MTU is unknown

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")


class Check(NamedTuple):
    """A well-formed Binding request. `signed_until` is the offset of MESSAGE-INTEGRITY."""

    transaction: bytes
    local_ufrag: str
    remote_ufrag: str
    nominates: bool
    conflicting: bool
    signed_until: int


def read_check(data: bytes) -> Check | None:
    """The check in `data`, or None. FINGERPRINT is required (RFC 8445 §7.1) and verified here."""
    size = len(data)
    if not 20 <= size <= MAX_CHECK or size % 4:
        return None
    kind, length, magic, transaction = _HEADER.unpack_from(data)
    if kind != BINDING_REQUEST or magic != MAGIC or length != size - 20:
        return None
    username = b""
    signed_until = 0
    nominates = conflicting = fingerprinted = False
    at = 20
    while at + 4 <= size:
        attribute, width = _ATTRIBUTE.unpack_from(data, at)
        end = at + 4 + width
        if end > size or fingerprinted:
            return None  # FINGERPRINT must be last
        if attribute == FINGERPRINT:
            if width != 4 or int.from_bytes(data[at + 4 : end]) != fingerprint(data[:at]):
                return None
            fingerprinted = True
        elif signed_until:
            pass  # what follows MESSAGE-INTEGRITY is unsigned and must be ignored (RFC 8489 §14.5)
        elif attribute == USERNAME:
            username = data[at + 4 : end]
        elif attribute == INTEGRITY:
            if width != 20:
                return None
            signed_until = at
        elif attribute == USE_CANDIDATE:
            nominates = True
        elif attribute == CONTROLLED:
            conflicting = True
        elif attribute < 0x8000 and attribute not in KNOWN_REQUIRED:
            # A comprehension-required attribute we do not know: RFC 8489 answers 420, silence is cheaper and safer.
            return None
        at = end + (-width % 4)
    local, colon, remote = username.partition(b":")
    if not (fingerprinted and signed_until and colon and local.isascii() and remote.isascii()):
        return None
    return Check(transaction, local.decode("ascii"), remote.decode("ascii"), nominates, conflicting, signed_until)


def is_authentic(data: bytes, check: Check, password: bytes) -> bool:
    """Whether MESSAGE-INTEGRITY was made with `password` (RFC 8489 §14.5)."""
    at = check.signed_until
    return hmac.compare_digest(data[at + 4 : at + 24], integrity(data[:at], password))


def answer_check(check: Check, host: str, port: int, password: bytes) -> bytes:
    """The success response: XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT."""
    address = ipaddress.ip_address(host.partition("%")[0]).packed
    pad = MAGIC.to_bytes(4) + check.transaction
    value = struct.pack("!BBH", 0, 1 if len(address) == 4 else 2, port ^ (MAGIC >> 16))
    value += bytes(a ^ b for a, b in zip(address, pad, strict=False))
    return seal(BINDING_SUCCESS, check.transaction, attribute(XOR_MAPPED, value), password)


def answer_role_conflict(check: Check, password: bytes) -> bytes:
    """487: an ICE-lite end is always controlled, so the peer must control (RFC 8445 §7.3.1.1)."""
    value = b"\x00\x00\x04\x57Role Conflict"
    return seal(BINDING_ERROR, check.transaction, attribute(ERROR_CODE, value), password)


def seal(kind: int, transaction: bytes, body: bytes, password: bytes) -> bytes:
    message = _HEADER.pack(kind, len(body), MAGIC, transaction) + body
    message += attribute(INTEGRITY, integrity(message, password))
    message = message[:2] + (len(message) - 20 + 8).to_bytes(2) + message[4:]
    return message + attribute(FINGERPRINT, fingerprint(message).to_bytes(4))


def attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def integrity(before: bytes, password: bytes) -> bytes:
    counted = before[:2] + (len(before) - 20 + 24).to_bytes(2) + before[4:]
    return hmac.digest(password, counted, hashlib.sha1)


def fingerprint(before: bytes) -> int:
    counted = before[:2] + (len(before) - 20 + 8).to_bytes(2) + before[4:]
    return binascii.crc32(counted) ^ FINGERPRINT_MASK
