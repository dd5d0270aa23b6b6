// Paying what somebody asks for, and asking.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, openTab, takeIn, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

onDevnet();

/** The page with a store of its own. */
async function person() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(net.addresses.www);
  return page;
}

/**
 * @param {Page} page
 * @param {string} text
 */
async function openRequest(page, text) {
  await visit(page, "wallet");
  await openTab(page, "Pay");
  await page.getByLabel("Invoice or payment request").fill(text);
  await page.getByRole("button", { name: "Ask for the price" }).click();
}

/**
 * JSON as CBOR, as far as a payment request needs it.
 * @param {unknown} value
 * @returns {number[]}
 */
function cbor(value) {
  const head = (/** @type {number} */ major, /** @type {number} */ n) =>
    n < 24 ? [(major << 5) | n] : n < 256 ? [(major << 5) | 24, n] : [(major << 5) | 25, n >> 8, n & 255];
  if (typeof value === "number") return head(0, value);
  if (typeof value === "string") return [...head(3, Buffer.byteLength(value)), ...Buffer.from(value)];
  if (Array.isArray(value)) return [...head(4, value.length), ...value.flatMap(cbor)];
  const members = Object.entries(/** @type {object} */ (value));
  return [...head(5, members.length), ...members.flatMap(([name, each]) => [...cbor(name), ...cbor(each)])];
}

/** A server that takes payments, as a shop on the web would. */
async function openShop() {
  /** @type {string[]} */
  const bodies = [];
  const shop = { bodies, status: 200, url: "", request: (/** @type {number} */ sat) => "", close: () => {} };
  const server = createServer((request, response) => {
    const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "*", "access-control-allow-methods": "POST" };
    if (request.method === "OPTIONS") return void response.writeHead(204, cors).end();
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(shop.status, cors).end();
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", () => done(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  shop.url = `http://127.0.0.1:${port}/pay`;
  shop.request = (sat) => `creqA${Buffer.from(cbor({ i: "order 7", a: sat, u: "sat", m: net.addresses.mints, d: "Two coffees", t: [{ t: "post", a: shop.url }] })).toString("base64")}`;
  shop.close = () => void server.close();
  return shop;
}

/** @param {string} body */
function asToken(body) {
  const { mint, unit, proofs } = JSON.parse(body);
  return `cashuA${Buffer.from(JSON.stringify({ token: [{ mint, proofs }], unit })).toString("base64url")}`;
}

test("a request is shown with its price, paid to the shop once, and seen taken", async () => {
  const shop = await openShop();
  const [payer, keeper] = [await person(), await person()];
  await fill(payer, 1000);
  await openRequest(payer, shop.request(250));
  await expectVisible(payer.getByTestId("request").getByText("Two coffees"));
  assert.equal(shop.bodies.length, 0);
  assert.equal(await balance(payer), 1000, "nothing is paid before the person agreed");
  await payer.getByRole("button", { name: /^Pay 250 sat, at most 25\d sat with fees$/ }).click();
  await expectVisible(payer.getByTestId("delivery").getByText(/took the payment/), 30_000);
  assert.equal(shop.bodies.length, 1);
  assert.equal(JSON.parse(shop.bodies[0]).id, "order 7");
  await takeIn(keeper, asToken(shop.bodies[0]));
  await expectVisible(keeper.getByText(/sat came in/).first(), 30_000);
  assert.equal(await balance(keeper), 250, "what was asked for arrives");
  await expectVisible(payer.getByText("The receiver took it.").first(), 30_000);
  shop.close();
});

test("a payment that the shop refuses is sent once more with the same bytes, or taken back", async () => {
  const shop = await openShop();
  shop.status = 400;
  const page = await person();
  await fill(page, 1000);
  await openRequest(page, shop.request(100));
  await page.getByRole("button", { name: "Pay 100 sat" }).click();
  await expectVisible(page.getByText(/The payment was not taken over/), 30_000);
  await page.reload();
  await page.getByRole("button", { name: "Send it once more" }).click();
  for (let tries = 0; shop.bodies.length < 2 && tries < 100; tries++) await page.waitForTimeout(100);
  assert.equal(shop.bodies.length, 2);
  assert.equal(shop.bodies[0], shop.bodies[1]);
  await page.getByRole("button", { name: "Take it back" }).click();
  await expectVisible(page.getByText("The token was taken back.").first(), 30_000);
  assert.ok((await balance(page)) >= 997, String(await balance(page)));
  shop.close();
});

test("a request of one wallet is paid by another by hand, for one person only", async () => {
  const [asker, payer, thief] = [await person(), await person(), await person()];
  await fill(asker, 10);
  await fill(payer, 1000);
  await visit(asker, "wallet");
  await openTab(asker, "Receive");
  await asker.getByText("Ask for a payment").click();
  await asker.getByLabel("Amount asked for").fill("77");
  await asker.getByLabel("What it is for").fill("Lunch");
  await asker.getByLabel("Only this wallet can take the money").check();
  await asker.getByRole("button", { name: "Make a request" }).click();
  const request = await asker.getByTestId("made-request").innerText();
  assert.match(request, /^creqA/);
  await openRequest(payer, request);
  await expectVisible(payer.getByTestId("request").getByText("Lunch"));
  await payer.getByRole("button", { name: "Pay 77 sat" }).click();
  await expectVisible(payer.getByTestId("token"), 30_000);
  const token = await payer.getByTestId("token").innerText();
  await takeIn(thief, token);
  await expectVisible(thief.getByText(/which is not of this wallet/));
  await takeIn(asker, token);
  await expectVisible(asker.getByText(/77 sat came in/).first(), 30_000);
  assert.equal(await balance(asker), 87);
});

test("what cannot be paid says why", async () => {
  const page = await person();
  await fill(page, 100);
  const ask = (/** @type {object} */ members) => openRequest(page, `creqA${Buffer.from(cbor(members)).toString("base64url")}`);
  await ask({ a: 5, u: "usd" });
  await expectVisible(page.getByText(/It cannot be paid: it asks for "usd"/));
  await page.getByRole("button", { name: "Not this one" }).click();
  await ask({ a: 5, u: "sat", t: [{ t: "pigeon", a: "loft" }] });
  await expectVisible(page.getByText(/delivery by "pigeon" is not known here/));
  await page.getByRole("button", { name: "Not this one" }).click();
  await ask({ a: 500, u: "sat", m: net.addresses.mints });
  await expectVisible(page.getByText(/^\d+ sat are missing at/));
  assert.match(await page.getByRole("combobox", { name: "Pay from" }).locator("option:checked").innerText(), /are missing · /);
  await page.getByRole("button", { name: "Not this one" }).click();
  await openRequest(page, "creqAxyz");
  await expectVisible(page.getByText(/The payment request is damaged or incomplete/));
});
