// One tab writes. What happens to the others when it closes, crashes, hangs or is stopped, and to it when it wakes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { shell } from "./shell.mjs";

const { add, asked, becomes, context, mode, names, open, roles, shows, wroteSince } = shell();

/** @typedef {import("playwright-core").Page} Page */

const CLOSED_MS = 2000;
const HUNG_MS = 10_000;

/**
 * Blocks the main thread of a tab; resolves once it stands still.
 * @param {Page} page
 * @param {number} ms
 */
async function hang(page, ms) {
  await page.evaluate((ms) => {
    setTimeout(() => {
      for (const end = Date.now() + ms; Date.now() < end; );
    });
  }, ms);
}

/**
 * Says to a tab what the browser says when it freezes it, and counts its transactions from then on.
 * @param {Page} page
 */
async function freeze(page) {
  await page.evaluate(() => {
    globalThis.transactions = 0;
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...scope) {
      globalThis.transactions += 1;
      return begin.apply(this, scope);
    };
    document.dispatchEvent(new Event("freeze"));
  });
}

for (const [what, end] of /** @type {const} */ ([
  ["closes", (page) => page.close()],
  ["goes to another page", (page) => page.goto("about:blank")],
  ["crashes", (page) => {
    page.goto("chrome://crash").catch(() => {});
  }],
])) {
  test(`when the writing tab ${what}, the next one writes within 2 s`, async (t) => {
    const one = await open();
    const two = await open();
    await add(one, "a");
    const since = Date.now();
    await end(one);
    await becomes(two, "writing");
    const took = (await wroteSince(two)) - since;
    t.diagnostic(`took ${took} ms`);
    assert.ok(took < CLOSED_MS, `${took} ms`);
    assert.deepEqual(await names(two), ["a"]);
    await add(two, "b");
    assert.deepEqual(await names(two), ["a", "b"]);
  });
}

test("when the writing tab hangs, another one writes within 10 s; the one that hung wakes as a follower and writes nothing", async (t) => {
  const one = await open();
  const two = await open();
  await add(one, "a");
  await one.evaluate(() => {
    // What it decides in the moment it wakes, before it can have heard of anything.
    globalThis.hangFor = (ms, url) => setTimeout(() => {
      for (const end = Date.now() + ms; Date.now() < end; );
      globalThis.late = globalThis.paygress.addRelay(url).then(() => "stored", ({ code }) => code);
    });
  });
  const since = Date.now();
  await one.evaluate((url) => globalThis.hangFor(14_000, url), (await two.evaluate(() => location.origin)) + "/ask/held");
  await becomes(two, "writing", HUNG_MS);
  const took = (await wroteSince(two)) - since;
  t.diagnostic(`took ${took} ms`);
  assert.ok(took > 6000 && took < HUNG_MS, `${took} ms`);
  await add(two, "b");
  await becomes(one, "waiting", 20_000);
  assert.equal(await one.evaluate(() => globalThis.late), "lost");
  await one.waitForFunction(() => globalThis.paygress.status.sentence?.startsWith("this tab stood still"));
  await shows(one, "a,b");
  assert.deepEqual(asked(), ["a", "b"]);
  await one.waitForTimeout(9000);
  assert.equal(await mode(two), "writing", "who was robbed does not rob back");
  assert.deepEqual(await roles(two), ["waiting", "writing"]);
});

test("a writing tab that is busy for four seconds keeps the wallet", async () => {
  const one = await open();
  const two = await open();
  await hang(one, 4000);
  await two.waitForTimeout(9000);
  assert.equal(await mode(two), "waiting");
  assert.equal(await mode(one), "writing");
});

test("a writing tab that somebody stopped in a debugger is replaced within 10 s, and follows when it goes on", async (t) => {
  const one = await open();
  const two = await open();
  await add(one, "a");
  const session = await context().newCDPSession(one);
  const since = Date.now();
  await session.send("Debugger.enable");
  await session.send("Debugger.pause");
  await becomes(two, "writing", HUNG_MS);
  const took = (await wroteSince(two)) - since;
  t.diagnostic(`took ${took} ms`);
  assert.ok(took < HUNG_MS, `${took} ms`);
  await add(two, "b");
  await session.send("Debugger.resume");
  await becomes(one, "waiting");
  await one.waitForFunction(() => globalThis.paygress.status.sentence?.startsWith("this tab stood still"));
  await shows(one, "a,b");
  await assert.rejects(add(one, "late"), /stood still/);
});

test("a writing tab that is frozen is replaced within 10 s though messages still reach it, and follows when it goes on", async (t) => {
  const one = await open();
  const two = await open();
  await add(one, "a");
  const since = Date.now();
  await freeze(one);
  await becomes(two, "writing", HUNG_MS);
  const took = (await wroteSince(two)) - since;
  t.diagnostic(`took ${took} ms`);
  assert.ok(took < HUNG_MS, `${took} ms`);
  assert.equal(await one.evaluate(() => globalThis.transactions), 0, "one that is begun now stays open and blocks the others");
  await one.evaluate(() => document.dispatchEvent(new Event("resume")));
  await becomes(one, "waiting");
  await add(two, "b");
  await shows(one, "a,b");
});

test("a writing tab that was frozen for a moment keeps the wallet", async () => {
  const one = await open();
  const two = await open();
  await freeze(one);
  await one.waitForTimeout(3000);
  await one.evaluate(() => document.dispatchEvent(new Event("resume")));
  await two.waitForTimeout(7000);
  assert.equal(await mode(one), "writing");
  assert.equal(await mode(two), "waiting");
});

test("a frozen tab whose turn it is leaves it to one that can write", async () => {
  const one = await open();
  const two = await open();
  const three = await open();
  await add(one, "a");
  await freeze(two);
  await one.close();
  await becomes(three, "writing", HUNG_MS);
  assert.equal(await two.evaluate(() => globalThis.transactions), 0);
  await add(three, "b");
  await two.evaluate(() => document.dispatchEvent(new Event("resume")));
  await shows(two, "a,b");
  assert.equal(await mode(two), "waiting");
});

test("of three tabs, one takes over from the one that hangs, and it is the one that is seen", async () => {
  const hidden = (page) => page.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "hidden" }));
  const one = await open();
  const two = await open(hidden);
  const three = await open();
  await hang(one, 14_000);
  await becomes(three, "writing", HUNG_MS);
  await becomes(one, "waiting", 20_000);
  await three.waitForTimeout(3000);
  assert.deepEqual(await roles(two), ["waiting"]);
  assert.deepEqual(await roles(three), ["waiting", "writing"]);
});

test("buttons pressed in two tabs at once leave one that writes", async () => {
  const one = await open();
  const two = await open();
  for (let round = 0; round < 20; round += 1) {
    await Promise.all([one, two].map((page) => page.evaluate(() => globalThis.paygress.takeOver().catch(() => {}))));
  }
  await one.waitForFunction(() => ["writing", "waiting"].includes(globalThis.paygress.status.mode));
  await one.waitForTimeout(500);
  assert.deepEqual([await mode(one), await mode(two)].sort(), ["waiting", "writing"]);
  const writer = (await mode(one)) === "writing" ? one : two;
  await add(writer, "a");
  await shows(writer === one ? two : one, "a");
});
