// Pictures of the page in both widths and both colour schemes, filled by the local network, in unknown and in error
// state, to be looked at:
//
//   node tests/e2e/screenshots.mjs [FOLDER] [SCENE …]
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { launch } from "./browser.mjs";
import { startDevnet } from "./devnet.mjs";
import { enterWords, fill, liveness, makeToken, openTab, readWords, rent, setQuorum, visit, writeWordsDown } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @typedef {import("playwright-core").Page} Page */

const PASSPHRASE = "correct horse battery";

const [chosen = "test-results/screenshots", ...wanted] = process.argv.slice(2);
const folder = resolve(chosen);
await mkdir(folder, { recursive: true });
const net = await startDevnet(["--heartbeat-secs", "2", "--auto-pay-secs", "1", "--providers", "3", "--mints", "2"]);
const browser = await launch();

/**
 * The page with a store of its own.
 * @param {object} [config] in place of what the host of the page gives newcomers
 */
async function person(config) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  if (config) {
    await page.route("**/config.json", async (route) => {
      const json = await (await route.fetch()).json();
      await route.fulfill({ json: { ...json, ...config } });
    });
  }
  await page.goto(net.addresses.www);
  return page;
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function picture(page, name) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 860 });
      await page.waitForTimeout(150);
      const [beyond, height] = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight]);
      await page.setViewportSize({ width, height });
      if (beyond > 0) console.error(`${name} at ${width} px is ${beyond} px too wide`);
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` });
    }
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}

/** @type {Record<string, () => Promise<void>>} */
const SCENES = {
  async phrase() {
    const page = await person();
    await fill(page, 500);
    await makeToken(page, 100);
    const words = await readWords(page);
    await page.getByRole("button", { name: "Show the words" }).click();
    await picture(page, "words");
    await page.getByRole("button", { name: "I have written them down" }).click();
    await picture(page, "quiz");
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByRole("button", { name: "Try it" }).click();
    await picture(page, "rehearsal-form");
    await page.getByLabel("Words from your paper").fill(words);
    await page.getByRole("button", { name: "Begin" }).click();
    await expectVisible(page.getByTestId("scout").getByText(/^All \d+ sat would come back\.$/), 30_000);
    await picture(page, "rehearsal");

    const other = await person();
    await fill(other, 300);
    await visit(other, "settings");
    await other.getByRole("button", { name: "Enter other words" }).click();
    await picture(other, "sweep-form");
    await other.getByLabel("Words of the other wallet").fill(words);
    await other.getByRole("button", { name: "Look for its money" }).click();
    await expectVisible(other.getByRole("button", { name: /^Take in/ }), 30_000);
    await picture(other, "sweep");
    await other.getByRole("button", { name: "Erase …" }).click();
    await other.getByRole("button", { name: "Erase everything" }).click();
    await expectVisible(other.getByRole("button", { name: "Erase all the same" }));
    await picture(other, "erase-refused");
  },

  async passphrase() {
    const page = await person();
    await fill(page, 500);
    await visit(page, "settings");
    await picture(page, "passphrase-none");
    await writeWordsDown(page);
    await page.getByRole("button", { name: "Set a passphrase" }).click();
    await picture(page, "passphrase-form");
    await page.getByLabel("A new passphrase").fill(PASSPHRASE);
    await page.getByLabel("The same again").fill(PASSPHRASE);
    await page.getByRole("button", { name: "Seal everything" }).click();
    await expectVisible(page.locator(".pill").filter({ hasText: "Sealed" }), 30_000);
    await picture(page, "passphrase-sealed");
    await page.getByRole("button", { name: "Lock now" }).click();
    await expectVisible(page.getByRole("heading", { name: "Paygress is locked" }));
    await picture(page, "locked-screen");
    await page.getByLabel("Passphrase").fill("another one");
    await page.getByRole("button", { name: "Unlock" }).click();
    await expectVisible(page.getByRole("alert"), 30_000);
    await picture(page, "locked-wrong");
    await page.getByRole("button", { name: "I forgot the passphrase" }).click();
    await page.getByRole("button", { name: "Save the locked wallet as a file" }).click();
    await expectVisible(page.getByText(/The file holds/));
    await picture(page, "locked-forgotten");
  },

  async locked() {
    const [giver, receiver] = [await person(), await person()];
    await visit(receiver, "wallet");
    await openTab(receiver, "Receive");
    await receiver.getByText("Your key, for tokens that only you can take").click();
    await picture(receiver, "own-key");
    const key = await receiver.getByTestId("own-key").innerText();
    await fill(giver, 1000);
    await visit(giver, "wallet");
    await openTab(giver, "Send");
    await giver.getByLabel("Amount").fill("300");
    await giver.getByText("Only for one person").click();
    await giver.getByLabel("The receiver's key").fill(key);
    await picture(giver, "lock-form");
    await giver.getByRole("button", { name: "Make a token" }).click();
    await expectVisible(giver.getByTestId("token"), 30_000);
    await picture(giver, "locked-token");
    await visit(giver, "wallet");
    await picture(giver, "wallet-under-way");
  },

  async request() {
    const [asker, payer] = [await person(), await person()];
    await visit(asker, "wallet");
    await openTab(asker, "Receive");
    await asker.getByText("Ask for a payment").click();
    await asker.getByLabel("Amount asked for").fill("250");
    await asker.getByLabel("What it is for").fill("Two coffees");
    await picture(asker, "request-form");
    await asker.getByRole("button", { name: "Make a request" }).click();
    await expectVisible(asker.getByTestId("made-request"));
    await picture(asker, "request-made");
    const request = await asker.getByTestId("made-request").innerText();
    for (const [name, sat] of /** @type {const} */ ([["request-poor", 100], ["request", 900]])) {
      await fill(payer, sat);
      await visit(payer, "wallet");
      await openTab(payer, "Pay");
      if (name === "request-poor") {
        await payer.getByLabel("Invoice or payment request").fill(request);
        await payer.getByRole("button", { name: "Ask for the price" }).click();
      }
      await expectVisible(payer.getByTestId("request"));
      await picture(payer, name);
    }
    await payer.getByRole("button", { name: "Pay 250 sat" }).click();
    await expectVisible(payer.getByTestId("token"), 30_000);
    await picture(payer, "request-paid");
  },

  async trouble() {
    const [first, second] = net.addresses.mints;
    const page = await person();
    await fill(page, 700, first);
    await fill(page, 300, second);
    const row = (/** @type {string} */ url) => page.locator(".mint-list > li").filter({ hasText: new URL(url).host });
    await net.tell("/mint/fail", { next: 1000 });
    await net.tell("/mint/2/fee", { ppk: 5000 });
    await page.reload();
    await visit(page, "wallet");
    await expectVisible(row(first).getByText("Not working", { exact: true }), 30_000);
    await expectVisible(row(second).getByText("Refused", { exact: true }), 30_000);
    await picture(page, "mint-trouble");
    await net.tell("/mint/heal");
    await net.tell("/mint/stop");
    await net.tell("/mint/2/fee", { ppk: 100 });
    await net.tell("/mint/2/limits", { least: 10, most: 500 });
    await page.reload();
    await expectVisible(row(first).getByText("Unreachable", { exact: true }), 30_000);
    await expectVisible(row(second).getByText(/at once over Lightning/).first(), 30_000);
    await picture(page, "mint-down");
    await net.tell("/mint/2/limits");
    await net.tell("/mint/start");
    await net.tell("/mint/end", { at: Math.floor(Date.now() / 1000) + 900_000 });
    await page.reload();
    await expectVisible(row(first).getByText("Ready, keys end soon", { exact: true }), 30_000);
    await picture(page, "mint-ending");
    await net.tell("/mint/end", { at: null });
  },

  async elsewhere() {
    const [one, two] = [await person(), await person()];
    await fill(one, 700);
    await enterWords(two, await readWords(one));
    await visit(two, "wallet");
    await expectVisible(two.getByText("Nothing is locked and nothing waits."), 60_000);
    await net.tell("/mint/redeem", { token: await makeToken(two, 300) });
    await one.reload();
    await visit(one, "wallet");
    await expectVisible(one.getByText(/of this balance were spent there/), 60_000);
    await picture(one, "elsewhere");
  },

  async firstMint() {
    const page = await person({ mints: [] });
    await visit(page, "wallet");
    await picture(page, "wallet-empty");
    await visit(page, "market");
    await page.getByRole("link", { name: /^Rent Basic from/ }).first().click();
    await expectVisible(page.getByTestId("first-mint"));
    await picture(page, "first-mint");
    await page.getByTestId("first-mint").getByRole("button", { name: "Use this mint" }).first().click();
    await expectVisible(page.getByRole("link", { name: /^Fill in/ }), 30_000);
    await picture(page, "first-mint-filled");
  },

  /** Stops provider and relays, so it is the last one. */
  async places() {
    const page = await person();
    await expectVisible(page.getByRole("row", { name: /Tidy Otter/ }));
    await fill(page, 1000);
    await setQuorum(page, { quiet: 8, gone: 30 });
    await rent(page, "Tidy Otter");
    await expectVisible(liveness(page, "Live"), 60_000);
    await picture(page, "workloads-live");
    await visit(page, "market");
    await picture(page, "market");
    await page.getByRole("link", { name: "Rent Basic from Granite Heron" }).click();
    await picture(page, "rent");
    await page.getByRole("button", { name: "7 days" }).click();
    await picture(page, "rent-impossible");
    await net.tell("/mint/auto-pay", { secs: null });
    await visit(page, "wallet");
    await page.getByLabel("Amount").fill("2500");
    await page.getByRole("button", { name: "Get an invoice" }).click();
    await expectVisible(page.getByTestId("invoice"));
    await picture(page, "invoice");
    await visit(page, "wallet");
    await openTab(page, "Receive");
    await page.getByLabel("Token", { exact: true }).fill("not a token");
    await page.getByRole("button", { name: "Take it in" }).click();
    await expectVisible(page.getByRole("alert"));
    await picture(page, "wallet-error");
    await net.tell("/provider/stop");
    await page.goto(`${net.addresses.www}/#/workloads`);
    await expectVisible(liveness(page, "Gone quiet"), 60_000);
    await picture(page, "workloads-quiet");
    await net.tell("/relay/all/stop");
    await expectVisible(liveness(page, "Unknown"), 60_000);
    await picture(page, "workloads-unknown");
    await visit(page, "market");
    await picture(page, "market-unknown");
    await visit(page, "settings");
    await picture(page, "settings-unknown");
  },
};

try {
  for (const scene of wanted.length === 0 ? Object.keys(SCENES) : wanted) {
    if (SCENES[scene] === undefined) throw new Error(`there is no scene ${scene}: ${Object.keys(SCENES).join(", ")}`);
    await SCENES[scene]();
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
} finally {
  await browser.close();
  await net.stop();
}
console.log(`pictures are in ${folder}`);
