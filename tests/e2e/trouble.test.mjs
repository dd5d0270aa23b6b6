// Each trouble of a mint is said in plain words, with since when and when it is asked again; once it is over the money is spent as before.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch } from "./browser.mjs";
import { Complaints } from "./complaints.mjs";
import { startDevnet } from "./devnet.mjs";
import { balance, fill, makeToken, openTab, takeIn, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

const DAY = 86_400;

/** @type {Awaited<ReturnType<typeof startDevnet>>} */
let net;
/** @type {import("playwright-core").Browser} */
let browser;
// The browser notes what it did not get.
const complaints = new Complaints(/Failed to load resource|CORS policy|WebSocket connection to .*ERR_CONNECTION_REFUSED/);

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

beforeEach(async () => {
  net = await startDevnet(["--heartbeat-secs", "2", "--auto-pay-secs", "1", "--mints", "2"]);
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await net.stop();
});

const now = () => Math.floor(Date.now() / 1000);

/**
 * The page of somebody with 256 sat at one mint, the first (keys of the older kind) or the second.
 * @param {1 | 2} number
 */
async function withMoneyAt(number) {
  const page = complaints.of(await browser.newPage({ viewport: { width: 390, height: 860 } }));
  await page.route("**/config.json", async (route) => {
    const config = await (await route.fetch()).json();
    await route.fulfill({ json: { ...config, mints: [config.mints[number - 1]] } });
  });
  await page.goto(net.addresses.www);
  await fill(page, 256);
  const mint = page.locator(".mint-list > li");

  /** @param {string} label */
  const stands = async (label) => {
    await visit(page, "wallet");
    await expectVisible(mint.getByText(label, { exact: true }), 60_000);
  };
  /** The mint is as before, and nothing is left of what was said. */
  const isFine = async () => {
    await stands("Ready");
    assert.equal(await mint.locator(".note").count(), 0);
  };
  /** Takes the token on screen back: nothing but fees is gone. */
  const takesBack = async () => {
    await expectVisible(page.getByTestId("token"), 60_000);
    await page.getByRole("button", { name: "Take it back" }).click();
    await expectVisible(page.getByText("The token was taken back.", { exact: true }).first(), 60_000);
    await visit(page, "wallet");
    await expectVisible(page.getByText("Nothing is locked and nothing waits."), 60_000);
    assert.equal(await balance(page), 256 - (await net.ask(`/mint/${number}/ledger`)).fees);
  };
  return {
    page,
    mint,
    /** @param {string} action */
    tell: (action, body = {}) => net.tell(`/mint/${number}/${action}`, body),
    stands,
    isFine,
    takesBack,
    spendsAsBefore: async () => {
      await isFine();
      await askForToken(page, 100);
      await takesBack();
    },
  };
}

/**
 * @param {Page} page
 * @param {number} sat
 */
async function askForToken(page, sat) {
  await visit(page, "wallet");
  await openTab(page, "Send");
  await page.getByLabel("Amount").fill(String(sat));
  await page.getByRole("button", { name: "Make a token" }).click();
}

for (const { trouble, begin, end, label, says } of /** @type {{ trouble: string, begin: [string, object?], end: string, label: string, says: RegExp }[]} */ ([
  { trouble: "is down", begin: ["stop"], end: "start", label: "Unreachable", says: /gives no answer that this page can read \(.* cannot be reached\): it may be down/ },
  { trouble: "fails", begin: ["fail", { next: 1000 }], end: "heal", label: "Not working", says: /does not answer as a mint does .*: it may be broken just now/ },
  { trouble: "asks for a pause", begin: ["fail", { next: 1000, status: 429 }], end: "heal", label: "Asks for a pause", says: /asks for a pause .*: it was asked too often; leave it alone for a while/ },
  { trouble: "asks for a pause where no page can read it", begin: ["rate-limit", { next: 1000 }], end: "heal", label: "Unreachable", says: /is up but gave this page no readable answer.*: it may be down or ask for a pause, its address may be wrong, or it does not let web pages read what it answers \(CORS\)/ },
  { trouble: "does what it is asked and answers so that no page can read it", begin: ["no-cors", { next: 1000 }], end: "heal", label: "Unreachable", says: /is up but gave this page no readable answer.* it does not let web pages read what it answers \(CORS\)/ },
])) {
  test(`a mint that ${trouble} is told of, and what was asked of it is done afterwards`, async () => {
    const { page, mint, tell, stands, isFine, takesBack } = await withMoneyAt(1);
    await tell(...begin);
    await askForToken(page, 100);
    await stands(label);
    await expectVisible(mint.getByText(says));
    await expectVisible(mint.getByText(/it is asked again by itself, and your money stays where it is/));
    await expectVisible(mint.getByText(/^Since \d\d:\d\d, (?:asked again in (?:\d+ min ?)?(?:\d+ s)?|being asked again)\.$/));
    await expectVisible(mint.getByText("256 sat reserved by what is under way"));
    await tell(end);
    await isFine();
    await page.locator(".operations").getByRole("link", { name: /^Sent/ }).click();
    await takesBack();
  });
}

/**
 * @param {Page} page
 * @param {number} sat
 */
async function askForInvoice(page, sat) {
  await visit(page, "wallet");
  await openTab(page, "Fill");
  await page.getByLabel("Amount").fill(String(sat));
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Lightning invoice" }));
}

test("what waits for a mint that is down says so, is not called received before it is, and an invoice that is not there is given up", async () => {
  const { page, tell, isFine } = await withMoneyAt(1);
  const token = await makeToken(page, 64);
  const other = complaints.of(await (await browser.newContext()).newPage());
  await other.goto(net.addresses.www);
  await expectVisible(other.getByRole("link", { name: "Wallet", exact: false }).first());
  await tell("stop");
  await takeIn(other, token);
  await askForInvoice(page, 50);
  for (const [screen, heading] of /** @type {[Page, string][]} */ ([[other, "Receiving"], [page, "Lightning invoice"]])) {
    await expectVisible(screen.getByRole("heading", { level: 1, name: heading }));
    await expectVisible(screen.locator(".note").getByText(/gives no answer that this page can read/), 60_000);
    await expectVisible(screen.getByText(/^Since \d\d:\d\d, (?:asked again in \d+ s|being asked again)\.$/));
  }
  await visit(other, "wallet");
  const row = other.locator(".operations").getByRole("link", { name: /^Receiving/ });
  assert.equal((await row.locator(".number").first().innerText()).trim(), "64 sat");
  await page.getByRole("button", { name: "Give up this invoice" }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Not filled" }));
  await expectVisible(page.getByText("Given up before there was an invoice; nothing was paid.").first());
  assert.equal(await page.getByText(/gives no answer that this page can read/).count(), 0, "nothing waits for it any more");
  await tell("start");
  await isFine();
  await expectVisible(other.locator(".operations").getByRole("link", { name: /^Received/ }), 60_000);
});

test("an invoice that was seen is not given up before its end, and the page says when that is", async () => {
  const { page, tell } = await withMoneyAt(1);
  await tell("auto-pay", { secs: null });
  await askForInvoice(page, 50);
  await expectVisible(page.getByTestId("invoice"));
  await expectVisible(page.getByText(/^Until it ends it may be paid, so it cannot be given up before\. Unpaid, it ends by itself at \d\d:\d\d\.$/));
  assert.equal(await page.getByRole("button", { name: "Give up this invoice" }).count(), 0);
});

test("a mint that was mistyped is removed, and one that holds money is not", async () => {
  const { page, mint } = await withMoneyAt(1);
  await visit(page, "wallet");
  await openTab(page, "Add a mint");
  await page.getByLabel("Address").fill("http://127.0.0.1:9");
  await page.getByRole("button", { name: "Add this mint" }).click();
  const wrong = mint.filter({ hasText: "127.0.0.1:9" }).filter({ has: page.getByText("Unreachable", { exact: true }) });
  await expectVisible(wrong, 60_000);
  assert.match(await wrong.locator(".note").innerText(), /it is asked again by itself\.\s/);
  await wrong.getByRole("button", { name: "Remove this mint" }).click();
  await expectVisible(page.getByText("Mint removed"));
  assert.equal(await mint.count(), 1);
  await page.reload();
  await visit(page, "wallet");
  await expectVisible(mint.getByText("256 sat").first());
  assert.equal(await mint.count(), 1);
  await mint.getByRole("button", { name: "Remove this mint" }).click();
  await expectVisible(mint.getByRole("alert").filter({ hasText: "holds money of this wallet, or a token waits for it" }));
});

test("a mint that changes what its keys stand for is not used until it takes that back", async () => {
  const { page, mint, tell, stands, spendsAsBefore } = await withMoneyAt(2);
  await tell("fee", { ppk: 5000 });
  await page.reload();
  await stands("Refused");
  await expectVisible(mint.getByText(/cannot be used: its keyset [0-9a-f]{16}…? has another unit, fee or expiry than before\. Your money stays where it is and nothing is sent there; ask its operator what happened, and do not fill in more/i));
  await expectVisible(mint.getByText("Contact: mint@example.com"));
  assert.equal(await balance(page), 256, "what is there is seen");
  await askForToken(page, 100);
  await expectVisible(page.getByRole("alert").filter({ hasText: "your money has not moved" }));
  await tell("fee", { ppk: 100 });
  await page.reload();
  await spendsAsBefore();
});

test("a mint that signs nothing new is not filled until it does again", async () => {
  const { page, mint, tell, stands, spendsAsBefore } = await withMoneyAt(1);
  await tell("retire");
  await page.reload();
  await stands("Signs nothing new");
  await expectVisible(mint.getByText(/What you hold there cannot be exchanged or sent in parts until it signs again; ask its operator, and do not fill in more/));
  assert.equal(await balance(page), 256, "what is there is seen");
  await openTab(page, "Fill");
  await page.getByLabel("Amount").fill("50");
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByRole("alert").filter({ hasText: "signs no new ecash in sat now; use another mint, or wait until it does again" }));
  await tell("rotate");
  await page.reload();
  await spendsAsBefore();
});

test("money in keys that end soon is told of, and moves by itself once there are others", async () => {
  const { page, mint, tell, stands, spendsAsBefore } = await withMoneyAt(1);
  await tell("end", { at: now() + 10.5 * DAY });
  await page.reload();
  await stands("Ready, keys end soon");
  await expectVisible(mint.getByText(/256 sat are in a keyset that ends in 10 days; they move to the present one by themselves while this page is open, or spend them before/));
  await tell("rotate");
  await page.reload();
  await visit(page, "wallet");
  await expectVisible(page.locator(".operations").getByRole("link", { name: /^Renewed at the mint/ }), 60_000);
  await spendsAsBefore();
});

test("money in keys that ended is told of and can still be tried", async () => {
  const { page, mint, tell, stands, spendsAsBefore } = await withMoneyAt(1);
  await tell("end", { at: now() - 60 });
  await tell("rotate");
  await page.reload();
  await stands("Ready, keys ended");
  await expectVisible(mint.getByText(/256 sat are in a keyset that ended, so the mint may not take them any more; try to spend them, and ask its operator if it refuses/));
  await tell("end", { at: null });
  await page.reload();
  await spendsAsBefore();
});

test("the limits of a mint are told, and an amount beyond them is refused where it was typed", async () => {
  const { page, mint, tell, spendsAsBefore } = await withMoneyAt(1);
  await tell("limits", { least: 10, most: 500 });
  await page.reload();
  await visit(page, "wallet");
  await expectVisible(mint.getByText("Takes 10 to 500 sat at once over Lightning."));
  await expectVisible(mint.getByText("Pays 10 to 500 sat at once over Lightning."));
  await openTab(page, "Fill");
  for (const [amount, says] of /** @type {[string, RegExp][]} */ ([["9", /takes no less than 10 sat at once; choose more/], ["501", /takes no more than 500 sat at once; choose less/]])) {
    await page.getByLabel("Amount").fill(amount);
    await page.getByRole("button", { name: "Get an invoice" }).click();
    await expectVisible(page.getByRole("alert").filter({ hasText: says }));
  }
  await tell("limits");
  await page.reload();
  await mint.getByText(/at once over Lightning/).first().waitFor({ state: "detached" });
  await spendsAsBefore();
});

test("the browser had nothing else to complain about", () => {
  complaints.none();
});
