// The local network as a child process: relays, mint, provider, the page, and the control port that throws the switches.
import { spawn } from "node:child_process";
import { resolve as resolvePath } from "node:path";
import { createInterface } from "node:readline";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * @typedef {{ control: string, relays: string[], mints: string[], providers: { name: string, pubkey: string }[], www: string }} Addresses
 */

/**
 * Starts the network on free ports; it ends with this process at the latest.
 * @param {string[]} [options] as `paygress-devnet --help` lists them
 */
export async function startDevnet(options = []) {
  const binary = process.env.PAYGRESS_DEVNET ?? resolvePath(root, process.env.CARGO_TARGET_DIR || "target", "debug/paygress-devnet");
  const child = spawn(
    binary,
    ["--port-base", "0", "--www-port", "0", "--www", `${root}www`, "--serve", `${root}pkg=/pkg`, "--until-stdin-closes", ...options],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  /** @type {Addresses} */
  const addresses = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the local network ended with ${code}`)));
    createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line)));
  });

  /**
   * @param {string} path
   * @param {unknown} [body]
   */
  async function control(path, body) {
    const response = await fetch(addresses.control + path, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path}: ${answer.error}`);
    return answer;
  }

  return {
    addresses,
    /** @param {string} path */
    ask: (path) => control(path),
    /** @param {string} path */
    tell: (path, body = {}) => control(path, body),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** @type {Awaited<ReturnType<typeof startDevnet>>} the network of this file's tests, once they run */
export let net;
/** @type {import("playwright-core").Browser} */
export let browser;

/**
 * Gives the tests of a file one network, quick enough for them, and one browser.
 * @param {string[]} [options] more for the network
 * @param {() => Promise<unknown>} [prepare] the file's own; a second hook would not wait for this one
 */
export function onDevnet(options = [], prepare = async () => {}) {
  before(async () => {
    net = await startDevnet(["--heartbeat-secs", "2", "--auto-pay-secs", "1", ...options]);
    browser = await launch();
    await prepare();
  });
  after(async () => {
    await browser?.close();
    await net?.stop();
  });
}
