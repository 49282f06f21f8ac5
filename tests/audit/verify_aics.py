"""verify_aics.py CASE…: checkpoint, all tiles and bundles, proofs and history with PyPI `aics-tlog`.

It asks for Python 3.12; nothing in it needs more than 3.11. What is parsed, hashed and compared here, its code does.
"""

import base64
from pathlib import Path

import aics_tlog as foreign

import judge


def opened(text: bytes, key: foreign.VKey) -> foreign.Checkpoint:
    note = foreign.parse_note(text)
    result = foreign.verify_checkpoint(note, key, expected_origin=key.name)
    judge.demand(result.ok, result.error or "the checkpoint does not verify")
    return foreign.parse_checkpoint(note.text)


def hashes(lines: list[str]) -> list[bytes]:
    return [base64.b64decode(line, validate=True) for line in lines]


def verify(case: Path) -> None:
    export = case / "export"
    key = foreign.read_vkey_file((case / "vkey").read_text())
    head = opened((export / "checkpoint").read_bytes(), key)
    reader = foreign.FileSystemTileReader(export)
    foreign.audit_tiles(reader, head.size, head.root)
    proven = foreign.VerifiedTileReader(reader, head.size, head.root)
    for file in sorted((case / "proofs").iterdir()):
        verify_inclusion(file, key, proven, head)
    for file in judge.kept_checkpoints(case):
        verify_growth(file, case / "consistency" / file.name, key, proven, head)


def verify_inclusion(file: Path, key: foreign.VKey, proven: foreign.VerifiedTileReader, head: foreign.Checkpoint) -> None:
    index, lines, note = judge.proof_parts(file.read_text())
    against = opened(note.encode(), key)
    judge.demand(against.size <= head.size, f"{file.name} is newer than the checkpoint of the export")
    given = foreign.verify_leaf_inclusion(proven.entry(index), index, against.size, hashes(lines), against.root)
    judge.demand(given, f"{file.name} does not hold")
    derived = foreign.inclusion_proof_from_tiles(proven, index, head.size)
    judge.demand(
        foreign.verify_inclusion(proven.leaf_hash(index), index, head.size, derived, head.root),
        f"the tiles give no proof of entry {index}",
    )


def verify_growth(
    file: Path, proof: Path, key: foreign.VKey, proven: foreign.VerifiedTileReader, head: foreign.Checkpoint
) -> None:
    old = opened(file.read_bytes(), key)
    judge.demand(str(old.size) == file.name, f"checkpoints/{file.name} has the size {old.size}")
    judge.demand(old.size <= head.size, f"a rollback: {old.size} was signed before {head.size}")
    derived = foreign.consistency_proof_from_tiles(proven, old.size, head.size)
    for what, hash_list in (("derived", derived), ("given", hashes(proof.read_text().split()))):
        grown = foreign.verify_consistency(old.size, head.size, old.root, head.root, hash_list)
        judge.demand(grown, f"{what} proof: {head.size} does not continue {old.size}")


if __name__ == "__main__":
    judge.run(verify, (ValueError, OSError))
