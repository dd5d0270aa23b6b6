// @ts-check

/** @typedef {{ relays: string[], mints: string[], test: boolean }} Config */

/** @type {Config} */
const DEFAULTS = {
  relays: ["wss://relay.damus.io", "wss://nos.lol", "wss://relay.primal.net", "wss://relay.nostr.band"],
  mints: [],
  test: false,
};

/**
 * What whoever hosts the page wants a newcomer to start with; the defaults when there is no `config.json`.
 * @returns {Promise<Config>}
 */
export async function loadConfig() {
  try {
    const response = await fetch("config.json", { cache: "no-cache" });
    if (!response.ok) return DEFAULTS;
    const { relays, mints, test } = await response.json();
    return { relays: texts(relays) ?? DEFAULTS.relays, mints: texts(mints) ?? DEFAULTS.mints, test: test === true };
  } catch {
    return DEFAULTS;
  }
}

/** @param {unknown} value */
function texts(value) {
  return Array.isArray(value) && value.every((text) => typeof text === "string") ? value : null;
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
