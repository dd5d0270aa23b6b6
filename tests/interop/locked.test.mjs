// Tokens that only one person can take, and payment requests, between the page and nutshell's own wallet at every published mint:
// each makes what the other one takes, and afterwards the sum is right to the fee by the mint's own database.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch } from "../e2e/browser.mjs";
import { nutshellRequest, nutshellWallet } from "./counterparts.mjs";
import { openPage, reaches, ready, rest, servePage, tokenOf, wallet, wish } from "./driven.mjs";
import { MINTS, installedMints, startMint } from "./mints.mjs";
import { emptyFolder, endAll } from "./programs.mjs";

/** @typedef {import("playwright-core").Page} Page */

const FILLED = 1000;
const FORMS = /** @type {const} */ (["creqA", "creqB"]);
/** A lock of the page ends in ten minutes at the earliest. */
const SHORTEST_LOCK_SECS = 600;

/** @type {string} */
let folder;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {(() => unknown)[]} */
const closes = [];
let cases = 0;

before(async () => {
  console.log(`locked tokens and payment requests at ${(await installedMints()).join(" and ")}`);
  folder = await emptyFolder("locked");
  browser = await launch();
});

after(async () => {
  await browser?.close();
  closes.forEach((close) => close());
  await endAll();
  console.log(`locked tokens and payment requests: ${cases} cases`);
});

