// The public surface of the package as one file, compared with the reviewed copy in tests/api.d.ts.
//
//   node tests/tools/api.mjs            fails when they differ
//   node tests/tools/api.mjs --accept   writes the copy anew, to be reviewed in the diff

import { readFile, writeFile } from "node:fs/promises";

const root = new URL("../../", import.meta.url);
const copy = new URL("tests/api.d.ts", root);

/** What wasm-bindgen writes, up to the part that is about loading and names what is inside of the module. */
async function ofWasm() {
  const text = await readFile(new URL("pkg/wasm/paygress.d.ts", root), "utf8");
  const end = text.indexOf("export type InitInput");
  if (end < 0) throw new Error("pkg/wasm/paygress.d.ts has no `InitInput`: wasm-bindgen writes another form now");
  return section("paygress/wasm", text.slice(0, end));
}

/** What the package's entry declares and what it passes on. */
async function ofShell() {
  const types = new URL("pkg/types/", root);
  const entry = await readFile(new URL("index.d.ts", types), "utf8");
  const passedOn = [...entry.matchAll(/^export .* from "\.\/(\w+)\.js";$/gm)].map(([, name]) => `${name}.d.ts`);
  const rest = passedOn.map(async (name) => section(name, await readFile(new URL(name, types), "utf8")));
  return [section("index.d.ts", entry), ...(await Promise.all(rest))];
}

const section = (/** @type {string} */ name, /** @type {string} */ text) => `// ---- ${name}\n\n${text.trim()}\n`;

const surface = [await ofWasm(), ...(await ofShell())].join("\n");
if (process.argv.includes("--accept")) {
  await writeFile(copy, surface);
  console.log(`api: ${surface.split("\n").length} lines written to tests/api.d.ts; review the diff`);
} else {
  const reviewed = (await readFile(copy, "utf8")).split("\n");
  const lines = surface.split("\n");
  const at = lines.findIndex((line, index) => line !== reviewed[index]);
  if (at >= 0 || lines.length !== reviewed.length) {
    const line = at < 0 ? lines.length : at;
    console.error(`api: the public surface is not the reviewed one, first at line ${line + 1} of tests/api.d.ts
  reviewed: ${reviewed[line] ?? "(ends)"}
  now:      ${lines[line] ?? "(ends)"}
If the change is meant: node tests/tools/api.mjs --accept, and read the diff.`);
    process.exit(1);
  }
  console.log(`api: ${lines.length} lines, as reviewed`);
}
