// The whole shell in tabs of one browser profile, around a program that a test can read: see double.js.
import { after, afterEach, before, beforeEach } from "node:test";
import { launch, serve } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** Prepares a site, and a fresh profile for each test. */
export function shell() {
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let site;
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {import("playwright-core").BrowserContext} */
  let context;
  /** @type {string[]} */
  let asked = [];

  before(async () => {
    site = await serve({
      "/blank": "<!doctype html><title>shell</title>",
      "/pkg/wasm/paygress.js": new URL("double.js", import.meta.url),
      ...Object.fromEntries(["a", "b", "c", "held", "late"].map((name) => [`/ask/${name}`, (request, response) => {
        asked.push(name);
        response.writeHead(200).end("{}");
      }])),
    });
    browser = await launch();
  });

  after(async () => {
    await browser.close();
    site.close();
  });

  beforeEach(async () => {
    asked = [];
    context = await browser.newContext();
  });

  afterEach(() => context.close());

  async function tab() {
    const page = await context.newPage();
    await page.goto(`${site.origin}/blank`);
    return page;
  }

  /**
   * A tab in which the whole shell is open as `paygress`, and notes in `roles` when it became what.
   * @param {(page: Page) => Promise<unknown>} [first] what is done before
   */
  async function open(first = async () => {}) {
    const page = await tab();
    await first(page);
    await page.evaluate(async () => {
      const { openPaygress } = await import("/pkg/shell/index.js");
      globalThis.paygress = await openPaygress();
      globalThis.roles = [{ mode: globalThis.paygress.status.mode, at: Date.now() }];
      globalThis.paygress.subscribeStatus(({ mode }) => {
        if (globalThis.roles.at(-1).mode !== mode) globalThis.roles.push({ mode, at: Date.now() });
      });
    });
    return page;
  }

  return {
    tab,
    open,
    origin: () => site.origin,
    /** The names that were asked for, in order. */
    asked: () => asked,
    context: () => context,
    /** @param {Page} page */
    mode: (page) => page.evaluate(() => globalThis.paygress.status.mode),
    /** @param {Page} page */
    sentence: (page) => page.evaluate(() => globalThis.paygress.status.sentence),
    /** @param {Page} page */
    names: (page) => page.evaluate(() => globalThis.paygress.settings().relays),
    /** @param {Page} page */
    add: (page, name) => page.evaluate((url) => globalThis.paygress.addRelay(url), `${site.origin}/ask/${name}`),
    /** @param {Page} page */
    becomes: (page, wanted, timeout = 5000) =>
      page.waitForFunction((wanted) => globalThis.paygress.status.mode === wanted, wanted, { timeout, polling: 50 }),
    /** @param {Page} page */
    shows: (page, wanted) =>
      page.waitForFunction((wanted) => String(globalThis.paygress.settings().relays) === wanted, wanted, { timeout: 5000, polling: 50 }),
    /** What a tab was, one after the other. */
    roles: (page) => page.evaluate(() => globalThis.roles.map(({ mode }) => mode)),
    /** When a tab began to write for the last time, by its own clock. */
    wroteSince: (page) => page.evaluate(() => globalThis.roles.findLast(({ mode }) => mode === "writing").at),
  };
}
