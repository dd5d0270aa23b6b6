// Paying a stranger's invoice, and moving money from one mint to another.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, openTab, visit } from "./person.mjs";
import { expectVisible, waitUntil } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** The number of the mint that the money is at, and of the other one. */
let [near, far] = [0, 0];

onDevnet(["--mints", "2"], async () => {
  // The page lists mints by address, and fills at the first; ports are free ones.
  const [first, second] = net.addresses.mints;
  [near, far] = first < second ? [1, 2] : [2, 1];
});

/** The page with a store of its own. */
async function person() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(net.addresses.www);
  return page;
}

/**
 * An invoice of somebody at the second mint, who waits for the money.
 * @param {number} sat
 * @param {number | null} [secs] after which it pays itself
 */
async function strangerAsks(sat, secs = null) {
  await net.tell(`/mint/${far}/auto-pay`, { secs });
  const body = JSON.stringify({ amount: sat, unit: "sat" });
  const response = await fetch(`${net.addresses.mints[far - 1]}/v1/mint/quote/bolt11`, { method: "POST", body });
  const { quote, request } = await response.json();
  const paid = async () => (await net.ask("/state")).mints[far - 1].quotes.find((/** @type {any} */ each) => each.quote === quote).state === "PAID";
  return { invoice: request, paid };
}

/**
 * @param {Page} page
 * @param {string} invoice
 */
async function askPrice(page, invoice) {
  await visit(page, "wallet");
  await openTab(page, "Pay");
  await page.getByLabel("Invoice").fill(invoice);
  await page.getByRole("button", { name: "Ask for the price" }).click();
}

/** @param {Page} page */
async function price(page) {
  await expectVisible(page.getByTestId("price"), 30_000);
  return Number((await page.getByTestId("price").locator("strong").innerText()).replaceAll(/\D/g, ""));
}

/** What all people together hold at the near mint, by that mint's word. */
async function ledger() {
  const { issued, fees, melted } = (await net.ask("/state")).mints[near - 1];
  return { held: issued - fees - melted, melted };
}

test("an invoice is paid after its price was seen, and the proof is kept", async () => {
  const page = await person();
  await fill(page, 1000);
  const { invoice, paid } = await strangerAsks(300);
  await askPrice(page, invoice);
  const most = await price(page);
  assert.ok(most > 300 && most < 310, String(most));
  assert.equal(await balance(page), 1000, "nothing is paid before the person agreed");
  assert.equal(await paid(), false);
  await page.getByRole("button", { name: `Pay 300 sat, at most ${most} sat with fees` }).click();
  await expectVisible(page.getByTestId("preimage"), 30_000);
  assert.equal(await paid(), true);
  assert.equal(await balance(page), (await ledger()).held);
});

test("a payment that hangs is waited for over a reload, and comes back when Lightning gives up", async () => {
  const page = await person();
  await fill(page, 1000);
  const before = await ledger();
  const { invoice, paid } = await strangerAsks(200);
  await net.tell(`/mint/${near}/lightning`, { end: "hangs" });
  await askPrice(page, invoice);
  await price(page);
  await page.getByRole("button", { name: "Pay 200 sat" }).click();
  await expectVisible(page.getByText("The mint is paying.", { exact: false }));
  await page.reload();
  await visit(page, "wallet");
  await expectVisible(page.getByText(/reserved by what is under way/), 30_000);
  await net.tell(`/mint/${near}/settle`, { paid: false });
  await net.tell(`/mint/${near}/lightning`, { end: "settles" });
  await expectVisible(page.getByText("The invoice was not paid", { exact: false }).first(), 90_000);
  assert.equal(await paid(), false);
  const after = await ledger();
  assert.equal(after.melted, before.melted);
  // Making sure costs the swap's input fee and nothing else.
  assert.ok((await balance(page)) >= 999, String(await balance(page)));
  await visit(page, "wallet");
  await expectVisible(page.locator(".operations").getByRole("link", { name: /^Not paid.*fee 1 sat · / }));
});

test("an answer that is lost pays once", async () => {
  const page = await person();
  await fill(page, 1000);
  const before = await ledger();
  const { invoice, paid } = await strangerAsks(250);
  await askPrice(page, invoice);
  await price(page);
  await net.tell(`/mint/${near}/lose-answers`, { next: 1, path: "/v1/melt/bolt11" });
  await page.getByRole("button", { name: "Pay 250 sat" }).click();
  await expectVisible(page.getByTestId("preimage"), 60_000);
  assert.equal(await paid(), true);
  assert.equal((await ledger()).melted - before.melted, 251);
  await askPrice(page, invoice);
  await expectVisible(page.getByText(/paid this invoice or is paying it/));
});

test("what is no invoice is refused where it was typed", async () => {
  const page = await person();
  await fill(page, 100);
  await askPrice(page, "somebody@example.com");
  await expectVisible(page.getByText(/This is no Lightning invoice/));
});

test("money moves to another mint, and both ends are seen", async () => {
  await net.tell(`/mint/${far}/auto-pay`, { secs: 1 });
  const page = await person();
  await fill(page, 1000);
  await visit(page, "wallet");
  await openTab(page, "Move");
  await page.getByLabel("Amount that should arrive").fill("400");
  await page.getByRole("button", { name: "Ask for the price" }).click();
  const most = await price(page);
  // An invoice of nobody's is paid by itself meanwhile; that of the move waits for the person.
  const nobodys = await strangerAsks(1, 1);
  await waitUntil(nobodys.paid);
  assert.equal(await balance(page), 1000, "nothing moves before the person agreed");
  await page.getByRole("button", { name: "Move 400 sat" }).click();
  await expectVisible(page.getByTestId("preimage"), 30_000);
  await visit(page, "wallet");
  await expectVisible(page.getByText("Came from another mint"), 30_000);
  const total = await balance(page);
  assert.ok(total < 1000 && total >= 1000 - (most - 400), String(total));
});

test("who has a wrong proof of a payment is told to ask its receiver, and after a move to look at the other mint", async () => {
  const page = await person();
  await fill(page, 1000);
  await page.route("**/v1/melt/bolt11", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), payment_preimage: "00".repeat(32) } });
  });
  const { invoice } = await strangerAsks(60);
  await askPrice(page, invoice);
  await price(page);
  await page.getByRole("button", { name: "Pay 60 sat" }).click();
  await expectVisible(page.getByText("does not fit the invoice. Ask the receiver whether the money arrived.", { exact: false }), 30_000);
  await visit(page, "wallet");
  await openTab(page, "Move");
  await page.getByLabel("Amount that should arrive").fill("400");
  await page.getByRole("button", { name: "Ask for the price" }).click();
  await price(page);
  await page.getByRole("button", { name: "Move 400 sat" }).click();
  const { name } = await (await fetch(`${net.addresses.mints[far - 1]}/v1/info`)).json();
  await expectVisible(page.getByText(`does not fit the invoice. Look whether the money arrived at ${name}.`, { exact: false }), 30_000);
});
