// A key is made in a Worker where there is one, and in the page itself where there is none.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, before, test } from "node:test";
import { checkKey, makeKey, newRecipe } from "../../pkg/shell/passphrase.js";
import { loadProgram } from "../../pkg/shell/program.js";

before(async () => {
  await loadProgram(await readFile(new URL("../../pkg/wasm/paygress_bg.wasm", import.meta.url)));
});

afterEach(() => {
  delete globalThis.Worker;
  delete globalThis.trustedTypes;
});

/** Puts a Worker in place that answers like this, and notes what it was given. */
function worker(answer) {
  const told = { url: "", order: null, ended: 0 };
  globalThis.Worker = /** @type {any} */ (class {
    constructor(url) {
      told.url = String(url);
    }
    postMessage(order) {
      told.order = order;
      queueMicrotask(() => answer(this));
    }
    terminate() {
      told.ended += 1;
    }
  });
  return told;
}

test("without a Worker the page makes the key; the same letters in another form give the same one", async () => {
  const recipe = newRecipe();
  const key = await makeKey("gr\u00fcne W\u00e4lder", recipe);
  assert.equal(key.length, 32);
  assert.deepEqual(await makeKey("gru\u0308ne Wa\u0308lder", recipe), key);
  assert.notDeepEqual(await makeKey("gr\u00fcne W\u00e4lder", newRecipe()), key, "another salt");
});

test("a Worker makes the key, and is ended", async () => {
  const told = worker((self) => self.onmessage({ data: { key: new Uint8Array([1, 2, 3]) } }));
  assert.deepEqual(await makeKey("correct horse", "a recipe", "program.wasm"), new Uint8Array([1, 2, 3]));
  assert.match(told.url, /derive-worker\.js$/);
  assert.deepEqual(told.order, { words: "correct horse", recipe: "a recipe", wasm: "program.wasm" });
  assert.equal(told.ended, 1);
});

test("what a Worker refuses comes back as a refusal of the program", async () => {
  worker((self) => self.onmessage({ data: { refused: { name: "PaygressError", code: "invalid-input", message: "too short" } } }));
  await assert.rejects(makeKey("short", newRecipe()), { name: "PaygressError", code: "invalid-input", message: "too short" });
});

for (const [what, answer] of /** @type {const} */ ([
  ["does not load", (self) => self.onerror({})],
  ["cannot load the program", (self) => self.onmessage({ data: { refused: { name: "TypeError", message: "Failed to fetch" } } })],
])) {
  test(`where a Worker ${what}, the page makes the key`, async () => {
    const recipe = newRecipe();
    const key = await makeKey("correct horse", recipe);
    const told = worker(answer);
    assert.deepEqual(await makeKey("correct horse", recipe), key);
    assert.equal(told.ended, 1);
  });
}

test("where the page's policy forbids a Worker, the page makes the key", async () => {
  globalThis.trustedTypes = {
    createPolicy() {
      throw new TypeError("the policy is not allowed");
    },
  };
  worker(() => assert.fail("no Worker was allowed"));
  assert.equal((await makeKey("correct horse", newRecipe())).length, 32);
});

test("a key opens no seal but its own", () => {
  assert.throws(() => checkKey("{}", new Uint8Array(32)), { name: "PaygressError", code: "store" });
  assert.throws(() => checkKey("{}", new Uint8Array(31)), { code: "invalid-input" });
});
