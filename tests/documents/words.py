"""What has to be found: the letters, digits and signs of each cell, in their order.

Typography may touch spaces, quotation marks and dashes, and drops what nobody sees; nothing else may differ.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path

QUOTES = set('"«»„“”‟')
MINUS = "\u2212"
# The first cell of the row of headings.
HEADING = "№п/п"
# Words of so many letters fit into every column, together with what no line may part from them.
UNBROKEN_MAX = 8
# White that lines may be broken at: none of it is there to keep words together, and typography leaves it as it is.
BREAK = re.compile(r"(?<![\s№«„“\"(\[{])[^\S\u00a0\u2007\u202f]+(?![\s»”\",.;:!?)\]}])")
# Fillers of syllables, which are letters to Python and white to everybody.
FILLERS = set("\u115f\u1160\u3164\uffa0")
# Where other alphabets than Greek, Latin and Cyrillic begin.
FOREIGN = "\u0530"

# What a reader is known to change in letters: done to what is wanted and to what it found.
Fold = Callable[[str], str]
# Whether a cell that was found is the wanted one.
Same = Callable[[str, str], bool]


def as_it_is(text: str) -> str:
    return text


def as_pdfium_says(text: str) -> str:
    """PDFium takes letters and fractions apart, turns brackets round in whatever runs from right to left, as if nobody had said
    which letters they are, and leaves out what stands for no letter beside what no font has.
    """
    apart = unicodedata.normalize("NFKD", text.replace("\ufffd", "")).replace("\u2044", "/")
    return "".join("(" if unicodedata.mirrored(letter) and letter not in QUOTES else letter for letter in apart)


def is_same(want: str, got: str) -> bool:
    return want == got


def is_in_tags_of_poppler(want: str, got: str) -> bool:
    """The tags of poppler have what each shape shows first in the file, and as it stands: they know no /ActualText and no
    /ReversedChars. So the letters and digits of near alphabets have to be there in their order, but for those with marks; what
    stands between them may be a box that was another letter elsewhere.
    """
    there = iter(unicodedata.normalize("NFC", got))
    return all(letter in there for letter in near_letters(want))


def near_letters(text: str) -> Iterator[str]:
    """Letters and digits of near alphabets that no mark follows."""
    composed = unicodedata.normalize("NFC", text)
    for letter, behind in zip_longest(composed, composed[1:], fillvalue=" "):
        if letter < FOREIGN and letter.isalnum() and unicodedata.category(behind)[0] != "M":
            yield letter


def letters(text: str) -> str:
    """Without spaces, control characters, quotation marks and dashes."""
    return "".join(letter for letter in text if is_seen(letter))


def is_seen(letter: str) -> bool:
    category = unicodedata.category(letter)
    is_selector = "\ufe00" <= letter <= "\ufe0f"
    is_mark = category == "Pd" or letter == MINUS or letter in QUOTES
    return category[0] in "LMNSP" and not is_mark and not is_selector and letter not in FILLERS


def expected(folder: Path, name: str) -> list[list[str]]:
    """What was written of the report of that name."""
    return json.loads((folder / "expected" / f"{name}.json").read_text())


def difference(
    expected_rows: list[list[str]], found: list[list[str]], headings: bool = True, is_same: Same = is_same
) -> str | None:
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
            if not is_same(cell, other):
                return f"row {number}, column {column}: {where(cell, other)}"
    return None


def missing(
    expected_rows: list[list[str]], text: str, fold: Fold = as_it_is, guesses_white: bool = False
) -> str | None:
    """What a text without order lacks: a letter of the report, or a word that no line had to break.

    Beyond U+FFFF are letters that no font has; a PDF says what stands in their place, which PDFium does not read. The laws of
    crates/report look for them. The words of a reader that `guesses_white` between letters from gaps need not be apart.
    """
    wanted = "".join(letter for row in expected_rows for cell in row for letter in letters(cell) if letter <= "\uffff")
    lacking = Counter(letters(fold(wanted))) - Counter(letters(fold(text)))
    if lacking:
        return f"{lacking.total()} letters are not found: {''.join(lacking)[:20]!r}"
    found = {letters(fold(word)) for word in text.split()}
    together = letters(fold(text)) if guesses_white else ""
    wanted = map(fold, unbroken_words(expected_rows))
    lost = next((word for word in map(letters, wanted) if word not in found and word not in together), None)
    return lost and f"the word {lost!r} is not found"


def unbroken_words(rows: list[list[str]]) -> Iterator[str]:
    pieces = (piece for row in rows for cell in row for piece in BREAK.split(cell))
    # Nothing may be parted, and so nothing may come to touch, within a piece that has no white.
    words = (letters(piece) for piece in pieces if len(piece) <= UNBROKEN_MAX and not re.search(r"\s", piece))
    return filter(is_word, words)


def is_word(word: str) -> bool:
    """Letters that stay in one line and are of one font: not those that are a word each (East Asian), nor those that no font
    may have, nor ready-made forms.
    """
    scripts = {unicodedata.name(letter, "").split()[0] for letter in word if unicodedata.name(letter, "")}
    return word.isalpha() and len(scripts) == 1 and all(map(is_of_words, word))


def is_of_words(letter: str) -> bool:
    return letter < "\ufb00" and unicodedata.east_asian_width(letter) not in "WF"


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
