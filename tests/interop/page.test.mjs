// The page in headless Chromium against the published programs: the mints nutshell and cdk-mintd, each with
// keysets of version 1 and 2, and the provider paygress-cli.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, serve } from "../e2e/browser.mjs";
import { Complaints } from "../e2e/complaints.mjs";
import { balance, enterWords, liveness, makeToken, openTab, readWords, rent, visit } from "../e2e/person.mjs";
import { expectVisible } from "../e2e/wait.mjs";
import { startCounterparts } from "./counterparts.mjs";
import { MINTS } from "./mints.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./mints.mjs").MintName} MintName */

const FILLED = 500;

/** @type {import("./counterparts.mjs").Counterparts} */
let net;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Record<MintName, Page>} a page and wallet of its own for each mint */
const pages = Object.create(null);
/** @type {Record<MintName, string>} where each page comes from */
const origins = Object.create(null);
/** @type {(() => unknown)[]} */
const closes = [];
const complaints = new Complaints(/status of 400/);
/** @type {Set<MintName>} the mints that refuse everything just now, by the test's will */
const closed = new Set();
/** @type {string[]} what the mints refused */
const refusals = [];

before(async () => {
  net = await startCounterparts();
  closes.push(net.stop);
  console.log(`the page against ${net.versions.join(" and ")}`);
  browser = await launch();
  closes.push(() => browser.close());
  for (const name of MINTS) {
    const config = JSON.stringify({ relays: net.relays, mints: [net.mints[name].url], test: true });
    const site = await serve({ "/config.json": (_, response) => response.writeHead(200, { "content-type": "application/json" }).end(config) });
    closes.push(site.close);
    origins[name] = site.origin;
    pages[name] = await profile(name);
  }
});

/**
 * The page in a browser profile of its own.
 * @param {MintName} name
 */
async function profile(name) {
  const page = complaints.of(await browser.newPage({ viewport: { width: 1280, height: 860 } }));
  page.on("response", (response) => {
    if (response.status() >= 400 && !closed.has(name)) refusals.push(`${name} ${response.status()} ${new URL(response.url()).pathname}`);
  });
  await page.goto(origins[name]);
  return page;
}

after(async () => {
  for (const close of closes.reverse()) await close();
});

test("the mints are of both kinds", async () => {
  for (const name of MINTS) {
    const id = name.endsWith("v1") ? /^00[0-9a-f]{14}$/ : /^01[0-9a-f]{64}$/;
    assert.ok((await net.mints[name].keysets()).every((each) => id.test(each)), name);
  }
});

for (const name of MINTS) {
  test(`${name}: the page finds the provider and its prices`, async () => {
    const page = pages[name];
    await visit(page, "market");
    const row = page.getByRole("row", { name: new RegExp(net.provider.name) });
    await expectVisible(row.getByText("Online"));
    await expectVisible(row.getByText("180 sat/hour"));
    await expectVisible(row.getByText("100 msat/s"));
  });

  test(`${name}: a Lightning invoice of the mint fills the wallet`, async () => {
    const page = pages[name];
    const quotes = "**/v1/mint/quote/bolt11/*";
    /** @type {() => void} */
    let pay = () => undefined;
    const mayBePaid = new Promise((resolve) => (pay = () => resolve(undefined)));
    // The fake Lightning counts an invoice as paid at the first question for it, so that question waits for the person.
    await page.route(quotes, async (route) => {
      await mayBePaid;
      await route.continue();
    });
    await visit(page, "wallet");
    await openTab(page, "Fill");
    await page.getByLabel("Amount").fill(String(FILLED));
    await page.getByRole("button", { name: "Get an invoice" }).click();
    await expectVisible(page.getByTestId("invoice"));
    assert.match(await page.getByTestId("invoice").innerText(), /^lnbc/);
    await expectVisible(page.getByRole("img", { name: /Lightning invoice/ }));
    assert.equal(await balance(page), 0);
    pay();
    await expectVisible(page.getByText(/sat came in/).first(), 30_000);
    assert.equal(await balance(page), FILLED);
    await page.unroute(quotes);
  });

  test(`${name}: nutshell's wallet redeems a token that the page sent`, async () => {
    const page = pages[name];
    const before = await balance(page);
    const token = await makeToken(page, 64);
    const left = before - 64 - (await fee(page));
    assert.equal(await balance(page), left);
    await net.mints[name].wallet.receive(token);
    const arrived = await net.mints[name].wallet.balance();
    assert.ok(arrived >= 63 && arrived <= 64, `64 sat less the mint's fee, ${arrived} arrived`);
    await clickIfThere(page, "Take it back");
    await expectVisible(page.getByText("The token was redeemed.", { exact: true }).first(), 30_000);
    assert.equal(await balance(page), left);
  });

  test(`${name}: the page receives a token of nutshell's wallet`, async () => {
    const page = pages[name];
    const { wallet } = net.mints[name];
    await wallet.fill(50);
    const before = await balance(page);
    const token = await wallet.send(40);
    await visit(page, "wallet");
    await openTab(page, "Receive");
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Take it in" }).click();
    await expectVisible(page.getByRole("heading", { level: 1, name: "Received" }));
    await expectVisible(page.getByRole("link", { name: "Find a provider" }), 30_000);
    const gained = (await balance(page)) - before;
    assert.ok(gained >= 38 && gained < 40, `40 sat less the mint's fee, ${gained} arrived`);
  });

  test(`${name}: a token that nobody took is taken back`, async () => {
    const page = pages[name];
    const token = await makeToken(page, 32);
    const out = await balance(page);
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.waitForFunction((out) => Number(document.querySelector(".purse .sum")?.textContent?.replaceAll(/\D/g, "")) > out, out, { timeout: 30_000 });
    const back = (await balance(page)) - out;
    assert.ok(back >= 30 && back < 32, `32 sat less the mint's fee, ${back} came back`);
    await assert.rejects(net.mints[name].wallet.receive(token), /already spent/i);
  });
}

