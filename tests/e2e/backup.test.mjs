// The twelve words are asked for and rehearsed, other words are swept, and everything is erased by somebody who has the words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Complaints } from "./complaints.mjs";
import { browser, net, onDevnet } from "./devnet.mjs";
import { answerQuiz, balance, fill, makeToken, readWords, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

const complaints = new Complaints();

onDevnet();

/**
 * The page in a browser profile of its own.
 * @param {import("playwright-core").BrowserContext} [context]
 */
async function person(context) {
  const page = complaints.of(await (context ?? (await browser.newContext({ viewport: { width: 390, height: 860 } }))).newPage());
  await page.goto(net.addresses.www);
  return page;
}

/**
 * A picture where PICTURES names a folder; nothing may stick out.
 * @param {Page} page
 * @param {string} name
 */
async function picture(page, name) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(beyond <= 0, `${name} is ${beyond} px too wide`);
  if (!process.env.PICTURES) return;
  await page.screenshot({ path: `${process.env.PICTURES}/${name}-390.png`, fullPage: true });
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.screenshot({ path: `${process.env.PICTURES}/${name}-1280.png`, fullPage: true });
  await page.setViewportSize({ width: 390, height: 860 });
}

test("the first money asks for the words, and they count as written down once some of them were told", async () => {
  const page = await person();
  assert.equal(await page.getByText("Your money is only in this browser.").count(), 0, "nothing is at stake yet");
  await fill(page, 300);
  await expectVisible(page.getByText("Your money is only in this browser."));
  const words = await readWords(page);
  await page.getByRole("button", { name: "Show the words" }).click();
  await page.getByRole("button", { name: "I have written them down" }).click();
  await answerQuiz(page, words, () => "zoo zoo");
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expectVisible(page.getByRole("alert").filter({ hasText: /words \d+ and \d+ and \d+ are others/i }));
  assert.equal(await page.locator(".words").count(), 0, "the words are not beside the question");
  await picture(page, "quiz");
  await answerQuiz(page, words, (word) => word.toUpperCase());
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expectVisible(page.locator(".pill").filter({ hasText: "Written down" }));
  await visit(page, "wallet");
  assert.equal(await page.getByText("Your money is only in this browser.").count(), 0);
});

test("a rehearsal with the words of the paper says that everything would come back", async () => {
  const page = await person();
  await fill(page, 500);
  await makeToken(page, 100);
  const words = await readWords(page);
  await page.getByRole("button", { name: "Try it" }).click();
  await page.getByLabel("Words from your paper").fill(`leader monkey parrot ring guide accident before fence cannon height naive bean`);
  await page.getByRole("button", { name: "Begin" }).click();
  await expectVisible(page.getByRole("alert").filter({ hasText: "not those of this wallet" }));
  await expectVisible(page.locator(".pill").filter({ hasText: "Not yet" }));
  await page.getByLabel("Words from your paper").fill(words);
  await page.getByRole("button", { name: "Begin" }).click();
  await expectVisible(page.getByTestId("scout").getByText(/^All \d+ sat would come back\.$/), 30_000);
  await expectVisible(page.getByTestId("scout").getByText(/100 sat of it is in tokens that were given away/));
  await expectVisible(page.locator(".pill").filter({ hasText: "Written down" }));
  await picture(page, "rehearsal");
  await page.getByRole("button", { name: "Close" }).click();
  await expectVisible(page.getByRole("button", { name: "Try it" }));
});

test("the money of another wallet's words comes in after the fee was seen", async () => {
  const other = await person();
  await fill(other, 400);
  const words = await readWords(other);
  const page = await person();
  await visit(page, "settings");
  await page.getByRole("button", { name: "Enter other words" }).click();
  await page.getByLabel("Words of the other wallet").fill("only three words");
  await page.getByRole("button", { name: "Look for its money" }).click();
  await expectVisible(page.getByRole("alert").filter({ hasText: "12, 15, 18, 21, 24 words and this one has 3" }));
  await page.getByLabel("Words of the other wallet").fill(words);
  await page.getByRole("button", { name: "Look for its money" }).click();
  const take = page.getByRole("button", { name: /^Take in \d+ sat$/ });
  await expectVisible(take, 30_000);
  const arrives = Number((await take.innerText()).replaceAll(/\D/g, ""));
  assert.ok(arrives < 400 && arrives >= 395, String(arrives));
  assert.equal(await balance(page), 0, "nothing moves before the button is pressed");
  await picture(page, "sweep");
  await take.click();
  await expectVisible(page.getByText(/sat came in/).first(), 30_000);
  assert.equal(await balance(page), arrives);
  assert.notEqual(await readWords(page), words);
  const html = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const all = await Promise.all(databases.map(({ name }) => new Promise((resolve) => {
      const open = indexedDB.open(/** @type {string} */ (name));
      open.onsuccess = () => {
        const rows = open.result.transaction("records").objectStore("records").getAll();
        rows.onsuccess = () => {
          open.result.close();
          resolve(rows.result);
        };
      };
    })));
    return JSON.stringify(all);
  });
  assert.equal(html.includes(words), false, "the other words are kept nowhere");
});

test("a wallet with money is erased only with its words, in every tab, and an empty one follows", async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 860 } });
  const page = await person(context);
  await fill(page, 200);
  const words = await readWords(page);
  const second = await person(context);
  await expectVisible(second.getByText(/Another tab of this page holds the wallet/));
  await visit(page, "settings");
  await page.getByRole("button", { name: "Erase …" }).click();
  await page.getByRole("button", { name: "Erase everything" }).click();
  await expectVisible(page.getByRole("alert").filter({ hasText: /there is something here: 200 sat/i }));
  await answerQuiz(page, words, () => "zoo");
  await page.getByRole("button", { name: "Erase all the same" }).click();
  await expectVisible(page.getByRole("alert").filter({ hasText: "are others" }));
  await expectVisible(page.getByText("Nothing was erased."));
  await picture(page, "erase");
  await answerQuiz(page, words);
  await page.getByRole("button", { name: "Erase all the same" }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Market" }), 15_000);
  await expectVisible(second.getByText(/was erased in another tab/));
  await page.waitForFunction(() => document.querySelector(".purse .sum")?.textContent?.trim() === "0 sat", undefined, { timeout: 15_000 });
  assert.notEqual(await readWords(page), words);
  await second.getByRole("button", { name: "Open again" }).click();
  await expectVisible(second.getByText(/Another tab of this page holds the wallet/));
  await page.reload();
  await visit(page, "wallet");
  assert.equal(await balance(page), 0);
});

test("an empty wallet is erased at once", async () => {
  const page = await person();
  const words = await readWords(page);
  await page.getByRole("button", { name: "Erase …" }).click();
  await page.getByRole("button", { name: "Erase everything" }).click();
  await expectVisible(page.getByRole("heading", { level: 1, name: "Market" }), 15_000);
  assert.notEqual(await readWords(page), words);
  complaints.none();
});
