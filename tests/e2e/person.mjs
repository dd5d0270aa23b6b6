// What a person does on the page, in the words of the page.
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * @param {Page} page
 * @param {"market" | "rent" | "workloads" | "wallet" | "settings"} place
 */
export async function visit(page, place) {
  const name = place.charAt(0).toUpperCase() + place.slice(1);
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name, exact: false }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name }));
}

/**
 * Opens a tab of the wallet. The page draws a frame later, and until then another tab's field has the same label.
 * @param {Page} page
 * @param {string} name
 */
export async function openTab(page, name) {
  await page.getByRole("tab", { name }).click();
  await expectVisible(page.getByRole("tab", { name, selected: true }));
}

/**
 * Makes a token of so many sat and stays on its screen.
 * @param {Page} page
 * @param {number} sat
 */
export async function makeToken(page, sat) {
  await visit(page, "wallet");
  await openTab(page, "Send");
  await page.getByLabel("Amount").fill(String(sat));
  await page.getByRole("button", { name: "Make a token" }).click();
  await expectVisible(page.getByTestId("token"), 30_000);
  return page.getByTestId("token").innerText();
}

/**
 * Pastes a token and has it taken in.
 * @param {Page} page
 * @param {string} token
 */
export async function takeIn(page, token) {
  await visit(page, "wallet");
  await openTab(page, "Receive");
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Take it in" }).click();
}

/**
 * Fills the wallet by a Lightning invoice and waits until it is paid.
 * @param {Page} page
 * @param {number} sat
 * @param {string} [mint] another one than the first
 */
export async function fill(page, sat, mint) {
  await visit(page, "wallet");
  await openTab(page, "Fill");
  if (mint !== undefined) await page.getByRole("combobox", { name: "Mint" }).selectOption(mint);
  await page.getByLabel("Amount").fill(String(sat));
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByTestId("invoice"));
  await expectVisible(page.getByText(/sat came in/).first(), 30_000);
}

/**
 * Rents the first tier of a provider for some minutes, and waits for the access details.
 * @param {Page} page
 * @param {string} provider
 * @param {{ minutes?: number, tier?: string }} [order]
 */
export async function rent(page, provider, { minutes = 15, tier = "Basic" } = {}) {
  await visit(page, "market");
  await page.getByRole("link", { name: `Rent ${tier} from ${provider}` }).click();
  await page.getByLabel("Minutes").fill(String(minutes));
  await page.getByLabel("Minutes").press("Enter");
  await page.getByRole("button", { name: /^Rent for/ }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Workloads" }));
}

/**
 * The sum in the wallet, in sat.
 * @param {Page} page
 */
export async function balance(page) {
  return Number((await page.locator(".purse .sum").innerText()).replaceAll(/\D/g, ""));
}

/**
 * The short form of the quorum, so that a death can be watched in a test.
 * @param {Page} page
 * @param {{ quiet: number, gone: number, heardBy?: number }} times in seconds
 */
export async function setQuorum(page, { quiet, gone, heardBy = 2 }) {
  await visit(page, "settings");
  await page.getByLabel("Heard by at least").fill(String(heardBy));
  await page.getByLabel("Quiet after").fill(String(quiet));
  await page.getByLabel("Gone after another").fill(String(gone));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expectVisible(page.getByText("Saved", { exact: true }));
}

/**
 * The liveness pill of the workload on screen.
 * @param {Page} page
 * @param {string | RegExp} word
 */
export function liveness(page, word) {
  return page.locator("article .pill").filter({ hasText: word }).first();
}

/**
 * The twelve words, as Settings shows them.
 * @param {Page} page
 */
export async function readWords(page) {
  await visit(page, "settings");
  await page.getByRole("button", { name: "Show the words" }).click();
  await expectVisible(page.locator(".words li").last());
  const words = await page.locator(".words li").allInnerTexts();
  await page.getByRole("button", { name: "Hide them" }).click();
  return words.map((word) => word.replace(/^\d+\s+/, "")).join(" ");
}

/**
 * Types words into the form of Settings and sends it.
 * @param {Page} page
 * @param {string} words
 * @param {string[]} [mints] more than the page knows
 */
export async function enterWords(page, words, mints = []) {
  await visit(page, "settings");
  await page.getByRole("button", { name: "Enter twelve words" }).click();
  await page.getByLabel("The words you wrote down").fill(words);
  await page.getByLabel("More mints, one address a line").fill(mints.join("\n"));
  await page.getByRole("button", { name: "Restore", exact: true }).click();
}

/**
 * Notes the twelve words and answers the question for some of them; stays in Settings.
 * @param {Page} page
 */
export async function writeWordsDown(page) {
  const words = await readWords(page);
  await page.getByRole("button", { name: "Show the words" }).click();
  await page.getByRole("button", { name: "I have written them down" }).click();
  await answerQuiz(page, words);
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expectVisible(page.locator(".pill").filter({ hasText: "Written down" }));
}

/**
 * Writes the words that are asked for into their fields.
 * @param {Page} page
 * @param {string} words
 * @param {(word: string) => string} [changed]
 */
export async function answerQuiz(page, words, changed = (word) => word) {
  const fields = page.getByLabel(/^Word \d+$/);
  await expectVisible(fields.first());
  for (const field of await fields.all()) {
    const place = Number((await field.getAttribute("name"))?.replace("word-", ""));
    await field.fill(changed(words.split(" ")[place - 1] ?? ""));
  }
}
