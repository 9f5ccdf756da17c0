"""The Merkle tree of RFC 6962 §2.1: hashes, growth, and both proofs with their verification.

Knows: SHA-256 leaves (0x00 prefix) and nodes (0x01 prefix), and proofs as lists of 32-byte hashes, leaf side first.
Refuses to know: what a leaf means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "Forest",
    "Growth",
    "Range",
    "complete_parts",
    "consistency_ranges",
    "hash_leaf",
    "hash_node",
    "inclusion_ranges",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]

HASH_BYTES = 32
Range = tuple[int, int]  # leaves [start, end)
EMPTY_ROOT = hashlib.sha256(b"").digest()


def hash_leaf(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growth:
    """A tree that only grows: its size and the roots of its complete subtrees, largest first (at most 64 hashes)."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in peaks):
            raise ValueError("one 32-byte peak per set bit of the size")
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        carried, size = leaf, self.size
        while size & 1:
            carried = hash_node(self._peaks.pop(), carried)
            size >>= 1
        self._peaks.append(carried)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = hash_node(peak, root)
        return root

    def copy(self) -> Growth:
        return Growth(self.size, self._peaks)


class Forest:
    """Nodes of one tree, gathered while its leaves stream by, for proving many things about it.

    `wanted` are the complete subtrees to keep, as leaf ranges; without it all are kept. Proving 600 leaves of a
    million then holds some thousands of hashes, not two million.
    """

    def __init__(self, leaves: Iterable[bytes], wanted: Collection[Range] | None = None) -> None:
        self.size = 0
        self._nodes: dict[Range, bytes] = {}
        standing: list[bytes] = []
        for leaf in leaves:
            carried, end, span = leaf, self.size + 1, 1
            while True:
                if wanted is None or (end - span, end) in wanted:
                    self._nodes[end - span, end] = carried
                if not (self.size // span) & 1:
                    break
                carried = hash_node(standing.pop(), carried)
                span *= 2
            standing.append(carried)
            self.size = end

    def root(self, size: int | None = None) -> bytes:
        size = self.size if size is None else size
        return self._hash((0, size)) if size else EMPTY_ROOT

    def prove_inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """PATH(index, D[size]) of §2.1.1. ValueError when the leaf is not in that tree."""
        return [self._hash(part) for part in inclusion_ranges(index, self.size if size is None else size)]

    def prove_consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """PROOF(old, D[size]) of §2.1.2. ValueError unless 0 < old <= size."""
        return [self._hash(part) for part in consistency_ranges(old, self.size if size is None else size)]

    def _hash(self, part: Range) -> bytes:
        start, end = part
        if (end - start).bit_count() == 1:
            try:
                return self._nodes[part]
            except KeyError:
                raise ValueError("this node was not gathered") from None
        middle = start + _split(end - start)
        return hash_node(self._hash((start, middle)), self._hash((middle, end)))


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Which subtrees, as leaf ranges, prove that leaf `index` is in a tree of `size`; the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError("this leaf is not in a tree of that size")
    ranges: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, size: int) -> list[Range]:
    """Which subtrees prove that the tree of `size` begins with the tree of `old`."""
    if not 0 < old <= size:
        raise ValueError("consistency is between a non-empty tree and one at least as large")
    ranges: list[Range] = []
    start, end, whole = 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    if not whole:
        ranges.append((start, end))
    return ranges[::-1]


def complete_parts(ranges: Iterable[Range]) -> set[Range]:
    """The complete subtrees that the given ranges are made of: what a `Forest` must keep."""
    parts: set[Range] = set()
    for start, end in ranges:
        while (end - start).bit_count() > 1:
            middle = start + _split(end - start)
            parts.add((start, middle))
            start = middle
        parts.add((start, end))
    return parts


def root_of(leaves: Iterable[bytes]) -> bytes:
    growth = Growth()
    for leaf in leaves:
        growth.append(leaf)
    return growth.root()


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2, whose verification also holds for RFC 6962 trees."""
    if not 0 <= index < size or len(path) > 64:
        return False
    position, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0 or len(sibling) != HASH_BYTES:
            return False
        if position & 1 or position == last:
            computed = hash_node(sibling, computed)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            computed = hash_node(computed, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and computed == root


def verify_consistency(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2: does the tree of `size` with `root` begin with the tree of `old` with `old_root`?"""
    if not 0 < old <= size or len(proof) > 65:
        return False
    if old == size:
        return not proof and old_root == root
    steps = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    if not steps or any(len(step) != HASH_BYTES for step in steps):
        return False
    position, last = old - 1, size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before, after = hash_node(step, before), hash_node(step, after)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            after = hash_node(after, step)
        position >>= 1
        last >>= 1
    return last == 0 and before == old_root and after == root


def _split(span: int) -> int:
    """The largest power of two smaller than `span` (> 1)."""
    return 1 << ((span - 1).bit_length() - 1)
