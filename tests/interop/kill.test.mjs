// `kill -9` of the mint and of the page in the middle of swap, mint and melt, with every published mint: afterwards all comes to
// rest by itself, and the sum is right to the fee by the mint's own database.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, launchProcess } from "../e2e/browser.mjs";
import { balance, visit } from "../e2e/person.mjs";
import { openPage, reaches, ready, rest, servePage, tokenOf, wallet, wish } from "./driven.mjs";
import { MINTS, installedMints, startMint } from "./mints.mjs";
import { emptyFolder, endAll } from "./programs.mjs";
import { passOn, startProxy } from "./proxy.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {"before" | "during" | "after"} Moment of the mint's work on the request */

/**
 * What is in the air at the moment of the kill: the requests to hold, how many of them there are, and how long the mint is at
 * work before it is killed `during` that.
 */
const IN_THE_AIR = {
  swap: { path: "/v1/swap", requests: 3, begun: 4 },
  mint: { path: "/v1/mint/bolt11", requests: 1, begun: 4 },
  melt: { path: "/v1/melt/bolt11", requests: 1, begun: 250 },
};

/** @type {{ victim: "mint" | "page", moment: Moment }[]} */
const KILLS = [
  { victim: "mint", moment: "before" },
  { victim: "mint", moment: "during" },
  { victim: "mint", moment: "after" },
  { victim: "page", moment: "before" },
  { victim: "page", moment: "after" },
];

/** @type {string} */
let folder;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("./mints.mjs").Mint} */
let elsewhere;
/** @type {Record<string, Record<string, string>>} how the operations ended that were in the air, by case */
const ends = {};
let cases = 0;
let freedByHand = 0;

before(async () => {
  console.log(`kill -9 of the page and of ${(await installedMints()).join(" and ")}`);
  folder = await emptyFolder("kill");
  browser = await launch();
  elsewhere = await startMint("nutshell-v1", await emptyFolder("kill/elsewhere"));
});

after(async () => {
  await browser?.close();
  await endAll();
  console.table(ends);
  console.log(`kills: ${cases}; of them ${freedByHand} after which nutshell's operator had to free what it was at work on`);
});

/**
 * Holds requests to a path back: before the mint gets them, or with its answer.
 * @param {{ meddle: import("./proxy.mjs").Meddle }} proxy
 * @param {{ path: string, requests: number, begun: number }} which
 * @param {Moment} moment
 */
function hold(proxy, { path, requests, begun }, moment) {
  let here = 0;
  /** @type {() => void} */
  let arrived = () => undefined;
  const allHere = new Promise((resolve) => (arrived = () => resolve(undefined)));
  /** @type {(what: "drop" | "deliver") => void} */
  let release = () => undefined;
  const released = new Promise((resolve) => (release = resolve));
  /** @type {Promise<unknown>[]} */
  const late = [];
  proxy.meddle = async (asked, forward) => {
    if (asked.method !== "POST" || asked.path !== path) return forward();
    // Nothing comes back: whatever the mint answered, its client or itself is dead by then.
    const work = moment === "before" ? undefined : forward().catch(() => null);
    if (moment === "after") await work;
    here += 1;
    if (here === requests) moment === "during" ? setTimeout(arrived, begun) : arrived();
    if ((await released) === "deliver") late.push(forward().catch(() => null));
    return null;
  };
  return {
    allHere: () => Promise.race([
      allHere,
      new Promise((_, reject) => setTimeout(() => reject(new Error(`${here} of ${requests} requests came to ${path}`)), 60_000).unref()),
    ]),
    release: (/** @type {"drop" | "deliver"} */ what) => {
      proxy.meddle = passOn;
      release(what);
      return Promise.all(late);
    },
  };
}

/**
 * A mint behind a proxy, a person whose page and whose mint get killed, and a friend who is spared.
 * @param {import("./mints.mjs").MintName} name
 */
async function stageOf(name) {
  const mint = await startMint(name, folder);
  const proxy = await startProxy(mint.url);
  const site = await servePage([proxy.url]);
  const profile = await mkdtemp(join(tmpdir(), "paygress-"));
  const openFriend = async () => openPage(await (await browser.newContext()).newPage(), site.origin);
  const friend = await openFriend();
  let process = await launchProcess(profile);
  const stage = {
    mint, proxy, friend, openFriend,
    person: await openPage(process.page, site.origin),
    killPage: () => process.kill(),
    reopenPage: async () => {
      process = await launchProcess(profile);
      stage.person = await openPage(process.page, site.origin);
    },
    end: async () => {
      await process.kill();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
      site.close();
      await proxy.stop();
      await mint.kill();
    },
  };
  await Promise.all([ready(friend), ready(stage.person)]);
  for (const page of [friend, stage.person]) await reaches(page, await wish(page, "issue", proxy.url, 2000), "done");
  return stage;
}

/** @typedef {Awaited<ReturnType<typeof stageOf>>} Stage */

/**
 * Prepares what is to be in the air; answers with what sends it off. That answers with the operations.
 * @type {Record<keyof typeof IN_THE_AIR, (stage: Stage) => Promise<() => Promise<string[]>>>}
 */
