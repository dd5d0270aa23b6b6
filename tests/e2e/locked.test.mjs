// Tokens that only one person can take.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, openTab, takeIn, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

onDevnet();

/** The page with a store of its own. */
async function person() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(net.addresses.www);
  return page;
}

/** @param {Page} page */
async function ownKey(page) {
  await visit(page, "wallet");
  await openTab(page, "Receive");
  await page.getByText("Your key, for tokens that only you can take").click();
  const key = await page.getByTestId("own-key").innerText();
  assert.match(key, /^0[23][0-9a-f]{64}$/);
  return key;
}

/**
 * @param {Page} page
 * @param {number} sat
 * @param {string} key
 */
async function sendTo(page, sat, key) {
  await visit(page, "wallet");
  await openTab(page, "Send");
  await page.getByLabel("Amount").fill(String(sat));
  await page.getByText("Only for one person").click();
  await page.getByLabel("The receiver's key").fill(key);
  await page.getByRole("button", { name: "Make a token" }).click();
}

test("a token for one person is refused by everybody else, taken by its receiver, and seen taken", async () => {
  const [giver, receiver, thief] = [await person(), await person(), await person()];
  await fill(giver, 1000);
  const key = await ownKey(receiver);
  await sendTo(giver, 300, key);
  await expectVisible(giver.getByTestId("token"), 30_000);
  const token = await giver.getByTestId("token").innerText();
  assert.equal(await giver.getByTestId("locked-to").innerText(), key);
  await expectVisible(giver.getByText(/Only its receiver can take it until/).first());
  assert.equal(await giver.getByRole("button", { name: "Take it back" }).count(), 0);
  await takeIn(thief, token);
  await expectVisible(thief.getByText(new RegExp(`locked to the key ${key}, which is not of this wallet`)));
  assert.equal(await balance(thief), 0);
  await takeIn(receiver, token);
  await expectVisible(receiver.getByText(/sat came in/).first(), 30_000);
  assert.equal(await balance(receiver), 299);
  await expectVisible(giver.getByText("The receiver took it.").first(), 30_000);
});

test("what is no key is refused where it was typed, and nothing leaves", async () => {
  const page = await person();
  await fill(page, 100);
  await sendTo(page, 50, "f".repeat(64));
  await expectVisible(page.getByText(/This key lacks its first byte/));
  assert.equal(await balance(page), 100);
});

test("the wallet's own key is known where another one is asked for", async () => {
  const page = await person();
  const key = await ownKey(page);
  await openTab(page, "Send");
  await page.getByText("Only for one person").click();
  const hint = page.getByText("This is the key of this wallet: only you yourself could take the token.");
  await page.getByLabel("The receiver's key").fill(key.slice(0, -1));
  assert.equal(await hint.isVisible(), false);
  await page.getByLabel("The receiver's key").fill(` ${key.toUpperCase()}`);
  await expectVisible(hint);
});
