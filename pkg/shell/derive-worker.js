// @ts-check
// Runs in a Worker: makes one key, so that the page does not stand still meanwhile.
import init, { deriveKey } from "../wasm/paygress.js";

globalThis.onmessage = async ({ data: { words, recipe, wasm } }) => {
  try {
    await init(wasm === undefined ? undefined : { module_or_path: wasm });
    globalThis.postMessage({ key: deriveKey(words, recipe) });
  } catch (error) {
    const { name, code, message } = /** @type {Error & { code?: string }} */ (error);
    globalThis.postMessage({ refused: { name, code, message } });
  }
};
