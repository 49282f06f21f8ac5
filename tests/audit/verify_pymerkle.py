"""verify_pymerkle.py CASE…: the tree with PyPI `pymerkle`, which builds it from the entries and compares.

It knows no signatures: it sees whether entries, newest checkpoint, earlier checkpoints and proofs of inclusion speak of
one tree. The shape of a proof (`rule`) is its own; the hashes are those of the proof given.
"""

import base64
import hashlib
from pathlib import Path

import pymerkle
from aics_tlog import FileSystemTileReader, parse_checkpoint, parse_note
from aics_tlog.tiles import parse_entry_bundle, tile_width_at

import judge


def entries(export: Path, size: int) -> list[bytes]:
    reader, out = FileSystemTileReader(export), []
    while len(out) < size:
        number = len(out) // 256
        width = tile_width_at(size, 0, number)
        bundle = reader.read_entry_bundle(number, width)
        judge.demand(bundle is not None, f"bundle {number} is missing")
        held = parse_entry_bundle(bundle)
        judge.demand(len(held) == (width or 256), f"bundle {number} has {len(held)} entries")
        out += held
    return out


def verify(case: Path) -> None:
    export = case / "export"
    head = parse_checkpoint(parse_note((export / "checkpoint").read_bytes()).text)
    # Nothing of ours has so many entries that building the tree would hurt; a forged size may say so.
    judge.demand(head.size < 10_000_000, f"a size of {head.size} is not believed")
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    tree.append_entries(entries(export, head.size))
    judge.demand(tree.get_root() == head.root, "the entries do not give the root")
    for file in judge.kept_checkpoints(case):
        old = parse_checkpoint(parse_note(file.read_bytes()).text)
        judge.demand(str(old.size) == file.name, f"checkpoints/{file.name} has the size {old.size}")
        judge.demand(old.size <= head.size, f"a rollback: {old.size} was signed before {head.size}")
        judge.demand(tree.get_root(old.size) == old.root, f"the root at {old.size} was another")
        growth = tree.prove_consistency(old.size, head.size)
        pymerkle.verify_consistency(old.root, head.root, growth, old.size, head.size, "sha256")
    for file in sorted((case / "proofs").iterdir()):
        verify_inclusion(file, tree)


def verify_inclusion(file: Path, tree: pymerkle.InmemoryTree) -> None:
    index, lines, note = judge.proof_parts(file.read_text())
    against = parse_checkpoint(parse_note(note).text)
    judge.demand(against.size <= tree.get_size(), f"{file.name} is newer than the checkpoint of the export")
    leaf = tree.get_leaf(index + 1)
    proof = tree.prove_inclusion(index + 1, against.size)
    proof.path = [leaf] + [base64.b64decode(line, validate=True) for line in lines]
    pymerkle.verify_inclusion(leaf, against.root, proof, index + 1, against.size, "sha256")


if __name__ == "__main__":
    assert pymerkle.InmemoryTree().hash_buff(b"") == hashlib.sha256(b"\x00").digest(), "leaves are those of RFC 6962"
    judge.run(verify, (ValueError, OSError, pymerkle.InvalidProof, pymerkle.InvalidChallenge))
