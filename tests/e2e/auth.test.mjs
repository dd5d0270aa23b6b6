// Relays that give messages only to those who say who they are (NIP-42): each lease does, on a socket of its own; the market never does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, net, onDevnet } from "./devnet.mjs";
import { fill, liveness, rent, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @type {import("playwright-core").Page} */
let page;

onDevnet([], async () => {
  await net.tell("/relay/all/guard");
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.goto(net.addresses.www);
});

/**
 * Who authenticated at all relays, after it was checked that those connections read messages and nothing else.
 * @returns {Promise<string[]>}
 */
async function keysTold() {
  const { relays } = await net.ask("/state");
  /** @type {{ key: string, asked: number[] }[]} */
  const visitors = relays.flatMap((/** @type {any} */ relay) => relay.authenticated);
  for (const { asked } of visitors) assert.deepEqual(asked, [4]);
  return [...new Set(visitors.map(({ key }) => key))];
}

test("the market is read without saying who reads", async () => {
  await visit(page, "market");
  await expectVisible(page.getByRole("row", { name: /Tidy Otter/ }).getByText("Online"));
  assert.deepEqual(await keysTold(), []);
});

test("a lease is rented and its reply arrives over relays that ask who it is for", async () => {
  await fill(page, 1000);
  await rent(page, "Tidy Otter");
  await expectVisible(page.getByRole("heading", { name: "How to get in" }), 60_000);
  await expectVisible(liveness(page, "Live"), 60_000);
  const { relays } = await net.ask("/state");
  for (const relay of relays) assert.equal(relay.authenticated.length, 1, "every relay carries the replies");
  assert.equal((await keysTold()).length, 1);
});

test("after the page was opened again the lease says anew who it is and is answered", async () => {
  await page.reload();
  await visit(page, "workloads");
  await expectVisible(liveness(page, "Live"), 60_000);
  await page.getByRole("button", { name: "Ask the provider" }).click();
  await expectVisible(page.getByText(/The provider says: running/).first(), 60_000);
  assert.equal((await keysTold()).length, 1);
});
