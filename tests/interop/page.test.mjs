// The page in headless Chromium against the published programs: the mint nutshell and the provider paygress-cli.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, serve } from "../e2e/browser.mjs";
import { balance, enterWords, liveness, makeToken, openTab, readWords, rent, visit } from "../e2e/person.mjs";
import { expectVisible } from "../e2e/wait.mjs";
import { startCounterparts } from "./counterparts.mjs";

/** @typedef {import("playwright-core").Page} Page */

const KEYSETS = /** @type {const} */ (["v1", "v2"]);
const FILLED = 500;

/** @type {import("./counterparts.mjs").Counterparts} */
let net;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Record<"v1" | "v2", Page>} a page and wallet of its own for each mint */
const pages = Object.create(null);
/** @type {Record<"v1" | "v2", string>} where each page comes from */
const origins = Object.create(null);
/** @type {(() => unknown)[]} */
const closes = [];
/** @type {string[]} */
const complaints = [];
/** @type {string[]} what the mints refused */
const refusals = [];

before(async () => {
  net = await startCounterparts();
  closes.push(net.stop);
  console.log(`the page against ${net.versions.join(" and ")}`);
  browser = await launch();
  closes.push(() => browser.close());
  for (const keysets of KEYSETS) {
    const config = JSON.stringify({ relays: net.relays, mints: [net.mints[keysets].url], test: true });
    const site = await serve({ "/config.json": (_, response) => response.writeHead(200, { "content-type": "application/json" }).end(config) });
    closes.push(site.close);
    origins[keysets] = site.origin;
    pages[keysets] = await profile(keysets);
  }
});

/**
 * The page in a browser profile of its own.
 * @param {"v1" | "v2"} keysets
 */
async function profile(keysets) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("status of 400")) complaints.push(message.text());
  });
  page.on("response", (response) => {
    if (response.status() >= 400) refusals.push(`${keysets} ${response.status()} ${new URL(response.url()).pathname}`);
  });
  await page.goto(origins[keysets]);
  return page;
}

after(async () => {
  for (const close of closes.reverse()) await close();
});

test("the mints are of both kinds", async () => {
  assert.ok((await net.mints.v1.keysets()).every((id) => /^00[0-9a-f]{14}$/.test(id)));
  assert.ok((await net.mints.v2.keysets()).every((id) => /^01[0-9a-f]{64}$/.test(id)));
});

