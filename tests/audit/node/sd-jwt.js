// sd-jwt.js CASE…: what is disclosed about sealed persons is what the entries commit to, with npm @sd-jwt/utils (digests)
// and @sd-jwt/decode (puts the claims where their digests stand). RFC 9901 forbids a digest that occurs twice.
"use strict";
const fs = require("fs");
const path = require("path");
const { createHash } = require("crypto");
const { Disclosure, SDJWTException } = require("@sd-jwt/utils");
const { unpackObj } = require("@sd-jwt/decode");
const { demand, readEntries, run } = require("./judge");

const CLAIMS = ["name", "position"];
const HASH = { alg: "sha-256", hasher: (data) => new Uint8Array(createHash("sha256").update(data).digest()) };

function disclosures(folder) {
  const map = {};
  for (const line of fs.readFileSync(path.join(folder, "export/disclosures.jsonl"), "utf8").split("\n")) {
    if (line === "") continue;
    const held = JSON.parse(line);
    const disclosure = Disclosure.fromEncodeSync(held.disclosure, HASH);
    demand(disclosure.digestSync(HASH) === held.digest, `the disclosure of ${held.digest} has another digest`);
    demand(CLAIMS.includes(disclosure.key), `${held.digest} discloses ${disclosure.key}`);
    demand(!(held.digest in map), `${held.digest} is disclosed twice`);
    map[held.digest] = disclosure;
  }
  return map;
}

// Digests in an entry, and how often a claim is written openly.
function census(value, found = { digests: [], claims: 0 }) {
  if (Array.isArray(value)) value.forEach((each) => census(each, found));
  else if (value && typeof value === "object") {
    for (const [key, each] of Object.entries(value)) {
      if (key === "_sd") found.digests.push(...each);
      else if (CLAIMS.includes(key)) found.claims += 1;
      census(each, found);
    }
  }
  return found;
}

function verify(folder) {
  const map = disclosures(folder);
  const size = Number(fs.readFileSync(path.join(folder, "export/checkpoint"), "utf8").split("\n")[1]);
  const seen = new Set();
  for (const bytes of readEntries(folder, size)) {
    const data = JSON.parse(bytes.toString("utf8")).data;
    const before = census(data);
    // What was told once may be told again in a later entry, as when a record is corrected.
    demand(new Set(before.digests).size === before.digests.length, "a digest occurs twice in an entry");
    before.digests.forEach((digest) => seen.add(digest));
    const { unpackedObj } = unpackObj(data, map);
    const open = before.digests.filter((digest) => digest in map).length;
    demand(census(unpackedObj).claims === before.claims + open, "a disclosed claim does not appear in its entry");
  }
  for (const digest of Object.keys(map)) demand(seen.has(digest), `no entry commits to ${digest}`);
}

run(verify, [SDJWTException, SyntaxError]);
