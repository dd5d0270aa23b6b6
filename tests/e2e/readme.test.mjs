// The example of the package's README, as a stranger would paste it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { serve } from "./browser.mjs";
import { browser, net, onDevnet } from "./devnet.mjs";

/** @type {Awaited<ReturnType<typeof serve>>} */
let site;

onDevnet([], async () => {
  const readme = await readFile(new URL("../../pkg/README.md", import.meta.url), "utf8");
  const example = /```html\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const map = '<script type="importmap">{ "imports": { "paygress": "/pkg/shell/index.js" } }</script>';
  const relay = /** @type {string} */ (net.addresses.relays[0]);
  assert.ok(example.includes("wss://relay.damus.io"), "the example names a relay that is replaced here");
  site = await serve({ "/example": example.replace("<script type=\"module\">", `${map}$&`).replace("wss://relay.damus.io", relay) });
});

after(() => site?.close());

test("the README's example lists the providers that are online", async () => {
  const page = await browser.newPage();
  await page.goto(`${site.origin}/example`);
  await page.getByText("Tidy Otter: Basic 180 sat/hour").waitFor({ timeout: 30_000 });
  assert.ok((await page.locator("#providers li").count()) >= 1);
});
