"""Readers that nobody here wrote: each gives the rows that it finds in the files of a format, or what it complains of."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
import lxml.html
import mammoth
import openpyxl
import pypdfium2
from openpyxl.utils.escape import unescape

import office
import words

Rows = list[list[str]]
# A reader that fails says what with.
Found = Rows | Exception
FORM_COLUMNS = 6


@dataclass(frozen=True)
class Reader:
    name: str
    format: str
    read: Callable[[list[Path]], Iterator[Found]]
    light: bool = False
    # Whether it shows what is marked as a heading in a table: rows that repeat, rows of sections.
    headings: bool = True
    # Whether it shows which cell a text stands in.
    cells: bool = True
    # What it is known to change in letters.
    fold: words.Fold = words.as_it_is
    # Whether it guesses from gaps which words are apart, and finds some where there are none.
    guesses_white: bool = False
    # By what its cells are compared.
    is_same: words.Same = words.is_same
    # Of how many reports it reads one: some are slow, and others read all.
    of: int = 1
    # Longer files it does not read: it takes minutes.
    bytes_max: int | None = None


def one_by_one(read: Callable[[Path], Rows]) -> Callable[[list[Path]], Iterator[Found]]:
    def each(files: list[Path]) -> Iterator[Found]:
        for file in files:
            try:
                yield read(file)
            # Whatever a stranger throws at a document is a finding about it.
            except Exception as failure:  # noqa: BLE001
                yield failure

    return each


def by_python_docx(file: Path) -> Rows:
    rows = []
    for row in docx.Document(str(file)).tables[0].rows:
        # A cell across the table stands there once for each column.
        cells = {id(cell._tc): cell.text for cell in row.cells}
        rows.append(list(cells.values()))
    return rows


def by_mammoth(file: Path) -> Rows:
    with file.open("rb") as opened:
        return rows_of_page(mammoth.convert_to_html(opened).value)


def by_openpyxl(file: Path) -> Rows:
    sheet = openpyxl.load_workbook(file).worksheets[0]
    rows = sheet.iter_rows(max_col=FORM_COLUMNS, values_only=True)
    # It leaves the escapes of Excel to whoever asks.
    return rejoined([["" if cell is None else unescape(str(cell)) for cell in row] for row in rows])


def by_lxml(file: Path) -> Rows:
    return rows_of_page(file.read_text())


def by_json(file: Path) -> Rows:
    report = json.loads(file.read_text())
    rows = [report["columns"]]
    for section in report["sections"]:
        rows.append([section["heading"]])
        for row in section["rows"]:
            content = "\n".join(row["content"])
            rows.append([str(row["number"]), row["title"], row["place"], row["dates"], content, row["participants"]])
    return rows


def by_libreoffice(files: list[Path]) -> Iterator[Found]:
    with tempfile.TemporaryDirectory() as folder:
        made = office.convert(files, "html", Path(folder) / "out", Path(folder) / "profile")
        for file in files:
            if file.stem not in made:
                yield ValueError("LibreOffice makes nothing of it")
                continue
            rows = rows_of_page(made[file.stem].read_text())
            yield rejoined(rows) if file.suffix == ".xlsx" else rows


def by_pandoc(files: list[Path]) -> Iterator[Found]:
    command = ["pandoc", "--from", files[0].suffix[1:], "--to", "json", "--file-scope", *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True)
    tables = [block for block in json.loads(run.stdout)["blocks"] if block["t"] == "Table"] if run.stdout else []
    if len(tables) != len(files):
        yield from [ValueError(f"{len(tables)} tables in {len(files)} files {run.stderr}")] * len(files)
        return
    yield from map(rows_of_pandoc, tables)


def by_pdfinfo(file: Path) -> Rows:
    """The tree of tags with its text: a line for each element, its text in quotation marks beneath, piece by piece."""
    # It prints titles of headings as they are in the file, in UTF-16.
    command = ["pdfinfo", "-struct-text", str(file)]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=True)
    rows: Rows = []
    for line in run.stdout.splitlines():
        tag = line.strip()
        if tag == "TR":
            rows.append([])
        elif tag.rstrip(":") in ("TD", "TH") and rows:
            rows[-1].append("")
        elif tag.startswith('"') and rows and rows[-1]:
            rows[-1][-1] += tag[1:-1]
    return rows


def by_pdfium(file: Path) -> Rows:
    with pypdfium2.PdfDocument(file) as document:
        return [["\n".join(page.get_textpage().get_text_range() for page in document)]]


def by_pdftotext(file: Path) -> Rows:
    run = subprocess.run(["pdftotext", "-raw", str(file), "-"], capture_output=True, text=True, check=True)
    return [[run.stdout]]


def rows_of_page(page: str) -> Rows:
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    table = next(lxml.html.fromstring(page.encode(), parser=parser).iter("table"))
    return [[text for cell in row.iter("td", "th") for text in texts_of_cell(cell)] for row in table.iter("tr")]


def texts_of_cell(cell: lxml.html.HtmlElement) -> list[str]:
    """One for each column that it lies over."""
    return [cell.text_content()] + [""] * (int(cell.get("colspan", 1)) - 1)


def rows_of_pandoc(table: dict[str, Any]) -> Rows:
    _attributes, _caption, _columns, head, bodies, _foot = table["c"]
    rows = head[1] + [row for body in bodies for row in body[2] + body[3]]
    return [[text_of_pandoc(cell[4]) for cell in row[1]] for row in rows]


def text_of_pandoc(part: Any) -> str:
    if isinstance(part, list):
        return "".join(map(text_of_pandoc, part))
    if not isinstance(part, dict):
        return ""
    match part["t"]:
        case "Str":
            return part["c"]
        case "Code" | "Math" | "RawInline" | "CodeBlock" | "RawBlock":
            return part["c"][1]
        case _:
            return text_of_pandoc(part.get("c", ""))


def rejoined(rows: Rows) -> Rows:
    """The rows of a sheet. One that has no number goes on with the row above."""
    whole: Rows = []
    for row in rows:
        cells = row[:FORM_COLUMNS]
        if whole and not cells[0].strip() and any(cell.strip() for cell in cells):
            whole[-1] = [cell + more for cell, more in zip(whole[-1], cells)]
        else:
            whole.append(cells)
    return whole


ALL = [
    Reader("python-docx", "docx", one_by_one(by_python_docx), light=True),
    Reader("mammoth", "docx", one_by_one(by_mammoth), light=True),
    Reader("pandoc", "docx", by_pandoc),
    Reader("libreoffice", "docx", by_libreoffice, of=4),
    Reader("pandoc", "odt", by_pandoc, headings=False),
    Reader("libreoffice", "odt", by_libreoffice),
    Reader("openpyxl", "xlsx", one_by_one(by_openpyxl), light=True),
    Reader("libreoffice", "xlsx", by_libreoffice, of=4),
    Reader("lxml", "html", one_by_one(by_lxml), light=True),
    Reader("pandoc", "html", by_pandoc),
    Reader("json", "json", one_by_one(by_json), light=True),
    Reader("pdfium", "pdf", one_by_one(by_pdfium), cells=False, fold=words.as_pdfium_says, guesses_white=True),
    Reader("pdfinfo", "pdf", one_by_one(by_pdfinfo), is_same=words.is_in_tags_of_poppler, of=10, bytes_max=120_000),
    Reader("pdftotext", "pdf", one_by_one(by_pdftotext), cells=False, of=4),
    Reader("pdfium", "pdf-a1b", one_by_one(by_pdfium), cells=False, fold=words.as_pdfium_says, guesses_white=True),
    Reader("pdftotext", "pdf-a1b", one_by_one(by_pdftotext), cells=False, of=4),
]
