// A store that is full, deleted, emptied or not there: nothing is written or sent, the sentence says what to do, nothing pretends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { shell } from "./shell.mjs";

const { add, asked, becomes, context, mode, names, open, origin, sentence, tab } = shell();

/** @typedef {import("playwright-core").Page} Page */

/**
 * What opening comes to: the code and the message of its refusal, or the mode.
 * @param {Page} page
 * @param {import("../../pkg/shell/index.js").OpenOptions} [options]
 */
const opening = (page, options) =>
  page.evaluate(async (options) => {
    const { openPaygress } = await import("/pkg/shell/index.js");
    const said = ({ code, message }) => ({ code, message });
    return openPaygress(options).then((paygress) => {
      globalThis.paygress = paygress;
      return { code: paygress.status.mode, message: "" };
    }, said);
  }, options);

/** @param {Page} page */
const stored = (page) =>
  page.evaluate(async () => {
    const { Store } = await import("/pkg/shell/store.js");
    return (await (await Store.open("paygress")).read()).map(({ key }) => key);
  });

/**
 * Empties the two object stores, as a browser does that lost their files.
 * @param {Page} page
 * @param {string[]} [names]
 */
const empty = (page, names = ["records", "writer"]) =>
  page.evaluate((names) => new Promise((resolve) => {
    const request = indexedDB.open("paygress");
    request.onsuccess = () => {
      const transaction = request.result.transaction(names, "readwrite");
      for (const name of names) transaction.objectStore(name).clear();
      transaction.oncomplete = () => resolve(request.result.close());
    };
  }), names);

/** A session with the browser about the page. */
const session = (page) => context().newCDPSession(page);

/**
 * @param {Page} page
 * @param {number} [bytes] without, as much as there is
 */
async function room(page, bytes) {
  await (await session(page)).send("Storage.overrideQuotaForOrigin", { origin: origin(), quotaSize: bytes });
}

test("when the browser has no room left, the run ends with a sentence, nothing leaves, and what is stored is shown", async () => {
  const page = await open((page) => room(page, 2_000_000));
  await add(page, "a");
  const refusal = await page.evaluate(
    (url) => globalThis.paygress.addRelay(url).catch(({ code, message }) => ({ code, message })),
    `${origin()}/ask/held?${"x".repeat(4_000_000)}`,
  );
  assert.equal(refusal?.code, "store-failed");
  assert.match(refusal.message, /no room left .* free some space/);
  assert.equal(await mode(page), "stopped");
  assert.match(await sentence(page), /no room left/);
  await page.waitForFunction(() => {
    try {
      return String(globalThis.paygress.settings().relays) === "a";
    } catch {
      return false;
    }
  });
  await assert.rejects(add(page, "late"), /no room left/);
  assert.deepEqual(asked(), ["a"]);
  await page.reload();
  assert.equal((await opening(page)).code, "writing");
  assert.deepEqual(await names(page), ["a"]);
});

test("a browser without any room is said when the page is opened", async () => {
  const page = await tab();
  await room(page, 1);
  const { code, message } = await opening(page);
  assert.equal(code, "store-failed");
  assert.match(message, /no room left .* free some space/);
});

test("a store that is deleted under a writing tab stops it, and is not taken for a new one", async () => {
  const page = await open();
  await add(page, "a");
  await (await session(page)).send("IndexedDB.deleteDatabase", { securityOrigin: origin(), databaseName: "paygress" });
  await becomes(page, "stopped");
  assert.match(await sentence(page), /deleted.*twelve words/);
  await assert.rejects(add(page, "held"), /twelve words/);
  assert.deepEqual(asked(), ["a"]);
  const next = await tab();
  const { code, message } = await opening(next);
  assert.equal(code, "store-gone");
  assert.match(message, /^the wallet that was in this browser since \d{4}-\d\d-\d\d is gone: .*; restore your money from its twelve words$/);
  await next.reload();
  assert.equal((await opening(next)).code, "store-gone", "asking did not make a new one");
});

