// The store, the lock and the life of the shell in a real browser, with several tabs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { shell } from "./shell.mjs";

const { add, asked, becomes, context, mode, names, open, origin, shows, tab } = shell();

test("a commit is written whole and read back in the next life", async () => {
  const page = await tab();
  const records = await page.evaluate(async () => {
    const { Store } = await import("/pkg/shell/store.js");
    const store = await Store.open("one");
    const { writer } = await store.takeOver();
    await writer.commit([{ key: "a", value: "1" }, { key: "b", value: "2" }]);
    await writer.commit([{ key: "a", value: null }, { key: "c", value: "3" }]);
    store.close();
    return (await Store.open("one")).read();
  });
  assert.deepEqual(records, [{ key: "b", value: "2" }, { key: "c", value: "3" }]);
});

test("a commit of which one record is refused writes nothing, and nothing after it", async () => {
  const page = await tab();
  const outcome = await page.evaluate(async () => {
    const { Store } = await import("/pkg/shell/store.js");
    const store = await Store.open("two");
    const { writer } = await store.takeOver();
    await writer.commit([{ key: "before", value: "1" }]);
    const codes = await Promise.all([
      writer.commit([{ key: "first", value: "1" }, { key: /** @type {any} */ ({}), value: "no key" }]),
      writer.commit([{ key: "second", value: "1" }]),
    ].map((commit) => commit.then(() => "written", (error) => error.code)));
    return { codes, keys: (await store.read()).map(({ key }) => key) };
  });
  assert.deepEqual(outcome, { codes: ["store-failed", "store-failed"], keys: ["before"] });
});

test("a writer whose epoch was raised writes nothing any more", async () => {
  const [one, two] = [await tab(), await tab()];
  const begin = async () => {
    const { Store } = await import("/pkg/shell/store.js");
    globalThis.store = await Store.open("three");
    globalThis.taken = await globalThis.store.takeOver();
  };
  await one.evaluate(begin);
  await one.evaluate(() => globalThis.taken.writer.commit([{ key: "mine", value: "1" }]));
  await two.evaluate(begin);
  assert.deepEqual(await two.evaluate(() => globalThis.taken.records), [{ key: "mine", value: "1" }]);
  const code = await one.evaluate(() => globalThis.taken.writer.commit([{ key: "late", value: "1" }]).catch((error) => error.code));
  assert.equal(code, "lost");
  await two.evaluate(() => globalThis.taken.writer.commit([{ key: "theirs", value: "1" }]));
  assert.deepEqual(await two.evaluate(async () => (await globalThis.store.read()).map(({ key }) => key)), ["mine", "theirs"]);
});

test("records of a newer version are left alone", async () => {
  const page = await tab();
  const code = await page.evaluate(async () => {
    const { Store } = await import("/pkg/shell/store.js");
    const store = await Store.open("four");
    await store.takeOver();
    store.close();
    await new Promise((resolve) => {
      const request = indexedDB.open("four");
      request.onsuccess = () => {
        const transaction = request.result.transaction("records", "readwrite");
        transaction.objectStore("records").put({ key: "future", version: 99, value: "{}" });
        transaction.oncomplete = () => resolve(request.result.close());
      };
    });
    return (await Store.open("four")).takeOver().catch((error) => error.code);
  });
  assert.equal(code, "store-newer");
});

test("a newer page that wants the database gets it at once, and the old one says so", async () => {
  const page = await open();
  const sentence = await page.evaluate(async () => {
    await new Promise((resolve, reject) => {
      const request = indexedDB.open("paygress", 2);
      request.onsuccess = resolve;
      request.onblocked = reject;
    });
    return globalThis.paygress.status;
  });
  assert.equal(sentence.mode, "stopped");
  assert.match(sentence.sentence, /newer version of this page/);
});

test("without IndexedDB the shell says so and pretends nothing", async () => {
  const page = await tab();
  const error = await page.evaluate(async () => {
    const { Store } = await import("/pkg/shell/store.js");
    const failing = /** @type {any} */ ({ open: () => { throw new DOMException("denied", "SecurityError"); } });
    const opened = () => ({ code: "opened", message: "" });
    return Store.open("five", failing).then(opened, ({ code, message }) => ({ code, message }));
  });
  assert.equal(error.code, "no-store");
  assert.match(error.message, /private window/);
});

