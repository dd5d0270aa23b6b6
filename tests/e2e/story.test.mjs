// A newcomer rents a workload on the local network and watches it live and die.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Complaints } from "./complaints.mjs";
import { browser, net, onDevnet } from "./devnet.mjs";
import { balance, fill, liveness, openTab, rent, setQuorum, visit } from "./person.mjs";
import { expectVisible } from "./wait.mjs";

/** @type {import("playwright-core").Page} */
let page;
// A relay that is cut on purpose makes the browser complain; nothing else may.
const complaints = new Complaints(/WebSocket|ERR_CONNECTION/);

onDevnet([], async () => {
  page = complaints.of(await browser.newPage());
  await page.goto(net.addresses.www);
});

test("the market shows a provider that is heard, with its prices", async () => {
  await visit(page, "market");
  const row = page.getByRole("row", { name: /Tidy Otter/ });
  await expectVisible(row.getByText("Online"));
  await expectVisible(row.getByText("180 sat/hour"));
  await expectVisible(row.getByText("50 msat/s"));
  await expectVisible(page.getByText("Test money").first());
});

test("an invoice is shown as QR and text, says until when, and fills the wallet", async () => {
  await visit(page, "wallet");
  await openTab(page, "Fill");
  await net.tell("/mint/auto-pay", { secs: null });
  await page.getByLabel("Amount").fill("1000");
  await page.getByRole("button", { name: "Get an invoice" }).click();
  await expectVisible(page.getByTestId("invoice"));
  await expectVisible(page.getByRole("img", { name: /Lightning invoice/ }));
  await expectVisible(page.getByText(/Keep this page open or come back before \d\d:\d\d/));
  const request = await page.getByTestId("invoice").innerText();
  await net.tell("/mint/pay", { request });
  await page.waitForFunction(() => document.querySelector(".purse .sum")?.textContent?.startsWith("1,000"), null, { timeout: 30_000 });
  await net.tell("/mint/auto-pay", { secs: 1 });
});

test("a quorum that no number of relays can give is refused with the reason", async () => {
  await visit(page, "settings");
  await page.getByLabel("Heard by at least").fill("7");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expectVisible(page.getByRole("alert").filter({ hasText: "7" }));
});

test("renting pays, shows the way in, and the workload goes live", async () => {
  await setQuorum(page, { quiet: 8, gone: 8 });
  await rent(page, "Tidy Otter");
  await expectVisible(page.getByRole("heading", { name: "How to get in" }), 60_000);
  await expectVisible(page.locator("dd code", { hasText: /^ssh -p \d+ root@/ }));
  assert.match(await page.getByTestId("password").innerText(), /^•+$/);
  await page.getByRole("button", { name: "Show" }).click();
  await expectVisible(page.getByRole("button", { name: "Hide" }));
  assert.match(await page.getByTestId("password").innerText(), /^[A-Za-z0-9]{12,}$/);
  await expectVisible(liveness(page, "Live"), 30_000);
  const { paid_out: paidOut } = await net.ask("/provider/ledger");
  assert.ok(paidOut >= 45, `15 minutes at 50 msat cost 45 sat, ${paidOut} arrived`);
  const { fees } = await net.ask("/mint/ledger");
  assert.equal((await balance(page)) + paidOut + fees, 1000);
});

test("one relay lost changes nothing", async () => {
  await net.tell("/relay/1/stop");
  await expectVisible(page.locator(".evidence").getByText("not connected"), 30_000);
  await page.waitForTimeout(12_000);
  assert.equal(await liveness(page, "Live").count(), 1);
  await net.tell("/relay/1/start");
  await page.locator(".evidence").getByText("not connected").waitFor({ state: "detached", timeout: 60_000 });
});

test("with all relays cut the workload is unknown, never quiet", async () => {
  await net.tell("/relay/all/stop");
  await expectVisible(liveness(page, "Unknown"), 30_000);
  const until = Date.now() + 20_000;
  while (Date.now() < until) {
    assert.equal(await liveness(page, "Gone quiet").count(), 0);
    await page.waitForTimeout(250);
  }
  await visit(page, "market");
  await expectVisible(page.getByRole("row", { name: /Tidy Otter/ }).getByText("Unknown"));
  await visit(page, "workloads");
  await net.tell("/relay/all/start");
  await expectVisible(liveness(page, "Live"), 90_000);
});

test("a provider that falls silent is first quiet and then gone, with the reason", async () => {
  await net.tell("/provider/stop");
  await expectVisible(liveness(page, "Gone quiet"), 40_000);
  await expectVisible(liveness(page, /^Gone$/), 40_000);
  await expectVisible(page.getByText(/silent for too long/).first());
});

test("when its heartbeats return the provider is asked, and what still runs is watched again", async () => {
  await net.tell("/provider/start");
  await expectVisible(liveness(page, "Live"), 60_000);
  await expectVisible(page.getByText(/knows this lease; watching it again/).first());
});

test("the page ran without a complaint of the browser", () => {
  complaints.none();
});
