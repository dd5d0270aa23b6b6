// @ts-check
// The measurements, the same in Node and in Chromium. Bundled by bench.mjs with the libraries we compare ourselves with.

import { initNostrWasm } from "nostr-wasm/gzipped";
import { setNostrWasm } from "nostr-tools/wasm";

import { duplicates, events, frames } from "./events.js";
import { derivations, outputs } from "./outputs.js";
import { restores } from "./restore.js";
import { ticks } from "./ticks.js";
import { tokens } from "./tokens.js";

/**
 * Runs everything and returns the rows of the table.
 *
 * @param {any} paygress The package, built with the feature `bench` and loaded.
 * @returns {Promise<import("./compare.js").Row[]>}
 */
export async function measure(paygress) {
  setNostrWasm(await initNostrWasm());
  const texts = frames(400);
  return [events(paygress, texts), ...duplicates(paygress, texts), ...ticks(paygress), ...outputs(paygress), ...derivations(paygress), ...tokens(paygress), await restores(paygress)];
}
