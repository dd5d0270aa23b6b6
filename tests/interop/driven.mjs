// The page, whose wallet a test works through the package, so that moments are met that no click meets.
import { serve } from "../e2e/browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @typedef {{ id: string, kind: string, state: string, sentence: string, amount: number, fee: number, open: boolean, canReclaim: boolean, most: number | null, missing: number | null, partOf: string | null, steps: { text: string }[] }} Operation */

/** The page's own program, with the wallet that it opens put where a test finds it. */
const SHELL = `
import { openPaygress as open } from "./index.js?itself";
export * from "./index.js?itself";
export const openPaygress = async (options) => (globalThis.paygress = await open(options));
`;

/**
 * Serves the page for these mints.
 * @param {string[]} mints
 * @param {string[]} [relays]
 */
export function servePage(mints, relays = []) {
  const config = JSON.stringify({ relays, mints, test: true });
  const shell = new URL("../../pkg/shell/index.js", import.meta.url);
  return serve({
    "/config.json": (_, response) => response.writeHead(200, { "content-type": "application/json" }).end(config),
    "/pkg/shell/index.js": async (request, response) => {
      const { readFile } = await import("node:fs/promises");
      const text = request.url?.endsWith("?itself") ? await readFile(shell) : SHELL;
      response.writeHead(200, { "content-type": "text/javascript", "cache-control": "no-store" }).end(text);
    },
  });
}

/**
 * Opens the page and waits until its wallet writes and knows its mints.
 * @param {Page} page
 * @param {string} origin
 */
export async function openPage(page, origin) {
  await page.goto(origin);
  await page.waitForFunction(() => globalThis.paygress?.status.mode === "writing" && globalThis.paygress.wallet().mints.length > 0, null, { timeout: 60_000 });
  return page;
}

/** @param {Page} page */
export const ready = (page) =>
  page.waitForFunction(() => globalThis.paygress.wallet().mints.every(({ state }) => state === "ready"), null, { timeout: 90_000 });

/**
 * One intent of the wallet; money as plain numbers.
 * @param {Page} page
 * @param {string} intent
 * @param {...(string | number)} words
 */
export const wish = (page, intent, ...words) =>
  page.evaluate(
    ({ intent, words }) => globalThis.paygress[intent](...words.map((word) => (typeof word === "number" ? BigInt(word) : word))),
    { intent, words },
  );

/**
 * @param {Page} page
 * @returns {Promise<{ spendable: number, held: number, byMint: Record<string, number>, operations: Operation[] }>}
 */
export const wallet = (page) =>
  page.evaluate(() => {
    const { total, mints, operations } = globalThis.paygress.wallet();
    const held = (mint) => ["spendable", "reserved", "handedOut", "quarantined"].reduce((sum, column) => sum + Number(mint[column]), 0);
    const number = (sat) => (sat === null || sat === undefined ? null : Number(sat));
    return {
      spendable: Number(total),
      held: mints.reduce((sum, mint) => sum + held(mint), 0),
      byMint: Object.fromEntries(mints.map((mint) => [mint.url, held(mint)])),
      operations: operations.map((operation) => ({
        ...operation, amount: number(operation.amount), fee: number(operation.fee), most: number(operation.most), missing: number(operation.missing),
      })),
    };
  });

/**
 * The text of the token that `sent` makes, as soon as it may be given away.
 * @param {Page} page
 * @param {string} sent
 * @returns {Promise<string>}
 */
export async function tokenOf(page, sent) {
  const found = await page.waitForFunction((sent) => globalThis.paygress.token(sent), sent, { timeout: 60_000 });
  return /** @type {string} */ (await found.jsonValue());
}

/**
 * What is under way still; a token that is out waits for nobody but its receiver.
 * @param {Operation[]} operations
 */
export const underWay = (operations) => operations.filter(({ open, canReclaim }) => open && !canReclaim);

/**
 * Waits until an operation is in one of these states.
 * @param {Page} page
 * @param {string} id
 * @param {...string} states
 */
export async function reaches(page, id, ...states) {
  await page.waitForFunction(
    ({ id, states }) => states.includes(globalThis.paygress.wallet().operations.find((operation) => operation.id === id)?.state),
    { id, states }, { timeout: 60_000 },
  );
}

/**
 * Takes back what nobody took, agrees to no offer, and waits until everything has come to its end.
 * @param {Page} page
 * @param {number} [patience] milliseconds
 */
export async function rest(page, patience = 120_000) {
  const until = Date.now() + patience;
  for (;;) {
    const now = await wallet(page);
    const out = now.operations.filter(({ canReclaim }) => canReclaim);
    const open = underWay(now.operations);
    if (out.length + open.length === 0) return now;
    if (Date.now() > until) {
      throw new Error(`not at rest: ${JSON.stringify([...open, ...out].map(({ id, kind, state, sentence, steps }) => ({ id, kind, state, sentence, steps })))}`);
    }
    for (const { id } of open.filter(({ state }) => state === "quoted")) await wish(page, "cancelOperation", id).catch(() => {});
    for (const { id } of out) await wish(page, "reclaim", id).catch(() => {});
    await page.waitForTimeout(200);
  }
}
