// @ts-check
// Runs measure.js in Node and in headless Chromium and puts the table into benches/README.md.
//
//   node benches/bench.mjs FOLDER-OF-THE-BENCH-PACKAGE      (`make bench` builds it first)

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { cpus, tmpdir } from "node:os";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

/** @typedef {import("./compare.js").Row} Row */

const MARKS = ["<!-- measured: `make bench` writes what is between these marks -->", "<!-- /measured -->"];

const here = import.meta.dirname;
const folder = resolve(process.argv[2] ?? "target/bench/pkg");
const { chromium } = createRequire(join(here, "../tests/e2e/package.json"))("playwright-core");

const work = await mkdtemp(join(tmpdir(), "paygress-bench-"));
try {
  await build({ entryPoints: [join(here, "measure.js")], outfile: join(work, "measure.mjs"), bundle: true, format: "esm", minify: true, logLevel: "error" });
  console.log("bench: measuring in Node, about a minute");
  const inNode = await runInNode();
  console.log("bench: measuring in Chromium, about a minute");
  const { version, rows } = await runInChromium();
  const measured = await table({ title: `Node ${process.versions.node}`, rows: inNode }, { title: `Chromium ${version}`, rows });
  const page = join(here, "README.md");
  await writeFile(page, between(await readFile(page, "utf8"), measured));
  console.log(measured);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** @returns {Promise<Row[]>} */
async function runInNode() {
  const paygress = await import(pathToFileURL(join(folder, "paygress.js")).href);
  await paygress.default({ module_or_path: await readFile(join(folder, "paygress_bg.wasm")) });
  const { measure } = await import(pathToFileURL(join(work, "measure.mjs")).href);
  return measure(paygress);
}

/** @returns {Promise<{ version: string, rows: Row[] }>} */
async function runInChromium() {
  /** @type {Map<string, [string, Buffer]>} */
  const files = new Map([
    ["/", ["text/html", Buffer.from("<!doctype html><title>bench</title>")]],
    ["/measure.mjs", ["text/javascript", await readFile(join(work, "measure.mjs"))]],
    ["/paygress.js", ["text/javascript", await readFile(join(folder, "paygress.js"))]],
    ["/paygress_bg.wasm", ["application/wasm", await readFile(join(folder, "paygress_bg.wasm"))]],
  ]);
  const server = createServer((request, response) => {
    const [type, body] = files.get(request.url ?? "") ?? [];
    response.writeHead(body ? 200 : 404, { "content-type": type ?? "text/plain" }).end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  try {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    try {
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${address.port}/`);
      const rows = await tab.evaluate(async () => {
        const paygress = await import(String("/paygress.js"));
        await paygress.default();
        return (await import(String("/measure.mjs"))).measure(paygress);
      });
      return { version: browser.version(), rows };
    } finally {
      await browser.close();
    }
  } finally {
    server.close();
  }
}

/** One line for everything that stands beside ours, one column for each engine. */
async function table(/** @type {{ title: string, rows: Row[] }[]} */ ...runs) {
  const { devDependencies: pinned } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
  const wasm = await readFile(join(folder, "paygress_bg.wasm"));
  const lines = [
    `On ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores: nostr-tools ${pinned["nostr-tools"]}, nostr-wasm ${pinned["nostr-wasm"]}, cashu-ts ${pinned["@cashu/cashu-ts"]}; ` +
      `our wasm has ${kilobytes(wasm)} kB, ${kilobytes(gzipSync(wasm, { level: 9 }))} kB by gzip, the doors for this page included.`,
    "",
    `| | beside | ${runs.map(({ title }) => `${title} | ratio`).join(" | ")} |`,
    `|---|---|${runs.map(() => "---:|---:|").join("")}`,
  ];
  runs[0].rows.forEach(({ what, unit, theirs }, row) => {
    const cells = (/** @type {(row: Row) => string} */ cell) => runs.map(({ rows }) => cell(rows[row])).join(" | ");
    if (theirs.length === 0) lines.push(`| ${what} | nothing does this | ${cells(({ ours }) => `${amount(ours)} ${unit} | –`)} |`);
    theirs.forEach(({ name }, other) => {
      const beside = (/** @type {Row} */ { ours, theirs }) => `${amount(ours)} : ${amount(theirs[other].value)} ${unit} | **${theirs[other].ratio.toFixed(2)}×**`;
      lines.push(`| ${what} | ${name} | ${cells(beside)} |`);
    });
  });
  return lines.join("\n");
}

function between(/** @type {string} */ page, /** @type {string} */ measured) {
  const [from, to] = MARKS.map((mark) => page.indexOf(mark));
  if (from < 0 || to < from) throw new Error(`benches/README.md has lost its marks; put back the lines ${MARKS.join(" and ")}`);
  return `${page.slice(0, from + MARKS[0].length)}\n${measured}\n${page.slice(to)}`;
}

function kilobytes(/** @type {Uint8Array} */ bytes) {
  return Math.round(bytes.length / 1000).toLocaleString("en");
}

function amount(/** @type {number} */ value) {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 ? 0 : 1);
}
