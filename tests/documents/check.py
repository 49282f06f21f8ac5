"""Gives reports to every reader and validator, and says what each finds. First that they see what is spoilt.

Called by check.sh, which installs what is run here and says what the options mean.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import readers
import spoil
import validators
import words

CHUNK = 50
SHOWN_MAX = 5


@dataclass
class Line:
    """Of the table: what a stranger said of the files of a format."""

    name: str
    format: str
    files: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def add(self, other: "Line") -> None:
        self.files += other.files
        self.seconds += other.seconds
        self.faults += other.faults


def files_of(folder: Path, format_name: str) -> list[Path]:
    return sorted((folder / format_name).glob("*"))


def chosen_of(folder: Path, reader: readers.Reader) -> list[Path]:
    files = files_of(folder, reader.format)
    most = reader.bytes_max
    return [file for file in files if most is None or file.stat().st_size <= most][:: reader.of]


def read(number: int, folder: Path, files: list[Path]) -> Line:
    """What the reader of that number does not find."""
    reader = readers.ALL[number]
    line = Line(reader.name, reader.format, len(files))
    begun = time.monotonic()
    for file, found in zip(files, reader.read(files), strict=True):
        fault = fault_of(reader, words.expected(folder, file.stem), found)
        if fault:
            line.faults.append(f"{reader.name}: {file}: {fault}")
    line.seconds = time.monotonic() - begun
    return line


def fault_of(reader: readers.Reader, expected: readers.Rows, found: readers.Found) -> str | None:
    if isinstance(found, Exception):
        return f"{type(found).__name__}: {found}"
    if not reader.cells:
        return words.missing(expected, found[0][0], reader.fold, reader.guesses_white)
    return words.difference(expected, found, reader.headings, reader.is_same)


def judge(number: int, file: Path, format_name: str) -> Line:
    """What the validator of that number finds."""
    return judged(validators.ALL[number], file, format_name)


def judge_as_every_office(file: Path, format_name: str) -> Line:
    return judged(validators.EVERY_OFFICE, file, format_name)


def judged(validator: validators.Validator, file: Path, format_name: str) -> Line:
    begun = time.monotonic()
    finding = validator.find(file)
    faults = [f"{validator.name}: {file}: {finding[:500]}"] if finding else []
    return Line(validator.name, format_name, 1, time.monotonic() - begun, faults)


def tasks(pool: ProcessPoolExecutor, given: argparse.Namespace) -> Iterator["Future[Line]"]:
    each, together = given.folder / "each", given.folder / "together"
    # What takes longest begins first.
    chosen = [number for number, reader in enumerate(readers.ALL) if reader.light or not given.light]
    for number in sorted(chosen, key=lambda number: readers.ALL[number].name != "libreoffice"):
        files = chosen_of(each, readers.ALL[number])
        for begin in range(0, len(files), CHUNK):
            yield pool.submit(read, number, each, files[begin : begin + CHUNK])
    if given.light:
        return
    for number, validator in enumerate(validators.ALL):
        for format_name in validator.formats:
            for file in files_of(together, format_name):
                yield pool.submit(judge, number, file, format_name)
    for file in given.more:
        yield pool.submit(judge, 0, file, file.suffix[1:])
    for format_name in validators.EVERY_OFFICE.formats:
        yield pool.submit(judge_as_every_office, files_of(together, format_name)[0], format_name)


def unseen(given: argparse.Namespace, work: Path) -> Iterator[str]:
    """Spoilt copies that nobody complains of."""
    each = given.folder / "each"
    for reader in readers.ALL:
        if given.light and not reader.light:
            continue
        first = first_with_a_word(each, reader.format)
        if first is None:
            yield f"{reader.name} cannot be seen to miss a word: none of the {reader.format} has one"
            continue
        file, word = first
        copy = work / file.name
        spoil.without_word(file, word, copy)
        found = next(reader.read([copy]))
        if not fault_of(reader, words.expected(each, file.stem), found):
            yield f"{reader.name} misses no word in {reader.format}"
    if given.light:
        return
    for validator in validators.ALL:
        for format_name in validator.formats:
            for file in files_of(given.folder / "together", format_name)[:1]:
                copy = work / file.name
                spoil_for(validator, file, copy)
                if not validator.find(copy):
                    yield f"{validator.name} finds nothing in a spoilt {format_name}"


def spoil_for(validator: validators.Validator, file: Path, copy: Path) -> None:
    if file.suffix == ".pdf":
        copy.write_bytes(spoil.PLAIN_PDF)
    elif validator.find is validators.by_xmllint:
        spoil.cut_off(file, copy)
    else:
        spoil.with_foreign_element(file, copy)


def first_with_a_word(folder: Path, format_name: str) -> tuple[Path, str] | None:
    """The first report of the format that has a record with a plain word, and the word."""
    for file in files_of(folder, format_name):
        for row in words.expected(folder, file.stem):
            found = re.search(r"(?<=\s)[а-я]{5,9}(?=\s)", row[4]) if len(row) > 4 else None
            if found:
                return file, found.group()
    return None


def show(lines: list[Line]) -> None:
    print(f"{'':18}{'format':>9}{'files':>7}{'faults':>8}{'seconds':>9}")
    for line in lines:
        print(f"{line.name:18}{line.format:>9}{line.files:>7}{len(line.faults):>8}{line.seconds:>9.0f}")
    for line in lines:
        for fault in line.faults[:SHOWN_MAX]:
            print(f"documents: {fault}", file=sys.stderr)


def unread(given: argparse.Namespace) -> Iterator[str]:
    """What nobody would look at, and so find no fault with."""
    chosen = [reader for reader in readers.ALL if reader.light or not given.light]
    for reader in chosen:
        if not chosen_of(given.folder / "each", reader):
            yield f"{given.folder}/each has no {reader.format} that {reader.name} would read"
    for validator in [] if given.light else [*validators.ALL, validators.EVERY_OFFICE]:
        for format_name in validator.formats:
            if not files_of(given.folder / "together", format_name):
                yield f"{given.folder}/together has no {format_name} for {validator.name}"


def check(given: argparse.Namespace) -> bool:
    missing = list(unread(given))
    for what in missing:
        print(f"documents: {what}", file=sys.stderr)
    if missing:
        return False
    work = Path(tempfile.mkdtemp(dir=given.folder))
    try:
        missed = list(unseen(given, work))
    finally:
        shutil.rmtree(work)
    for fault in missed:
        print(f"documents: {fault}", file=sys.stderr)
    table: dict[tuple[str, str], Line] = {}
    with ProcessPoolExecutor() as pool:
        for done in as_completed(list(tasks(pool, given))):
            line = done.result()
            table.setdefault((line.name, line.format), Line(line.name, line.format)).add(line)
    order = [stranger.name for stranger in [*readers.ALL, *validators.ALL, validators.EVERY_OFFICE]]
    lines = sorted(table.values(), key=lambda line: (order.index(line.name), line.format))
    show(lines)
    return not missed and not any(line.faults for line in lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--light", action="store_true")
    arguments.add_argument("folder", type=Path, help="reports as the example `documents` writes them")
    arguments.add_argument("more", type=Path, nargs="*", help="other documents for the Open XML SDK")
    return 0 if check(arguments.parse_args()) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"documents: {failure}")