for (const name of MINTS) {
  test(`${name}: asked for a token, the mint says that nobody took it, and then that somebody did`, async () => {
    const page = pages[name];
    const token = await makeToken(page, 16);
    await page.getByRole("button", { name: "Check" }).click();
    await expectVisible(page.getByText("the mint says that nobody took the token yet", { exact: false }));
    await net.mints[name].wallet.receive(token);
    await clickIfThere(page, "Check");
    await expectVisible(page.getByText("The receiver took it.", { exact: true }), 30_000);
  });

  test(`${name}: a token that the mint refused is kept, and comes in at another try`, async () => {
    const page = pages[name];
    const before = await balance(page);
    const token = await net.mints[name].wallet.send(8);
    closed.add(name);
    await page.route("**/v1/swap", (route) => route.request().method() === "POST"
      ? route.fulfill({ status: 400, headers: { "access-control-allow-origin": "*" }, json: { code: 11000, detail: "closed for today" } })
      : route.continue());
    await visit(page, "wallet");
    await openTab(page, "Receive");
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Take it in" }).click();
    await expectVisible(page.getByText(/the mint refuses this token: closed for today/i).first(), 60_000);
    await page.unroute("**/v1/swap");
    closed.delete(name);
    await page.getByRole("button", { name: "Try again" }).click();
    await expectVisible(page.getByText(/\d+ sat came in/).first(), 30_000);
    assert.ok((await balance(page)) >= before + 7);
  });
}

test("nutshell-v1: the page rents, shows the way in with the password of the instructions, and goes live", async () => {
  const page = pages["nutshell-v1"];
  const before = await balance(page);
  await rent(page, net.provider.name, { minutes: 3 });
  await expectVisible(page.getByRole("heading", { name: "How to get in" }), 60_000);
  await expectVisible(page.locator("dd code", { hasText: /^ssh -p \d+ root@127\.0\.0\.1$/ }));
  assert.match(await page.getByTestId("password").innerText(), /^•+$/);
  await page.getByRole("button", { name: "Show" }).click();
  await expectVisible(page.getByRole("button", { name: "Hide" }));
  const password = await page.getByTestId("password").innerText();
  assert.match(password, /^[A-Za-z0-9]{12,}$/);
  const boxes = await net.provider.boxes();
  assert.equal(boxes.length, 1);
  assert.ok(boxes[0]?.includes(password), "the box was started with this password");
  await page.getByText("What the provider wrote").click();
  const instructions = await page.locator("article details pre").innerText();
  assert.match(instructions, /password/i);
  assert.ok(!instructions.includes(password), "it is hidden in the instructions that it came from");
  await expectVisible(liveness(page, "Live"), 30_000);
  const paid = Number(/Paid: ([\d,]+) sat/.exec(await page.locator("article").innerText())?.[1]?.replaceAll(",", ""));
  assert.ok(paid >= 9, `3 minutes at 50 msat a second cost 9 sat, ${paid} were paid`);
  const left = before - (await balance(page));
  assert.ok(left >= paid && left <= paid + 2, `${left} sat left the wallet for a token of ${paid} and the mint's fee`);
});

