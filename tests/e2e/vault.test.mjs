// A passphrase over everything that is stored: nothing of it can be read in the browser's store, the page shows nothing while it is
// locked, and no way in or out loses a sat.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Complaints } from "./complaints.mjs";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, makeToken, openTab, readWords, visit, writeWordsDown } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

const OURS = "correct horse battery";
const NEXT = "staple of the grocer";

// A mint of a recorded store is not there, and a devnet that was told to stop something refuses connections.
const complaints = new Complaints(/ERR_CONNECTION|WebSocket|Failed to load resource/);

onDevnet();

/** @param {import("playwright-core").BrowserContext} context */
async function tab(context) {
  const page = complaints.of(await context.newPage());
  await page.goto(net.addresses.www);
  return page;
}

/** @param {import("playwright-core").BrowserContextOptions} [options] */
async function profile(options) {
  return tab(await browser.newContext(options));
}

/**
 * A browser with so much money and a passphrase.
 * @param {number} sat
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
async function sealedProfile(sat, options) {
  const page = await profile(options);
  await fill(page, sat);
  await seal(page);
  return page;
}

/** @param {Page} page */
async function seal(page) {
  await writeWordsDown(page);
  await page.getByRole("button", { name: "Set a passphrase" }).click();
  await page.getByLabel("A new passphrase").fill(OURS);
  await page.getByLabel("The same again").fill(OURS);
  await page.getByRole("button", { name: "Seal everything" }).click();
  await expectVisible(page.getByText("Sealed", { exact: true }).first(), 30_000);
}

/**
 * @param {Page} page
 * @param {string} passphrase
 */
async function unlock(page, passphrase) {
  await expectVisible(page.getByRole("heading", { level: 1, name: "Paygress is locked" }), 20_000);
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.keyboard.press("Enter");
}

/** @param {Page} page */
async function isOpen(page) {
  await expectVisible(page.getByRole("navigation", { name: "Places" }), 30_000);
}

/**
 * Everything in the browser's store, and beside it.
 * @param {Page} page
 */
const stored = (page) =>
  page.evaluate(async () => {
    const rows = await new Promise((resolve) => {
      const request = indexedDB.open("paygress");
      request.onsuccess = () => {
        const all = request.result.transaction("records").objectStore("records").getAll();
        all.onsuccess = () => resolve(all.result);
      };
    });
    return JSON.stringify([rows, Object.entries(localStorage)]);
  });

