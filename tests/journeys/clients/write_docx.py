"""A clerk with Word (python-docx): makes a report of the rows that come as JSON. A row of one text is a section."""

import json
import sys

import docx

HEADING = ["№\nп/п", "Наименование мероприятия", "Место проведения\nмероприятия", "Сроки\nпроведения\nмероприятия",
           "Содержание мероприятия\n(в том числе краткая информация о достигнутых договоренностях)",
           "Участники мероприятия\n(ФИО, должность)"]

document = docx.Document()
document.add_paragraph("Отчет о мероприятиях, проведенных органами местного самоуправления")
document.add_paragraph("в международной сфере во II квартале 2020 года")
table = document.add_table(rows=1, cols=len(HEADING))
for cell, text in zip(table.rows[0].cells, HEADING):
    cell.text = text
for texts in json.load(sys.stdin):
    cells = table.add_row().cells
    if len(texts) == 1:
        cells[0].merge(cells[-1]).text = texts[0]
        continue
    for cell, text in zip(cells, texts):
        cell.text = text
document.add_paragraph("Исполнитель: И.П. Ромашкин")
document.save(sys.argv[1])
