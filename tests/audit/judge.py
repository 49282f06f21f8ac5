"""How every verifier here answers: it is given folders of cases and prints one line for each.

    accepted <TAB> case
    refused  <TAB> case <TAB> why

A case that it neither accepts nor refuses has no line, and check.py takes that for a fault of the verifier.
A case holds `export/`, `vkey` (the key that the auditor had before), `proofs/*.tlog-proof` (C2SP tlog-proof, against the
checkpoint in it) and `consistency/<size>` (hashes, one a line, from that checkpoint in export/checkpoints to the newest).
"""

import sys
from collections.abc import Callable
from pathlib import Path


class Refused(Exception):
    """The case is not what it claims to be."""


def run(verify: Callable[[Path], None], refusals: tuple[type[Exception], ...]) -> None:
    for case in map(Path, sys.argv[1:]):
        try:
            verify(case)
        except (Refused, *refusals) as error:
            print("refused", case.name, f"{type(error).__name__}: {' '.join(str(error).split())}", sep="\t", flush=True)
        else:
            print("accepted", case.name, sep="\t", flush=True)


def demand(true: bool, otherwise: str) -> None:
    if not true:
        raise Refused(otherwise)


def proof_parts(text: str) -> tuple[int, list[str], str]:
    """Index, hashes in base64 and signed checkpoint of a C2SP tlog-proof."""
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    demand(bool(blank) and lines[0] == "c2sp.org/tlog-proof@v1", "not a tlog-proof")
    if lines[1:] and lines[1].startswith("extra "):
        del lines[1]
    demand(len(lines) > 1 and lines[1].startswith("index "), "a tlog-proof without an index")
    return int(lines[1].removeprefix("index ")), lines[2:], checkpoint


def kept_checkpoints(case: Path) -> list[Path]:
    """The earlier checkpoints, oldest first."""
    return sorted((case / "export/checkpoints").iterdir(), key=lambda file: int(file.name))
