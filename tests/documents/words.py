"""What has to be found: the letters, digits and signs of each cell, in their order.

Typography may touch spaces, quotation marks and dashes, and drops what nobody sees; nothing else may differ.
"""

import json
import unicodedata
from collections import Counter
from itertools import zip_longest
from pathlib import Path

QUOTES = set('"«»„“”‟')
MINUS = "\u2212"
# The first cell of the row of headings.
HEADING = "№п/п"
# Words of so many letters fit into every column.
UNBROKEN_MAX = 8


def letters(text: str) -> str:
    """Without spaces, control characters, quotation marks and dashes."""
    return "".join(letter for letter in text if is_seen(letter))


def is_seen(letter: str) -> bool:
    category = unicodedata.category(letter)
    is_selector = "\ufe00" <= letter <= "\ufe0f"
    is_mark = category == "Pd" or letter == MINUS or letter in QUOTES
    return category[0] in "LMNSP" and not is_mark and not is_selector


def expected(folder: Path, name: str) -> list[list[str]]:
    """What was written of the report of that name."""
    return json.loads((folder / "expected" / f"{name}.json").read_text())


def difference(expected_rows: list[list[str]], found: list[list[str]], headings: bool = True) -> str | None:
    """The first place where a reader found something else, or None. Without `headings` only activities are looked for."""
    wanted, bare = [[bare_row(row) for row in rows] for rows in (expected_rows, found)]
    if headings:
        begin = next((at for at, row in enumerate(bare) if row[:1] == [HEADING]), None)
        if begin is None:
            return "the row of headings is not found"
        bare = bare[begin + 1 :]
    else:
        wanted, bare = [[row for row in rows if len(row) > 1] for rows in (wanted, bare)]
    for number, (want, got) in enumerate(zip_longest(wanted, bare), 1):
        if want is None:
            return f"row {number}: there is one more: {shortened(got)}"
        if got is None:
            return f"row {number} is not found: {shortened(want)}"
        for column, (cell, other) in enumerate(zip_longest(want, got, fillvalue=""), 1):
            if cell != other:
                return f"row {number}, column {column}: {where(cell, other)}"
    return None


def missing(expected_rows: list[list[str]], text: str) -> str | None:
    """What a text without order lacks: a letter of the report, or a word that no line had to break.

    Beyond U+FFFF are letters that no font has; a PDF says what stands in their place, which PDFium does not read. The laws of
    crates/report look for them.
    """
    wanted = (letter for letter in letters("".join(map("".join, expected_rows))) if ord(letter) <= 0xFFFF)
    lacking = Counter(wanted) - Counter(letters(text))
    if lacking:
        return f"{lacking.total()} letters are not found: {''.join(lacking)[:20]!r}"
    found = set(map(letters, text.split()))
    wanted = (word for row in expected_rows for cell in row for word in map(letters, cell.split()))
    lost = next((word for word in wanted if is_word(word) and word not in found), None)
    return lost and f"the word {lost!r} is not found"


def is_word(word: str) -> bool:
    return word.isalpha() and len(word) <= UNBROKEN_MAX and max(word) <= "\uffff"


def bare_row(row: list[str]) -> list[str]:
    """The letters of its cells. A number may bear a full stop, a row across the table empty cells."""
    cells = [letters(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > 1:
        cells[0] = cells[0].rstrip(".")
    return cells


def where(want: str, got: str) -> str:
    at = next((at for at, (one, other) in enumerate(zip(want, got)) if one != other), min(len(want), len(got)))
    begin = max(at - 10, 0)
    return f"letter {at} of {len(want)}, {len(got)} found: {want[begin : at + 10]!r}, not {got[begin : at + 10]!r}"


def shortened(row: list[str]) -> list[str]:
    return [cell[:20] for cell in row]
