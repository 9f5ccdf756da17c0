"""Signed heads and offline proofs, against the formats' own examples."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from visavis_core.trace.checkpoint import Checkpoint, Signer, Verifier, open_checkpoint, open_note
from visavis_core.trace.faults import CheckpointInvalid, ProofInvalid
from visavis_core.trace.merkle import Forest, hash_leaf
from visavis_core.trace.proof import Proof, read_proof, verify_proof

SIGNER = Signer("clinique.example/visavis", b"s" * 32)
# The example of C2SP signed-note 1.0.0.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""


def test_the_formats_own_example_verifies() -> None:
    verifier = Verifier.read(VKEY)
    assert open_note(NOTE, verifier) == "This is an example message.\n"
    assert verifier.vkey == VKEY
    with pytest.raises(CheckpointInvalid):
        open_note(NOTE.replace("example message", "exemple message"), verifier)


@settings(deadline=None)  # a busy machine is no defect
@given(st.integers(0, 10**15), st.binary(min_size=32, max_size=32))
def test_a_head_comes_back_as_it_was_signed(size: int, root: bytes) -> None:
    head = Checkpoint(SIGNER.name, size, root)
    assert open_checkpoint(head.signed(SIGNER), SIGNER.verifier) == head


def test_every_flipped_bit_of_a_head_is_refused() -> None:
    note = Checkpoint(SIGNER.name, 20852163, bytes(range(32))).signed(SIGNER).encode()
    for bit in range(len(note) * 8):
        flipped = bytearray(note)
        flipped[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises((CheckpointInvalid, UnicodeDecodeError)):
            open_checkpoint(flipped.decode(), SIGNER.verifier)


def test_a_second_signature_by_a_stranger_is_ignored_as_witnesses_need() -> None:
    head = Checkpoint(SIGNER.name, 5, bytes(32))
    witness = Signer("witness.example/w", b"w" * 32)
    cosigned = head.signed(SIGNER) + witness.sign(head.text()).rpartition("\n\n")[2]
    assert open_checkpoint(cosigned, SIGNER.verifier) == head
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(witness.sign(head.text()), SIGNER.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "clinique.example/visavis\n5\n",
        "clinique.example/visavis\n05\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "clinique.example/visavis\n5\nAAAA\n",
        "clinique.example/visavis\n5\n" + base64.b64encode(bytes(32)).decode() + "\nextension\n",
        "other.example/log\n5\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "visavis export v1\nact_1\n3 abc\nabc\n",
    ],
)
def test_what_is_signed_but_no_head_of_this_tree_is_refused(text: str) -> None:
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(SIGNER.sign(text), SIGNER.verifier)


@pytest.mark.parametrize(
    "vkey", ["", "a+b", "a+00000000+AAAA", VKEY[:-4], VKEY.replace("530d903a", "530d903b"), VKEY.replace("+Ae", "+Be")]
)
def test_a_miscopied_vkey_is_refused_in_words(vkey: str) -> None:
    with pytest.raises(CheckpointInvalid) as refused:
        Verifier.read(vkey)
    assert refused.value.message.fr


def test_a_proof_is_carried_as_text_and_every_flipped_bit_of_it_is_refused() -> None:
    leaves = [hash_leaf(bytes([i])) for i in range(11)]
    forest = Forest(leaves)
    note = Checkpoint(SIGNER.name, 11, forest.root()).signed(SIGNER)
    text = Proof(6, tuple(forest.prove_inclusion(6)), note).text()
    assert verify_proof(text, leaves[6], SIGNER.verifier).size == 11
    assert read_proof(text.replace("index", "extra AAAA\nindex", 1)).index == 6
    written = text.encode()
    for bit in range(len(written) * 8):
        flipped = bytearray(written)
        flipped[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises((ProofInvalid, CheckpointInvalid, UnicodeDecodeError)):
            verify_proof(flipped.decode(), leaves[6], SIGNER.verifier)


@settings(deadline=None)  # a busy machine is no defect
@given(st.text(max_size=200))
def test_any_text_is_a_proof_or_refused(text: str) -> None:
    with pytest.raises(ProofInvalid):
        read_proof(text)
    with pytest.raises(CheckpointInvalid):
        open_note(text, SIGNER.verifier)
