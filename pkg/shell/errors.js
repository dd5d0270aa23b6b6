// @ts-check
/**
 * What the shell itself refuses. Refusals of the program come as `PaygressError` and pass through unchanged.
 *
 * - `no-webassembly`, `webassembly-blocked`, `program-missing`: the program cannot run here.
 * - `no-store`, `store-newer`, `store-failed`: nothing can be kept here, or what is kept must not be touched.
 * - `store-gone`: a wallet was here and its store is empty or deleted; nothing was put in its place.
 * - `not-writing`: another tab holds the wallet, or this browser cannot guard it; nothing was changed.
 * - `lost`: another tab took over while this was being written; nothing was written.
 * - `locked`: the wallet is locked; `unlock` opens it.
 * - `stopped`: the program was closed or gave up.
 * @typedef {"no-webassembly" | "webassembly-blocked" | "program-missing" | "no-store" | "store-newer" | "store-failed"
 *   | "store-gone" | "not-writing" | "lost" | "locked" | "stopped"} ShellErrorCode
 */

/** A refusal of the shell: a stable code and a message that says what to do. Never holds a secret. */
export class PaygressShellError extends Error {
  /**
   * @param {ShellErrorCode} code
   * @param {string} message
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = "PaygressShellError";
    /** @readonly */
    this.code = code;
  }
}

/**
 * The words of whatever was thrown.
 * @param {unknown} thrown
 */
export function words(thrown) {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return String(thrown);
}

/**
 * Whether records were not opened because they are sealed under a passphrase, or under another one.
 * @param {unknown} error
 */
export function isSealed(error) {
  if (!(error instanceof Error) || error.name !== "PaygressError") return false;
  const { code } = /** @type {Error & { code?: string }} */ (error);
  return code === "locked" || code === "wrong-passphrase";
}
