"""Spoilt copies, to see that they are seen."""

import zipfile
from collections.abc import Callable
from pathlib import Path

# Its font is not embedded, and where its parts lie is not said.
PLAIN_PDF = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Resources <</Font <</F 4 0 R>>>> /Contents 5 0 R>> endobj
4 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>> endobj
5 0 obj <</Length 25>> stream
BT /F 9 Tf (word) Tj ET
endstream endobj
trailer <</Root 1 0 R>>
%%EOF
"""

# A part of each format, and a place in it where no foreign element may stand.
PLACES = {
    "docx": ("word/document.xml", b"<w:body>", b"<w:foreign/>"),
    "xlsx": ("xl/worksheets/sheet1.xml", b"<sheetData>", b"<foreign/>"),
    "odt": ("content.xml", b"<office:text>", b"<office:foreign/>"),
}


def without_word(file: Path, word: str, copy: Path) -> None:
    """The document without a word of it. A PDF gives way to another one."""

    def spoilt(part: bytes) -> bytes:
        return part.replace(word.encode(), b"")

    if file.suffix == ".pdf":
        copy.write_bytes(PLAIN_PDF)
    elif zipfile.is_zipfile(file):
        rewrite(file, copy, lambda _name, part: spoilt(part))
    else:
        copy.write_bytes(spoilt(file.read_bytes()))


def with_foreign_element(file: Path, copy: Path) -> None:
    name, place, element = PLACES[file.suffix[1:]]
    rewrite(file, copy, lambda part, data: data.replace(place, place + element, 1) if part == name else data)


def cut_off(file: Path, copy: Path) -> None:
    """Its main part lacks its last tag."""
    name = PLACES[file.suffix[1:]][0]
    rewrite(file, copy, lambda part, data: data[: data.rindex(b"<")] if part == name else data)


def rewrite(file: Path, copy: Path, change: Callable[[str, bytes], bytes]) -> None:
    with zipfile.ZipFile(file) as package, zipfile.ZipFile(copy, "w") as other:
        for part in package.infolist():
            other.writestr(part, change(part.filename, package.read(part)))
