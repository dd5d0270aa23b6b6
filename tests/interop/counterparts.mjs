// All that the page meets: relays, every published mint, nutshell's own wallet, and the provider with a stand-in docker.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDevnet } from "../e2e/devnet.mjs";
import { MINTS, installedMints, startMint } from "./mints.mjs";
import { cache, emptyFolder, endAll, execute, installed, root, start } from "./programs.mjs";

const PAYGRESS_CLI = "0.1.9";

/** @typedef {Awaited<ReturnType<typeof startCounterparts>>} Counterparts */
/** @typedef {import("./mints.mjs").MintName} MintName */

/**
 * Three relays, every published mint with nutshell's wallet for it, and paygress-cli that accepts those of nutshell.
 * Fails, with what to install, when one of the programs is not there in its version.
 */
export async function startCounterparts() {
  const versions = [...(await installedMints()), await installed(join(cache, "bin/paygress-cli"), ["--version"], `paygress-cli ${PAYGRESS_CLI}`)];
  const folder = await emptyFolder("page");
  const net = await startDevnet(["--relays-only"]);
  const stop = async () => {
    await endAll();
    await net.stop();
  };
  try {
    const started = await Promise.all(MINTS.map(async (name) => {
      const mint = await startMint(name, folder);
      return [name, { ...mint, wallet: nutshellWallet(mint.url, join(folder, `wallet-${name}`)) }];
    }));
    /** @type {Record<MintName, import("./mints.mjs").Mint & { wallet: ReturnType<typeof nutshellWallet> }>} */
    const mints = Object.fromEntries(started);
    const provider = await startProvider(folder, net.addresses.relays, [mints["nutshell-v1"].url, mints["nutshell-v2"].url]);
    return { versions, relays: net.addresses.relays, mints, provider, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Nutshell's own wallet, which also pays itself.
 * @param {string} url
 * @param {string} directory
 */
export function nutshellWallet(url, directory) {
  /** @param {string[]} words */
  const wallet = async (...words) => {
    const env = { ...process.env, CASHU_DIR: directory, MINT_URL: url, TOR: "FALSE" };
    return (await execute(join(cache, "nutshell/bin/cashu"), ["--yes", ...words], { env })).stdout;
  };
  return {
    /** @param {number} sat */
    fill: (sat) => wallet("invoice", String(sat)),
    /**
     * @param {number} sat
     * @param {...string} words further ones
     */
    send: async (sat, ...words) => tokenIn(await wallet("send", String(sat), ...words)),
    /**
     * Answers with the sat that came in.
     * @param {string} token
     */
    receive: async (token) => Number(/Received (\d+) sat/.exec(await wallet("receive", token))?.[1]),
    balance: async () => Number(/Balance: (\d+) sat/.exec(await wallet("balance"))?.[1]),
    /** The public key that tokens for it are locked to. */
    key: async () => /** @type {string} */ (/P2PK:([0-9a-f]{66})/.exec(await wallet("locks"))?.[1]),
    /**
     * Pays a request; answers with the token to hand over.
     * @param {string} request
     */
    payRequest: async (request) => tokenIn(await wallet("pay", request)),
    /**
     * What its program makes of a payment request, or of a token.
     * @param {string} text
     */
    decode: async (text) => JSON.parse(await wallet("decode", text)),
  };
}

/** @param {string} output */
function tokenIn(output) {
  const token = /cashu[AB]\S+/.exec(output)?.[0];
  if (!token) throw new Error(`nutshell made no token: ${output}`);
  return token;
}

/**
 * A payment request that nutshell's own code makes.
 * @param {"creqA" | "creqB"} form
 * @param {object} members as NUT-18 names them
 */
export async function nutshellRequest(form, members) {
  const words = [join(root, "tests/interop/request.py"), form, JSON.stringify(members)];
  return (await execute(join(cache, "nutshell/bin/python"), words)).stdout.trim();
}

/**
 * @param {string} folder
 * @param {string[]} relays
 * @param {string[]} mints
 */
async function startProvider(folder, relays, mints) {
  const directory = join(folder, "provider");
  const words = [...relays.flatMap((url) => ["--relay", url]), ...mints.flatMap((url) => ["--mint", url])];
  await start(join(folder, "paygress-cli.log"), join(root, "tests/interop/provider.sh"), [directory, ...words, "--heartbeat-secs", "2"], async (log) =>
    log.includes("Subscribed to"),
  );
  return {
    name: "interop provider",
    /**
     * From now on docker refuses to start a box.
     * @param {string} why
     */
    breakDocker: (why) => writeFile(join(directory, "fail"), why),
    /** The command lines of the boxes that the stand-in docker was asked to run. */
    boxes: async () => {
      const names = await readdir(join(directory, "boxes")).catch(() => []);
      return Promise.all(names.map((name) => readFile(join(directory, "boxes", name), "utf8")));
    },
  };
}
