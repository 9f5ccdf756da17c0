#!/usr/bin/env python3
"""Verify one exported act without visavis. One file, standard library only; read it before you trust it.

    python3 verify.py --vkey "<the house's vkey>" [folder or .zip]

Proved with the vkey alone: the list of files, every file's hash, every event's place in its chain and in the signed
tree. With the package `cryptography` also: that the clear text is the one that was sealed. Exit code 0 means proved,
1 that something is wrong (it is named), 2 that the check could not be run.
"""
# ruff: noqa: T201, B905, N818 - it talks to a terminal, runs on Python 3.9 (no strict zip), and names what went wrong

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

# --- Ed25519 (RFC 8032), verification only; affine arithmetic would do, extended coordinates keep it under a second.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def recover_x(y: int, sign: int) -> int:
    if y >= P:
        raise ValueError("not a point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point")
    return P - x if x & 1 != sign else x


Point = tuple[int, int, int, int]
Key = tuple[str, bytes, bytes]  # name, key id, public key


def read_point(encoded: bytes) -> Point:
    number = int.from_bytes(encoded, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = recover_x(y, sign)
    return (x, y, 1, x * y % P)


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(number: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(public) != 32 or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    try:
        key, commitment = read_point(public), read_point(signature[:32])
    except ValueError:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = multiply(scalar, BASE), add(commitment, multiply(challenge, key))
    # Projective equality: x/z and y/z agree.
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint).
class Wrong(Exception):
    """Something does not hold; the text says what and where."""


def decode64(text: str) -> bytes:
    content = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError("not canonical base64")
    return content


def read_vkey(vkey: str) -> Key:
    name, key_id, encoded = vkey.strip().split("+", 2)
    material = decode64(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + material).hexdigest()[:8]
    if material[:1] != b"\x01" or len(material) != 33 or key_id != expected:
        raise ValueError("not an Ed25519 vkey")
    return name, bytes.fromhex(key_id), material[1:]


def open_note(note: str, vkey: Key, where: str) -> str:
    text, _, trailer = note.rpartition("\n\n")
    text += "\n"
    for line in trailer.splitlines():
        dash, name, encoded = line.split(" ")
        signature = decode64(encoded)
        if dash == "—" and name == vkey[0] and signature[:4] == vkey[1]:
            if signature_holds(vkey[2], text.encode(), signature[4:]):
                return text
            raise Wrong(f"{where}: the signature does not match")
    raise Wrong(f"{where}: not signed by the given key")


# --- The tree (RFC 6962).
def leaf_hash(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    if not 0 <= index < size:
        return False
    position, last, value = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            value = hashlib.sha256(b"\x01" + sibling + value).digest()
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            value = hashlib.sha256(b"\x01" + value + sibling).digest()
        position, last = position >> 1, last >> 1
    return last == 0 and value == root


# --- The export.
class Folder:
    """The files, whether in a folder or still in the zip."""

    def __init__(self, path: Path) -> None:
        self.zip = None if path.is_dir() else zipfile.ZipFile(path)
        self.path = path

    def names(self) -> set[str]:
        if self.zip is not None:
            return set(self.zip.namelist())
        return {str(file.relative_to(self.path)).replace("\\", "/") for file in self.path.rglob("*") if file.is_file()}

    def read(self, name: str) -> bytes:
        try:
            return self.zip.read(name) if self.zip is not None else (self.path / name).read_bytes()
        except (OSError, KeyError, zipfile.BadZipFile):
            raise Wrong(f"{name}: missing or damaged") from None


def lines_of(content: bytes) -> list[bytes]:
    return content.split(b"\n")[:-1]


def check_files(folder: Folder, vkey: Key) -> dict[str, Any]:
    written = folder.read("manifest.json")
    stated = open_note(folder.read("manifest.note").decode(), vkey, "manifest.note").split("\n")
    if stated[0] != "visavis export v1" or stated[3] != hashlib.sha256(written).hexdigest():
        raise Wrong("manifest.json: not the list that was signed")
    manifest: dict[str, Any] = json.loads(written)
    if [manifest["act"], f"{manifest['events']} {manifest['head']}"] != stated[1:3]:
        raise Wrong("manifest.json: not the list that was signed")
    listed = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
    wrong = [f"{name}: missing" for name in sorted(set(listed) - folder.names())]
    for name in sorted(set(listed) & folder.names()):
        try:
            if hashlib.sha256(folder.read(name)).hexdigest() != listed[name]:
                wrong.append(f"{name}: changed since the export")
        except Wrong as damaged:
            wrong.append(str(damaged))
    foreign = folder.names() - set(listed) - {"manifest.json", "manifest.note"}
    wrong += [f"{name}: does not belong to the export" for name in sorted(foreign)]
    if wrong:
        raise Wrong("\n".join(wrong))
    return manifest


def check_events(folder: Folder, vkey: Key, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    head = open_note(folder.read("proof/checkpoint.txt").decode(), vkey, "proof/checkpoint.txt").split("\n")
    if head[0] != vkey[0] or len(head) != 4:
        raise Wrong("proof/checkpoint.txt: not a checkpoint of this house")
    size, root = int(head[1]), decode64(head[2])
    contents = lines_of(folder.read("events.jsonl"))
    places = [json.loads(line) for line in lines_of(folder.read("proof/inclusion.jsonl"))]
    if not len(contents) == len(places) == manifest["events"]:
        raise Wrong("events.jsonl: not the stated number of events")
    previous, events = "", []
    for n, (content, place) in enumerate(zip(contents, places)):
        event, leaf = json.loads(content), leaf_hash(content)
        if (event["act"], event["n"], event["prev"]) != (manifest["act"], n, previous):
            raise Wrong(f"events.jsonl, event {n}: does not follow the event before it")
        path = [decode64(step) for step in place["path"]]
        if place["n"] != n or not included(leaf, place["index"], size, path, root):
            raise Wrong(f"events.jsonl, event {n}: not in the signed tree")
        previous = leaf.hex()
        events.append(event)
    if previous != manifest["head"]:
        raise Wrong("events.jsonl: the last event is not the stated one")
    return events


def check_opened(folder: Folder, events: list[dict[str, Any]]) -> str:
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        return "the clear text was NOT compared (install the package cryptography for that)"
    enclosed = json.loads(folder.read("key.json"))
    key = decode64(enclosed["key"])
    kid = hashlib.sha256(b"visavis/kid/v1\x00" + key).hexdigest()
    opened = lines_of(folder.read("events-opened.jsonl"))
    if len(opened) != len(events):
        raise Wrong("events-opened.jsonl: not as many lines as events")
    stills = set()
    for event, clear in zip(events, opened):
        sealed, n = event["enc"], event["n"]
        if sealed["kid"] != kid:
            raise Wrong(f"key.json: not the key that sealed event {n}")
        bound = f"visavis/record/v1\n{event['act']}\n{n}\n{event['type']}".encode()
        try:
            body = AESGCM(key).decrypt(decode64(sealed["nonce"]), decode64(sealed["ct"]), bound)
        except InvalidTag:
            raise Wrong(f"key.json: does not open event {n}") from None
        if body != clear:
            raise Wrong(f"events-opened.jsonl, event {n}: not the text that was sealed")
        if event["type"] == "still.captured":
            stills.add(json.loads(body)["sha256"])
    for name in folder.names():
        if name.startswith("stills/") and re.split("[/.]", name)[1] not in stills:
            raise Wrong(f"{name}: referred to by no event")
    return "the clear text is the one that was sealed"


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify one exported act.")
    parser.add_argument("path", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--vkey", help="the house's verifier key, had from elsewhere than this export")
    options = parser.parse_args()
    try:
        folder = Folder(options.path)
        vkey = read_vkey(options.vkey or folder.read("proof/vkey.txt").decode())
    except (Wrong, OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"The check could not be run: {error}")
        return 2
    try:
        manifest = check_files(folder, vkey)
        events = check_events(folder, vkey, manifest)
        text = check_opened(folder, events) if manifest["opened"] else "the content of this act was erased by decision"
    except Wrong as wrong:
        print(f"NOT PROVED\n{wrong}")
        return 1
    except (ValueError, KeyError, TypeError, IndexError) as error:
        print(f"NOT PROVED\nunreadable: {error}")
        return 1
    print(
        f"PROVED: act {manifest['act']}, {len(events)} events, in the tree of {vkey[0]} (size {manifest['tree_size']})"
    )
    print(f"  {text}")
    for sha256 in manifest["absent"]:
        print(f"  a picture named by an event was not in the house's store: {sha256}")
    if not options.vkey:
        print("  CAUTION: the vkey was taken from the export itself. Whoever forged the one could forge the other.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
