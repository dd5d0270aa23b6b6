// The browser process is killed at chosen moments; on reopening, the money or the lease is there, exactly once.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchProcess } from "./browser.mjs";
import { startDevnet } from "./devnet.mjs";
import { balance, fill, liveness, rent, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @type {Awaited<ReturnType<typeof startDevnet>>} */
let net;

/** What the provider and the mint took in the tests before. */
let books = { paidOut: 0, fees: 0 };

before(async () => {
  net = await startDevnet(["--heartbeat-secs", "2", "--auto-pay-secs", "1"]);
});

after(() => net?.stop());

/**
 * Fills 1000 sat, orders, kills the browser when the network says the point is reached, lets the world go on, and reopens.
 * @param {"token-journaled" | "request-out" | "reply-there"} point
 * @param {(reopened: { page: import("playwright-core").Page }, filled: number) => Promise<void>} then
 */
async function killedAt(point, then) {
  const profile = await mkdtemp(join(tmpdir(), "paygress-"));
  try {
    const first = await launchProcess(profile);
    await first.page.goto(net.addresses.www);
    await fill(first.page, 1000);
    const filled = await balance(first.page);
    assert.equal(filled, 1000);
    await net.tell("/crash-point", { at: point });
    await rent(first.page, "Tidy Otter");
    const { reached } = await net.ask("/crash-point?wait=60");
    assert.equal(reached, true, `${point} was reached`);
    await first.kill();
    await net.tell("/crash-point", { at: null });
    const second = await launchProcess(profile);
    try {
      await second.page.goto(net.addresses.www);
      await visit(second.page, "workloads");
      await then(second, filled);
    } finally {
      await second.kill();
    }
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @param {{ page: import("playwright-core").Page }} browser */
async function standsExactlyOnce({ page }) {
  await expectVisible(page.locator("dd code", { hasText: /^ssh -p \d+ root@/ }), 90_000);
  await expectVisible(liveness(page, "Live"), 60_000);
  assert.equal(await page.locator(".lease-list li").count(), 1);
  const { paid_out: paidOut } = await net.ask("/provider/ledger");
  const { fees } = await net.ask("/mint/ledger");
  const before = books.paidOut + books.fees;
  books = { paidOut, fees };
  assert.equal((await balance(page)) + paidOut + fees - before, 1000);
}

test("killed with the token journaled, the person is asked and the lease is made once", async () => {
  await killedAt("token-journaled", async (browser) => {
    const resume = browser.page.getByRole("button", { name: "Send the request now" });
    if (await resume.waitFor({ timeout: 15_000 }).then(() => true, () => false)) await resume.click();
    await standsExactlyOnce(browser);
  });
});

test("killed with the request out, the lease is there once", async () => {
  await killedAt("request-out", standsExactlyOnce);
});

test("killed with the reply there but not stored, the lease is there once", async () => {
  await killedAt("reply-there", standsExactlyOnce);
});
