// A machine that sleeps sees nothing; that is not the workload's silence.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchProcess } from "./browser.mjs";
import { startDevnet } from "./devnet.mjs";
import { fill, liveness, rent, setQuorum } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

const QUIET = 8;
const GONE = 8;

/** @type {Awaited<ReturnType<typeof startDevnet>>} */
let net;
/** @type {Awaited<ReturnType<typeof launchProcess>>} */
let browser;
/** @type {string} */
let profile;

before(async () => {
  net = await startDevnet(["--heartbeat-secs", "2", "--auto-pay-secs", "1"]);
  profile = await mkdtemp(join(tmpdir(), "paygress-"));
  browser = await launchProcess(profile);
});

after(async () => {
  await browser?.kill();
  await net?.stop();
  if (profile) await rm(profile, { recursive: true, force: true, maxRetries: 5 });
});

test("a browser that stood still for longer than T1 and T2 never calls the workload quiet", async () => {
  const { page } = browser;
  await page.goto(net.addresses.www);
  await setQuorum(page, { quiet: QUIET, gone: GONE });
  await fill(page, 1000);
  await rent(page, "Tidy Otter");
  await expectVisible(liveness(page, "Live"), 60_000);
  const seen = await page.evaluateHandle(() => {
    const words = new Set();
    const look = () => document.querySelectorAll("article .pill").forEach((pill) => words.add(pill.textContent?.trim()));
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
    return words;
  });
  browser.freeze();
  await new Promise((resolve) => setTimeout(resolve, (QUIET + GONE + 6) * 1000));
  browser.thaw();
  await page.waitForTimeout((QUIET + 4) * 1000);
  await expectVisible(liveness(page, "Live"), 60_000);
  const words = await page.evaluate((set) => [...set], seen);
  assert.ok(words.includes("Live"));
  for (const never of ["Gone quiet", "Gone"]) assert.ok(!words.includes(never), `the page said ${words.join(", ")}`);
});
