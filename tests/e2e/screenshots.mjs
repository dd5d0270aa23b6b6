// Pictures of the five places, in both widths and both colour schemes, filled by the local network, in unknown and in
// error state, to be looked at:
//
//   node tests/e2e/screenshots.mjs [FOLDER]
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { launch } from "./browser.mjs";
import { startDevnet } from "./devnet.mjs";
import { fill, liveness, openTab, rent, setQuorum, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

const folder = resolve(process.argv[2] ?? "test-results/screenshots");
await mkdir(folder, { recursive: true });
const net = await startDevnet(["--heartbeat-secs", "2", "--auto-pay-secs", "1", "--providers", "3", "--mints", "2"]);
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });

/** @param {string} name */
async function picture(name) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 860 });
      await page.waitForTimeout(150);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (beyond > 0) console.error(`${name} at ${width} px is ${beyond} px too wide`);
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
}

try {
  await page.goto(net.addresses.www);
  await expectVisible(page.getByRole("row", { name: /Tidy Otter/ }));
  await fill(page, 1000);
  await setQuorum(page, { quiet: 8, gone: 30 });
  await rent(page, "Tidy Otter");
  await expectVisible(liveness(page, "Live"), 60_000);
  await picture("workloads-live");
  await visit(page, "market");
  await picture("market");
  await page.getByRole("link", { name: "Rent Basic from Granite Heron" }).click();
  await picture("rent");
  await page.getByRole("button", { name: "7 days" }).click();
  await picture("rent-impossible");
  await net.tell("/mint/auto-pay", { secs: null });
  await visit(page, "wallet");
  await page.getByLabel("Amount").fill("2500");
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByTestId("invoice"));
  await picture("invoice");
  await visit(page, "wallet");
  await openTab(page, "Receive");
  await page.getByLabel("Token").fill("not a token");
  await page.getByRole("button", { name: "Take it in" }).click();
  await expectVisible(page.getByRole("alert"));
  await picture("wallet-error");
  await net.tell("/provider/stop");
  await page.goto(`${net.addresses.www}/#/workloads`);
  await expectVisible(liveness(page, "Gone quiet"), 60_000);
  await picture("workloads-quiet");
  await net.tell("/relay/all/stop");
  await expectVisible(liveness(page, "Unknown"), 60_000);
  await picture("workloads-unknown");
  await visit(page, "market");
  await picture("market-unknown");
  await visit(page, "settings");
  await picture("settings-unknown");
} finally {
  await browser.close();
  await net.stop();
}
console.log(`pictures are in ${folder}`);
