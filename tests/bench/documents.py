"""The report's table by docxtpl, and python-docx as a reader: measured from inside, the start of Python not counted.

documents.py docxtpl LINES OUT | documents.py python-docx-read FILE
"""

import json
import sys
import time
from pathlib import Path


def peak_mib():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("no VmHWM")


def template(path, columns):
    """A form with the marks of docxtpl: rows that loop, one for a section and one for a record."""
    import docx

    document = docx.Document()
    document.add_paragraph("{{ title }}")
    table = document.add_table(rows=7, cols=6)
    for cell, heading in zip(table.rows[0].cells, columns):
        cell.text = heading
    marks = [
        "{%tr for section in sections %}",
        None,
        "{%tr for row in section.rows %}",
        None,
        "{%tr endfor %}",
        "{%tr endfor %}",
    ]
    for row, mark in zip(table.rows[1:], marks):
        if mark:
            row.cells[0].text = mark
    section = table.rows[2].cells
    section[0].merge(section[5]).text = "{{ section.heading }}"
    record = table.rows[4].cells
    for index in (0, 1, 2, 3, 5):
        record[index].text = "{{ row[%d] }}" % index
    paragraphs = record[4].paragraphs
    paragraphs[0].text = "{%p for text in row[4] %}"
    record[4].add_paragraph("{{ text }}")
    record[4].add_paragraph("{%p endfor %}")
    document.save(path)


def docxtpl(lines, out):
    from docxtpl import DocxTemplate

    head, *rest = [json.loads(line) for line in Path(lines).read_text().splitlines()]
    sections = []
    for line in rest:
        if "section" in line:
            sections.append({"heading": line["section"], "rows": []})
        else:
            sections[-1]["rows"].append(line["row"])
    form = out + ".form.docx"
    template(form, head["columns"])
    began = time.perf_counter()
    document = DocxTemplate(form)
    document.render({"title": head["title"], "sections": sections}, autoescape=True)
    document.save(out)
    return {"seconds": time.perf_counter() - began, "bytes": Path(out).stat().st_size}


def python_docx_read(file):
    import docx

    began = time.perf_counter()
    letters = 0
    for table in docx.Document(file).tables:
        for row in table.rows:
            letters += sum(len(cell.text) for cell in row.cells)
    return {"seconds": time.perf_counter() - began, "letters": letters}


def main():
    what, *arguments = sys.argv[1:]
    figures = {"docxtpl": docxtpl, "python-docx-read": python_docx_read}[what](*arguments)
    print(json.dumps({**figures, "mib": peak_mib()}))


main()
