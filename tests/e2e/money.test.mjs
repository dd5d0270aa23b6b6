// Two people: one sends a token by hand, the other takes it, and the sender sees that it was taken.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Complaints } from "./complaints.mjs";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, makeToken, takeIn, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

const complaints = new Complaints();

onDevnet();

/** The page with a store of its own. */
async function person({ hearsMint = true } = {}) {
  const context = await browser.newContext();
  const page = complaints.of(await context.newPage());
  // On a line that stays silent the mint tells nothing by itself, so it is asked.
  if (!hearsMint) await page.routeWebSocket(/\/v1\/ws$/, () => {});
  await page.goto(net.addresses.www);
  return page;
}

test("a token sent by hand shows whether its receiver took it", async () => {
  const sender = await person({ hearsMint: false });
  await fill(sender, 500);
  const token = await makeToken(sender, 100);
  await sender.getByRole("button", { name: "Check" }).click();
  await expectVisible(sender.getByText("the mint says that nobody took the token yet"));
  const receiver = await person();
  await takeIn(receiver, token);
  await expectVisible(receiver.getByText(/sat came in/).first(), 30_000);
  assert.ok((await balance(receiver)) > 90);
  await sender.getByRole("button", { name: "Check" }).click();
  await expectVisible(sender.getByText("The receiver took it.", { exact: true }), 30_000);
  assert.equal(await sender.getByRole("button", { name: "Take it back" }).count(), 0);
  await visit(sender, "wallet");
  await expectVisible(sender.getByText("The receiver took it.", { exact: true }));
});

test("taking back what was taken asks the mint and leaves the browser nothing to complain about", async () => {
  const sender = await person({ hearsMint: false });
  await fill(sender, 500);
  const token = await makeToken(sender, 64);
  const receiver = await person();
  await takeIn(receiver, token);
  await expectVisible(receiver.getByText(/sat came in/).first(), 30_000);
  await sender.getByRole("button", { name: "Take it back" }).click();
  await expectVisible(sender.getByText("The receiver took it.", { exact: true }), 30_000);
  await visit(sender, "wallet");
  const attempt = sender.locator(".operations li", { hasText: "Not taken back" });
  await expectVisible(attempt);
  assert.doesNotMatch(await attempt.innerText(), / sat\b/);
  complaints.none();
});

test("an operation that a refusal names by its number is reached from there with the keyboard", async () => {
  const page = await person();
  const { token } = await net.tell("/mint/gift", { amounts: [32, 8] });
  await fill(page, 50);
  await net.tell("/mint/delay", { secs: 5, path: "/v1/swap" });
  await takeIn(page, token);
  await expectVisible(page.getByRole("heading", { level: 1, name: /^Receiv(ing|ed)$/ }));
  const operation = new URL(page.url()).hash;
  await takeIn(page, token);
  const named = page.getByRole("alert").getByRole("link", { name: /^operation \d+$/ });
  await expectVisible(named);
  await page.getByRole("button", { name: "Take it in" }).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expectVisible(page.getByRole("heading", { level: 1, name: /^Receiv(ing|ed)$/ }));
  assert.equal(new URL(page.url()).hash, operation);
  await page.waitForFunction(() => document.activeElement?.querySelector("h1")?.textContent?.startsWith("Receiv"));
});

test("the history is saved as a file that tells every step and holds no money", async () => {
  const sender = await person();
  await fill(sender, 500);
  const token = await makeToken(sender, 64);
  await visit(sender, "wallet");
  const [download] = await Promise.all([sender.waitForEvent("download"), sender.getByRole("button", { name: "Save as a file" }).click()]);
  assert.equal(download.suggestedFilename(), "paygress-history.json");
  const text = await readFile(await download.path(), "utf8");
  const { operations } = JSON.parse(text);
  assert.deepEqual(operations.map((/** @type {any} */ each) => [each.kind, each.amount]), [["send", "64"], ["issue", "500"]]);
  assert.ok(operations.every((/** @type {any} */ each) => each.steps.length > 0 && each.steps[0].at > 0));
  assert.ok(!text.includes(token.slice(10, 60)) && !text.includes("cashuB"), "no token is in it");
});
