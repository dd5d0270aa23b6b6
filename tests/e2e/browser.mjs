// One Chromium and one web server for the tests: the page at /, the package at /pkg/, and what a test puts in their place.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { chromium } from "playwright-core";

const root = new URL("../../", import.meta.url);
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

// As root, which containers are, Chromium needs --no-sandbox.
export const FLAGS = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** @param {import("playwright-core").LaunchOptions} [options] */
export function launch(options = {}) {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS, ...options });
}

/**
 * A browser of its own process group, so that a signal reaches all of it.
 * @param {string} profile
 */
export async function launchProcess(profile) {
  const child = spawn(CHROMIUM, [...FLAGS, `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const endpoint = await new Promise((resolve, reject) => {
    let text = "";
    child.once("exit", () => reject(new Error(`chromium ended: ${text}`)));
    child.stderr.on("data", (bytes) => {
      text += bytes;
      const found = /DevTools listening on (ws:\S+)/.exec(text);
      if (found) resolve(found[1]);
    });
  });
  const browser = await chromium.connectOverCDP(/** @type {string} */ (endpoint));
  const [context] = browser.contexts();
  const page = await /** @type {import("playwright-core").BrowserContext} */ (context).newPage();
  await page.setViewportSize({ width: 1280, height: 860 });
  /** @param {NodeJS.Signals} signal */
  const signal = (signal) => process.kill(-(/** @type {number} */ (child.pid)), signal);
  return {
    page,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    kill: async () => {
      signal("SIGKILL");
      await ended;
    },
  };
}

/**
 * Serves the sources as `make demo` does.
 * @param {Record<string, string | URL | ((request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => void)>} [instead]
 *   by path: text of a page, the file to serve, or who answers
 */
export async function serve(instead = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const other = instead[pathname];
    if (typeof other === "function") return other(request, response);
    if (typeof other === "string") return response.writeHead(200, { "content-type": TYPES[".html"] }).end(other);
    const file = other ?? new URL(pathname.startsWith("/pkg/") ? `.${pathname}` : `www${pathname === "/" ? "/index.html" : pathname}`, root);
    try {
      const bytes = await readFile(file);
      response.writeHead(200, { "content-type": TYPES[extname(file.pathname)] ?? "application/octet-stream", "cache-control": "no-store" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
