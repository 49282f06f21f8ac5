"""agree.py --work FOLDER [--key VKEY-FILE] [--rust SVOD-AUDIT] EXPORT: both verifiers of exports give the same answers.

They are the program svod-audit and verify.py. Each is given the good export, others that are as good, every mutation that is
visible in an export (mutations/), what chance makes of single files and of entries, and what is no export at all. Both have to
accept what is good, to refuse every mutation, and to name the same first bad position, file and defence; of what chance makes
they only have to think the same. Without --rust only verify.py is asked.
"""

import argparse
import filecmp
import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import case
import mutate
import sample
from case import Case
from mutations.exports import BROUGHT, EXPORTS, change_manifest, keep, lay, replaced
from mutations.registry import NotHere

HERE = Path(__file__).parent
STATUS = {0: "sound", 1: "tampered", 2: "bad usage", 3: "cannot tell"}
CHANCES = 40
# What JSON, UTF-8, base64 and times may be broken by.
PIECES = (
    *(b"", b"\x00", b"\n", b" ", b"\x7f", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xc3\xa9", b'"', b"\\", b"=", b"-", b"0", b"Z"),
    *(b"\\u0000", b"\\u001F", b"\\ud800", b"\\/", b"1e3", b"-0", b"9007199254740992", b"NaN", b"null", b"{}", b"[", b'"_sd":['),
)
# Around the borders of tiles.
SIZES = (0, 1, 2, 255, 256, 257, 513)


class Table:
    def __init__(self, commands: dict[str, list[str]]) -> None:
        self.commands = commands
        self.counts = dict.fromkeys(STATUS.values(), 0)
        self.faults: list[str] = []

    def ask(self, command: list[str], folder: Path, key: Path) -> tuple[int, dict]:
        brought = sorted((folder / BROUGHT).iterdir()) if (folder / BROUGHT).is_dir() else []
        options = [word for file in brought for word in ("--checkpoint", str(file))]
        asked = [*command, str(folder / "export"), "--key", str(key), *options, "--json"]
        run = subprocess.run(asked, capture_output=True, text=True)
        try:
            return run.returncode, json.loads(run.stdout)
        except json.JSONDecodeError:
            return run.returncode, {"what": f"no JSON: {run.stdout}{run.stderr}"}

    def row(self, folder: Path, wanted: int | None, defence: str | None = None, key: Path | None = None) -> None:
        answers = {name: self.ask(command, folder, key or folder / "vkey") for name, command in self.commands.items()}
        status, found = next(iter(answers.values()))
        self.counts[STATUS.get(status, "bad usage")] += 1
        place = "  ".join(str(found[part]) for part in ("position", "defence", "file") if found.get(part) is not None)
        print(f"{folder.name:56}{STATUS.get(status, status):14}{place}")
        for name, (status, found) in answers.items():
            if wanted is not None and status != wanted:
                self.faults.append(f"{name} says of {folder.name}: {STATUS.get(status, status)}: {found}")
            elif defence and found.get("defence") != defence:
                self.faults.append(f"{name} says that {folder.name} is seen by {found.get('defence')}, not {defence}")
        # The words are their own.
        told = [(status, {part: told for part, told in found.items() if part != "what"}) for status, found in answers.values()]
        if any(each != told[0] for each in told):
            self.faults.append(f"the verifiers differ about {folder.name}: {told}")


def is_visible(good: Case, mutated: Case) -> bool:
    """Whether the export, or what the auditor has beside it, is another than before."""

    def differs(compared: filecmp.dircmp) -> bool:
        here = compared.left_only or compared.right_only or compared.diff_files
        return bool(here) or any(differs(each) for each in compared.subdirs.values())

    compared = filecmp.dircmp(good.folder, mutated.folder, ignore=["proofs", "consistency"])
    return differs(compared)


def with_document(good: Case) -> None:
    content = b"a report\n"
    good.write(f"export/documents/{hashlib.sha256(content).hexdigest()}.txt", content)


def redacted(good: Case) -> None:
    (good.export / "disclosures.jsonl").unlink(missing_ok=True)
    change_manifest(good, redacted=True)


def without_history(good: Case) -> None:
    for size in good.kept():
        good.remove(f"export/checkpoints/{size}")


def with_trifles(good: Case) -> None:
    """Nothing is disclosed in an empty file, and empty folders are nothing. Where the file must not be, it is not put."""
    if not json.loads(good.read("export/manifest.json"))["redacted"]:
        good.write("export/disclosures.jsonl", b"")
    (good.export / "documents").mkdir()


AS_GOOD: dict[str, Callable[[Case], None]] = {
    "good-with-a-document": with_document,
    "good-and-kept-checkpoints-agree": keep,
    "good-and-redacted": redacted,
    "good-without-earlier-checkpoints": without_history,
    "good-with-trifles": with_trifles,
}


def not_an_export(good: Case) -> None:
    for part in ("checkpoint", "manifest.json"):
        good.remove(f"export/{part}")
    shutil.rmtree(good.export / "tile")


def no_key(good: Case) -> None:
    good.write("vkey", b"svod.example/sample+00000000+AAAA\n")


def brought_what_is_no_checkpoint(good: Case) -> None:
    good.write(f"{BROUGHT}/0.txt", b"700 entries\n")


def brought_a_receipt_without_checkpoint(good: Case) -> None:
    good.write(f"{BROUGHT}/0.json", b'{"data":{"position":7}}')


def by_chance(good: Case, cases: Path) -> Iterator[Case]:
    """Bytes are changed in any file; and in an entry, after which everything is signed anew."""
    chance = random.Random(20260501)
    files = sorted(str(file.relative_to(good.folder)) for file in good.export.rglob("*") if file.is_file())
    for number in range(CHANCES):
        copy = good.copy(cases / f"chance-{number}")
        file = chance.choice(files)
        copy.write(file, shaken(chance, copy.read(file)))
        yield copy
    for number in range(CHANCES):
        copy = good.copy(cases / f"chance-in-an-entry-{number}")
        try:
            lay(copy, replaced(copy, lambda entry: shaken(chance, entry)))
        except NotHere:
            return
        yield copy


def shaken(chance: random.Random, content: bytes) -> bytes:
    at, piece = chance.randrange(len(content) + 1), chance.choice(PIECES)
    return content[:at] + piece + content[at + chance.choice((0, 1, len(piece))) :] or b"\n"


UNTOLD = (not_an_export, no_key, brought_what_is_no_checkpoint, brought_a_receipt_without_checkpoint)


def check(given: argparse.Namespace) -> list[str]:
    cases = given.work / "agree"
    good = case.from_export(given.export, given.key or given.export / "vkey", cases / "good")
    commands = {"svod-audit": [str(given.rust)]} if given.rust else {}
    table = Table(commands | {"verify.py": [sys.executable, str(HERE / "verify.py")]})
    table.row(good.folder, 0)
    for name, change in AS_GOOD.items():
        copy = good.copy(cases / name)
        try:
            change(copy)
        except NotHere as why:
            print(f"audit: not tried: {name}: {why}", file=sys.stderr)
        else:
            table.row(copy.folder, 0)
    for size in SIZES:
        sample.write(cases / f"sample-of-{size}" / "export", size)
        table.row(cases / f"sample-of-{size}", 0, key=cases / f"sample-of-{size}" / "export" / "vkey")
    made = [(each, None) for each in mutate.make_all(good, cases)]
    mutate.ALL[:] = EXPORTS
    made += [(each, next(iter(each.seen_by))) for each in mutate.make_all(good, cases)]
    for each, defence in made:
        if is_visible(good, Case(cases / each.name)):
            table.row(cases / each.name, 1, defence)
    for each in by_chance(good, cases):
        table.row(each.folder, None)
    for change in UNTOLD:
        copy = good.copy(cases / change.__name__.replace("_", "-"))
        change(copy)
        table.row(copy.folder, 3)
    print(", ".join(f"{count} {verdict}" for verdict, count in table.counts.items() if count))
    return table.faults


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--work", type=Path, required=True, help="an empty folder")
    arguments.add_argument("--key", type=Path)
    arguments.add_argument("--rust", type=Path, help="the program svod-audit")
    arguments.add_argument("export", type=Path)
    faults = check(arguments.parse_args())
    for fault in faults:
        print(f"audit: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
