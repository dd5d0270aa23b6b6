// The published programs as processes on loopback: started, waited for, killed, and started again.
import { execFile, spawn } from "node:child_process";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const execute = promisify(execFile);
export const root = fileURLToPath(new URL("../../", import.meta.url));
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "paygress");

/** @typedef {(signal?: NodeJS.Signals) => Promise<unknown>} End */

/** @type {Set<End>} what ends each program that runs */
const running = new Set();
process.once("exit", () => running.forEach((end) => void end("SIGKILL")));
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.once(signal, () => process.exit(1));

/** Ends every program. */
export const endAll = () => Promise.all([...running].map((end) => end()));

/**
 * An empty folder for what the programs of one test write; it is left for who wants to look.
 * @param {string} name
 */
export async function emptyFolder(name) {
  const folder = resolve(root, process.env.CARGO_TARGET_DIR || "target", "interop", name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

/**
 * Fails, with what to do, unless a program is there in this version.
 * @param {string} program
 * @param {string[]} words
 * @param {string} expected
 */
export async function installed(program, words, expected) {
  const { stdout } = await execute(program, words).catch(() => ({ stdout: "" }));
  if (stdout.trim() !== expected) throw new Error(`${expected} is not installed (found: ${stdout.trim() || "nothing"}); run: make counterparts`);
  return expected;
}

/**
 * Starts a program and waits until it is ready. Answers with what ends it.
 * @param {string} path of the file that takes what it writes
 * @param {string} program
 * @param {string[]} words
 * @param {(log: string) => Promise<boolean>} ready
 * @param {NodeJS.ProcessEnv} [env] beside ours
 * @returns {Promise<End>}
 */
export async function start(path, program, words, ready, env = {}) {
  const file = await open(path, "a");
  const child = spawn(program, words, { stdio: ["ignore", file.fd, file.fd], env: { ...process.env, ...env } });
  const ended = new Promise((done) => {
    child.once("error", done);
    child.once("exit", done);
  }).then(() => {
    running.delete(end);
    return file.close();
  });
  /** @type {End} */
  const end = async (signal = "SIGTERM") => {
    child.kill(signal);
    const patience = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(patience);
  };
  running.add(end);
  const until = Date.now() + 90_000;
  while (!(await ready(await readFile(path, "utf8")))) {
    if (!running.has(end) || Date.now() > until) throw new Error(`a program does not start; see ${path}`);
    await new Promise((next) => setTimeout(next, 100));
  }
  return end;
}

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => found(port));
    });
  });
}
