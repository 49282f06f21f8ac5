"""A foreign reader of Word files (python-docx): prints what a person would see, as JSON."""

import hashlib
import json
import sys
import zipfile

import docx
from docx.oxml.ns import qn

document = docx.Document(sys.argv[1])
table = document.tables[0]
rows = []
for row in table.rows:
    cells = row._tr.findall(qn("w:tc"))
    rows.append(["\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in cell.findall(qn("w:p")))
                 for cell in cells])
section = document.sections[0]
properties = document.core_properties
package = zipfile.ZipFile(sys.argv[1])
json.dump({
    "title": " ".join(p.text for p in document.paragraphs if p.text.strip()),
    "paragraphs": [p.text for p in document.paragraphs if p.text.strip()],
    "rows": rows,
    "heading_repeats": table.rows[0]._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None,
    "landscape": section.page_width > section.page_height,
    "first_page_differs": section.different_first_page_header_footer,
    "margins_mm": [round(m.mm) for m in (section.left_margin, section.right_margin, section.top_margin,
                                         section.bottom_margin)],
    "properties": {"title": properties.title, "subject": properties.subject, "language": properties.language,
                   "created": str(properties.created)},
    "parts": {name: hashlib.sha256(package.read(name)).hexdigest() for name in package.namelist()},
}, sys.stdout, ensure_ascii=False)
