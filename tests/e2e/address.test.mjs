// Paying a Lightning address, and a first mint chosen from those that the provider takes.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, openTab, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {import("node:http").Server} */
let server;
/** What the server of the addresses does: `makes` the invoice of so many msat, with or without the headers for web pages. */
const behaviour = { cors: true, makes: (/** @type {number} */ msat) => msat };
let [near, far] = [0, 0];
let host = "";

onDevnet(["--mints", "2"], async () => {
  const [first, second] = net.addresses.mints;
  [near, far] = first < second ? [1, 2] : [2, 1];
  server = createServer(async (request, response) => {
    const headers = { "content-type": "application/json", ...(behaviour.cors ? { "access-control-allow-origin": "*" } : {}) };
    const { pathname, searchParams } = new URL(request.url ?? "/", `http://${host}`);
    /** @param {unknown} body */
    const say = (body) => response.writeHead(200, headers).end(JSON.stringify(body));
    if (pathname === "/.well-known/lnurlp/alice") {
      return say({ tag: "payRequest", callback: `http://${host}/pay`, minSendable: 1000, maxSendable: 1_000_000, metadata: "[]" });
    }
    if (pathname === "/pay") return say({ pr: await invoice(behaviour.makes(Number(searchParams.get("amount"))) / 1000), routes: [] });
    response.writeHead(404, headers).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  host = `127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
});

after(async () => {
  server?.closeAllConnections();
  server?.close();
});

/** @param {number} sat */
async function invoice(sat) {
  await net.tell(`/mint/${far}/auto-pay`, { secs: null });
  const body = JSON.stringify({ amount: sat, unit: "sat" });
  const response = await fetch(`${net.addresses.mints[far - 1]}/v1/mint/quote/bolt11`, { method: "POST", body });
  return (await response.json()).request;
}

/**
 * @param {Page} page
 * @param {string} address
 * @param {number} sat
 */
async function ask(page, address, sat) {
  await visit(page, "wallet");
  await openTab(page, "Pay");
  await page.getByRole("textbox", { name: "Lightning address" }).fill(address);
  await page.getByLabel("Amount that it gets").fill(String(sat));
  await page.getByRole("button", { name: "Ask for an invoice" }).click();
}

async function person() {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 860 } })).newPage();
  await page.goto(net.addresses.www);
  await fill(page, 1000);
  return page;
}

test("an address is paid after its price was seen", async () => {
  const page = await person();
  await ask(page, `alice@${host}`, 120);
  await expectVisible(page.getByTestId("price"), 30_000);
  assert.equal(await balance(page), 1000);
  await page.getByRole("button", { name: "Pay 120 sat" }).click();
  await expectVisible(page.getByTestId("preimage"), 30_000);
  const { melted } = (await net.ask("/state")).mints[near - 1];
  assert.ok(melted >= 120, String(melted));
});

test("what an address does not take, does not know, or lies about is told, and nothing is paid", async () => {
  const page = await person();
  await ask(page, `alice@${host}`, 5000);
  await expectVisible(page.getByRole("alert").filter({ hasText: "takes 1 sat to 1,000 sat at once" }));
  await ask(page, `bob@${host}`, 10);
  await expectVisible(page.getByRole("alert").filter({ hasText: "knows no such address" }));
  await ask(page, "alice@abcdef.onion", 10);
  await expectVisible(page.getByRole("alert").filter({ hasText: "onion" }));
  behaviour.makes = (msat) => msat * 2;
  await ask(page, `alice@${host}`, 100);
  await expectVisible(page.getByRole("alert").filter({ hasText: "over another amount" }));
  behaviour.makes = (msat) => msat;
  behaviour.cors = false;
  await ask(page, `alice@${host}`, 100);
  await expectVisible(page.getByRole("alert").filter({ hasText: "many do not let web pages ask" }), 15_000);
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/address-390.png`, fullPage: true });
  behaviour.cors = true;
  assert.equal(await balance(page), 1000);
});

test("somebody without a mint gets one that the provider takes, fills it and can rent", async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 860 } });
  await context.route("**/config.json", (route) => route.fulfill({ json: { relays: net.addresses.relays, mints: [], test: true } }));
  const page = await context.newPage();
  await page.goto(net.addresses.www);
  await page.getByRole("link", { name: /^Rent Basic from/ }).first().click();
  const choice = page.getByTestId("first-mint");
  await expectVisible(choice.getByText("can vanish with it", { exact: false }));
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/first-mint-390.png`, fullPage: true });
  await choice.getByRole("button", { name: "Use this mint" }).first().click();
  for (const mint of [1, 2]) await net.tell(`/mint/${mint}/auto-pay`, { secs: 1 });
  await page.getByRole("link", { name: /^Fill in \d+ sat$/ }).click();
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByTestId("invoice"));
  await expectVisible(page.getByText(/sat came in/).first(), 30_000);
  assert.ok((await balance(page)) > 0);
});
