// The published mints, each with keysets of version 1 and of version 2: killed and started again, rotated, and their books read.
import { join } from "node:path";
import { cache, execute, freePort, installed, root, start } from "./programs.mjs";

export const MINTS = /** @type {const} */ (["nutshell-v1", "nutshell-v2", "cdk-mintd-v1", "cdk-mintd-v2"]);

/** @typedef {typeof MINTS[number]} MintName */
/** @typedef {Awaited<ReturnType<typeof startMint>>} Mint */

/**
 * What a mint's own database says, in sat.
 * @typedef {object} Books
 * @property {number} signed the ecash that it ever signed
 * @property {number} spent the ecash that it took
 * @property {number} pending of the ecash that is not spent, what is in use just now
 * @property {number} at_work how many inputs of swaps and how many quotes nutshell calls pending
 * @property {number} out signed and not spent: what all wallets together own
 * @property {number} issued what came in over Lightning and was issued
 */

const NUTSHELL = "0.21.0";
const CDK_MINTD = "0.18.3";

export const installedMints = async () => [
  await installed(join(root, "tests/tools/nutshell.sh"), ["version"], `nutshell ${NUTSHELL}`),
  await installed(join(root, "tests/tools/cdk-mintd.sh"), ["version"], `cdk-mintd ${CDK_MINTD}`),
];

/**
 * @param {MintName} name
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} [settings] of nutshell, beside those of its script
 */
export async function startMint(name, folder, settings = {}) {
  const [port, management] = await Promise.all([freePort(), freePort()]);
  const [, program, keysets] = /** @type {RegExpExecArray} */ (/^(.*)-(v[12])$/.exec(name));
  const url = `http://127.0.0.1:${port}`;
  const directory = join(folder, name);
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    MINT_RPC_SERVER_ENABLE: "TRUE", MINT_RPC_SERVER_MUTUAL_TLS: "FALSE", MINT_RPC_SERVER_ADDR: "127.0.0.1",
    MINT_RPC_SERVER_PORT: String(management), FAKEWALLET_DELAY_OUTGOING_PAYMENT: "0.5", ...settings,
  };
  const begin = () =>
    start(`${directory}.log`, join(root, `tests/tools/${program}.sh`), ["run", String(port), keysets ?? "", directory], answers, env);
  const answers = () => fetch(`${url}/v1/info`).then((answer) => answer.ok, () => false);
  /** @param {string[]} words */
  const books = async (...words) => {
    const { stdout } = await execute(join(cache, "nutshell/bin/python"), [join(root, "tests/interop/books.py"), directory, ...words]);
    return /** @type {Books} */ (JSON.parse(stdout));
  };
  let end = await begin();

  return {
    name,
    url,
    /** @returns {Promise<string[]>} the ids of its keysets */
    keysets: async () => {
      const { keysets } = await (await fetch(`${url}/v1/keysets`)).json();
      return keysets.map((/** @type {{ id: string }} */ { id }) => id);
    },
    /** An invoice of this mint that nobody asks for afterwards. */
    invoice: async (/** @type {number} */ sat) => {
      const body = JSON.stringify({ amount: sat, unit: "sat" });
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}/v1/mint/quote/bolt11`, { method: "POST", headers, body });
      return /** @type {string} */ ((await answer.json()).request);
    },
    kill: () => end("SIGKILL"),
    /** Starts it again on its database, where it was. */
    revive: async () => {
      end = await begin();
    },
    /** From now on it signs with a new keyset; cdk-mintd is started again for it, with a higher input fee. */
    rotate: async () => {
      if (program === "nutshell") {
        await execute(join(cache, "nutshell/bin/mint-cli"), ["--host", "127.0.0.1", "--port", String(management), "--insecure", "next-keyset", "sat", "100"]);
        return;
      }
      await end();
      env.PAYGRESS_MINT_FEE_PPK = String(Number(env.PAYGRESS_MINT_FEE_PPK ?? 100) + 100);
      end = await begin();
    },
    /** @returns {Promise<Books>} */
    books: () => books(),
    /** What an operator does by hand for a mint that does not remember after a kill what it was at work on. */
    free: () => books("free"),
  };
}
