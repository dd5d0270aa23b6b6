// Copies the page's libraries out of node_modules into vendor/, unchanged and with their licences.
import { cp, mkdir, rm } from "node:fs/promises";

const from = new URL("node_modules/", import.meta.url);
const to = new URL("vendor/", import.meta.url);

const FILES = [
  ["lit-html/lit-html.js"],
  ["lit-html/lit-html.d.ts"],
  ["lit-html/directive.js"],
  ["lit-html/directive.d.ts"],
  ["lit-html/directive-helpers.js"],
  ["lit-html/directive-helpers.d.ts"],
  ["lit-html/directives/live.js"],
  ["lit-html/directives/live.d.ts"],
  ["lit-html/directives/repeat.js"],
  ["lit-html/directives/repeat.d.ts"],
  ["lit-html/LICENSE"],
  ["uqr/dist/index.mjs", "uqr/uqr.mjs"],
  ["uqr/dist/index.d.mts", "uqr/uqr.d.mts"],
  ["uqr/LICENSE"],
];

await rm(to, { recursive: true, force: true });
for (const [source, target = source] of FILES) {
  const file = new URL(target, to);
  await mkdir(new URL(".", file), { recursive: true });
  await cp(new URL(source, from), file);
}
