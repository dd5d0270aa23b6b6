// A provider that never answers: the money comes back without a click. The page's clock is set ahead, for nobody waits ten minutes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, rent } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

onDevnet();

test("the token of a provider that never answers is back in the balance without a click", async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.addInitScript(() => {
    const real = Date.now.bind(Date);
    let aheadSecs = 0;
    Date.now = () => real() + aheadSecs * 1000;
    Object.assign(globalThis, { setAhead: (/** @type {number} */ secs) => (aheadSecs = secs) });
  });
  /** @param {number} secs */
  const ahead = (secs) => page.evaluate((secs) => /** @type {any} */ (globalThis).setAhead(secs), secs);
  await page.goto(net.addresses.www);
  await fill(page, 1000);
  await net.tell("/provider/deaf");
  await rent(page, "Tidy Otter");
  await expectVisible(page.locator("article .pill", { hasText: "Asked" }), 30_000);
  assert.ok((await balance(page)) < 955, "the token left the balance");
  await ahead(130);
  await expectVisible(page.locator("article .pill", { hasText: "Being settled" }), 30_000);
  for (let secs = 190; secs <= 730; secs += 60) {
    await ahead(secs);
    await page.waitForTimeout(3000);
  }
  await expectVisible(page.locator("article .pill", { hasText: "Money returned" }), 60_000);
  const left = await balance(page);
  assert.ok(left >= 996 && left <= 1000, `${left} sat, that is all but the fees of the mint`);
  assert.equal((await net.ask("/provider/ledger")).paid_out, 0);
  assert.equal(left + (await net.ask("/mint/ledger")).fees, 1000);
});