/** A server that takes payments, as a shop on the web would. */
async function openShop() {
  /** @type {{ id: string, mint: string, unit: string, proofs: object[] }[]} */
  const payments = [];
  const server = createServer((request, response) => {
    const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "*", "access-control-allow-methods": "POST" };
    if (request.method === "OPTIONS") return void response.writeHead(204, cors).end();
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      payments.push(JSON.parse(body));
      response.writeHead(200, cors).end();
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", () => done(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  closes.push(() => server.close());
  return { payments, url: `http://127.0.0.1:${port}/pay` };
}

/** @param {{ mint: string, unit: string, proofs: object[] }} payment */
const asToken = ({ mint, unit, proofs }) => `cashuA${Buffer.from(JSON.stringify({ token: [{ mint, proofs }], unit })).toString("base64url")}`;

/**
 * A mint, a page with money, nutshell's wallet with money and another one without, and a shop.
 * @param {import("./mints.mjs").MintName} name
 */
async function stageOf(name) {
  const mint = await startMint(name, folder);
  const site = await servePage([mint.url]);
  closes.push(site.close);
  const context = await browser.newContext();
  await context.addInitScript(() => {
    const now = Date.now;
    Object.assign(globalThis, { behindSecs: 0 });
    Date.now = () => now() - globalThis.behindSecs * 1000;
  });
  const page = await openPage(await context.newPage(), site.origin);
  const theirs = nutshellWallet(mint.url, join(folder, `wallet-${name}`));
  const stranger = nutshellWallet(mint.url, join(folder, `stranger-${name}`));
  const shop = await openShop();
  await ready(page);
  await reaches(page, await wish(page, "issue", mint.url, FILLED), "done");
  await theirs.fill(500);
  return {
    mint, page, theirs, stranger, shop,
    key: /** @type {string} */ (await wish(page, "receivingKey")),
    theirKey: await theirs.key(),
    end: async () => {
      await context.close();
      await mint.kill();
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof stageOf>>} Stage */

const nowSecs = () => Math.floor(Date.now() / 1000);

/**
 * @param {Page} page
 * @param {string} mint
 * @param {number} sat
 * @param {string} key
 * @param {number} until
 * @returns {Promise<string>} the operation
 */
const sendLocked = (page, mint, sat, key, until) =>
  page.evaluate(([mint, sat, key, until]) => globalThis.paygress.sendLocked(mint, BigInt(sat), key, until), /** @type {const} */ ([mint, sat, key, until]));

/**
 * @param {Page} page
 * @param {string} id
 */
const operation = async (page, id) => {
  const found = (await wallet(page)).operations.find((each) => each.id === id);
  assert.ok(found);
  return found;
};

/**
 * Takes a token in; answers with what came in.
 * @param {Page} page
 * @param {string} token
 */
async function take(page, token) {
  const id = await wish(page, "receive", token);
  await reaches(page, id, "done");
  return (await operation(page, id)).amount;
}

/**
 * A token of nutshell's wallet that is worth so much.
 * @param {Stage["theirs"]} theirs
 * @param {string} token
 */
async function worth(theirs, token) {
  const { t } = await theirs.decode(token);
  const proofs = t.flatMap((/** @type {{ p: { a: number }[] }} */ { p }) => p);
  return proofs.reduce((/** @type {number} */ sum, /** @type {{ a: number }} */ { a }) => sum + a, 0);
}

/**
 * The page looks after its tokens by itself, and may have seen already what it is asked to look for.
 * @param {Page} page
 * @param {string} id
 */
async function seesTaken(page, id) {
  await wish(page, "check", id).catch(() => undefined);
  await reaches(page, id, "spent");
}

/**
 * How late the clock of the page is from now on.
 * @param {Page} page
 * @param {number} behindSecs
 */
const setClock = (page, behindSecs) => page.evaluate((behindSecs) => void Object.assign(globalThis, { behindSecs }), behindSecs);

/** @param {number} until Unix seconds */
const passed = async (until) => {
  while (nowSecs() <= until + 1) await new Promise((next) => setTimeout(next, 200));
};

/**
 * Pays a request from the one mint of the page, as its price says.
 * @param {Page} page
 * @param {string} request
 * @returns {Promise<{ id: string, way: string, lockedTo: string | null, most: number }>}
 */
function pay(page, request) {
  return page.evaluate(async (request) => {
    const paygress = globalThis.paygress;
    const { problem, way, lockedTo, choices } = paygress.readRequest(request);
    if (problem) throw new Error(problem);
    const id = await paygress.payRequest(request, choices[0].mint, 0n, choices[0].most);
    return { id, way, lockedTo, most: Number(choices[0].most) };
  }, request);
}

/**
 * @param {Page} page
 * @param {string} id
 */
const delivered = (page, id) =>
  page.waitForFunction((id) => globalThis.paygress.wallet().operations.find((each) => each.id === id)?.delivery?.state === "taken", id, { timeout: 60_000 });

/** @type {Record<string, (stage: Stage) => Promise<number>>} each answers with the sat that stay in tokens */
const CASES = {
  "a token that nutshell's wallet locked to the page's key comes in": async ({ page, theirs, stranger, key }) => {
    const token = await theirs.send(40, "--lock", `P2PK:${key}`);
    await assert.rejects(stranger.receive(token));
    const amount = await take(page, token);
    assert.ok(amount >= 39 && amount < 40, `40 sat less the mint's fee, ${amount} came in`);
    return 0;
  },

  "a token that the page locked to nutshell's key is taken by nutshell's wallet alone, and seen taken": async ({ page, mint, theirs, theirKey, stranger }) => {
    const id = await sendLocked(page, mint.url, 64, theirKey, nowSecs() + 86_400);
    const token = await tokenOf(page, id);
    await assert.rejects(stranger.receive(token));
    await assert.rejects(wish(page, "reclaim", id), /until/);
    assert.equal(await theirs.receive(token), 63);
    await seesTaken(page, id);
    return 0;
  },

  "a token that nobody took comes back after its lock, and not before": async ({ page, mint, theirKey }) => {
    const held = (await wallet(page)).held;
    // The page's clock is late, the mint's is not: so the ten minutes are over soon.
    const late = SHORTEST_LOCK_SECS - 10;
    await setClock(page, late);
    const until = nowSecs() - late + SHORTEST_LOCK_SECS + 5;
    const id = await sendLocked(page, mint.url, 32, theirKey, until);
    await tokenOf(page, id);
    await assert.rejects(wish(page, "reclaim", id), /until/);
    await setClock(page, 0);
    await passed(until);
    await wish(page, "reclaim", id).catch(() => undefined);
    await reaches(page, id, "reclaimed");
    const cost = held - (await wallet(page)).held;
    assert.ok(cost >= 1 && cost <= 3, `only fees are gone, ${cost} sat`);
    return 0;
  },

  "a token that nutshell's wallet locked to itself comes in by the refund key after the lock, and is kept before": async ({ page, theirs, theirKey, key }) => {
    await setClock(page, 3600);
    const token = await theirs.send(24, "--lock", `P2PK:${theirKey}`, "--refund", key, "--timelock", "1");
    const until = nowSecs() + 1;
    const id = await wish(page, "receive", token);
    await reaches(page, id, "failed");
    assert.match((await operation(page, id)).sentence, /locked to the key [0-9a-f]{66} until .*; from then on this wallet can take it too/);
    await setClock(page, 0);
    await passed(until);
    await wish(page, "retry", id);
    await reaches(page, id, "done");
    assert.equal((await operation(page, id)).amount, 23);
    return 0;
  },

  "what nutshell's wallet locks with SIG_ALL, or to a blinded key, is kept with the reason": async ({ page, theirs, key }) => {
    let left = 0;
    for (const [lock, why] of /** @type {const} */ ([["P2PK-SIGALL", /SIG_ALL/], ["P2BK", /NUT-28/]])) {
      const token = await theirs.send(8, "--lock", `${lock}:${key}`);
      const id = await wish(page, "receive", token);
      await reaches(page, id, "failed");
      assert.match((await operation(page, id)).sentence, why);
      left += await worth(theirs, token);
    }
    return left;
  },

  "requests of the page are read by nutshell in both forms and paid by its wallet, open and for the page alone": async ({ page, mint, theirs, key }) => {
    for (const lock of [null, key]) {
      const made = await page.evaluate((key) => globalThis.paygress.requestPayment({ sat: 21n, description: "Lunch", key }), lock);
      assert.match(made.text, /^creqA/);
      assert.match(made.short, /^CREQB1/);
      for (const request of [made.text, made.short]) {
        const { a, u, m, d, nut10 } = await theirs.decode(request);
        assert.deepEqual({ a, u, m, d }, { a: 21, u: "sat", m: [mint.url], d: "Lunch" });
        assert.deepEqual(nut10 ?? null, lock && { k: "P2PK", d: lock });
        const token = await theirs.payRequest(request);
        // Nutshell adds the fee of taking it in to an open token only.
        assert.equal(await take(page, token), lock ? 20 : 21);
      }
    }
    return 0;
  },

  "requests that nutshell makes are paid by the page over HTTP, and what was asked for arrives": async ({ page, mint, theirs, shop }) => {
    for (const form of FORMS) {
      const request = await nutshellRequest(form, { i: `order ${form}`, a: 50, u: "sat", m: [mint.url], d: "Two coffees", t: [{ t: "post", a: shop.url }] });
      const { id, way } = await pay(page, request);
      assert.equal(way, "post");
      await delivered(page, id);
      const payment = shop.payments.splice(0);
      assert.equal(payment.length, 1);
      assert.equal(payment[0]?.id, `order ${form}`);
      assert.equal(await theirs.receive(asToken(payment[0])), 50);
      await seesTaken(page, id);
    }
    return 0;
  },

  "requests that nutshell makes for itself alone are paid by hand and over HTTP": async ({ page, mint, theirs, theirKey, stranger, shop }) => {
    for (const form of FORMS) {
      for (const t of [undefined, [{ t: "post", a: shop.url }]]) {
        const request = await nutshellRequest(form, { i: "lunch", a: 33, u: "sat", m: [mint.url], t, nut10: { k: "P2PK", d: theirKey } });
        const { id, way, lockedTo } = await pay(page, request);
        assert.equal(lockedTo, theirKey);
        assert.equal(way, t ? "post" : "hand");
        const token = await tokenOf(page, id);
        if (form === "creqB" && !t) await assert.rejects(stranger.receive(token));
        if (t) await delivered(page, id);
        assert.equal(await theirs.receive(t ? asToken(shop.payments.splice(0)[0]) : token), 33);
        await seesTaken(page, id);
      }
    }
    return 0;
  },
};

describe("every mint", { concurrency: 2 }, () => MINTS.forEach((name) => {
  test(name, async (t) => {
    const stage = await stageOf(name);
    let left = 0;
    try {
      for (const [sentence, play] of Object.entries(CASES)) {
        await t.test(sentence, async () => {
          left += await play(stage);
          cases += 1;
        });
      }
      await t.test("page, nutshell's wallet and the mint agree to the sat", async () => {
        const { held, spendable, operations } = await rest(stage.page);
        assert.equal(spendable, held);
        const { out, pending } = await stage.mint.books();
        assert.deepEqual({ out, pending }, { out: held + (await stage.theirs.balance()) + left, pending: 0 });
        /** @param {string[]} kinds @param {string[]} states @param {"amount" | "fee"} column */
        const sum = (kinds, states, column) =>
          operations.filter(({ kind, state }) => kinds.includes(kind) && states.includes(state)).reduce((total, each) => total + each[column], 0);
        const fees = operations.reduce((total, { fee }) => total + fee, 0);
        assert.equal(held, FILLED + sum(["receive"], ["done"], "amount") - sum(["send"], ["spent"], "amount") - fees + sum(["receive"], ["done"], "fee"));
        assert.equal(await stage.stranger.balance(), 0);
      });
    } finally {
      await stage.end();
    }
  });
}));
