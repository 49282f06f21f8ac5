"""verify_rfc8785.py CASE…: every entry is the canonical form of itself, says PyPI `rfc8785`.

It sees the form of the bytes and nothing else: a letter that was changed into another letter is none of its business.
"""

import json
from pathlib import Path

import rfc8785
from aics_tlog.tiles import parse_entry_bundle

import judge


def verify(case: Path) -> None:
    seen = 0
    for bundle in sorted((case / "export/tile/entries").rglob("*")):
        for entry in parse_entry_bundle(bundle.read_bytes()) if bundle.is_file() else []:
            seen += 1
            judge.demand(rfc8785.dumps(json.loads(entry)) == entry, f"an entry of {bundle.name} is not canonical")
    judge.demand(seen > 0, "there are no entries")


if __name__ == "__main__":
    # json.JSONDecodeError, UnicodeDecodeError and rfc8785's errors are all values that cannot be.
    judge.run(verify, (ValueError, RecursionError))