test("all data of the page cleared under a tab that knows a wallet is said by that tab and by the next", async () => {
  const page = await open();
  await add(page, "a");
  await (await session(page)).send("Storage.clearDataForOrigin", { origin: origin(), storageTypes: "all" });
  await becomes(page, "stopped");
  assert.match(await sentence(page), /twelve words/);
  const next = await tab();
  await next.waitForFunction(() => localStorage.length > 0);
  assert.equal((await opening(next)).code, "store-gone");
});

test("a store that lost its records between two commits gets nothing written into it", async () => {
  const page = await open();
  await add(page, "a");
  await empty(page);
  await assert.rejects(add(page, "held"), /is gone: .* twelve words/);
  await becomes(page, "stopped");
  assert.match(await sentence(page), /is gone: .* twelve words/);
  await page.evaluate(() => localStorage.clear());
  assert.deepEqual(await stored(page), []);
  assert.deepEqual(asked(), ["a"]);
});

test("a tab that follows says that the store is empty, and does not fill it when its turn comes", async () => {
  const one = await open();
  const two = await open();
  await add(one, "a");
  await two.waitForFunction(() => String(globalThis.paygress.settings().relays) === "a");
  await empty(one);
  await one.evaluate(() => localStorage.clear());
  await one.close();
  await becomes(two, "stopped");
  assert.match(await sentence(two), /is gone/);
  await two.evaluate(() => localStorage.clear());
  assert.deepEqual(await stored(two), []);
});

test("a store that was deleted between two visits is said, and an empty wallet is made only when asked for", async () => {
  const page = await open();
  await add(page, "a");
  await page.evaluate(() => globalThis.paygress.close());
  await empty(page);
  await page.reload();
  assert.equal((await opening(page)).code, "store-gone");
  const next = await tab();
  assert.equal((await opening(next, { startAnew: true })).code, "writing");
  assert.deepEqual(await names(next), []);
  await add(next, "b");
  await next.evaluate(() => globalThis.paygress.close());
  await page.reload();
  assert.equal((await opening(page)).code, "writing");
  assert.deepEqual(await names(page), ["b"]);
});

test("a wallet that is there is opened as ever by who asks to start anew", async () => {
  const page = await open();
  await add(page, "a");
  await page.reload();
  assert.equal((await opening(page, { startAnew: true })).code, "writing");
  assert.deepEqual(await names(page), ["a"]);
});

test("a wallet from before anything was remembered of it is remembered once it is opened", async () => {
  const page = await open();
  await add(page, "a");
  await page.evaluate(() => globalThis.paygress.close());
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  assert.equal((await opening(page)).code, "writing");
  await page.evaluate(() => globalThis.paygress.close());
  await empty(page);
  await page.reload();
  assert.equal((await opening(page)).code, "store-gone");
});

test("an erased wallet is no lost one: the tab stops, another one too, and the next visitor begins anew", async () => {
  const one = await open();
  await add(one, "a");
  const two = await open();
  await one.evaluate(() => globalThis.paygress.eraseDevice());
  assert.equal(await mode(one), "stopped");
  assert.match(await sentence(one), /was erased; open the page again/);
  await becomes(two, "stopped");
  assert.match(await sentence(two), /was erased in another tab/);
  assert.deepEqual(await one.evaluate(() => ({ ...localStorage })), {});
  const next = await tab();
  assert.equal((await opening(next)).code, "writing");
  assert.deepEqual(await names(next), []);
});

test("the next wallet that is lost is missed, though one was erased before it", async () => {
  const page = await open();
  await add(page, "a");
  await page.evaluate(() => globalThis.paygress.eraseDevice());
  await page.reload();
  assert.equal((await opening(page)).code, "writing");
  await add(page, "b");
  await page.evaluate(() => globalThis.paygress.close());
  await empty(page, ["records"]);
  await page.reload();
  assert.equal((await opening(page)).code, "store-gone");
});

test("a browser that died right after erasing begins anew, whatever it remembered of the wallet", async () => {
  const page = await open();
  await add(page, "a");
  const remembered = await page.evaluate(() => ({ ...localStorage }));
  await page.evaluate(() => globalThis.paygress.eraseDevice());
  await page.evaluate((remembered) => Object.assign(localStorage, remembered), remembered);
  await page.reload();
  assert.equal((await opening(page)).code, "writing");
  assert.deepEqual(await names(page), []);
});