test("nothing of a sealed wallet can be read in the store, and the page shows it only to who knows the passphrase", async () => {
  const page = await sealedProfile(500, { viewport: { width: 390, height: 800 } });
  const words = await readWords(page);
  const token = await makeToken(page, 100);
  const text = await stored(page);
  const secrets = [...words.split(" ").filter((word) => word.length > 4), token.slice(8, 40), "127.0.0.1", "wallet", "lease", "meta/", "phrase"];
  for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} can be read`);
  assert.ok(text.includes("sealed/"));

  const derived = page.waitForEvent("worker");
  await page.reload();
  await unlock(page, NEXT);
  await expectVisible(page.getByRole("alert").filter({ hasText: "This is not the passphrase" }), 30_000);
  await derived;
  assert.equal(await page.getByRole("navigation").count(), 0);
  assert.ok(!(await page.content()).includes("sat"), "nothing of the wallet is in the page");
  assert.equal(await stored(page), text, "nothing was written");
  await unlock(page, OURS);
  await isOpen(page);
  assert.equal(await readWords(page), words);
  assert.ok((await balance(page)) > 390);
  await page.getByRole("button", { name: "Save everything as a file" }).click();
  await expectVisible(page.getByText("The file opens with this passphrase alone; the one of this wallet does not protect it."));
});

test("a passphrase is changed and removed by who knows the present one", async () => {
  const page = await sealedProfile(50);
  await page.getByRole("button", { name: "Change it" }).click();
  const change = async (/** @type {string} */ present) => {
    await page.getByLabel("The present passphrase").fill(present);
    await page.getByLabel("The new one", { exact: true }).fill(NEXT);
    await page.getByLabel("The new one again").fill(NEXT);
    await page.getByRole("button", { name: "Change it" }).click();
  };
  await change("a guess of mine");
  await expectVisible(page.getByRole("alert").filter({ hasText: "This is not the passphrase" }), 30_000);
  await change(OURS);
  await expectVisible(page.getByText("Passphrase changed"), 30_000);
  await page.reload();
  await unlock(page, OURS);
  await expectVisible(page.getByRole("alert").filter({ hasText: "This is not the passphrase" }), 30_000);
  await unlock(page, NEXT);
  await isOpen(page);
  await visit(page, "settings");
  await page.getByRole("button", { name: "Remove it" }).click();
  await page.getByLabel("The present passphrase").fill(NEXT);
  await page.getByRole("button", { name: "Store everything in plain" }).click();
  await expectVisible(page.getByText("Passphrase removed"), 30_000);
  await page.reload();
  await isOpen(page);
  assert.equal(await balance(page), 50);
});

test("passphrases that differ or are short are refused before anything is sealed", async () => {
  const page = await profile();
  await visit(page, "settings");
  await expectVisible(page.getByText("Write your twelve words down first."));
  assert.ok(await page.getByRole("button", { name: "Set a passphrase" }).isDisabled());
  await writeWordsDown(page);
  await page.getByRole("button", { name: "Set a passphrase" }).click();
  await page.getByLabel("A new passphrase").fill(OURS);
  await page.getByLabel("The same again").fill(NEXT);
  await page.getByRole("button", { name: "Seal everything" }).click();
  await expectVisible(page.getByRole("alert").filter({ hasText: "The two passphrases differ" }));
  assert.ok((await stored(page)).includes("meta/account"));
});

test("each tab asks for the passphrase; a locked one takes nothing over, and locking one locks all", async () => {
  const one = await sealedProfile(80);
  const two = await tab(one.context());
  await expectVisible(two.getByRole("heading", { level: 1, name: "Paygress is locked" }));
  await one.close();
  await two.waitForTimeout(1500);
  await expectVisible(two.getByRole("heading", { level: 1, name: "Paygress is locked" }));
  await unlock(two, OURS);
  await isOpen(two);
  await makeToken(two, 20);
  const three = await tab(two.context());
  await unlock(three, OURS);
  await expectVisible(three.getByText(/another tab of this page holds the wallet/i));
  await visit(two, "settings");
  await two.getByRole("button", { name: "Lock now" }).click();
  for (const page of [two, three]) await expectVisible(page.getByRole("heading", { level: 1, name: "Paygress is locked" }));
  await unlock(three, OURS);
  await isOpen(three);
  assert.ok((await balance(three)) >= 59, "it writes, and has the money");
  await makeToken(three, 5);
});

test("a passphrase that is set in one tab locks the other one", async () => {
  const one = await profile();
  await fill(one, 30);
  const two = await tab(one.context());
  await expectVisible(two.getByText(/another tab of this page holds the wallet/i));
  await expectVisible(two.getByText("Another tab is connected", { exact: true }));
  await expectVisible(two.getByText("Another tab is connected, and shows the market."));
  await seal(one);
  await expectVisible(two.getByRole("heading", { level: 1, name: "Paygress is locked" }));
  await unlock(two, OURS);
  await isOpen(two);
  assert.equal(await balance(two), 30);
});

test("a page that nobody touches is locked, and what is under way goes on until it is done", async () => {
  const page = await sealedProfile(40);
  await page.getByLabel("Lock by itself").selectOption({ label: "1 minute" });
  await net.tell("/mint/auto-pay", { secs: null });
  await visit(page, "wallet");
  await openTab(page, "Fill");
  await page.getByLabel("Amount").fill("60");
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByTestId("invoice"));
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 61_000;
  });
  await expectVisible(page.getByText(/what was under way goes on/), 10_000);
  assert.ok(!(await page.content()).includes("lnbc"), "the invoice is gone from the page");
  await net.tell("/mint/pay");
  await net.tell("/mint/auto-pay", { secs: 1 });
  await expectVisible(page.getByText("The wallet is locked; enter its passphrase."), 60_000);
  await unlock(page, OURS);
  await isOpen(page);
  assert.equal(await balance(page), 100);
});

test("who forgot the passphrase keeps the locked wallet as a file, and starts anew only when sure", async () => {
  const page = await sealedProfile(70);
  await page.reload();
  await page.getByRole("button", { name: "I forgot the passphrase" }).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the locked wallet as a file" }).click();
  const path = await (await saved).path();
  const kept = (await stored(page)).split(/"sealed\/[^"]*"/).length - 1;
  await expectVisible(page.getByText(`Saved. The file holds ${kept} sealed records`));
  await page.getByRole("button", { name: "Delete what is here and start anew" }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Without the passphrase" }));
  await page.getByLabel("I have the twelve words").check();
  await page.getByRole("button", { name: "Delete what is here and start anew" }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Settings" }), 20_000);
  assert.equal(await balance(page), 0);
  assert.ok(!(await stored(page)).includes("sealed/"));
  await page.goto(`${net.addresses.www}/#/settings/file/open`);
  await page.getByLabel("The file").setInputFiles(path);
  await page.getByLabel("Its passphrase").fill(OURS);
  await page.getByRole("button", { name: "Open the file" }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Wallet" }), 30_000);
  await expectVisible(page.getByText("Nothing is locked and nothing waits."), 30_000);
  assert.equal(await balance(page), 70, "the passphrase was remembered");
});

test("a store of the first version opens with all its money", async () => {
  const recorded = JSON.parse(await readFile(new URL("../fixtures/store_1.json", import.meta.url), "utf8"));
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${net.addresses.www}/config.json`);
  await page.evaluate((records) => new Promise((resolve) => {
    const request = indexedDB.open("paygress", 1);
    request.onupgradeneeded = () => {
      for (const name of ["records", "writer"]) request.result.createObjectStore(name, { keyPath: "key" });
    };
    request.onsuccess = () => {
      const transaction = request.result.transaction("records", "readwrite");
      for (const [key, value] of Object.entries(records)) transaction.objectStore("records").put({ key, version: 1, value });
      transaction.oncomplete = () => resolve(request.result.close());
    };
  }), recorded.records);
  await page.goto(net.addresses.www);
  const [[, [spendable]]] = recorded.seen.mints;
  await expectVisible(page.locator(".purse .sum", { hasText: new RegExp(`^${spendable}`) }));
  assert.equal(await readWords(page), recorded.seen.phrase);
});

test("nothing was complained about", () => {
  complaints.none();
});
