// @ts-check

/** @typedef {{ relays: string[], mints: string[], test: boolean }} Config */

/**
 * What whoever hosts the page wants a newcomer to start with, from `config.json`; nothing when it cannot be read.
 * @returns {Promise<Config>}
 */
export async function loadConfig() {
  try {
    const response = await fetch("config.json", { cache: "no-cache" });
    const { relays, mints, test } = await response.json();
    return { relays: texts(relays), mints: texts(mints), test: test === true };
  } catch {
    return { relays: [], mints: [], test: false };
  }
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
function texts(value) {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

/**
 * Gives a wallet that knows no relay and no mint those of the configuration. Later starts keep what the person chose.
 * @param {import("../pkg/shell/index.js").Paygress} paygress
 * @param {Config} config
 */
export async function fillFirstStart(paygress, { relays, mints }) {
  if (paygress.settings().relays.length > 0 || paygress.wallet().mints.length > 0) return;
  for (const url of relays) await paygress.addRelay(url);
  for (const url of mints) await paygress.addMint(url);
}
