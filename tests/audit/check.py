"""Runs every verifier on the good export and on all mutations of it, and says whether each answered as it has to.

Called by check.sh, which installs and builds what is run here and says what the options mean.
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import case
import mutate
import witness

HERE = Path(__file__).parent
REFUSED_MIN = 10
WITNESSED = "good-cosigned"


@dataclass
class Verifier:
    name: str
    command: list[str]
    sees: set[str]
    light: bool = False
    # Verdict and reason by the name of the case.
    answers: dict[str, tuple[str, str]] = field(default_factory=dict)

    def judge(self, cases: list[Path]) -> None:
        run = subprocess.run([*self.command, *map(str, cases)], capture_output=True)
        if run.stderr or run.returncode:
            print(f"audit: {self.name} ended with {run.returncode}\n{run.stderr.decode()}", file=sys.stderr)
        # A reason may quote any byte of a mutation, among them what Python takes for the end of a line elsewhere (U+0085, U+001C, CR).
        for line in filter(None, run.stdout.decode().split("\n")):
            verdict, name, *reason = line.split("\t", 2)
            self.answers[name] = verdict, "".join(reason)


def verifiers(made: Path, binaries: Path) -> list[Verifier]:
    tree = {"signature", "entries", "tiles", "inclusion", "consistency", "history"}
    python, node = [sys.executable], ["node"]
    return [
        Verifier("go", [str(made / "go-verify")], tree),
        Verifier("tlog_tiles", [str(binaries / "tlog-tiles-verifier")], tree),
        Verifier("aics-tlog", [*python, str(HERE / "verify_aics.py")], tree, light=True),
        Verifier(
            "pymerkle", [*python, str(HERE / "verify_pymerkle.py")], {"entries", "inclusion", "history"}, light=True
        ),
        Verifier("rfc8785", [*python, str(HERE / "verify_rfc8785.py")], {"form"}, light=True),
        Verifier("sigstore", [*node, str(HERE / "node/sigstore.js")], {"signature", "entries", "inclusion", "history"}),
        Verifier("sd-jwt", [*node, str(HERE / "node/sd-jwt.js")], {"disclosures"}),
    ]


class Table:
    """A line for each case, a column for each verifier, and what is wrong with them."""

    def __init__(self, judges: list[Verifier], verbose: bool) -> None:
        self.judges = judges
        self.verbose = verbose
        self.faults: list[str] = []

    def head(self) -> None:
        print(f"{'':44}" + "".join(f"{judge.name:>12}" for judge in self.judges))

    def row(self, name: str, seen_by: frozenset[str] | None) -> None:
        """`seen_by` is None for a case that everybody has to accept."""
        cells = [self.cell(judge, name, seen_by) for judge in self.judges]
        print(f"{name:44}" + "".join(f"{cell:>12}" for cell in cells))
        for judge in self.judges if self.verbose else []:
            verdict, reason = judge.answers.get(name, ("", ""))
            if verdict == "refused":
                print(f"    {judge.name}: {reason}")

    def cell(self, judge: Verifier, name: str, seen_by: frozenset[str] | None) -> str:
        verdict, reason = judge.answers.get(name, ("no answer", ""))
        if verdict == "no answer":
            self.faults.append(f"{judge.name} gave no answer about {name}")
            return "FAULT"
        if seen_by is None:
            if verdict != "accepted":
                self.faults.append(f"{judge.name} refused {name}: {reason}")
            return "accepted" if verdict == "accepted" else "REFUSED"
        if seen_by & judge.sees:
            if verdict != "refused":
                self.faults.append(f"{judge.name} accepted {name}")
            return "refused" if verdict == "refused" else "ACCEPTED"
        # Not its business: it may see it by accident.
        return "(refused)" if verdict == "refused" else "·"

    def foot(self, mutations: list[mutate.Mutation]) -> None:
        counts = []
        for judge in self.judges:
            due = [each for each in mutations if each.seen_by & judge.sees]
            count = sum(judge.answers.get(each.name, ("",))[0] == "refused" for each in due)
            counts.append(f"{count}/{len(due)}")
            if count < REFUSED_MIN:
                self.faults.append(f"{judge.name} refused {count} mutations, fewer than {REFUSED_MIN}")
        print(f"{'refused, of those it can see':44}" + "".join(f"{count:>12}" for count in counts))


def shown_to_a_witness(good: case.Case, work: Path) -> tuple[case.Case, list[str]]:
    """The good case with a cosigned checkpoint, and what was wrong with the witness's answers."""
    answers, cosigned = witness.observe(good, work / "witness")
    print("\naics-witness on loopback")
    for answer in answers:
        print(f"    {answer.what:48} {answer.status}{'' if answer.is_right() else f', not {answer.wanted}'}")
    refusals = sum(answer.wanted != 200 and answer.is_right() for answer in answers)
    print(f"    refused: {refusals}\n")
    faults = [f"the witness: {each.what}: {each.status} {each.body}" for each in answers if not each.is_right()]
    if refusals < REFUSED_MIN:
        faults.append(f"the witness refused {refusals}, fewer than {REFUSED_MIN}")
    copy = good.copy(work / "cases" / WITNESSED)
    copy.write("export/checkpoint", cosigned)
    return copy, faults


def check(given: argparse.Namespace) -> list[str]:
    cases = given.work / "cases"
    good = case.from_export(given.export, given.key or given.export / "vkey", cases / "good")
    disclosed = (good.export / "disclosures.jsonl").exists()
    judges = [judge for judge in verifiers(given.made, given.binaries) if judge.light or not given.light]
    # A redacted export discloses nothing that could be compared.
    judges = [judge for judge in judges if disclosed or judge.sees != {"disclosures"}]
    cosigned, faults = shown_to_a_witness(good, given.work)
    mutations = mutate.make_all(good, cases)
    folders = [good.folder, cosigned.folder, *(cases / each.name for each in mutations)]
    for judge in judges:
        judge.judge(folders)
    table = Table(judges, given.verbose)
    table.head()
    table.row("good", None)
    table.row(WITNESSED, None)
    for each in mutations:
        table.row(each.name, each.seen_by)
    table.foot(mutations)
    return faults + table.faults


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--made", type=Path, required=True, help="where check.sh keeps what it installed")
    arguments.add_argument("--binaries", type=Path, required=True, help="where cargo left the verifier in Rust")
    arguments.add_argument("--work", type=Path, required=True, help="an empty folder")
    arguments.add_argument("--light", action="store_true")
    arguments.add_argument("--verbose", action="store_true")
    arguments.add_argument("--key", type=Path)
    arguments.add_argument("export", type=Path)
    try:
        faults = check(arguments.parse_args())
    except (OSError, ValueError, witness.Unfit) as error:
        # The export cannot even be read: no verifier has to be asked.
        faults = [f"{type(error).__name__}: {error}"]
    for fault in faults:
        print(f"audit: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
