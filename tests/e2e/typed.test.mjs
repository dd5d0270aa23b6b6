// What a person types and the page cannot use is refused where it was typed, before anything is tried.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Complaints } from "./complaints.mjs";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, openTab, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @type {import("playwright-core").Page} */
let page;
// Nobody listens at the relays of port 1.
const complaints = new Complaints(/127\.0\.0\.1:1\b/);

onDevnet([], async () => {
  page = complaints.of(await browser.newPage());
  await page.goto(net.addresses.www);
});

test("an amount with a point or a comma moves no money", async () => {
  await fill(page, 500);
  const before = await balance(page);
  for (const [tab, button] of [["Fill", "Get an invoice"], ["Send", "Make a token"]]) {
    await visit(page, "wallet");
    await openTab(page, tab);
    for (const text of ["1.5", "0.5", "1,5", "1.500", "100.00", "-5", "1e3"]) {
      await page.getByLabel("Amount").fill(text);
      await page.getByRole("button", { name: button }).click();
      await expectVisible(page.getByText("Whole sat only, like 1500."));
      assert.equal(await page.getByLabel("Amount").inputValue(), text);
    }
  }
  assert.equal(await balance(page), before);
  assert.equal(await page.locator(".operations li").count(), 1);
});

test("an amount grouped by blanks is the whole amount", async () => {
  await visit(page, "wallet");
  await openTab(page, "Fill");
  await page.getByLabel("Amount").fill("1\u00a0500");
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByRole("img", { name: "Lightning invoice for 1500 sat as a QR code" }));
});

test("a time or a price that cannot be used says why and quotes nothing", async () => {
  await visit(page, "market");
  await page.getByRole("link", { name: "Rent Basic from Tidy Otter" }).click();
  const rent = page.getByRole("button", { name: /^Rent for/ });
  await expectVisible(rent);
  for (const [field, text, why] of /** @type {const} */ ([
    ["Minutes", "1.5", "Whole minutes only, like 60."],
    ["Minutes", "1e9", "Whole minutes only, like 60."],
    ["Minutes", "-5", "Whole minutes only, like 60."],
    ["Minutes", "", "Whole minutes only, like 60."],
    ["Minutes", "0", "The time must be at least 1 minute."],
    ["Minutes", "1000000", "The time can be at most 525600 minutes, which is 365 days."],
    ["Price", "1.5", "Whole sat only, like 1500."],
    ["Price", "", "Whole sat only, like 1500."],
    ["Price", "0", "The amount must be above zero."],
    ["Price", "999999999", "That buys more than 365 days; choose a smaller price."],
  ])) {
    const input = page.getByLabel(new RegExp(`^${field}`));
    await input.fill(text);
    await expectVisible(page.getByText(why, { exact: true }));
    assert.equal(await rent.count(), 0, `${field} ${text}`);
    await input.blur();
    await expectVisible(page.getByText(why, { exact: true }));
    assert.equal(await input.inputValue(), text);
  }
  await page.getByLabel(/^Price/).fill("45");
  await expectVisible(rent);
  assert.equal(await page.getByLabel("Minutes").inputValue(), "15");
});

test("an address the page may not open is refused before it is tried", async () => {
  await visit(page, "wallet");
  await openTab(page, "Add a mint");
  await page.getByLabel("Address").fill("http://example.com");
  await page.getByRole("button", { name: "Add this mint" }).click();
  await expectVisible(page.getByText("A page may use plain http:// only on its own machine; use https:// for example.com."));
  await visit(page, "settings");
  await page.getByLabel("Address of a relay").fill("ws://example.com");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expectVisible(page.getByText("A page may use plain ws:// only on its own machine; use wss:// for example.com."));
  assert.equal(await page.locator(".relay-list li", { hasText: "example.com" }).count(), 0);
});

test("relays that differ in the scheme alone can be told apart", async () => {
  for (const url of ["ws://127.0.0.1:1", "wss://127.0.0.1:1"]) {
    await page.getByLabel("Address of a relay").fill(url);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expectVisible(page.locator(".relay-list strong").getByText(url.replace("wss://", ""), { exact: true }));
  }
});

test("a quorum of more relays than can be counted is refused with the range", async () => {
  await page.getByLabel("Heard by at least").fill("999");
  await page.getByLabel("out of").fill("999");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expectVisible(page.getByText("How many relays: whole numbers from 1 to 255."));
});

test("the browser had nothing to complain about", () => {
  complaints.none();
});