const PREPARED = {
  swap: async ({ person, friend, proxy }) => {
    const token = await tokenOf(friend, await wish(friend, "send", proxy.url, 21));
    const out = await wish(person, "send", proxy.url, 70);
    await tokenOf(person, out);
    return async () => {
      const received = await wish(person, "receive", token);
      await wish(person, "reclaim", out);
      const reclaim = (await wallet(person)).operations.find(({ kind }) => kind === "reclaim");
      // Coins that fit are given away as they are: only where some are missing the mint is asked.
      for (let sat = 5; ; sat *= 2) {
        const sent = await wish(person, "send", proxy.url, sat);
        const state = (await wallet(person)).operations.find(({ id }) => id === sent)?.state;
        if (state !== "handed-out") return [received, /** @type {any} */ (reclaim).id, sent];
      }
    };
  },
  mint: async ({ person, proxy }) => async () => [await wish(person, "issue", proxy.url, 33)],
  melt: async ({ person, proxy }) => {
    const payment = await wish(person, "quotePay", proxy.url, await elsewhere.invoice(40));
    await reaches(person, payment, "quoted");
    const most = (await wallet(person)).operations.find(({ id }) => id === payment)?.most ?? 0;
    return async () => {
      await wish(person, "pay", payment, most);
      return [payment];
    };
  },
};

/**
 * Nutshell forgets by a kill what it was at work on, and calls it so for ever. The page says that, waits, and goes on by itself
 * when the operator has freed the money.
 * @param {Stage} stage
 */
async function freed({ mint, person }) {
  for (let tries = 0; ; tries += 1) {
    if ((await mint.books()).at_work === 0) return;
    if (tries === 25) break;
    await new Promise((next) => setTimeout(next, 200));
  }
  assert.match(mint.name, /^nutshell/);
  await person.waitForFunction(() => globalThis.paygress.wallet().operations.some(({ sentence }) => sentence.includes("at work on this")), null, { timeout: 60_000 });
  await mint.free();
  freedByHand += 1;
}

/**
 * Wallets and mint agree to the sat: what is owned, and what it cost.
 * @param {Stage} stage
 */
async function agree({ mint, person, friend }) {
  const wallets = [await rest(person), await rest(friend)];
  const operations = wallets.flatMap(({ operations }) => operations);
  /** @param {import("./driven.mjs").Operation[]} some @param {"amount" | "fee"} column */
  const sum = (some, column) => some.reduce((total, operation) => total + operation[column], 0);
  const paid = sum(operations.filter(({ kind, state }) => kind === "pay" && state === "done"), "amount");
  const held = wallets.reduce((total, { held }) => total + held, 0);
  const here = { held, pending: 0, at_work: 0, fees: sum(operations, "fee"), spendable: held };
  const spendable = wallets.reduce((total, wallet) => total + wallet.spendable, 0);
  const there = async () => {
    const { out, pending, at_work, issued } = await mint.books();
    return { held: out, pending, at_work, fees: issued - paid - out, spendable };
  };
  // A mint may still be writing what it told already.
  for (let tries = 0; tries < 50; tries += 1) {
    if (JSON.stringify(await there()) === JSON.stringify(here)) break;
    await new Promise((next) => setTimeout(next, 200));
  }
  assert.deepEqual(await there(), here);
}

describe("every mint", { concurrency: 2 }, () => MINTS.forEach((name) => {
  test(name, async (t) => {
    const stage = await stageOf(name);
    try {
      for (const [kind, which] of /** @type {[keyof typeof IN_THE_AIR, typeof IN_THE_AIR["swap"]][]} */ (Object.entries(IN_THE_AIR))) {
        for (const { victim, moment } of KILLS) {
          await t.test(`${kind}: the ${victim} is killed ${moment} the mint's work`, async () => {
            stage.proxy.meddle = passOn;
            const sendOff = await PREPARED[kind](stage);
            const held = hold(stage.proxy, which, moment);
            const ids = await sendOff();
            await held.allHere();
            if (victim === "mint") {
              await stage.mint.kill();
              await held.release("drop");
              await stage.mint.revive();
            } else {
              await stage.killPage();
              stage.proxy.meddle = passOn;
              await stage.reopenPage();
              await rest(stage.person);
              await held.release(moment === "before" ? "deliver" : "drop");
            }
            await freed(stage);
            await agree(stage);
            const { operations } = await wallet(stage.person);
            const ended = ids.map((id) => operations.find((operation) => operation.id === id)?.state);
            (ends[`${name} ${kind}`] ??= {})[`${victim} ${moment}`] = ended.join(", ");
            cases += 1;
          });
        }
      }
      await t.test("the words bring all of it to another browser, and the page shows the same", async () => {
        const { person, openFriend } = stage;
        const { spendable } = await wallet(person);
        await visit(person, "wallet");
        assert.equal(await balance(person), spendable);
        const other = await openFriend();
        await ready(other);
        await wish(other, "restorePhrase", await wish(person, "phrase"));
        assert.equal((await rest(other)).spendable, spendable);
        await other.context().close();
      });
    } finally {
      await stage.end();
    }
  });
}));
