// Money in msat beside sat, at a mint that begins to keep it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, openTab, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

onDevnet();

/** @param {Page} page */
async function msat(page) {
  return Number((await page.getByTestId("total-msat").innerText()).replaceAll(/\D/g, ""));
}

/**
 * @param {Page} page
 * @param {string} tab
 * @param {string} amount
 */
async function typeMsat(page, tab, amount) {
  await visit(page, "wallet");
  await openTab(page, tab);
  await page.getByLabel("Amount").fill(amount);
  await page.getByRole("combobox", { name: "Unit" }).selectOption("msat");
}

test("msat are filled, sent and exchanged for sat, and never shown as such", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(net.addresses.www);
  await fill(page, 1000);
  await visit(page, "wallet");
  assert.equal(await page.getByRole("combobox", { name: "Unit" }).count(), 0, "no choice where there is none");
  await net.tell("/mint/keep", { unit: "msat" });
  await page.reload();
  await typeMsat(page, "Fill", "700 500");
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByText(/700,500 msat came in/).first(), 30_000);
  await visit(page, "wallet");
  assert.deepEqual([await balance(page), await msat(page)], [1000, 700_500]);
  await expectVisible(page.getByText("(700 whole sat)"));

  await typeMsat(page, "Send", "1234");
  await page.getByRole("button", { name: "Make a token" }).click();
  await expectVisible(page.getByTestId("token"), 30_000);
  const token = await page.getByTestId("token").innerText();
  await visit(page, "wallet");
  await expectVisible(page.getByText("1,234 msat in tokens nobody redeemed yet"));
  const { arrived } = await net.tell("/mint/redeem", { token });
  assert.ok(arrived > 1200 && arrived < 1234, String(arrived));

  await openTab(page, "Move");
  await page.getByLabel("With its").selectOption("msat");
  await page.getByLabel("Amount that should arrive").fill("400");
  await page.getByRole("button", { name: "Ask for the price" }).click();
  await page.getByRole("button", { name: "Move 400,000 msat" }).click();
  await expectVisible(page.getByText(/^400 sat arrived; fees took \d+ msat/), 30_000);
  await visit(page, "wallet");
  await expectVisible(page.getByText("Came from another mint"), 30_000);
  assert.equal(await balance(page), 1400);
  assert.ok((await msat(page)) < 700_500 - 1234 - 400_000);

  await page.reload();
  await visit(page, "wallet");
  assert.equal(await balance(page), 1400, "it is in the store");
});
