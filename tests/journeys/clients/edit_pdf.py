"""Saves a PDF again with qpdf, packed otherwise: edit_pdf.py FILE OUT [LETTERS]. With a number, the letters of the last text on the
first page that has so many are turned round: other words in the same cell."""

import json
import sys

import pikepdf


def turned(texts):
    codes = b"".join(bytes(text) for text in texts if isinstance(text, pikepdf.String))
    return pikepdf.String(b"".join(codes[i : i + 2] for i in range(len(codes) - 2, -1, -2)))


def letters(instruction):
    is_text = str(instruction.operator) == "TJ"
    return len(bytes(turned(instruction.operands[0]))) // 2 if is_text else 0


pdf = pikepdf.open(sys.argv[1])
if len(sys.argv) > 3:
    page = pdf.pages[0]
    instructions = list(pikepdf.parse_content_stream(page))
    long = [at for at, one in enumerate(instructions) if letters(one) >= int(sys.argv[3])][-1]
    texts = pikepdf.Array([turned(instructions[long].operands[0])])
    instructions[long] = pikepdf.ContentStreamInstruction([texts], instructions[long].operator)
    page.Contents = pdf.make_stream(pikepdf.unparse_content_stream(instructions))
pdf.save(sys.argv[2], object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)
json.dump({"saved": sys.argv[2]}, sys.stdout)