test("nutshell-v1: the provider tells the page the status of the lease", async () => {
  const page = pages["nutshell-v1"];
  const told = page.locator(".steps li", { hasText: /the provider says: running, \d+ s left/i });
  const before = await told.count();
  await page.getByRole("button", { name: "Ask the provider" }).click();
  await expectVisible(told.nth(before), 30_000);
  const left = Number(/(\d+) s left/.exec(await told.nth(before).innerText())?.[1]);
  assert.ok(left > 60 && left <= 180, `${left} s of the 180 paid for are left`);
});

test("nutshell-v1: the page opened anew shows the same lease, and it is live", async () => {
  const page = pages["nutshell-v1"];
  await page.reload();
  await visit(page, "workloads");
  await expectVisible(page.locator("dd code", { hasText: /^ssh -p \d+ root@127\.0\.0\.1$/ }));
  await expectVisible(liveness(page, "Live"), 30_000);
  assert.equal(await page.locator(".lease-list li").count(), 1);
});

test("nutshell-v1: the provider takes the money and starts nothing; the page says that the money is lost", async () => {
  const page = pages["nutshell-v1"];
  await net.provider.breakDocker("no space left on device");
  await rent(page, net.provider.name, { minutes: 3 });
  await expectVisible(page.locator("article .pill", { hasText: "Money lost" }), 90_000);
  await expectVisible(page.locator("article").getByText(/backend_error/).first());
  assert.equal((await net.provider.boxes()).length, 1, "no box was started for it");
});

test("nutshell-v2: the provider cannot redeem; the token comes back by itself and the page says why", async () => {
  const page = pages["nutshell-v2"];
  const before = await balance(page);
  await rent(page, net.provider.name, { minutes: 3 });
  await expectVisible(page.locator("article .pill", { hasText: "Money returned" }), 90_000);
  await expectVisible(page.locator("article .pill", { hasText: "Back in your wallet" }));
  const steps = page.locator("article .steps");
  await expectVisible(steps.getByText(/cannot redeem money of http:\/\/127\.0\.0\.1/));
  await expectVisible(page.locator("article").getByText(/mint_error/).first());
  const lost = before - (await balance(page));
  assert.ok(lost >= 1 && lost <= 4, `only fees of the mint are gone, ${lost} sat`);
  assert.equal((await net.provider.boxes()).length, 1, "no box was started for it");
});

test("nutshell-v2: that provider does not count as payable from that mint any more, and renting says why", async () => {
  const page = pages["nutshell-v2"];
  await visit(page, "market");
  await page.getByLabel("I can pay this one").check();
  await expectVisible(page.getByRole("heading", { name: "No provider fits" }));
  await page.getByLabel("I can pay this one").uncheck();
  await page.getByRole("link", { name: `Rent Basic from ${net.provider.name}` }).click();
  await expectVisible(page.getByText("This cannot be rented now."));
  await expectVisible(page.getByText(`takes only money of ${net.mints["nutshell-v1"].url}; add that mint in Wallet`));
  assert.ok(await page.getByRole("button", { name: /^Rent/ }).last().isDisabled());
});

for (const name of MINTS) {
  test(`${name}: the mint pays a stranger's invoice for the page, and gives change`, async () => {
    const page = pages[name];
    const stranger = net.mints[other(name)];
    const before = await balance(page);
    await visit(page, "wallet");
    await openTab(page, "Pay");
    await page.getByLabel("Invoice").fill(await stranger.invoice(50));
    await page.getByRole("button", { name: "Ask for the price" }).click();
    await expectVisible(page.getByTestId("price"), 30_000);
    const most = Number((await page.getByTestId("price").locator("strong").innerText()).replaceAll(/\D/g, ""));
    await page.getByRole("button", { name: "Pay 50 sat" }).click();
    await expectVisible(page.getByText(/sat were paid; fees took/).first(), 30_000);
    const left = before - (await balance(page));
    assert.ok(left >= 50 && left <= most, `${left} sat left the wallet, ${most} were agreed`);
    assert.equal(left, 50 + (await fee(page)));
  });
}

