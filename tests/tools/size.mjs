// What the wasm package weighs and which crate weighs it, with the gate.
//
//   node tests/tools/size.mjs FOLDER NAMED-WASM
//
// NAMED-WASM is the shipped module before its function names were stripped (tests/tools/wasm.sh).

import { readFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

// What is reached with the whole wallet; the goal stays 560.
const GATE_GZIP_KB = 640;

const [folder = "pkg/wasm", named = "target/size/paygress.named.wasm"] = process.argv.slice(2);

const kB = (/** @type {number} */ bytes) => (bytes / 1000).toFixed(1);
const row = (/** @type {(string | number)[]} */ ...cells) =>
  console.log(cells.map((cell, column) => (column === 0 ? String(cell).padEnd(26) : String(cell).padStart(10))).join(""));

/** Reads a module section by section. */
class Reader {
  #bytes;
  at;
  constructor(/** @type {Uint8Array} */ bytes, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.#bytes[this.at++];
  }
  number() {
    let result = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.byte();
      result += (byte & 127) * shift;
      if (byte < 128) return result;
    }
  }
  text() {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at));
  }
}

/** Sizes of the sections, and the name and size of every function that has a body. */
function inspect(/** @type {Uint8Array} */ bytes) {
  const reader = new Reader(bytes, 8);
  const names = new Map();
  const bodies = [];
  const sections = new Map();
  let imported = 0;
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    sections.set(id, (sections.get(id) ?? 0) + size);
    if (id === 2) imported = importedFunctions(reader);
    if (id === 10) {
      for (let left = reader.number(); left > 0; left--) {
        const length = reader.number();
        bodies.push(length);
        reader.at += length;
      }
    }
    if (id === 0 && reader.text() === "name") {
      while (reader.at < end) {
        const kind = reader.byte();
        const until = reader.number() + reader.at;
        if (kind === 1) for (let left = reader.number(); left > 0; left--) names.set(reader.number(), reader.text());
        reader.at = until;
      }
    }
    reader.at = end;
  }
  return { sections, functions: bodies.map((size, index) => ({ size, name: names.get(imported + index) ?? "" })) };
}

/** How many of the imports are functions. */
function importedFunctions(/** @type {Reader} */ reader) {
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.text();
    reader.text();
    const kind = reader.byte();
    if (kind === 0) {
      functions++;
      reader.number();
    } else if (kind === 1) {
      reader.byte();
      limits(reader);
    } else if (kind === 2) {
      limits(reader);
    } else if (kind === 3) {
      reader.byte();
      reader.byte();
    } else {
      reader.byte();
      reader.number();
    }
  }
  return functions;
}

function limits(/** @type {Reader} */ reader) {
  const withMaximum = reader.byte() & 1;
  reader.number();
  if (withMaximum) reader.number();
}

const STANDARD = new Set(["core", "alloc", "std", "compiler_builtins", "hashbrown", "dlmalloc", "rustc_demangle", "panic_abort"]);

/** The crate that a function comes from: the first in its name that is not of the standard library. */
function crateOf(/** @type {string} */ name) {
  const plain = name.replace(/\[[0-9a-f]+\]/g, "");
  if (/secp256k1_/.test(plain) && !plain.includes("::")) return "secp256k1 (C)";
  const heads = [...plain.matchAll(/(?<![\w:])([a-z_][a-z0-9_]*)::/g)].map((match) => match[1]);
  const foreign = heads.find((head) => !STANDARD.has(head));
  if (foreign) return foreign;
  if (heads.length > 0 || /^(mem(cpy|set|move|cmp)|__\w+|rust_\w+|\w*alloc\w*)$/.test(plain)) return "standard library";
  return "without a name";
}

const wasm = await readFile(`${folder}/paygress_bg.wasm`);
const glue = await readFile(`${folder}/paygress.js`);
const packed = [wasm, glue].map((bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length,
}));
const sum = (/** @type {"raw" | "gzip" | "brotli"} */ of) => packed.reduce((total, file) => total + file[of], 0);

const { sections, functions } = inspect(await readFile(named));
const crates = new Map();
for (const { name, size } of functions) {
  const crate = crateOf(name);
  const known = crates.get(crate) ?? { size: 0, count: 0 };
  crates.set(crate, { size: known.size + size, count: known.count + 1 });
}
const code = functions.reduce((total, { size }) => total + size, 0);

row("code by crate", "kB", "share", "functions");
const sorted = [...crates].sort(([, a], [, b]) => b.size - a.size);
for (const [crate, { size, count }] of sorted.slice(0, 24)) {
  row(crate, kB(size), `${((100 * size) / Math.max(code, 1)).toFixed(1)} %`, count);
}
const rest = sorted.slice(24);
if (rest.length > 0) {
  row(`${rest.length} more`, kB(rest.reduce((total, [, { size }]) => total + size, 0)), "", rest.reduce((n, [, { count }]) => n + count, 0));
}
row("data", kB(sections.get(11) ?? 0));
console.log();
row("", "kB", "gzip", "brotli");
["paygress_bg.wasm", "paygress.js"].forEach((name, at) => row(name, kB(packed[at].raw), kB(packed[at].gzip), kB(packed[at].brotli)));
row("both", kB(sum("raw")), kB(sum("gzip")), kB(sum("brotli")));
console.log();
if (sum("gzip") > GATE_GZIP_KB * 1000) {
  console.error(`size: ${kB(sum("gzip"))} kB gzip is more than the gate of ${GATE_GZIP_KB} kB`);
  process.exit(1);
}
console.log(`size: ${kB(sum("gzip"))} kB gzip, the gate is ${GATE_GZIP_KB} kB`);