test("one tab writes; the other says why it does not, and follows", async () => {
  const one = await open();
  const two = await open();
  assert.equal(await mode(one), "writing");
  assert.equal(await mode(two), "waiting");
  assert.match(await two.evaluate(() => globalThis.paygress.status.sentence), /another tab/);
  await assert.rejects(add(two, "b"), /another tab/);
  await assert.rejects(two.evaluate(() => globalThis.paygress.phrase()), /another tab/);
  await add(one, "a");
  await shows(two, "a");
  assert.deepEqual(asked(), ["a"]);
});

test("when the writing tab closes, the next one takes its turn with all that was stored", async () => {
  const one = await open();
  const two = await open();
  await add(one, "a");
  await one.close();
  await becomes(two, "writing");
  assert.deepEqual(await names(two), ["a"]);
  await add(two, "b");
  assert.deepEqual(await names(two), ["a", "b"]);
});

test("a tab that takes over ends the other one's writing", async () => {
  const one = await open();
  const two = await open();
  await add(one, "a");
  await two.evaluate(() => globalThis.paygress.takeOver());
  await becomes(one, "waiting");
  assert.equal(await mode(two), "writing");
  await assert.rejects(add(one, "b"), /another tab/);
  await add(two, "c");
  await shows(one, "a,c");
});

test("what a loser holds never leaves it", async () => {
  const one = await open();
  await one.evaluate(async () => {
    // Somebody raises the epoch while this tab still believes it writes.
    const { Store } = await import("/pkg/shell/store.js");
    await (await Store.open("paygress")).takeOver();
  });
  await assert.rejects(add(one, "held"), /another tab took over/);
  await becomes(one, "writing");
  await add(one, "late");
  await one.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/late")));
  assert.deepEqual(asked(), ["late"]);
});

test("after the program broke, the shell goes on from the store and says so", async () => {
  const page = await open();
  await add(page, "a");
  await assert.rejects(add(page, "trap"));
  await page.waitForFunction(() => globalThis.paygress.status.restarts === 1 && globalThis.paygress.status.mode === "writing");
  assert.deepEqual(await names(page), ["a"]);
  await add(page, "b");
  assert.deepEqual(await names(page), ["a", "b"]);
});

test("a program that breaks again and again is stopped with a sentence", async () => {
  const page = await open();
  for (let round = 0; round < 4; round += 1) {
    await becomes(page, "writing");
    await assert.rejects(add(page, "trap"));
    await page.waitForTimeout(100);
  }
  await becomes(page, "stopped");
  assert.match(await page.evaluate(() => globalThis.paygress.status.sentence), /again and again/);
});

test("a program that breaks whenever it starts is stopped with a sentence, and keeps what is stored", async () => {
  const first = await open();
  await add(first, "doom");
  await first.close();
  const page = await open();
  await becomes(page, "stopped");
  assert.match(await page.evaluate(() => globalThis.paygress.status.sentence), /your money is in the store/);
  const kept = await page.evaluate(async () => {
    const { Store } = await import("/pkg/shell/store.js");
    return (await (await Store.open("paygress")).read()).map(({ key }) => key);
  });
  assert.deepEqual(kept, ["name/doom"]);
});

test("without Web Locks nothing is written", async () => {
  const page = await context().newPage();
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
  await page.goto(`${origin()}/blank`);
  await page.evaluate(async () => {
    const { openPaygress } = await import("/pkg/shell/index.js");
    globalThis.paygress = await openPaygress();
  });
  assert.equal(await mode(page), "read-only");
  assert.match(await page.evaluate(() => globalThis.paygress.status.sentence), /two tabs could spend/);
  await assert.rejects(add(page, "a"), /two tabs/);
});

test("without WebAssembly the shell says what to allow", async () => {
  const page = await context().newPage();
  await page.addInitScript(() => {
    delete (/** @type {any} */ (globalThis).WebAssembly);
  });
  await page.goto(`${origin()}/blank`);
  const error = await page.evaluate(async () => {
    const { openPaygress } = await import("/pkg/shell/index.js");
    return openPaygress().then(() => ({ code: "opened" }), ({ code }) => ({ code }));
  });
  assert.equal(error.code, "no-webassembly");
});
