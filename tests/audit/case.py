"""Cases: a copy of an export with the auditor's key and with proofs, and ways to change parts of it.

The proofs are made from the export's tiles by PyPI `aics-tlog`; those that the export brings itself in `proofs/`
(C2SP tlog-proof) are taken along.
"""

import base64
import os
import shutil
from pathlib import Path

import aics_tlog

import layout

# Documents are not copied: no verifier here reads them.
PARTS = ("checkpoint", "vkey", "disclosures.jsonl", "manifest.json", "checkpoints", "tile")


def link(source: str, target: str) -> None:
    """A file that is not changed costs no space."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


class Case:
    """A folder that a verifier judges. A file is never written in place, as it may be a link to that of another case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.export = folder / "export"

    def copy(self, folder: Path) -> "Case":
        shutil.copytree(self.folder, folder, copy_function=link)
        return Case(folder)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        file = self.folder / name
        file.unlink(missing_ok=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()

    def head(self) -> aics_tlog.Checkpoint:
        return aics_tlog.parse_checkpoint(aics_tlog.parse_note(self.read("export/checkpoint")).text)

    def kept(self) -> list[int]:
        """Sizes of the earlier checkpoints that are below the newest."""
        folder = self.export / "checkpoints"
        sizes = [int(file.name) for file in folder.iterdir()] if folder.exists() else []
        return sorted(size for size in sizes if size < self.head().size)

    def target(self) -> int:
        """The entry that most mutations change: an early checkpoint covers it, and a neighbour shares its bundle."""
        size = (self.kept() or [self.head().size])[-1]
        index = size // 2
        return index - 1 if index % layout.WIDTH == layout.WIDTH - 1 else index

    def bundle(self, index: int) -> str:
        """Path of the bundle that holds the entry."""
        number, width = layout.pieces(self.head().size)[index // layout.WIDTH]
        return "export/" + layout.path("entries", number, width)

    def entries(self) -> list[bytes]:
        return layout.read_entries(self.export, self.head().size)


def from_export(export: Path, key: Path, folder: Path) -> Case:
    case = Case(folder)
    case.export.mkdir(parents=True)
    for part in PARTS:
        source = export / part
        if source.is_dir():
            shutil.copytree(source, case.export / part)
        elif source.exists():
            shutil.copy2(source, case.export / part)
    (case.export / "checkpoints").mkdir(exist_ok=True)
    shutil.copy2(key, folder / "vkey")
    add_proofs(case)
    if (export / "proofs").is_dir():
        for file in sorted((export / "proofs").glob("*.tlog-proof")):
            case.write(f"proofs/of-the-export-{file.name}", file.read_bytes())
    return case


def add_proofs(case: Case) -> None:
    head, reader = case.head(), aics_tlog.FileSystemTileReader(case.export)
    size, target = head.size, case.target()
    near = {0, 1, target, target + 1, 255, 256, size // 2, size - 2, size - 1}
    for index in sorted(index for index in near if 0 <= index < size):
        hashes = aics_tlog.inclusion_proof_from_tiles(reader, index, size)
        case.write(f"proofs/{index}.tlog-proof", inclusion(index, hashes, case.read("export/checkpoint")))
    (case.folder / "consistency").mkdir()
    for old in case.kept():
        hashes = aics_tlog.consistency_proof_from_tiles(reader, old, size)
        case.write(f"consistency/{old}", lines(hashes))
    if (case.export / "checkpoints" / str(size)).exists():
        case.write(f"consistency/{size}", b"")


def lines(hashes: list[bytes]) -> bytes:
    return b"".join(base64.b64encode(each) + b"\n" for each in hashes)


def inclusion(index: int, hashes: list[bytes], checkpoint: bytes) -> bytes:
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n".encode() + lines(hashes) + b"\n" + checkpoint
