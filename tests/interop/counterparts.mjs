// The published programs as processes on loopback: mints, the provider with a stand-in docker, and nutshell's own wallet.
import { execFile, spawn } from "node:child_process";
import { mkdir, open, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startDevnet } from "../e2e/devnet.mjs";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "paygress");
const NUTSHELL = "0.21.0";
const PAYGRESS_CLI = "0.1.9";

/** What every program wrote is left here. */
const folder = resolve(root, process.env.CARGO_TARGET_DIR || "target", "interop/page");

/** @type {Set<(signal?: NodeJS.Signals) => Promise<unknown>>} what ends each program that runs */
const running = new Set();
process.once("exit", () => running.forEach((end) => void end("SIGKILL")));
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.once(signal, () => process.exit(1));

/** @typedef {Awaited<ReturnType<typeof startCounterparts>>} Counterparts */
/** @typedef {Counterparts["mints"]["v1"]} Mint */

/**
 * Three relays, nutshell with keysets of version 1 and 2, and paygress-cli that accepts both.
 * Fails, with what to install, when one of the programs is not there in its version.
 */
export async function startCounterparts() {
  const versions = await installed();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const net = await startDevnet(["--relays-only"]);
  const stop = async () => {
    await Promise.all([...running].map((end) => end()));
    await net.stop();
  };
  try {
    const [v1, v2] = await Promise.all([startMint("v1"), startMint("v2")]);
    const provider = await startProvider(net.addresses.relays, [v1.url, v2.url]);
    return { versions, relays: net.addresses.relays, mints: { v1, v2 }, provider, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function installed() {
  /**
   * @param {string} program
   * @param {string[]} words
   * @param {string} expected
   */
  const version = async (program, words, expected) => {
    const { stdout } = await execute(program, words).catch(() => ({ stdout: "" }));
    if (stdout.trim() !== expected) throw new Error(`${expected} is not installed (found: ${stdout.trim() || "nothing"}); run: make counterparts`);
    return expected;
  };
  return [
    await version(join(root, "tests/tools/nutshell.sh"), ["version"], `nutshell ${NUTSHELL}`),
    await version(join(cache, "bin/paygress-cli"), ["--version"], `paygress-cli ${PAYGRESS_CLI}`),
  ];
}

/**
 * Starts a program and waits until it is ready.
 * @param {string} name of the file that takes what it writes
 * @param {string} program
 * @param {string[]} words
 * @param {(log: string) => Promise<boolean>} ready
 */
async function start(name, program, words, ready) {
  const path = join(folder, `${name}.log`);
  const file = await open(path, "w");
  const child = spawn(program, words, { stdio: ["ignore", file.fd, file.fd] });
  const ended = new Promise((done) => {
    child.once("error", done);
    child.once("exit", done);
  }).then(() => {
    running.delete(end);
    return file.close();
  });
  /** @param {NodeJS.Signals} signal */
  const end = async (signal = "SIGTERM") => {
    child.kill(signal);
    const patience = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(patience);
  };
  running.add(end);
  const until = Date.now() + 90_000;
  while (!(await ready(await readFile(path, "utf8")))) {
    if (!running.has(end) || Date.now() > until) throw new Error(`${name} does not start; see ${path}`);
    await new Promise((next) => setTimeout(next, 200));
  }
}

/** @param {"v1" | "v2"} keysets */
async function startMint(keysets) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await start(`nutshell-${keysets}`, join(root, "tests/tools/nutshell.sh"), ["run", String(port), keysets, join(folder, keysets)], () =>
    fetch(`${url}/v1/info`).then((answer) => answer.ok, () => false),
  );
  /** @param {string[]} words */
  const wallet = async (...words) => {
    const { stdout } = await execute(join(cache, "nutshell/bin/cashu"), ["--yes", ...words], {
      env: { ...process.env, CASHU_DIR: join(folder, `wallet-${keysets}`), MINT_URL: url, TOR: "FALSE" },
    });
    return stdout;
  };
  return {
    url,
    /** @returns {Promise<string[]>} the ids of its keysets */
    keysets: async () => {
      const { keysets } = await (await fetch(`${url}/v1/keysets`)).json();
      return keysets.map((/** @type {{ id: string }} */ { id }) => id);
    },
    /**
     * Nutshell's own wallet, which also pays itself.
     */
    wallet: {
      /** @param {number} sat */
      fill: (sat) => wallet("invoice", String(sat)),
      /** @param {number} sat */
      send: async (sat) => /** @type {string} */ (/cashu[AB]\S+/.exec(await wallet("send", String(sat)))?.[0]),
      /** @param {string} token */
      receive: (token) => wallet("receive", token),
      balance: async () => Number(/Balance: (\d+) sat/.exec(await wallet("balance"))?.[1]),
    },
  };
}

/**
 * @param {string[]} relays
 * @param {string[]} mints
 */
async function startProvider(relays, mints) {
  const directory = join(folder, "provider");
  const words = [...relays.flatMap((url) => ["--relay", url]), ...mints.flatMap((url) => ["--mint", url])];
  await start("paygress-cli", join(root, "tests/interop/provider.sh"), [directory, ...words, "--heartbeat-secs", "2"], async (log) =>
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

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => found(port));
    });
  });
}
