// Published mints that tell by themselves (NUT-17): the page hears them, asks them then and hardly before.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "../e2e/browser.mjs";
import { watchLines } from "../e2e/lines.mjs";
import { waitUntil } from "../e2e/wait.mjs";
import { openPage, reaches, ready, servePage, tokenOf, wallet, wish } from "./driven.mjs";
import { MINTS, installedMints, startMint } from "./mints.mjs";
import { emptyFolder, endAll } from "./programs.mjs";

/** @type {string} */
let folder;
/** @type {import("playwright-core").Browser} */
let browser;
let told = 0;

before(async () => {
  console.log(`lines to ${(await installedMints()).join(" and ")}`);
  folder = await emptyFolder("live");
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await endAll();
  console.log(`words of mints that hastened a question: ${told}`);
});

for (const name of MINTS) {
  test(`${name} tells that an invoice was paid and that a token was taken`, async () => {
    const mint = await startMint(name, folder);
    const site = await servePage([mint.url]);
    const [page, receiver] = [await (await browser.newContext()).newPage(), await (await browser.newContext()).newPage()];
    try {
      const lines = watchLines(page, mint.url);
      // The fake Lightning of nutshell pays an invoice also when it is asked for it: the questions wait until the mint spoke by itself.
      /** @type {() => void} */
      let speaks = () => undefined;
      const spoken = new Promise((resolve) => (speaks = () => resolve(undefined)));
      await page.route("**/v1/mint/quote/bolt11/*", (route) => spoken.then(() => route.continue()));
      await openPage(page, site.origin);
      await ready(page);
      const issue = await wish(page, "issue", mint.url, 100);
      await waitUntil(() => lines.count("confirmed") === 1, 20_000);
      await waitUntil(() => lines.count("told", "PAID") === 1, 30_000);
      speaks();
      await reaches(page, issue, "done");
      assert.equal((await wallet(page)).spendable, 100);

      await waitUntil(() => lines.count("closed") === 1, 20_000);
      const confirmed = lines.count("confirmed");
      const sent = await wish(page, "send", mint.url, 32);
      const token = await tokenOf(page, sent);
      await waitUntil(() => lines.count("confirmed") > confirmed, 20_000);
      await openPage(receiver, site.origin);
      await ready(receiver);
      const asked = lines.moments.length;
      const received = await wish(receiver, "receive", token);
      await reaches(receiver, received, "done");
      await reaches(page, sent, "spent");
      const since = lines.moments.slice(asked);
      const word = since.findIndex(({ what, state }) => what === "told" && state !== "UNSPENT");
      const question = since.findIndex(({ what, path }) => what === "asked" && path === "/v1/checkstate");
      assert.ok(word >= 0 && question > word, `asked because of the word: ${JSON.stringify(since)}`);
      await waitUntil(() => lines.count("closed") === 2, 20_000);
      told += lines.count("told", "PAID") + 1;
    } finally {
      await page.context().close();
      await receiver.context().close();
      await site.close();
      await mint.kill();
    }
  });
}
