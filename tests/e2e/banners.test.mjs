// What the page says when its tab does not write, and when its store is full or gone; and that the way on it names works.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { launch, serve } from "./browser.mjs";
import { Complaints } from "./complaints.mjs";
import { visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").BrowserContext} */
let context;
let complaints = new Complaints();

before(async () => {
  site = await serve({ "/config.json": (request, response) => response.end(JSON.stringify({ relays: [], mints: [], test: true })) });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.close();
});

beforeEach(async () => {
  complaints = new Complaints();
  context = await browser.newContext({ viewport: { width: 390, height: 860 } });
});

/** The page, open, with a picture of it where PICTURES names a folder. */
async function open() {
  const page = complaints.of(await context.newPage());
  await page.goto(site.origin);
  await expectVisible(page.locator("main"));
  return page;
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
async function picture(page, name) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(beyond <= 0, `${name} is ${beyond} px too wide`);
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
}

/** @param {import("playwright-core").Page} page */
const deleted = async (page) =>
  (await context.newCDPSession(page)).send("IndexedDB.deleteDatabase", { securityOrigin: site.origin, databaseName: "paygress" });

test("a second tab says that it follows, and its button makes it the one that writes", async () => {
  const one = await open();
  const two = await open();
  await expectVisible(two.getByText(/Another tab of this page holds the wallet; .* takes its turn when that one closes or hangs/));
  await picture(two, "waiting");
  await two.getByRole("button", { name: "Use this tab instead" }).click();
  await expectVisible(one.getByText(/Another tab of this page holds the wallet/));
  await two.getByRole("button", { name: "Use this tab instead" }).waitFor({ state: "detached" });
  await visit(two, "settings");
  await expectVisible(two.getByRole("button", { name: "Show the words" }).and(two.locator(":enabled")));
  complaints.none();
});

test("a store that goes away is said, and an empty wallet is made only by its button", async () => {
  const page = await open();
  await deleted(page);
  await expectVisible(page.getByText(/This tab has stopped\./));
  await expectVisible(page.getByText(/restore what is missing from your twelve words/));
  await expectVisible(page.getByText("Nothing more is sent from here."));
  assert.equal(await page.locator(".purse .sum").innerText(), "unknown");
  await picture(page, "stopped");
  for (const place of ["Rent", "Workloads", "Wallet", "Settings"]) {
    // None of them can be drawn, and none may break.
    await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: place }).click();
    await page.waitForFunction((place) => document.title.startsWith(place), place);
  }
  await page.getByRole("button", { name: "Open again" }).click();
  await expectVisible(page.getByRole("heading", { name: "Your wallet is gone from this browser" }));
  await expectVisible(page.getByText(/The wallet that was in this browser since \d{4}-\d\d-\d\d is gone: .* restore your money from its twelve words/));
  await picture(page, "gone");
  await page.getByRole("button", { name: "Try again" }).click();
  await expectVisible(page.getByRole("heading", { name: "Your wallet is gone from this browser" }));
  await page.getByRole("button", { name: "Start with an empty wallet" }).click();
  await expectVisible(page.locator(".purse", { hasText: "0 sat" }));
  await page.reload();
  await expectVisible(page.locator(".purse", { hasText: "0 sat" }));
  complaints.none();
});

test("a browser without room is said when the page opens", async () => {
  const page = await context.newPage();
  await page.goto(`${site.origin}/config.json`);
  await (await context.newCDPSession(page)).send("Storage.overrideQuotaForOrigin", { origin: site.origin, quotaSize: 1 });
  await page.goto(site.origin);
  await expectVisible(page.getByRole("heading", { name: "Paygress cannot open here" }));
  await expectVisible(page.getByText(/no room left for this page; free some space on this device/));
  await picture(page, "full");
});

test("a commit that the store refuses stops the tab, which shows what is stored and nothing that was not", async () => {
  const page = await context.newPage();
  await page.addInitScript(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...record) {
      const request = put.apply(this, record);
      if (globalThis.full) this.transaction.abort();
      return request;
    };
  });
  await page.goto(site.origin);
  await visit(page, "settings");
  await page.getByLabel("Address of a relay").fill("ws://127.0.0.1:1");
  await page.evaluate(() => Object.assign(globalThis, { full: true }));
  await page.keyboard.press("Enter");
  await expectVisible(page.getByText(/This tab has stopped\. The store refused to write/));
  await expectVisible(page.getByText("Nothing more is sent from here; what is shown is what is stored."));
  assert.equal(await page.getByText("127.0.0.1:1").count(), 0);
  assert.equal(await page.locator(".purse .sum").innerText(), "0 sat");
  assert.equal(await page.getByRole("button", { name: "Show the words" }).isDisabled(), true);
  await picture(page, "refused");
  await page.getByRole("button", { name: "Open again" }).click();
  await expectVisible(page.getByRole("button", { name: "Show the words" }).and(page.locator(":enabled")));
});

test("a browser without Web Locks is told why nothing can be changed", async () => {
  const page = await context.newPage();
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
  await page.goto(site.origin);
  await expectVisible(page.getByText(/This browser has no Web Locks, so two tabs could spend the same money and nothing is changed here; use a current browser/));
  assert.equal(await page.getByRole("button", { name: "Use this tab instead" }).count(), 0);
  await picture(page, "read-only");
});
