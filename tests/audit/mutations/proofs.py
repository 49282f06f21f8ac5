"""What is done to proofs of inclusion and of consistency."""

import base64
from collections.abc import Callable

from case import Case, inclusion, lines
from judge import proof_parts
from mutations.heads import other_signature
from mutations.registry import NotHere, earliest, flipped, mutation


def change_inclusion(case: Case, change: Callable[[int, list[bytes]], tuple[int, list[bytes]]]) -> None:
    name = f"proofs/{case.target()}.tlog-proof"
    index, text, checkpoint = proof_parts(case.read(name).decode())
    index, hashes = change(index, [base64.b64decode(line) for line in text])
    case.write(name, inclusion(index, hashes, checkpoint.encode()))


@mutation("inclusion")
def inclusion_truncated(case: Case) -> None:
    change_inclusion(case, lambda index, hashes: (index, hashes[:-1]))


@mutation("inclusion")
def inclusion_extended(case: Case) -> None:
    change_inclusion(case, lambda index, hashes: (index, [*hashes, hashes[-1]]))


@mutation("inclusion")
def inclusion_emptied(case: Case) -> None:
    change_inclusion(case, lambda index, hashes: (index, []))


@mutation("inclusion")
def inclusion_hashes_swapped(case: Case) -> None:
    change_inclusion(case, lambda index, hashes: (index, [hashes[1], hashes[0], *hashes[2:]]))


@mutation("inclusion")
def inclusion_byte_flipped(case: Case) -> None:
    change_inclusion(case, lambda index, hashes: (index, [flipped(hashes[0], 5), *hashes[1:]]))


@mutation("inclusion")
def inclusion_hash_of_31_bytes(case: Case) -> None:
    change_inclusion(case, lambda index, hashes: (index, [hashes[0][:31], *hashes[1:]]))


@mutation("inclusion")
def inclusion_of_a_neighbour(case: Case) -> None:
    change_inclusion(case, lambda index, hashes: (index + 1, hashes))


@mutation("inclusion")
def inclusion_beyond_the_end(case: Case) -> None:
    change_inclusion(case, lambda index, hashes: (case.head().size, hashes))


@mutation("signature")
def inclusion_with_a_forged_checkpoint(case: Case) -> None:
    name = f"proofs/{case.target()}.tlog-proof"
    head, _, checkpoint = case.read(name).decode().partition("\n\n")
    text, blank, signature = checkpoint.partition("\n\n")
    forged = text + blank + other_signature(signature.rstrip("\n")) + "\n"
    case.write(name, f"{head}\n\n{forged}".encode())


def change_consistency(case: Case, change: Callable[[list[bytes]], list[bytes]]) -> None:
    name = f"consistency/{earliest(case)}"
    hashes = [base64.b64decode(line) for line in case.read(name).split()]
    changed = change(hashes)
    if changed == hashes:
        raise NotHere("the proof is too short")
    case.write(name, lines(changed))


@mutation("consistency")
def consistency_truncated(case: Case) -> None:
    change_consistency(case, lambda hashes: hashes[:-1])


@mutation("consistency")
def consistency_extended(case: Case) -> None:
    change_consistency(case, lambda hashes: [*hashes, b"\x05" * 32])


@mutation("consistency")
def consistency_hashes_reversed(case: Case) -> None:
    change_consistency(case, lambda hashes: hashes[::-1])


@mutation("consistency")
def consistency_byte_flipped(case: Case) -> None:
    change_consistency(case, lambda hashes: [flipped(hashes[0], 5), *hashes[1:]])


@mutation("consistency")
def consistency_emptied(case: Case) -> None:
    change_consistency(case, lambda hashes: [])
