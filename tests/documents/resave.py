"""resave.py QUARTERS OUT COUNT: saves the first so many documents of each format again with LibreOffice, in that format
and in others, as clerks do: OUT/FROM-THROUGH…-TO/NAME.TO.
"""

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import office

# From the format that is written, through others, to the one that is read again.
WAYS = [
    ["docx", "docx"],
    ["docx", "odt"],
    ["docx", "doc", "docx"],
    ["docx", "rtf", "docx"],
    ["odt", "odt"],
    ["odt", "docx"],
    ["xlsx", "xlsx"],
    ["xlsx", "ods"],
    ["xlsx", "xls", "xlsx"],
]
# The filter, where an ending has several.
FILTERS = {"docx": "docx:MS Word 2007 XML", "doc": "doc:MS Word 97", "xlsx": "xlsx:Calc MS Excel 2007 XML"}


def resave(quarters: Path, out: Path, way: list[str], count: int) -> str | None:
    """What LibreOffice did not make."""
    files = sorted((quarters / way[0]).iterdir())[:count]
    with tempfile.TemporaryDirectory() as folder:
        for number, to in enumerate(way[1:], 1):
            is_last = number == len(way) - 1
            target = out / "-".join(way) if is_last else Path(folder) / str(number)
            made = office.convert(files, FILTERS.get(to, to), target, Path(folder) / "profile")
            if len(made) != len(files):
                return f"LibreOffice made {len(made)} of {len(files)} files of the way {' → '.join(way)}"
            files = sorted(made.values())
    return None


def main() -> int:
    quarters, out, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with ProcessPoolExecutor() as pool:
        results = list(pool.map(resave, *zip(*[(quarters, out, way, count) for way in WAYS])))
    faults = list(filter(None, results))
    for fault in faults:
        print(f"documents: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
