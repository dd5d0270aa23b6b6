// What a person types and the page cannot use is refused where it was typed, before anything is tried.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Complaints } from "./complaints.mjs";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, makeToken, openTab, takeIn, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @type {import("playwright-core").Page} */
let page;
// Nobody listens at the relays of port 1, and a mint refuses a token that was redeemed.
const complaints = new Complaints(/127\.0\.0\.1:1\b|status of 400/);

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
    for (const text of ["1.5", "0.5", "1,5", "1.500", "1,50", "0,500", "1,500 000", "100.00", "-5", "1e3"]) {
      await page.getByLabel("Amount").fill(text);
      await page.getByRole("button", { name: button }).click();
      await expectVisible(page.getByText("Whole sat only, like 1500."));
      assert.equal(await page.getByLabel("Amount").inputValue(), text);
    }
  }
  assert.equal(await balance(page), before);
  assert.equal(await page.locator(".operations li").count(), 1);
});

test("an amount grouped by blanks, or as the page itself writes it, is the whole amount", async () => {
  for (const text of ["1\u00a0500", "1,500"]) {
    await visit(page, "wallet");
    await openTab(page, "Fill");
    await page.getByLabel("Amount").fill(text);
    await page.getByRole("button", { name: "Get an invoice" }).click();
    await expectVisible(page.getByRole("img", { name: "Lightning invoice for 1500 sat as a QR code" }));
    await expectVisible(page.getByText("1,500 sat came in."), 30_000);
  }
});

test("what was pasted into a wrong field is named, with where it belongs, until the person goes elsewhere", async () => {
  const token = await makeToken(page, 20);
  const refused = (/** @type {string} */ says) => page.getByRole("alert").filter({ hasText: says });
  for (const [text, says] of [
    ["hello", "This is no Cashu token; paste one, it begins with cashuA or cashuB."],
    [token.slice(0, -30), "The token is damaged or incomplete; copy all of it and paste it again."],
    ["lnbc20m1pvjluez", "This is a Lightning invoice; paste it under Pay."],
    ["creqA", "This is a payment request; paste it under Pay."],
    ["one two three four five six seven eight nine ten eleven twelve", "These look like the words of a wallet; show them to nobody, and enter them only in Settings."],
  ]) {
    await takeIn(page, text);
    await expectVisible(refused(says));
  }
  await visit(page, "market");
  await visit(page, "wallet");
  await openTab(page, "Pay");
  for (const [text, says] of [
    ["hello", "This is no Lightning invoice; paste one that begins with lnbc."],
    [token, "This is a Cashu token; paste it under Receive."],
    ["lnbc1rubbish", "The Lightning invoice is damaged or incomplete; copy all of it and paste it again."],
  ]) {
    await page.getByLabel("Invoice or payment request").fill(text);
    await page.getByRole("button", { name: "Ask for the price" }).click();
    await expectVisible(refused(says));
  }
  await openTab(page, "Receive");
  assert.equal(await page.getByRole("alert").count(), 0, "what was said before somebody left the tab is not said again");
  await openTab(page, "Pay");
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("a token that was taken in already is told to be so", async () => {
  const token = await makeToken(page, 30);
  const other = complaints.of(await browser.newPage());
  await other.goto(net.addresses.www);
  await takeIn(other, token);
  await expectVisible(other.getByText("29 sat came in", { exact: false }).first(), 30_000);
  await takeIn(other, token);
  await expectVisible(other.getByText(/^Operation \d+ took this token in already; it is worth nothing any more\.$/).first(), 30_000);
  await other.context().close();
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

test("the address of a relay in place of a mint's, or the other way round, is told apart", async () => {
  for (const url of ["http://example.com", "https://mint.example.com"]) {
    await page.getByLabel("Address of a relay").fill(url);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expectVisible(page.getByRole("alert").filter({ hasText: `"${url}" is not a relay's address: one begins with wss://, a mint's with https://.` }));
  }
  await visit(page, "wallet");
  await openTab(page, "Add a mint");
  await page.getByLabel("Address").fill("ws://relay.example.com");
  await page.getByRole("button", { name: "Add this mint" }).click();
  await expectVisible(page.getByRole("alert").filter({ hasText: `"ws://relay.example.com" is not a mint's address: one begins with https://, a relay's with wss://.` }));
});

test("a mint or a relay that is there already is told to be so", async () => {
  await page.getByLabel("Address").fill(net.addresses.mints[0] ?? "");
  await page.getByRole("button", { name: "Add this mint" }).click();
  await expectVisible(page.getByText("This mint is in your wallet already"));
  await visit(page, "settings");
  await page.getByLabel("Address of a relay").fill(net.addresses.relays[0] ?? "");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expectVisible(page.getByText("This relay is in the list already"));
});

test("an address that names nothing says so", async () => {
  for (const hash of ["nowhere", "constructor", "wallet/nowhere", "wallet/operation/999", "workloads/999"]) {
    await page.evaluate((hash) => void (location.hash = `#/${hash}`), hash);
    // Without a workload there is a place for that already.
    const says = hash.startsWith("workloads") ? "Nothing rented yet" : "There is no such page";
    await expectVisible(page.getByRole("heading", { name: says }));
  }
  await page.evaluate(() => void (location.hash = "#/nowhere"));
  await page.getByRole("link", { name: "To the market", exact: true }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Market" }));
});

test("in the wallet the keyboard comes to what one can do before what one has", async () => {
  await visit(page, "wallet");
  await page.getByRole("link", { name: "Write them down" }).focus();
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Fill");
  for (const [key, tab] of [["End", "Add a mint"], ["ArrowRight", "Fill"], ["ArrowLeft", "Add a mint"], ["Home", "Fill"]]) {
    await page.keyboard.press(key ?? "");
    assert.equal(await focused(), tab);
    await expectVisible(page.getByRole("tab", { name: tab, selected: true }));
  }
});

test("billions fit on a phone", async () => {
  await page.setViewportSize({ width: 390, height: 860 });
  await fill(page, 2_100_000_000);
  await visit(page, "wallet");
  await expectVisible(page.locator(".purse .sum", { hasText: /^2,100,00\d,\d{3} sat$/ }));
  const { beyond, high } = await page.evaluate(() => ({
    beyond: document.documentElement.scrollWidth - innerWidth,
    high: document.querySelector(".side")?.getBoundingClientRect().height ?? 0,
  }));
  assert.ok(beyond <= 0, `${beyond} px too wide`);
  assert.ok(high < 60, `the header is ${high} px high`);
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/billions-390.png` });
  await page.setViewportSize({ width: 1280, height: 720 });
});

test("relays that differ in the scheme alone can be told apart", async () => {
  await visit(page, "settings");
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