test("a store that cannot be erased is kept, and that is said", async () => {
  const page = await open();
  await add(page, "a");
  const refusal = await page.evaluate(() => {
    IDBObjectStore.prototype.clear = () => {
      throw new DOMException("refused", "DataError");
    };
    return globalThis.paygress.eraseDevice().catch(({ code, message }) => ({ code, message }));
  });
  assert.equal(refusal?.code, "store-failed");
  assert.equal(await mode(page), "stopped");
  await page.reload();
  assert.equal((await opening(page)).code, "writing");
  assert.deepEqual(await names(page), ["a"]);
});

test("a tab that lost the wallet to another one erases nothing", async () => {
  const one = await open();
  await add(one, "a");
  const two = await open();
  await two.evaluate(() => globalThis.paygress.takeOver());
  await becomes(one, "waiting");
  await assert.rejects(one.evaluate(() => globalThis.paygress.eraseDevice()), /another tab/);
  assert.deepEqual(await names(two), ["a"]);
});

test("a visitor who never had a wallet is told of no loss", async () => {
  const page = await tab();
  assert.equal((await opening(page)).code, "writing");
  await page.reload();
  assert.equal((await opening(page)).code, "writing");
});

test("a wallet deleted by another tab of the page is said to be deleted", async () => {
  const page = await open();
  await add(page, "a");
  const other = await tab();
  await other.evaluate(() => new Promise((resolve) => {
    indexedDB.deleteDatabase("paygress").onsuccess = resolve;
  }));
  await becomes(page, "stopped");
  assert.match(await sentence(page), /was deleted in another tab; .*twelve words/);
});

test("a browser that keeps nothing is told apart from one that cannot open what it keeps", async () => {
  const page = await tab();
  const outcomes = await page.evaluate(async () => {
    const { Store } = await import("/pkg/shell/store.js");
    const asking = (answer) => /** @type {any} */ ({
      open: () => {
        const request = /** @type {any} */ ({});
        queueMicrotask(() => answer(request));
        return request;
      },
    });
    const failing = (name) => asking((request) => {
      request.error = new DOMException("refused", name);
      request.onerror();
    });
    const throwing = (name) => ({ open: () => { throw new DOMException("refused", name); } });
    const factories = [
      null, throwing("SecurityError"), failing("InvalidStateError"), failing("UnknownError"), failing("QuotaExceededError"), failing("VersionError"),
    ];
    const said = ({ code, message }) => `${code}: ${message}`;
    return Promise.all(factories.map((factory) => Store.open("six", /** @type {any} */ (factory)).then(() => "opened", said)));
  });
  const expected = [
    /^no-store: .*private window/, /^no-store: .*private window/, /^no-store: .*private window/,
    /^store-failed: .*do not clear its data: your money is in it/, /^store-failed: .*no room left/, /^store-newer: .*newer version/,
  ];
  expected.forEach((words, index) => assert.match(outcomes[index], words));
});

test("a browser that does not answer for its store is given up after fifteen seconds, and not held on to when it does", async () => {
  const page = await tab();
  await page.clock.install();
  await page.evaluate(async () => {
    const { Store } = await import("/pkg/shell/store.js");
    const request = /** @type {any} */ ({ result: { close: () => (globalThis.letGo = true) } });
    const said = ({ code, message }) => ({ code, message });
    globalThis.outcome = Store.open("seven", /** @type {any} */ ({ open: () => request })).then(() => ({ code: "opened", message: "" }), said);
    globalThis.answer = () => request.onsuccess();
  });
  await page.clock.runFor(16_000);
  const { code, message } = await page.evaluate(() => globalThis.outcome);
  assert.equal(code, "store-failed");
  assert.match(message, /TimeoutError.*restart the browser/);
  assert.equal(await page.evaluate(() => (globalThis.answer(), globalThis.letGo)), true);
});
