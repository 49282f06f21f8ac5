"""A foreign C2SP witness (PyPI `aics-witness`) on loopback: it cosigns the growth of the export's log and nothing else.

The witness is told the log's key. It is shown the earliest checkpoint that the export kept, a later one and the newest,
between them everything that it must refuse. What it cosigned last is checked with `aics-tlog`, with a quorum of one.
"""

import base64
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aics_tlog

from case import Case
from mutations.heads import other_base64, other_signature
from mutations.registry import flipped
from notes import Signer

NAME = "witness.example/loopback"
PROOF_LINES_MAX = 63


class Unfit(Exception):
    """The export has too few checkpoints to be shown to a witness."""


@dataclass(frozen=True)
class Answer:
    what: str
    wanted: int
    status: int
    body: str

    def is_right(self) -> bool:
        return self.status == self.wanted


class Witness:
    """The foreign program as a process of its own, for as long as the `with` lasts."""

    def __init__(self, folder: Path, origin: str, vkey: str) -> None:
        self.config = str(folder / "witness.json")
        folder.mkdir(parents=True)
        self.call("init", "--name", NAME, "--listen", "127.0.0.1:0")
        self.call("add-log", "--origin", origin, "--vkey", vkey)
        status = self.call("status", "--json")
        self.vkey = next(word for word in status.replace('"', " ").split() if word.startswith(f"{NAME}+"))

    def call(self, command: str, *arguments: str) -> str:
        line = [sys.executable, "-m", "aics_witness", command, "--config", self.config, *arguments]
        return subprocess.run(line, check=True, capture_output=True, text=True).stdout

    def __enter__(self) -> "Witness":
        line = [sys.executable, "-m", "aics_witness", "serve", "--config", self.config]
        self.process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
        for said in self.process.stderr:
            if "listening on http" in said:
                self.url = next(word for word in said.split() if word.startswith("http"))
                return self
        raise RuntimeError("the witness ended before it listened")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate()

    def add_checkpoint(self, old: int, proof: list[bytes], checkpoint: bytes) -> tuple[int, str]:
        text = [f"old {old}", *(base64.b64encode(each).decode() for each in proof), "", ""]
        request = urllib.request.Request(f"{self.url}/add-checkpoint", "\n".join(text).encode() + checkpoint)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def changed(checkpoint: bytes, line: int, change: object) -> bytes:
    text = checkpoint.decode().split("\n")
    text[line] = change(text[line])
    return "\n".join(text).encode()


def observe(case: Case, folder: Path, kind: Callable[..., Witness] = Witness) -> tuple[list[Answer], bytes]:
    """What the witness answered, and the newest checkpoint with its cosignature."""
    head, kept = case.head(), case.kept()
    if len(kept) < 2:
        raise Unfit("a witness wants two checkpoints before the newest")
    first, middle, newest = kept[0], kept[-1], head.size
    reader = aics_tlog.FileSystemTileReader(case.export)
    note = {size: case.read(f"export/checkpoints/{size}") for size in (first, middle)}
    note[newest] = case.read("export/checkpoint")
    growth = {
        (old, new): aics_tlog.consistency_proof_from_tiles(reader, old, new, newest)
        for old, new in ((first, middle), (first, newest), (middle, newest))
    }
    answers: list[Answer] = []
    with kind(folder, head.origin, case.read("vkey").decode().strip()) as witness:

        def show(what: str, wanted: int, old: int, proof: list[bytes], checkpoint: bytes) -> None:
            answers.append(Answer(what, wanted, *witness.add_checkpoint(old, proof, checkpoint)))

        refusals_before(show, head, note[first], first)
        show("the first checkpoint", 200, 0, [], note[first])
        show("the same checkpoint again", 200, first, [], note[first])
        refusals_of_proofs(show, growth[first, middle], growth[first, newest], first, note[middle])
        show("growth", 200, first, growth[first, middle], note[middle])
        show("further growth", 200, middle, growth[middle, newest], note[newest])
        cosignature = answers[-1].body
        show("rollback to the first, as if never seen", 409, 0, [], note[first])
        show("rollback to the first, from its own size", 409, first, [], note[first])
        show("rollback by replay of the growth", 409, first, growth[first, middle], note[middle])
        show("an older checkpoint under the newest size", 400, newest, [], note[first])
        show("the newest from a size it never signed", 409, newest - 1, [b"\x00" * 32], note[newest])
        vkey = witness.vkey
    cosigned = note[newest] + cosignature.encode()
    answers.append(verdict(cosigned, case, vkey))
    return answers, cosigned


def refusals_before(show: object, head: aics_tlog.Checkpoint, note: bytes, size: int) -> None:
    forger, stranger = Signer(head.origin, "a forger"), Signer("other.example/log", "a stranger")
    show("a signature with a flipped byte", 403, 0, [], changed(note, 4, other_signature))
    show("a root with a flipped byte", 403, 0, [], changed(note, 2, other_base64))
    show("a size that is too large", 403, 0, [], changed(note, 1, lambda size: str(int(size) + 1)))
    show("a signature of another key", 403, 0, [], forger.checkpoint(size, head.root).encode())
    show("another log", 404, 0, [], stranger.checkpoint(size, head.root).encode())
    show("a checkpoint without a signature", 400, 0, [], note.partition(b"\n\n")[0] + b"\n\n")
    show("a first checkpoint with a proof", 422, 0, [b"\x00" * 32], note)
    show("a proof of too many lines", 400, 0, [b"\x00" * 32] * (PROOF_LINES_MAX + 1), note)
    show("a size that was never signed", 409, 1, [b"\x00" * 32], note)


def refusals_of_proofs(show: object, proof: list[bytes], other: list[bytes], old: int, note: bytes) -> None:
    show("growth without a proof", 422, old, [], note)
    show("a proof with a flipped byte", 422, old, [flipped(proof[0], 0), *proof[1:]], note)
    show("a proof that is truncated", 422, old, proof[:-1], note)
    show("a proof that is extended", 422, old, [*proof, b"\x05" * 32], note)
    show("a proof turned round", 422, old, proof[::-1], note)
    show("the proof of another growth", 422, old, other, note)


def verdict(cosigned: bytes, case: Case, witness: str) -> Answer:
    """Whether the log's and the witness's signatures hold, as a status like the others."""
    log_key = aics_tlog.read_vkey_file(case.read("vkey").decode())
    witnesses = [aics_tlog.parse_vkey(witness)]
    result = aics_tlog.verify_checkpoint(aics_tlog.parse_note(cosigned), log_key, witnesses, 1)
    return Answer("the cosigned checkpoint, quorum 1", 200, 200 if result.ok else 500, result.error or "")
