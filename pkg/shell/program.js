// @ts-check
import * as glue from "../wasm/paygress.js";
import { PaygressShellError, words } from "./errors.js";

/** @typedef {Parameters<typeof glue.default>[0]} WasmSource */

/**
 * Loads the program once. Nothing runs before this is called.
 * @param {string | URL | Request | Response | BufferSource | WebAssembly.Module} [source] where the wasm file is, its bytes
 *   or the compiled module; beside the glue when left out
 */
export async function loadProgram(source) {
  if (typeof WebAssembly === "undefined") {
    const sentence =
      "this browser runs no WebAssembly (Lockdown Mode and some hardened browsers switch it off); allow it for this page";
    throw new PaygressShellError("no-webassembly", sentence);
  }
  try {
    await glue.default(source === undefined ? undefined : { module_or_path: source });
  } catch (cause) {
    const text = words(cause);
    const blocked = cause instanceof WebAssembly.CompileError && /content security policy|unsafe-eval|blocked by/i.test(text);
    const sentence = blocked
      ? "the page's content security policy forbids WebAssembly; its script-src needs 'wasm-unsafe-eval'"
      : `the program file could not be loaded (${text}); check the connection and reload`;
    throw new PaygressShellError(blocked ? "webassembly-blocked" : "program-missing", sentence, { cause });
  }
}

/** Throws the broken instance away, where the glue was built for it, so that the next client starts in fresh memory. */
export function resetProgram() {
  const reset = /** @type {{ __wbg_reset_state?: () => void }} */ (glue).__wbg_reset_state;
  reset?.();
}

/**
 * @param {readonly import("../wasm/paygress.js").StoredRecord[]} records
 * @param {number} now
 * @param {Uint8Array | null} key
 */
export function openClient(records, now, key) {
  return glue.Client.open(now, [...records], crypto.getRandomValues(new Uint8Array(32)), key ?? undefined);
}

/**
 * A client with an empty wallet, whose first commit takes the place of these records.
 * @param {readonly import("../wasm/paygress.js").StoredRecord[]} records
 * @param {number} now
 */
export function openAnew(records, now) {
  return glue.Client.openAnew(now, [...records], crypto.getRandomValues(new Uint8Array(32)));
}
