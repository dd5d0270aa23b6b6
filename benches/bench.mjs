// Runs measure.js in Node and in headless Chromium and writes benches/README.md.
//
//   node benches/bench.mjs FOLDER-OF-THE-BENCH-PACKAGE      (`make bench` builds it first)

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { build } from "esbuild";

const here = import.meta.dirname;
const folder = resolve(process.argv[2] ?? "target/bench/pkg");
const { chromium } = createRequire(join(here, "../tests/e2e/package.json"))("playwright-core");

const work = await mkdtemp(join(tmpdir(), "paygress-bench-"));
try {
  await build({ entryPoints: [join(here, "measure.js")], outfile: join(work, "measure.mjs"), bundle: true, format: "esm", minify: true, logLevel: "error" });
  const inNode = await runInNode();
  const { version, rows: inChromium } = await runInChromium();
  const text = await page([
    { title: `Node ${process.versions.node}`, rows: inNode },
    { title: `Chromium ${version}`, rows: inChromium },
  ]);
  await writeFile(join(here, "README.md"), text);
  console.log(text);
} finally {
  await rm(work, { recursive: true, force: true });
}

async function runInNode() {
  const paygress = await import(pathToFileURL(join(folder, "paygress.js")).href);
  await paygress.default({ module_or_path: await readFile(join(folder, "paygress_bg.wasm")) });
  const { measure } = await import(pathToFileURL(join(work, "measure.mjs")).href);
  return measure(paygress);
}

async function runInChromium() {
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
    server.close();
  }
}

async function page(/** @type {{ title: string, rows: any[] }[]} */ runs) {
  const { devDependencies } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
  const model = cpus()[0]?.model.trim() || "an unnamed processor";
  const amount = (/** @type {number} */ value, /** @type {string} */ unit) =>
    `${value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1)} ${unit}`;
  const lines = [
    "# Measured",
    "",
    "`make bench` writes this page. Nothing here is a gate: compare the ratios, not the numbers, for both columns were measured in",
    "the same run on the same machine.",
    "",
    `On ${model}, ${cpus().length} cores, on ${new Date().toISOString().slice(0, 10)}, beside nostr-tools ${devDependencies["nostr-tools"]} and cashu-ts ${devDependencies["@cashu/cashu-ts"]}.`,
  ];
  for (const { title, rows } of runs) {
    lines.push("", `## ${title}`, "", "| | Paygress | beside | ratio |", "|---|---:|---:|---:|");
    for (const { what, ours, theirs, library, unit } of rows) {
      const beside = theirs === null ? "–" : `${amount(theirs, unit)} (${library})`;
      lines.push(`| ${what} | ${amount(ours, unit)} | ${beside} | ${theirs === null ? "–" : `${(ours / theirs).toFixed(1)}×`} |`);
    }
  }
  lines.push(
    "",
    "## What is measured",
    "",
    "- *Events*: the text of a frame goes into wasm and is parsed there, id and Schnorr signature are checked. Beside it: `JSON.parse` and",
    "  nostr-tools' `verifyEvent`.",
    "- *Duplicates*: the same, but the id is known, so nothing is checked. nostr-tools cuts the id out of the text without parsing it; we",
    "  parse the whole frame, so that what is counted is what was said.",
    "- *One tick*: 30,000 observations as JavaScript objects cross into `WorkloadStateMachine.tick`, conversion included; the best of six.",
    "- *Blind + unblind*: `B_ = Y + rG` and `C = C_ − rK` (NUT-00), all values as hex on both sides; both must give the same points.",
    "",
  );
  return lines.join("\n");
}