for (const keysets of KEYSETS) {
  test(`${keysets}: the page finds the provider and its prices`, async () => {
    const page = pages[keysets];
    await visit(page, "market");
    const row = page.getByRole("row", { name: new RegExp(net.provider.name) });
    await expectVisible(row.getByText("Online"));
    await expectVisible(row.getByText("180 sat/hour"));
    await expectVisible(row.getByText("100 msat/s"));
  });

  test(`${keysets}: a Lightning invoice of the mint fills the wallet`, async () => {
    const page = pages[keysets];
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

  test(`${keysets}: nutshell's wallet redeems a token that the page sent`, async () => {
    const page = pages[keysets];
    const before = await balance(page);
    const token = await makeToken(page, 64);
    const left = before - 64 - (await fee(page));
    assert.equal(await balance(page), left);
    await net.mints[keysets].wallet.receive(token);
    const arrived = await net.mints[keysets].wallet.balance();
    assert.ok(arrived >= 63 && arrived <= 64, `64 sat less the mint's fee, ${arrived} arrived`);
    await page.getByRole("button", { name: "Take it back" }).click();
    await expectVisible(page.getByText("The token was redeemed.", { exact: true }).first(), 30_000);
    assert.equal(await balance(page), left);
  });

  test(`${keysets}: the page receives a token of nutshell's wallet`, async () => {
    const page = pages[keysets];
    const { wallet } = net.mints[keysets];
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

  test(`${keysets}: a token that nobody took is taken back`, async () => {
    const page = pages[keysets];
    const token = await makeToken(page, 32);
    const out = await balance(page);
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.waitForFunction((out) => Number(document.querySelector(".purse .sum")?.textContent?.replaceAll(/\D/g, "")) > out, out, { timeout: 30_000 });
    const back = (await balance(page)) - out;
    assert.ok(back >= 30 && back < 32, `32 sat less the mint's fee, ${back} came back`);
    await assert.rejects(net.mints[keysets].wallet.receive(token), /already spent/i);
  });
}

test("v1: the page rents, shows the way in with the password of the instructions, and goes live", async () => {
  const page = pages.v1;
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

test("v1: the provider tells the page the status of the lease", async () => {
  const page = pages.v1;
  const told = page.locator(".steps li", { hasText: /the provider says: running, \d+ s left/i });
  const before = await told.count();
  await page.getByRole("button", { name: "Ask the provider" }).click();
  await expectVisible(told.nth(before), 30_000);
  const left = Number(/(\d+) s left/.exec(await told.nth(before).innerText())?.[1]);
  assert.ok(left > 60 && left <= 180, `${left} s of the 180 paid for are left`);
});

test("v1: the page opened anew shows the same lease, and it is live", async () => {
  const page = pages.v1;
  await page.reload();
  await visit(page, "workloads");
  await expectVisible(page.locator("dd code", { hasText: /^ssh -p \d+ root@127\.0\.0\.1$/ }));
  await expectVisible(liveness(page, "Live"), 30_000);
  assert.equal(await page.locator(".lease-list li").count(), 1);
});

test("v1: the provider takes the money and starts nothing; the page says that the money is lost", async () => {
  const page = pages.v1;
  await net.provider.breakDocker("no space left on device");
  await rent(page, net.provider.name, { minutes: 3 });
  await expectVisible(page.locator("article .pill", { hasText: "Money lost" }), 90_000);
  await expectVisible(page.locator("article").getByText(/backend_error/).first());
  assert.equal((await net.provider.boxes()).length, 1, "no box was started for it");
});

test("v2: the provider cannot redeem; the token comes back by itself and the page says why", async () => {
  const page = pages.v2;
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

test("v2: that provider does not count as payable from that mint any more, and renting says why", async () => {
  const page = pages.v2;
  await visit(page, "market");
  await page.getByLabel("I can pay this one").check();
  await expectVisible(page.getByRole("heading", { name: "No provider fits" }));
  await page.getByLabel("I can pay this one").uncheck();
  await page.getByRole("link", { name: `Rent Basic from ${net.provider.name}` }).click();
  await expectVisible(page.getByText("This cannot be rented now."));
  await expectVisible(page.getByText(`takes only money of ${net.mints.v1.url}; add that mint in Wallet`));
  assert.ok(await page.getByRole("button", { name: /^Rent/ }).last().isDisabled());
});

for (const keysets of KEYSETS) {
  test(`${keysets}: the mint pays a stranger's invoice for the page, and gives change`, async () => {
    const page = pages[keysets];
    const stranger = net.mints[keysets === "v1" ? "v2" : "v1"];
    const answer = await fetch(`${stranger.url}/v1/mint/quote/bolt11`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ amount: 50, unit: "sat" }),
    });
    const before = await balance(page);
    await visit(page, "wallet");
    await openTab(page, "Pay");
    await page.getByLabel("Invoice").fill((await answer.json()).request);
    await page.getByRole("button", { name: "Ask for the price" }).click();
    await expectVisible(page.getByTestId("price"), 30_000);
    const most = Number((await page.getByTestId("price").locator("strong").innerText()).replaceAll(/\D/g, ""));
    await page.getByRole("button", { name: "Pay 50 sat" }).click();
    await expectVisible(page.getByTestId("preimage"), 30_000);
    const left = before - (await balance(page));
    assert.ok(left >= 50 && left <= most, `${left} sat left the wallet, ${most} were agreed`);
    assert.equal(left, 50 + (await fee(page)));
  });
}

for (const keysets of KEYSETS) {
  test(`${keysets}: the twelve words bring the same money to a new browser, and nutshell's wallet takes it`, async () => {
    const left = await balance(pages[keysets]);
    const words = await readWords(pages[keysets]);
    await pages[keysets].close();
    const page = await profile(keysets);
    pages[keysets] = page;
    await enterWords(page, words);
    await expectVisible(page.getByRole("heading", { level: 1, name: "Wallet" }));
    await expectVisible(page.getByText("Nothing is locked and nothing waits."), 30_000);
    assert.equal(await balance(page), left);
    const { wallet } = net.mints[keysets];
    const before = await wallet.balance();
    await wallet.receive(await makeToken(page, 64));
    const arrived = (await wallet.balance()) - before;
    assert.ok(arrived >= 63 && arrived <= 64, `64 sat less the mint's fee, ${arrived} arrived`);
  });
}

test("money moves from the one mint to the other", async () => {
  const page = pages.v2;
  await visit(page, "wallet");
  await openTab(page, "Add a mint");
  await page.getByLabel("Address").fill(net.mints.v1.url);
  await page.getByRole("button", { name: "Add this mint" }).click();
  await expectVisible(page.getByText("Mint added"));
  const before = await balance(page);
  const quotes = `${net.mints.v1.url}/v1/mint/quote/bolt11/*`;
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
  await page.locator("select[name=from]").selectOption(net.mints.v2.url);
  await page.locator("select[name=to]").selectOption(net.mints.v1.url);
  await page.getByRole("button", { name: "Ask for the price" }).click();
  await expectVisible(page.getByTestId("price"), 30_000);
  await page.getByRole("button", { name: "Move 60 sat" }).click();
  await expectVisible(page.getByTestId("preimage"), 30_000);
  const cost = await fee(page);
  pay();
  await visit(page, "wallet");
  await expectVisible(page.getByText("Came from another mint"), 60_000);
  assert.equal(await balance(page), before - cost);
  await page.unroute(quotes);
});

test("the page ran without a complaint of the browser, and asked the mints nothing wrong", () => {
  assert.deepEqual(complaints, []);
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
