// What ../judge.py is for Python: a line for each case, and the reading of what every verifier here needs.
"use strict";
const fs = require("fs");
const path = require("path");

const WIDTH = 256;

class Refused extends Error {}

function demand(holds, otherwise) {
  if (!holds) throw new Refused(otherwise);
}

// `refusals` are the classes of errors with which the foreign code says no. Anything else is a fault: no line.
function run(verify, refusals) {
  for (const folder of process.argv.slice(2)) {
    const name = path.basename(folder);
    try {
      verify(folder);
      console.log(`accepted\t${name}`);
    } catch (error) {
      if (![Refused, ...refusals].some((kind) => error instanceof kind) && error.code !== "ENOENT") {
        console.error(`${name}: ${error.stack}`);
        continue;
      }
      console.log(`refused\t${name}\t${error.message.replace(/\s+/g, " ")}`);
    }
  }
}

function bundlePath(number, width) {
  const parts = [String(number % 1000).padStart(3, "0")];
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    parts.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  return `tile/entries/${parts.join("/")}${width === WIDTH ? "" : `.p/${width}`}`;
}

function readEntries(folder, size) {
  const entries = [];
  while (entries.length < size) {
    const width = Math.min(WIDTH, size - entries.length);
    const name = bundlePath(entries.length / WIDTH, width);
    const bundle = fs.readFileSync(path.join(folder, "export", name));
    let at = 0;
    for (let count = 0; count < width; count += 1) {
      demand(at + 2 <= bundle.length, `${name} is cut`);
      const end = at + 2 + bundle.readUInt16BE(at);
      demand(end <= bundle.length, `${name} is cut`);
      entries.push(bundle.subarray(at + 2, end));
      at = end;
    }
    demand(at === bundle.length, `${name} has bytes left over`);
  }
  return entries;
}

module.exports = { demand, readEntries, run };
