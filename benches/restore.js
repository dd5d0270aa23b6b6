// @ts-check
// A whole restore from the phrase (NUT-13, NUT-09, NUT-07), at a mint without a network: only what a wallet does counts.

import * as cashu from "@cashu/cashu-ts";
import { mnemonicToSeedSync } from "@scure/bip39";

import { compareSlow, must } from "./compare.js";

const NOW = 1_800_000_000;
const URL = "https://mint.example";
const KEYSETS = 3;
const PROOFS = 2_000;
/** As many counters a question, and as many empty ones before a keyset ends, as ours has. */
const BATCH = 100;
const GAP = 300;

const toHex = (/** @type {Uint8Array} */ bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Two keysets of version 2 and one of version 1, and the signatures of the proofs that were once made there. */
class Mint {
  /** @type {Map<string, { amount: number, id: string, C_: string }>} */
  #signed = new Map();
  /** @type {{ id: string, active: boolean, keys: Record<string, string>, secrets: Map<number, Uint8Array> }[]} */
  keysets = [];
  total = 0;
  questions = 0;

  constructor(/** @type {Uint8Array} */ seed) {
    for (let index = 0; index < KEYSETS; index++) {
      const secrets = new Map(Array.from({ length: 12 }, (_, power) => [2 ** power, cashu.createRandomSecretKey()]));
      const keys = Object.fromEntries([...secrets].map(([amount, key]) => [amount, toHex(cashu.getPubKeyFromPrivKey(key))]));
      const id = cashu.deriveKeysetId(keys, { unit: "sat", input_fee_ppk: 100, versionByte: index === 0 ? 0 : 1 });
      this.keysets.push({ id, active: index === KEYSETS - 1, keys, secrets });
    }
    for (let made = 0; made < PROOFS; made++) this.#sign(seed, this.keysets[made % KEYSETS], Math.floor(made / KEYSETS));
  }

  #sign(/** @type {Uint8Array} */ seed, /** @type {Mint["keysets"][number]} */ { id, secrets }, /** @type {number} */ counter) {
    const amount = 2 ** (counter % secrets.size);
    const key = /** @type {Uint8Array} */ (secrets.get(amount));
    const [{ blindedMessage }] = cashu.OutputData.createDeterministicData(0, seed, counter, { id, keys: {} }, [0]);
    const signature = cashu.createBlindSignature(cashu.pointFromHex(blindedMessage.B_), key, id);
    this.#signed.set(blindedMessage.B_, { amount, id, C_: signature.C_.toHex(true) });
    this.total += amount;
  }

  /** Text in, text out, as HTTP has it. */
  answer(/** @type {string} */ path, /** @type {string | null} */ body) {
    this.questions++;
    const asked = body === null ? {} : JSON.parse(body);
    return JSON.stringify(this.#answer(path, asked));
  }

  #answer(/** @type {string} */ path, /** @type {any} */ asked) {
    const { keysets } = this;
    const shown = (/** @type {Mint["keysets"][number]} */ { id, active, keys }) => ({ id, unit: "sat", active, input_fee_ppk: 100, keys });
    if (path === "/v1/info") return { name: "bench", nuts: { 4: { methods: [], disabled: true }, 7: { supported: true }, 9: { supported: true } } };
    if (path === "/v1/keysets") return { keysets: keysets.map((keyset) => ({ ...shown(keyset), keys: undefined })) };
    if (path === "/v1/keys") return { keysets: keysets.filter(({ active }) => active).map(shown) };
    if (path.startsWith("/v1/keys/")) return { keysets: keysets.filter(({ id }) => path.endsWith(id)).map(shown) };
    if (path === "/v1/checkstate") return { states: asked.Ys.map((/** @type {string} */ Y) => ({ Y, state: "UNSPENT", witness: null })) };
    must(path === "/v1/restore", `a restore asks ${path}`);
    const known = asked.outputs.filter((/** @type {{ B_: string }} */ { B_ }) => this.#signed.has(B_));
    return { outputs: known, signatures: known.map((/** @type {{ B_: string }} */ { B_ }) => this.#signed.get(B_)) };
  }
}

/** A new wallet of the same phrase. */
function opened(/** @type {any} */ paygress) {
  return paygress.Client.open(NOW, [], new Uint8Array(32).fill(7));
}

/** The client as it is shipped, with a store that writes at once. Returns what it then holds. */
function ours(/** @type {any} */ paygress, /** @type {Mint} */ mint) {
  const client = opened(paygress);
  const effects = [...client.start(NOW), ...client.restore(NOW, URL).effects];
  for (let effect = effects.shift(); effect; effect = effects.shift()) {
    if (effect.type === "commit") effects.push(...client.handle(NOW, { type: "committed", commit: effect.commit }));
    if (effect.type === "continue") effects.push(...client.handle(NOW, { type: "wake" }));
    if (effect.type === "fetch") {
      const body = mint.answer(effect.url.slice(URL.length), effect.body);
      effects.push(...client.handle(NOW, { type: "answered", request: effect.request, status: 200, body }));
    }
  }
  const [{ spendable }] = client.wallet().mints;
  client.free();
  return Number(spendable);
}

/** The wallet of cashu-ts, which is asked for each keyset and then for the states. Returns what is unspent. */
async function theirs(/** @type {Uint8Array} */ bip39seed, /** @type {Mint} */ mint) {
  const customRequest = async (/** @type {any} */ { endpoint, requestBody }) =>
    JSON.parse(mint.answer(endpoint.slice(URL.length), requestBody ? JSON.stringify(requestBody) : null));
  const wallet = new cashu.Wallet(new cashu.Mint(URL, { customRequest }), { unit: "sat", bip39seed });
  await wallet.loadMint();
  let unspent = 0;
  for (const { id } of mint.keysets) {
    const { proofs } = await wallet.batchRestore(GAP, BATCH, 0, id);
    const grouped = await wallet.groupProofsByState(proofs);
    unspent = grouped.unspent.reduce((sum, { amount }) => sum + Number(amount), unspent);
  }
  return unspent;
}

/** Time and questions of a restore on an empty device. */
export async function restores(/** @type {any} */ paygress) {
  const client = opened(paygress);
  const seed = mnemonicToSeedSync(client.phrase());
  client.free();
  const mint = new Mint(seed);
  const counted = async (/** @type {() => unknown} */ once) => {
    mint.questions = 0;
    must((await once()) === mint.total, "a restore finds all");
    return mint.questions;
  };
  const ways = { ours: () => ours(paygress, mint), theirs: () => theirs(seed, mint) };
  const [asked, theyAsked] = [await counted(ways.ours), await counted(ways.theirs)];
  return compareSlow({
    what: `${PROOFS.toLocaleString("en")} proofs restored over ${KEYSETS} keysets, in ${asked} : ${theyAsked} requests`,
    each: PROOFS,
    ours: async () => (await ways.ours()) === mint.total,
    theirs: { name: "cashu-ts", once: async () => (await ways.theirs()) === mint.total },
  });
}
