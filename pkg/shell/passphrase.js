// @ts-check
import * as glue from "../wasm/paygress.js";

const WORKER = new URL("./derive-worker.js", import.meta.url);
const PAINT_MS = 50;

/** @type {{ createScriptURL(url: string): string } | null} */
let policy = null;

/** A recipe for a new passphrase. */
export function newRecipe() {
  return glue.newRecipe(crypto.getRandomValues(new Uint8Array(16)));
}

/** @param {readonly import("../wasm/paygress.js").StoredRecord[]} records */
export function sealOf(records) {
  return glue.sealOf([...records]);
}

/**
 * Throws a `PaygressError` with code `wrong-passphrase` unless the key opens the seal.
 * @param {string} seal
 * @param {Uint8Array} key
 */
export function checkKey(seal, key) {
  glue.checkKey(seal, key);
}

/** @param {string} text */
export function recipeOfFile(text) {
  return glue.recipeOfFile(text);
}

/** @param {readonly import("../wasm/paygress.js").StoredRecord[]} records */
export function fileOfSealed(records) {
  return glue.fileOfSealed([...records]);
}

/**
 * Makes the key of a passphrase, in a Worker where there can be one. Rejects with a `PaygressError`.
 * @param {string} passphrase
 * @param {string} recipe
 * @param {import("./program.js").WasmSource} [wasm] where the program is, as it was given to `loadProgram`
 * @returns {Promise<Uint8Array>}
 */
export async function makeKey(passphrase, recipe, wasm) {
  // The same letters may be typed in several forms.
  const words = passphrase.normalize("NFKC");
  const made = await inWorker({ words, recipe, wasm });
  if (made !== null) return made;
  await new Promise((resolve) => setTimeout(resolve, PAINT_MS));
  return glue.deriveKey(words, recipe);
}

/**
 * Null where no Worker runs.
 * @param {{ words: string, recipe: string, wasm: import("./program.js").WasmSource | undefined }} order
 * @returns {Promise<Uint8Array | null>}
 */
async function inWorker(order) {
  /** @type {Worker} */
  let worker;
  try {
    worker = new Worker(scriptUrl(), { type: "module" });
  } catch {
    return null;
  }
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data: { key, refused } }) => {
        if (key !== undefined) return resolve(key);
        if (refused.name !== "PaygressError") return resolve(null);
        reject(Object.assign(new Error(refused.message), { name: refused.name, code: refused.code }));
      };
      worker.onerror = () => resolve(null);
      worker.onmessageerror = () => resolve(null);
      worker.postMessage(order); // throws for what cannot be sent, like a Response
    });
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  } finally {
    worker.terminate();
  }
}

/** Where the browser has Trusted Types, only this one script may be named. */
function scriptUrl() {
  const types = /** @type {{ trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(): string }): typeof policy } }} */ (globalThis).trustedTypes;
  if (types === undefined) return WORKER;
  policy ??= types.createPolicy("paygress", { createScriptURL: () => WORKER.href });
  return policy?.createScriptURL(WORKER.href) ?? WORKER;
}
