// One Chromium and one web server for the tests: the page at /, the package at /pkg/, and what a test puts in their place.
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
