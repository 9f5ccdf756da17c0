"""The tree against RFC 6962's known roots, an independent implementation, and every lie we can think of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from visavis_core.trace.merkle import (
    EMPTY_ROOT,
    Forest,
    Growth,
    complete_parts,
    hash_leaf,
    inclusion_ranges,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The inputs and roots that Certificate Transparency's implementations share as test vectors.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = [hash_leaf(bytes.fromhex(content)) for content in INPUTS]


def leaves(count: int) -> list[bytes]:
    return [hash_leaf(i.to_bytes(4, "big")) for i in range(count)]


def test_the_roots_are_those_of_the_shared_vectors() -> None:
    assert (
        root_of([]) == EMPTY_ROOT == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )
    assert [root_of(LEAVES[: size + 1]).hex() for size in range(8)] == list(ROOTS)
    forest = Forest(LEAVES)
    assert [forest.root(size + 1).hex() for size in range(8)] == list(ROOTS)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 31, 32, 33, 100, 257])
def test_an_independent_implementation_grows_the_same_tree_and_the_same_proofs(size: int) -> None:
    oracle = InmemoryTree(algorithm="sha256")
    for i in range(size):
        oracle.append_entry(i.to_bytes(4, "big"))
    forest = Forest(leaves(size))
    for old in range(1, size + 1):
        assert forest.root(old) == oracle.get_root(old)
    for index in range(size):
        theirs = oracle.prove_inclusion(index + 1).serialize()["path"]
        # Theirs begins with the leaf itself and lists left siblings before it where they stand; ours has siblings only.
        ours = [step.hex() for step in forest.prove_inclusion(index)]
        assert [step for step in theirs if step != leaves(size)[index].hex()] == ours


@settings(deadline=None)  # a busy machine is no defect
@given(st.integers(1, 300), st.data())
def test_every_leaf_is_proved_and_nothing_else_is(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    all_leaves = leaves(size)
    wanted = complete_parts(inclusion_ranges(index, size))
    path = Forest(all_leaves, wanted).prove_inclusion(index)
    root = root_of(all_leaves)
    assert path == Forest(all_leaves).prove_inclusion(index)
    assert verify_inclusion(all_leaves[index], index, size, path, root)
    other = data.draw(st.integers(0, size + 2))
    if other != index:
        assert not verify_inclusion(all_leaves[index], other, size, path, root)
    assert not verify_inclusion(hash_leaf(b"another"), index, size, path, root)
    assert not verify_inclusion(all_leaves[index], index, size, [*path, bytes(32)], root)
    if path:
        assert not verify_inclusion(all_leaves[index], index, size, path[:-1], root)
        assert not verify_inclusion(all_leaves[index], index, size, [bytes(32), *path[1:]], root)


@settings(deadline=None)  # a busy machine is no defect
@given(st.integers(1, 300), st.data())
def test_a_tree_proves_that_it_only_grew(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    all_leaves = leaves(size)
    forest = Forest(all_leaves)
    proof = forest.prove_consistency(old)
    assert verify_consistency(old, size, root_of(all_leaves[:old]), root_of(all_leaves), proof)
    # A fork: the same size, another past.
    forked = [hash_leaf(b"rewritten"), *all_leaves[1:]]
    assert not verify_consistency(
        old, size, root_of(all_leaves[:old]), root_of(forked), Forest(forked).prove_consistency(old)
    )
    assert not verify_consistency(old, size, root_of(all_leaves[:old]), root_of(all_leaves), [*proof, bytes(32)])
    if proof:
        assert not verify_consistency(old, size, root_of(all_leaves[:old]), root_of(all_leaves), proof[:-1])


@settings(deadline=None)  # a busy machine is no defect
@given(st.integers(0, 200), st.integers(0, 200))
def test_growth_can_be_put_down_and_taken_up_again(first: int, more: int) -> None:
    all_leaves = leaves(first + more)
    growth = Growth()
    for leaf in all_leaves[:first]:
        growth.append(leaf)
    resumed = Growth(growth.size, growth.peaks)
    for leaf in all_leaves[first:]:
        resumed.append(leaf)
    assert resumed.root() == root_of(all_leaves)
    assert growth.root() == root_of(all_leaves[:first])


def test_what_cannot_be_proved_is_refused() -> None:
    forest = Forest(leaves(5))
    for refused in (lambda: forest.prove_inclusion(5), lambda: forest.prove_consistency(0), lambda: forest.root(6)):
        with pytest.raises(ValueError, match=r"tree|gathered"):
            refused()
    with pytest.raises(ValueError, match="peak"):
        Growth(3, [bytes(32)])
