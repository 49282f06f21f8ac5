"""witnessing.py --svod BINARY --work FOLDER EXPORT: svod and the foreign witness (PyPI `aics-witness`), each against the other.

`svod audit witness` is shown what witness.py shows to the foreign witness, and asked by the foreign client; the foreign
witness is asked by a ledger of svod that grows, and then by the same ledger put back to an old backup. Cosignatures are
checked with `aics-tlog`.
"""

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import aics_tlog
from aics_witness import feeder

import case
import witness

FAR = "2099-01-01T00:00:00Z"


class OwnWitness(witness.Witness):
    """`svod audit witness` as a process of its own, for as long as the `with` lasts."""

    binary = Path()

    def __init__(self, folder: Path, origin: str, vkey: str) -> None:
        folder.mkdir(parents=True)
        self.folder, self.log = folder, vkey

    def __enter__(self) -> "OwnWitness":
        line = [self.binary, "audit", "witness", "--json", "--listen", "127.0.0.1:0", "--data", self.folder, "--log", self.log]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=self.folder)
        text = ""
        for printed in self.process.stdout:
            text += printed
            if printed.rstrip() == "}":
                said = json.loads(text)
                self.url, self.vkey = f"http://{said['listen']}", said["key"]
                return self
        raise RuntimeError("the witness ended before it listened")


class Ledger:
    """A ledger of svod in a folder of its own."""

    def __init__(self, binary: Path, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.binary, self.folder = binary, folder
        self.database = folder / "svod-data/svod.db"
        self.environment = {"PATH": os.environ["PATH"], "USER": "clerk", "NO_COLOR": "1"}

    def svod(self, *arguments: str, status: int = 0) -> str:
        ended = subprocess.run([self.binary, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if ended.returncode != status:
            raise RuntimeError(f"svod {arguments} ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def open(self, quarter: str) -> None:
        self.svod("quarter", "open", quarter, "--submit-by", FAR, "--close-at", FAR)

    def size(self) -> int:
        return int(self.svod("audit", "checkpoint", "--head").split("\n")[1])

    def asks(self, witnesses: str, until: str) -> str:
        """Runs the role that asks witnesses until it says the words."""
        environment = {**self.environment, "SVOD_WITNESSES": witnesses}
        line = [self.binary, "run", "--role", "witness"]
        process = subprocess.Popen(line, cwd=self.folder, env=environment, stderr=subprocess.PIPE, text=True)
        said = next((said for said in process.stderr if until in said), "")
        process.send_signal(signal.SIGTERM)
        process.communicate()
        if not said:
            raise RuntimeError(f"svod never said: {until}")
        return said

    def settle(self) -> None:
        """Brings the write-ahead log into the file."""
        with sqlite3.connect(self.database) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()


def quorum(note: str, log: str, witness_key: str) -> witness.Answer:
    result = aics_tlog.verify_checkpoint(
        aics_tlog.parse_note(note.encode()), aics_tlog.parse_vkey(log), [aics_tlog.parse_vkey(witness_key)], 1
    )
    return witness.Answer("aics-tlog believes it, quorum 1", 200, 200 if result.ok else 500, result.error or "")


def foreign_client(good: case.Case, folder: Path) -> list[witness.Answer]:
    """The foreign client has our witness cosign the kept checkpoints, the newest, and an older one again."""
    head, reader = good.head(), aics_tlog.FileSystemTileReader(good.export)
    sizes = [*good.kept()[:3], head.size]
    notes = [good.read(f"export/checkpoints/{size}").decode() for size in sizes[:-1]] + [good.read("export/checkpoint").decode()]
    proof = lambda old, new: aics_tlog.consistency_proof_from_tiles(reader, old, new, head.size)  # noqa: E731
    answers = []
    log = good.read("vkey").decode().strip()
    with OwnWitness(folder, head.origin, log) as ours:
        client = feeder.WitnessClient(ours.url, ours.vkey, state_path=folder / "client.json")
        for size, note in zip(sizes, notes):
            lines = client.submit(note, proof)
            cosigned = feeder.merge_cosignatures(note.encode(), lines).decode()
            answers.append(witness.Answer(f"size {size}: {(said := quorum(cosigned, log, ours.vkey)).what}", 200, said.status, said.body))
        try:
            client.submit(notes[0], proof)
            answers.append(witness.Answer("an older one again", 409, 200, ""))
        except feeder.WitnessAhead as error:
            answers.append(witness.Answer("an older one again", 409, 409, str(error)))
    return answers


def foreign_witness(ledger: Ledger, folder: Path) -> list[witness.Answer]:
    """Our client has a foreign witness cosign the ledger's growth, and not what a backup says."""
    ledger.open("2020-Q2")
    log = ledger.svod("audit", "key").strip()
    answers = []
    with witness.Witness(folder, log.split("+")[0], log) as foreign:
        setting = f"{foreign.url} {foreign.vkey}"

        def cosigned(what: str) -> None:
            size = ledger.size()
            ledger.asks(setting, f"size={size}")
            said = quorum(ledger.svod("audit", "checkpoint"), log, foreign.vkey)
            answers.append(witness.Answer(f"{what}, size {size}: {said.what}", 200, said.status, said.body))
            ledger.svod("audit", "verify", "--witness", foreign.vkey, "--quorum", "1")

        cosigned("the first checkpoint")
        ledger.settle()
        backup = shutil.copy(ledger.database, folder / "backup.db")
        for quarter in ("2020-Q3", "2020-Q4", "2021-Q1"):
            ledger.open(quarter)
        cosigned("growth")
        (ledger.folder / "kept.txt").write_text(ledger.svod("audit", "checkpoint"))
        ledger.settle()
        shutil.copy(backup, ledger.database)
        said = ledger.asks(setting, "the log is not cosigned any more")
        answers.append(witness.Answer("the ledger put back to its backup", 409, 409 if "put back" in said else 0, said))
        for quarter in ("2021-Q2", "2021-Q3", "2021-Q4", "2022-Q1"):
            ledger.open(quarter)
        said = ledger.asks(setting, "the log is not cosigned any more")
        answers.append(witness.Answer("and grown into another history", 422, 422 if " 422 " in said else 0, said))
        verdict = json.loads(ledger.svod("audit", "verify", "--checkpoint", "kept.txt", "--json", status=1))
        seen = 409 if verdict["defence"] == "checkpoint" else 0
        answers.append(witness.Answer("svod audit verify names the defence checkpoint", 409, seen, str(verdict)))
    return answers


def tell(title: str, answers: list[witness.Answer]) -> list[str]:
    print(title)
    for answer in answers:
        print(f"    {answer.what:56} {answer.status}{'' if answer.is_right() else f', not {answer.wanted}'}")
    return [f"{title}: {each.what}: {each.status} {each.body}" for each in answers if not each.is_right()]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--svod", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True, help="a folder that is not there yet")
    arguments.add_argument("export", type=Path)
    given = arguments.parse_args()
    OwnWitness.binary = binary = given.svod.resolve()
    work = given.work.resolve()
    good = case.from_export(given.export, given.export / "vkey", work / "good")
    faults = tell("svod's witness, shown what the foreign one was", witness.observe(good, work / "own", OwnWitness)[0])
    faults += tell("svod's witness, asked by the foreign client", foreign_client(good, work / "asked"))
    faults += tell("the foreign witness, asked by svod", foreign_witness(Ledger(binary, work / "ledger"), work / "foreign"))
    for fault in faults:
        print(f"audit: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
