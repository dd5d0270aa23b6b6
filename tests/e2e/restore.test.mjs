// The twelve words in a new browser: the money is there again, to the sat, and can be spent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Complaints } from "./complaints.mjs";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, enterWords, fill, makeToken, readWords, takeIn, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

const complaints = new Complaints();
/** @type {{ page: Page, words: string, left: number }} the first browser, its words and what they are worth */
let first;

onDevnet(["--mints", "2"]);

/**
 * The page in a browser profile of its own.
 * @param {import("playwright-core").BrowserContextOptions} [options]
 * @param {object} [config] in place of what the host of the page gives newcomers
 */
async function profile(options, config) {
  const context = await browser.newContext(options);
  const page = complaints.of(await context.newPage());
  if (config) {
    await page.route("**/config.json", async (route) => {
      const json = await (await route.fetch()).json();
      await route.fulfill({ json: { ...json, ...config } });
    });
  }
  await page.goto(net.addresses.www);
  return page;
}

/**
 * Waits until no search is under way any more.
 * @param {Page} page
 */
async function searched(page) {
  await visit(page, "wallet");
  await expectVisible(page.getByText("Nothing is locked and nothing waits."), 30_000);
}

test("a wallet is filled, some of it spent, and its words are noted", async () => {
  const page = await profile();
  await fill(page, 700);
  for (const mint of [1, 2]) await net.tell(`/mint/${mint}/rotate`);
  await page.reload();
  const token = await makeToken(page, 100);
  const other = await profile();
  await takeIn(other, token);
  await expectVisible(other.getByText(/sat came in/).first(), 30_000);
  await expectVisible(page.getByText("The receiver took it.", { exact: true }), 30_000);
  first = { page, words: await readWords(page), left: await balance(page) };
  assert.equal(first.words.split(" ").length, 12);
  assert.ok(first.left > 590 && first.left <= 600, String(first.left));
});

test("wrong words are refused where they were typed, and change nothing", async () => {
  const page = await profile();
  const own = await readWords(page);
  await enterWords(page, "monkey leader parrot ring guide accident before fence cannon height naive bean");
  await expectVisible(page.getByRole("alert").filter({ hasText: "check their order and spelling" }));
  await expectVisible(page.getByText("The words of this browser are unchanged."));
  await enterWords(page, "leader monkey");
  await expectVisible(page.getByRole("alert").filter({ hasText: "12 words and this one has 2" }));
  await enterWords(page, first.words, ["http://mint.example"]);
  await expectVisible(page.getByRole("alert").filter({ hasText: "http://" }));
  assert.equal(await readWords(page), own);
});

test("the words bring the money to a new phone, by keyboard alone, and it can be spent", async () => {
  const page = await profile({ viewport: { width: 390, height: 800 } });
  await visit(page, "wallet");
  await page.getByRole("link", { name: "Restore from twelve words" }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("The words you wrote down").focus();
  await page.keyboard.type(`  ${first.words.replaceAll(" ", "\n").toUpperCase()} `);
  await page.getByRole("button", { name: "Restore", exact: true }).focus();
  await page.keyboard.press("Enter");
  await expectVisible(page.getByRole("heading", { level: 1, name: "Wallet" }));
  await searched(page);
  assert.equal(await balance(page), first.left);
  assert.equal(await page.getByRole("link", { name: "Restore from twelve words" }).count(), 0);
  await page.getByRole("link", { name: /Lost ecash found/ }).first().click();
  await expectVisible(page.getByText("Series of coins done"));
  await expectVisible(page.getByText("2 of 2", { exact: true }));
  assert.equal(await readWords(page), first.words);
  await expectVisible(page.getByText("Written down"));
  const token = await makeToken(page, 300);
  first.left = await balance(page);
  const receiver = await profile();
  await takeIn(receiver, token);
  await expectVisible(receiver.getByText(/sat came in/).first(), 30_000);
  assert.ok((await balance(receiver)) >= 298);
});

test("the words alone find mints that nobody names, by the list that is kept on the relays", async () => {
  await visit(first.page, "settings");
  await expectVisible(first.page.getByText("Your list of mints is kept, encrypted to these words, by 3 of your 3 relays"), 30_000);
  const page = await profile({}, { mints: [] });
  await visit(page, "wallet");
  assert.equal(await page.getByRole("heading", { name: "Your mints" }).count(), 0);
  await enterWords(page, first.words);
  await expectVisible(page.getByRole("heading", { name: "Your mints" }), 30_000);
  await expectVisible(page.getByRole("link", { name: /Lost ecash found/ }).first(), 30_000);
  await searched(page);
  assert.equal(await balance(page), first.left);
});

test("words are not taken in by a wallet that holds money", async () => {
  const { page } = first;
  await enterWords(page, "abandon ".repeat(11) + "about");
  await expectVisible(page.getByRole("alert").filter({ hasText: /this wallet holds \d+ sat/i }));
  assert.equal(await readWords(page), first.words);
});

test("looking again at a mint finds nothing new and counts nothing twice", async () => {
  const page = await profile();
  await enterWords(page, first.words);
  await searched(page);
  const found = await balance(page);
  await page.getByRole("button", { name: "Look for lost ecash" }).first().click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Looked for lost ecash" }), 30_000);
  assert.equal(await balance(page), found);
  complaints.none();
});
