// The report's table by docxtemplater, measured from inside, the start of node not counted.
//
// documents.mjs docxtemplater LINES OUT

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../target/bench/node/package.json', import.meta.url));
const Docxtemplater = require('docxtemplater');
const PizZip = require('pizzip');

const NAMESPACE = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006';
const MAIN = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';

const peakMib = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

const paragraph = (text) => `<w:p><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
const cell = (content, span = 1) =>
  `<w:tc><w:tcPr><w:gridSpan w:val="${span}"/></w:tcPr>${content}</w:tc>`;
const row = (...cells) => `<w:tr>${cells.join('')}</w:tr>`;

// A form with its marks: one table, in it rows that loop, a section's and a record's.
function form(columns) {
  const section = row(cell(paragraph('{#sections}{heading}'), columns.length));
  const last = columns.length - 1;
  const record = row(
    ...columns.map((_, index) => {
      if (index === 4) return cell(paragraph('{#content}') + paragraph('{.}') + paragraph('{/content}'));
      const opens = index === 0 ? '{#rows}' : '';
      const closes = index === last ? '{/rows}{/sections}' : '';
      return cell(paragraph(`${opens}{cell${index}}${closes}`));
    }),
  );
  const heading = row(...columns.map((column) => cell(paragraph(column))));
  const grid = '<w:gridCol/>'.repeat(columns.length);
  const zip = new PizZip();
  zip.file(
    '[Content_Types].xml',
    `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ` +
      `ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
      `<Override PartName="/word/document.xml" ContentType="${MAIN}"/></Types>`,
  );
  zip.file(
    '_rels/.rels',
    `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" ` +
      `Type="${OFFICE}/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
  );
  zip.file(
    'word/document.xml',
    `<w:document xmlns:w="${NAMESPACE}"><w:body>${paragraph('{title}')}<w:tbl><w:tblGrid>${grid}</w:tblGrid>` +
      `${heading}${section}${record}</w:tbl>${paragraph('')}</w:body></w:document>`,
  );
  return zip.generate({ type: 'nodebuffer', compression: 'DEFLATE' });
}

function docxtemplater(lines, out) {
  const [head, ...rest] = readFileSync(lines, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const sections = [];
  for (const line of rest) {
    if (line.section !== undefined) sections.push({ heading: line.section, rows: [] });
    else {
      const cells = Object.fromEntries(line.row.map((text, index) => [`cell${index}`, text]));
      sections.at(-1).rows.push({ ...cells, content: line.row[4] });
    }
  }
  const empty = form(head.columns);
  const began = performance.now();
  const document = new Docxtemplater(new PizZip(empty), { paragraphLoop: true, linebreaks: true });
  document.render({ title: head.title, sections });
  const bytes = document.getZip().generate({ type: 'nodebuffer', compression: 'DEFLATE' });
  const seconds = (performance.now() - began) / 1e3;
  writeFileSync(out, bytes);
  return { seconds, bytes: statSync(out).size };
}

const [what, lines, out] = process.argv.slice(2);
if (what !== 'docxtemplater') throw new Error('usage: documents.mjs docxtemplater LINES OUT');
console.log(JSON.stringify({ ...docxtemplater(lines, out), mib: peakMib() }));
