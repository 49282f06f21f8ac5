"""What is done to a good case so that it is good no longer, and which defences then have to see it.

    mutate.py GOOD OUT     makes one folder for each mutation and prints their names

A defence is what some verifier looks at (check.py says who looks at what):
    signature     of the newest checkpoint, of an earlier one or of the one in a proof
    entries       the bytes of all entries and their order, against root or proofs
    tiles         the hash tiles
    inclusion     proofs that an entry is in the tree
    consistency   proofs that the tree continues an earlier one
    history       earlier checkpoints and papers against the newest checkpoint
    form          entries are canonical JSON
    disclosures   disclosed persons against the digests in the entries
"""

import sys
from pathlib import Path

# Each of these adds its mutations to the list.
import mutations.heads
import mutations.proofs
import mutations.trees
import mutations.words  # noqa: F401
from case import Case
from mutations.registry import ALL, Mutation, NotHere


def make_all(good: Case, out: Path) -> list[Mutation]:
    """Makes a case of each mutation that the export allows."""
    made = []
    for each in ALL:
        case = good.copy(out / each.name)
        try:
            each.apply(case)
        except NotHere as why:
            print(f"audit: not tried: {each.name}: {why}", file=sys.stderr)
        else:
            made.append(each)
    return made


if __name__ == "__main__":
    for each in make_all(Case(Path(sys.argv[1])), Path(sys.argv[2])):
        print(each.name)
