// sigstore.js CASE…: signatures of all checkpoints, and proofs of inclusion of single entries, with npm @sigstore/verify.
// It proves nothing about growth and reads no tiles: an entry without a proof is not seen by it.
"use strict";
const fs = require("fs");
const path = require("path");
const { createPublicKey } = require("crypto");
const { verifyCheckpoint } = require("@sigstore/verify/dist/tlog/checkpoint");
const { verifyMerkleInclusion } = require("@sigstore/verify/dist/tlog/merkle");
const { VerificationError } = require("@sigstore/verify");
const { demand, readEntries, run } = require("./judge");

// The prefix that makes 32 bytes an Ed25519 key for Node (RFC 8410).
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

// The log as the library wants to know it, from a verifier key `name+id+key`.
function trustedLog(vkey) {
  const [name, id, ...key] = vkey.trim().split("+");
  const bytes = Buffer.from(key.join("+"), "base64").subarray(1);
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: "der", type: "spki" });
  return { baseURL: name, logID: Buffer.from(id, "hex"), publicKey };
}

function open(envelope, log) {
  const checkpoint = verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } }, [log]);
  demand(checkpoint.origin === log.baseURL, "the checkpoint is of another log");
  return checkpoint;
}

function proofParts(text) {
  const split = text.indexOf("\n\n");
  const lines = text.slice(0, split).split("\n");
  demand(split > 0 && lines.shift() === "c2sp.org/tlog-proof@v1", "not a tlog-proof");
  if (lines[0].startsWith("extra ")) lines.shift();
  const index = /^index (\d+)$/.exec(lines.shift());
  demand(index, "a tlog-proof without an index");
  const hashes = lines.map((line) => Buffer.from(line, "base64"));
  return { logIndex: index[1], hashes, envelope: text.slice(split + 2) };
}

function verify(folder) {
  const read = (name) => fs.readFileSync(path.join(folder, name), "utf8");
  const log = trustedLog(read("vkey"));
  const head = open(read("export/checkpoint"), log);
  const entries = readEntries(folder, Number(head.logSize));
  for (const name of fs.readdirSync(path.join(folder, "export/checkpoints"))) {
    const old = open(read(`export/checkpoints/${name}`), log);
    demand(String(old.logSize) === name, `checkpoints/${name} has the size ${old.logSize}`);
    demand(old.logSize <= head.logSize, `a rollback: ${name} was signed before ${head.logSize}`);
  }
  for (const name of fs.readdirSync(path.join(folder, "proofs"))) {
    const { envelope, ...inclusionProof } = proofParts(read(`proofs/${name}`));
    const against = open(envelope, log);
    demand(against.logSize <= head.logSize, `${name} is newer than the checkpoint of the export`);
    const canonicalizedBody = entries[Number(inclusionProof.logIndex)];
    demand(canonicalizedBody, `${name} is of an entry that is not there`);
    verifyMerkleInclusion({ canonicalizedBody, inclusionProof }, against);
  }
}

run(verify, [VerificationError]);
