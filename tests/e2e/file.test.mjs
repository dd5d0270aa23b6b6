// The whole wallet as a file: opened in another browser it goes on there, also when it is old; it never takes the place of money.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, makeToken, readWords, rent, takeIn, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

const OF_FILE = "of the file alone";

/** @type {Page} the first browser */
let page;
/** @type {string} */
let folder;
/** @type {string} */
let path;

onDevnet([], async () => {
  folder = await mkdtemp(join(tmpdir(), "paygress-file-"));
  page = await profile();
});

after(() => rm(folder, { recursive: true, force: true }));

async function profile() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(net.addresses.www);
  return page;
}

/** @param {Page} page */
async function save(page) {
  await visit(page, "settings");
  await page.getByRole("button", { name: "Save everything as a file" }).click();
  await page.getByLabel("A passphrase for the file").fill(OF_FILE);
  await page.getByLabel("The same again").fill(OF_FILE);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the file" }).click();
  const path = join(folder, "wallet.json");
  await (await saved).saveAs(path);
  return path;
}

/**
 * @param {Page} page
 * @param {string} path
 * @param {string} [passphrase]
 */
async function open(page, path, passphrase = OF_FILE) {
  await visit(page, "settings");
  await page.getByRole("button", { name: "Open a saved file" }).click();
  await page.getByLabel("The file").setInputFiles(path);
  await page.getByLabel("Its passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Open the file" }).click();
}

/** @param {Page} page */
async function caughtUp(page) {
  await expectVisible(page.getByRole("heading", { level: 1, name: "Wallet" }), 30_000);
  await expectVisible(page.getByText(/keyset.* looked at/).or(page.getByText("Looked for lost ecash")).first(), 30_000);
}

test("a file brings money, words and workloads to another browser", async () => {
  await fill(page, 1000);
  await rent(page, "Tidy Otter");
  await expectVisible(page.getByText("Running").or(page.getByText("Live")).first(), 60_000);
  path = await save(page);
  const text = await readFile(path, "utf8");
  const words = await readWords(page);
  for (const secret of [...words.split(" ").filter((word) => word.length > 4), "127.0.0.1", "wallet/"]) {
    assert.ok(!text.includes(secret), `${secret} can be read in the file`);
  }
  const left = await balance(page);
  const other = await profile();
  await open(other, path);
  await caughtUp(other);
  assert.equal(await balance(other), left);
  assert.equal(await readWords(other), words);
  await visit(other, "workloads");
  await expectVisible(other.getByText("Tidy Otter").first());
  await other.context().close();
});

test("an old file is brought up to date, and no sat is lost", async () => {
  const token = await makeToken(page, 300);
  const receiver = await profile();
  await takeIn(receiver, token);
  await expectVisible(receiver.getByText(/sat came in/).first(), 30_000);
  await fill(page, 77);
  const left = await balance(page);
  await page.context().close();
  const other = await profile();
  await open(other, path);
  await caughtUp(other);
  await expectVisible(other.locator(".purse .sum", { hasText: new RegExp(`^${left} `) }), 30_000);
  await makeToken(other, left - 10);
  page = other;
});

test("a file is refused with its reason: over money, with a wrong passphrase, cut off, or none at all", async () => {
  const rich = await profile();
  await fill(rich, 25);
  await open(rich, path);
  await expectVisible(rich.getByRole("alert").filter({ hasText: /holds 25 sat/ }), 30_000);
  await expectVisible(rich.getByText("The wallet of this browser is unchanged."));
  assert.equal(await balance(rich), 25);

  const empty = await profile();
  const words = await readWords(empty);
  const refused = async (/** @type {string} */ path, /** @type {RegExp} */ says, passphrase = OF_FILE) => {
    await open(empty, path, passphrase);
    await expectVisible(empty.getByRole("alert").filter({ hasText: says }), 30_000);
    await empty.getByRole("button", { name: "Cancel" }).click();
  };
  await refused(path, /not the passphrase/, "another one of mine");
  const text = await readFile(path, "utf8");
  await writeFile(`${path}.cut`, text.slice(0, text.length / 2));
  await refused(`${path}.cut`, /cut off/);
  await writeFile(`${path}.not`, "a letter");
  await refused(`${path}.not`, /no wallet file/);
  await writeFile(`${path}.new`, text.replace(/"version":1,"records"/, '"version":2,"records"'));
  await refused(`${path}.new`, /newer version/);
  assert.equal(await readWords(empty), words);
});
