// Loads a built package once, as a stranger's Node would, and refuses what could not run in a browser.
//
//   node tests/tools/smoke.mjs FOLDER

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = resolve(process.argv[2] ?? "pkg/wasm");
const bytes = await readFile(`${folder}/paygress_bg.wasm`);
const module = await WebAssembly.compile(bytes);

// C that was compiled for wasm32 by the wrong compiler asks a libc that no browser has.
const strange = WebAssembly.Module.imports(module).filter(({ module: from }) => !from.startsWith("./paygress_bg"));
if (strange.length > 0) {
  const names = strange.map(({ module: from, name }) => `${from}.${name}`).join(", ");
  console.error(`the module imports ${names}, which no browser has; was libsecp256k1 compiled by clang?`);
  process.exit(1);
}

const loaded = await import(pathToFileURL(`${folder}/paygress.js`).href);
await loaded.default({ module_or_path: module });
const names = Object.keys(loaded).filter((name) => !["default", "initSync"].includes(name));
console.log(`wasm: ${bytes.length} bytes load in Node and export ${names.length ? names.join(", ") : "nothing yet"}`);
