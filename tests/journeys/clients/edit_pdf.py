"""Saves a PDF again with qpdf, packed otherwise: edit_pdf.py FILE OUT [LETTERS]. With a number, the letters of the last text on the
first page that has so many are turned round: other words in the same cell."""

import json
import sys

import pikepdf


def turned(texts):
    codes = b"".join(bytes(text) for text in texts if isinstance(text, pikepdf.String))
    return pikepdf.String(b"".join(codes[i : i + 2] for i in range(len(codes) - 2, -1, -2)))


pdf = pikepdf.open(sys.argv[1])
if len(sys.argv) > 3:
    page = pdf.pages[0]
    instructions = list(pikepdf.parse_content_stream(page))
    shows = [one for one in instructions if str(one.operator) == "TJ"]
    long = [one for one in shows if len(bytes(turned(one.operands[0]))) >= 2 * int(sys.argv[3])]
    long[-1].operands[0] = pikepdf.Array([turned(long[-1].operands[0])])
    page.Contents = pdf.make_stream(pikepdf.unparse_content_stream(instructions))
pdf.save(sys.argv[2], object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)
json.dump({"saved": sys.argv[2]}, sys.stdout)
