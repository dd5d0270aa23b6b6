// One phrase in two browsers, and an older copy of a store: the page says so, and by the mint's own books no sat is missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Complaints } from "./complaints.mjs";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, enterWords, fill, makeToken, readWords, takeIn, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

// Counters that the other browser used are refused with 400.
const complaints = new Complaints(/status of 400/);
let strangers = 0;

const SAID = /These words are in use on another device too/;

onDevnet();

async function profile(context = browser.newContext()) {
  const page = complaints.of(await (await context).newPage());
  await page.goto(net.addresses.www);
  return page;
}

/** @param {Page} page */
async function settled(page) {
  await visit(page, "wallet");
  await expectVisible(page.getByText("Nothing is locked and nothing waits."), 60_000);
}

/** @param {string} token */
async function strangerTakes(token) {
  strangers += (await net.tell("/mint/redeem", { token })).arrived;
}

/** What all wallets together own, by the mint's books. */
async function owed() {
  const { issued, fees, melted } = await net.ask("/mint/ledger");
  return issued - fees - melted - strangers;
}

/**
 * @param {Page} page
 * @param {() => Promise<number>} [sum]
 */
async function comesToOwn(page, sum = owed) {
  const until = Date.now() + 60_000;
  for (;;) {
    await settled(page);
    const [has, should] = [await balance(page), await sum()];
    if (has === should) return;
    assert.ok(Date.now() < until, `${has} sat instead of ${should}`);
    await page.waitForTimeout(200);
  }
}

test("two browsers with one phrase say so, go on past each other's coins, and miss nothing", async () => {
  const one = await profile();
  await fill(one, 700);
  const words = await readWords(one);
  const two = await profile();
  await enterWords(two, words);
  await settled(two);
  assert.equal(await balance(two), 700);
  assert.equal(await two.getByText(SAID).count(), 0);

  await strangerTakes(await makeToken(two, 300));
  await fill(two, 55);
  await visit(one, "wallet");
  assert.equal(await balance(one), 700, "nothing was told to it yet");
  await fill(one, 21);
  await visit(one, "wallet");
  await expectVisible(one.getByText(SAID), 30_000);
  await expectVisible(one.getByText(/sat of this balance were spent there/), 60_000);
  await comesToOwn(one);

  // It is told by itself when it is opened again.
  await two.reload();
  await visit(two, "wallet");
  await expectVisible(two.getByText(SAID), 30_000);
  await comesToOwn(two);

  const gift = (await net.tell("/mint/gift", { amounts: [64, 32] })).token;
  await takeIn(two, gift);
  await expectVisible(two.getByText(/sat came in/).first(), 30_000);
  await makeToken(one, 40);
  await one.getByRole("button", { name: "Take it back" }).click();
  await expectVisible(one.getByText("The token was taken back.", { exact: true }).first(), 60_000);
  for (const page of [one, two]) {
    await page.reload();
    await comesToOwn(page);
  }

  // Whoever knows it is told no more, until there is news.
  await visit(one, "wallet");
  await one.getByRole("button", { name: "I know" }).click();
  await one.getByText(SAID).waitFor({ state: "detached" });
  await one.reload();
  await comesToOwn(one);
  assert.equal(await one.getByText(SAID).count(), 0);
  await strangerTakes(await makeToken(two, 30));
  await one.reload();
  await visit(one, "wallet");
  await expectVisible(one.getByText(SAID), 30_000);
  await comesToOwn(one);
  await visit(one, "wallet");
  await one.getByRole("link", { name: /ecash/ }).first().click();
  await expectVisible(one.getByText("Left the balance, spent elsewhere"));
  complaints.none();
  await Promise.all([one, two].map((page) => page.context().close()));
});

test("an older copy of a store is put right when it is opened", async () => {
  const first = await profile();
  await fill(first, 400);
  const kept = await first.evaluate(() => new Promise((done) => {
    indexedDB.open("paygress").onsuccess = ({ target }) => {
      const database = /** @type {IDBOpenDBRequest} */ (target).result;
      database.transaction("records").objectStore("records").getAll().onsuccess = (event) => {
        database.close();
        done(/** @type {IDBRequest} */ (event.target).result);
      };
    };
  }));
  const before = await owed();
  await strangerTakes(await makeToken(first, 111));
  await fill(first, 33);
  await settled(first);
  const bare = await first.context().newPage();
  await bare.goto(`${net.addresses.www}/config.json`);
  await first.close();
  await bare.evaluate((records) => new Promise((done) => {
    indexedDB.open("paygress").onsuccess = ({ target }) => {
      const database = /** @type {IDBOpenDBRequest} */ (target).result;
      const transaction = database.transaction("records", "readwrite");
      transaction.objectStore("records").clear();
      for (const record of /** @type {any[]} */ (records)) transaction.objectStore("records").put(record);
      transaction.oncomplete = () => {
        database.close();
        done(null);
      };
    };
  }), kept);
  const page = await profile(Promise.resolve(bare.context()));
  await bare.close();
  await visit(page, "wallet");
  await expectVisible(page.getByText(SAID), 30_000);
  await comesToOwn(page, async () => 400 + (await owed()) - before);
  await strangerTakes(await makeToken(page, 100));
  complaints.none();
});
