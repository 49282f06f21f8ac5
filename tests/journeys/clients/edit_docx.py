"""Saves a Word file again with python-docx, as an office program would: edit_docx.py FILE OUT [ROW COLUMN TEXT]. With a text, the
cell says that; rows and columns are counted from 1."""

import json
import sys

import docx

document = docx.Document(sys.argv[1])
if len(sys.argv) > 3:
    row, column, text = sys.argv[3:]
    document.tables[0].rows[int(row) - 1].cells[int(column) - 1].paragraphs[0].text = text
document.core_properties.revision = 7
document.save(sys.argv[2])
json.dump({"saved": sys.argv[2]}, sys.stdout)
