// A mint that tells by itself what changed (NUT-17), and the page without such a line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, net, onDevnet } from "./devnet.mjs";
import { watchLines } from "./lines.mjs";
import { balance, fill, makeToken, openTab, visit } from "./person.mjs";
import { expectVisible, waitUntil } from "./wait.mjs";

onDevnet();

/** The page with a store of its own, and its lines to the mint. */
async function person() {
  const page = await (await browser.newContext()).newPage();
  const lines = watchLines(page, net.addresses.mints[0]);
  await page.goto(net.addresses.www);
  return { page, lines };
}

/** @param {import("playwright-core").Page} page */
async function askForInvoice(page) {
  await net.tell("/mint/auto-pay", { secs: null });
  await visit(page, "wallet");
  await openTab(page, "Fill");
  await page.getByLabel("Amount").fill("100");
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByTestId("invoice"));
  return () => net.tell("/mint/pay", {});
}

test("a paid invoice is seen at once, and until then the mint is hardly asked", async () => {
  const { page, lines } = await person();
  const pay = await askForInvoice(page);
  await waitUntil(() => lines.count("confirmed") === 1, 10_000);
  const asked = lines.count("asked");
  await page.waitForTimeout(12_000);
  assert.ok(lines.count("asked") - asked <= 1, "polled, it would be asked five times");
  await pay();
  await expectVisible(page.getByText(/sat came in/).first(), 10_000);
  assert.equal(lines.count("told", "PAID"), 1);
  assert.equal(await balance(page), 100);
  await waitUntil(() => lines.count("closed") === 1, 10_000);
});

test("a token that somebody took is seen at once", async () => {
  const { page, lines } = await person();
  await net.tell("/mint/auto-pay", { secs: 1 });
  await fill(page, 100);
  const other = await person();
  const token = await makeToken(page, 32);
  await waitUntil(() => lines.count("told", "UNSPENT") > 0, 10_000);
  const asked = lines.count("asked");
  await visit(other.page, "wallet");
  await openTab(other.page, "Receive");
  await other.page.getByLabel("Token", { exact: true }).fill(token);
  await other.page.getByRole("button", { name: "Take it in" }).click();
  await expectVisible(page.getByText("The receiver took it.", { exact: true }), 10_000);
  assert.ok(lines.count("told", "SPENT") > 0);
  assert.ok(lines.count("asked") > asked, "the mint's word is not believed before it was asked");
});

test("a mint that takes no lines is polled, and one that comes back is listened to again", async () => {
  const { page, lines } = await person();
  await net.tell("/mint/fail", { next: 2, path: "/v1/ws" });
  const pay = await askForInvoice(page);
  await waitUntil(() => lines.count("asked") >= 3, 20_000);
  await waitUntil(() => lines.count("confirmed") === 1, 30_000);
  assert.equal(lines.count("opened"), 3);
  await pay();
  await expectVisible(page.getByText(/sat came in/).first(), 10_000);
  assert.equal(lines.count("told", "PAID"), 1);
});