for (const name of MINTS) {
  test(`${name}: the money leaves a keyset that the mint left`, async () => {
    const page = pages[name];
    const before = await balance(page);
    await page.goto("about:blank");
    const old = await net.mints[name].keysets();
    await net.mints[name].rotate();
    assert.ok((await net.mints[name].keysets()).length > old.length);
    await page.goto(origins[name]);
    await visit(page, "wallet");
    await expectVisible(page.getByText("Renewed at the mint").first(), 30_000);
    await expectVisible(page.getByText("Nothing is locked and nothing waits."), 30_000);
    const cost = before - (await balance(page));
    assert.ok(cost > 0 && cost <= 3, `the mint's fee, ${cost} sat`);
  });
}

for (const name of MINTS) {
  test(`${name}: the twelve words bring the same money to a new browser, and nutshell's wallet takes it`, async () => {
    const left = await balance(pages[name]);
    const words = await readWords(pages[name]);
    await pages[name].close();
    const page = await profile(name);
    pages[name] = page;
    await enterWords(page, words);
    await expectVisible(page.getByRole("heading", { level: 1, name: "Wallet" }));
    await expectVisible(page.getByText("Nothing is locked and nothing waits."), 30_000);
    assert.equal(await balance(page), left);
    const { wallet } = net.mints[name];
    const before = await wallet.balance();
    await wallet.receive(await makeToken(page, 64));
    const arrived = (await wallet.balance()) - before;
    assert.ok(arrived >= 63 && arrived <= 64, `64 sat less the mint's fee, ${arrived} arrived`);
  });
}

for (const name of MINTS) {
  test(`${name}: money moves to another mint`, async () => {
    const page = pages[name];
    const [from, to] = [net.mints[name].url, net.mints[other(name)].url];
    await visit(page, "wallet");
    await openTab(page, "Add a mint");
    await page.getByLabel("Address").fill(to);
    await page.getByRole("button", { name: "Add this mint" }).click();
    await expectVisible(page.getByText("Mint added"));
    // Words that had a life before make nothing new at a mint before it told what they hold there.
    await expectVisible(page.getByText("Nothing is locked and nothing waits."), 30_000);
    const before = await balance(page);
    const quotes = `${to}/v1/mint/quote/bolt11/*`;
    /** @type {() => void} */
    let pay = () => undefined;
    const mayBePaid = new Promise((resolve) => (pay = () => resolve(undefined)));
    // The fake Lightning counts an invoice as paid at the first question for it.
    await page.route(quotes, async (route) => {
      await mayBePaid;
      await route.continue();
    });
    await openTab(page, "Move");
    await page.getByLabel("Amount that should arrive").fill("60");
    await page.locator("select[name=from]").selectOption(from);
    await page.locator("select[name=to]").selectOption(to);
    await page.getByRole("button", { name: "Ask for the price" }).click();
    await expectVisible(page.getByTestId("price"), 30_000);
    await page.getByRole("button", { name: "Move 60 sat" }).click();
    await expectVisible(page.getByText(/sat arrived; fees took/).first(), 30_000);
    const cost = await fee(page);
    pay();
    await visit(page, "wallet");
    await expectVisible(page.getByText("Came from another mint"), 60_000);
    assert.equal(await balance(page), before - cost);
    await page.unroute(quotes);
  });
}

test("the page ran without a complaint of the browser, and asked the mints nothing wrong", () => {
  complaints.none();
  assert.deepEqual(refusals, [], "no mint was asked for what it had to refuse");
});

/**
 * What the operation on screen says it cost, in sat.
 * @param {Page} page
 */
async function fee(page) {
  const text = await page.locator("main .card").first().innerText();
  return Number(/fee ([\d,]+) sat/.exec(text)?.[1] ?? 0);
}

/**
 * The page looks after its tokens by itself, and may have seen already what it is asked to look for.
 * @param {Page} page
 * @param {string} name of the button
 */
async function clickIfThere(page, name) {
  await page.getByRole("button", { name }).click({ timeout: 2000 }).catch(() => undefined);
}

/**
 * The mint after this one.
 * @param {MintName} name
 */
function other(name) {
  return /** @type {MintName} */ (MINTS[(MINTS.indexOf(name) + 1) % MINTS.length]);
}
