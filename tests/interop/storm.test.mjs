// Mixed operations from two tabs, over a proxy that loses, doubles, delays and cuts the answers of two published mints: nothing is
// missing by the mints' own databases, and nothing stays without an end. SEED=… repeats the dice, OPERATIONS=… lengthens it, and
// MINTS=… names two others.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "../e2e/browser.mjs";
import { dice } from "../e2e/dice.mjs";
import { openPage, ready, rest, servePage, tokenOf, underWay, wallet, wish } from "./driven.mjs";
import { installedMints, startMint } from "./mints.mjs";
import { emptyFolder, endAll } from "./programs.mjs";
import { passOn, startProxy } from "./proxy.mjs";
import { weather } from "./weather.mjs";

/** @typedef {import("playwright-core").Page} Page */

const SEED = Number(process.env.SEED ?? 20261130);
const OPERATIONS = Number(process.env.OPERATIONS ?? 80);
const [NEAR, FAR] = /** @type {import("./mints.mjs").MintName[]} */ ((process.env.MINTS ?? "cdk-mintd-v2,nutshell-v1").split(","));
/** More than so many at once are no test of anything but patience. */
const MOST_UNDER_WAY = 20;

/** Every kind that a person can begin, and the questions that the wallet asks by itself. */
const KINDS = ["issue", "receive", "send", "check", "reclaim", "pay", "move", "restore", "is it paid?", "what became of it?", "keys"];
const BUTTONS = /** @type {const} */ ([
  "issue", "receive", "receive", "send", "send", "send", "check", "reclaim", "reclaim", "reclaim", "pay", "move", "restore", "taken",
  "turn", "turn",
]);

/** @type {string} */
let folder;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  console.log(`a storm between two tabs and ${(await installedMints()).join(" and ")}; SEED=${SEED} OPERATIONS=${OPERATIONS}`);
  folder = await emptyFolder("storm");
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await endAll();
});

/**
 * Runs in each tab: tells of which operation the bytes are that it stores before they leave.
 */
function watchStore() {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (record, ...more) {
    if (String(record?.key).startsWith("wallet/op/") && typeof record.value === "string") void globalThis.stored(record.value);
    return put.call(this, record, ...more);
  };
}

/**
 * The kind of a stored operation, and every body in it that is or will be sent.
 * @param {string} text
 */
function bodiesOf(text) {
  const [[saga, inner]] = /** @type {[string, any][]} */ (Object.entries(JSON.parse(text).body.saga));
  /** @type {string[]} */
  const bodies = [];
  const look = (/** @type {any} */ value) => {
    if (value === null || typeof value !== "object") return;
    for (const [name, member] of Object.entries(value)) {
      if (name === "body" && typeof member === "string") bodies.push(member);
      else look(member);
    }
  };
  look(inner);
  const part = saga === "issue" ? inner.part_of !== null : saga === "pay" && inner.to !== null;
  const kind = part ? "move" : saga === "reclaim" && inner.rotates ? "rotate" : saga;
  return { kind, bodies };
}

/**
 * Fake Lightning pays every invoice at once, also that of a move to which nobody agreed yet: until then its mint says, here, that
 * nothing came.
 * @param {import("./proxy.mjs").Meddle} pass
 * @param {Map<string, string>} journal
 */
function unpaidUntilMoved(pass, journal) {
  /** @type {Map<string, { invoice: string, unpaid: import("./proxy.mjs").Answer }>} by quote */
  const offers = new Map();
  /** @type {Map<string, string>} the invoice of each payment's quote */
  const prices = new Map();
  /** @type {Set<string>} */
  const agreed = new Set();
  return /** @type {import("./proxy.mjs").Meddle} */ ((asked, forward) => pass(asked, async () => {
    const [, name] = /^\/v1\/mint\/quote\/bolt11\/(.+)$/.exec(asked.path) ?? [];
    const offer = offers.get(name ?? "");
    if (offer !== undefined && !agreed.has(offer.invoice)) return offer.unpaid;
    if (asked.path === "/v1/melt/bolt11") agreed.add(prices.get(JSON.parse(asked.body).quote) ?? "");
    const answer = await forward();
    if (answer.status !== 200 || asked.method !== "POST") return answer;
    if (asked.path === "/v1/mint/quote/bolt11" && journal.get(asked.body) === "move") {
      const { quote, request } = JSON.parse(answer.body.toString());
      offers.set(quote, { invoice: request, unpaid: answer });
    }
    if (asked.path === "/v1/melt/quote/bolt11") prices.set(JSON.parse(answer.body.toString()).quote, JSON.parse(asked.body).request);
    return answer;
  }));
}

test("two tabs in a storm lose nothing, double nothing, and leave nothing without an end or a reason", async (t) => {
  const roll = dice(SEED);
  const below = (/** @type {number} */ end) => Math.floor(roll() * end);
  const pick = (/** @type {readonly any[]} */ some) => some[below(some.length)];
  const [near, far, elsewhere] = await Promise.all([
    startMint(NEAR ?? "cdk-mintd-v2", folder), startMint(FAR ?? "nutshell-v1", folder),
    startMint("nutshell-v2", await emptyFolder("storm/elsewhere")),
  ]);
  const proxies = [await startProxy(near.url), await startProxy(far.url)];
  const urls = proxies.map(({ url }) => url);
  const [site, friends] = [await servePage(urls), await servePage(urls)];

  /** @type {Map<string, string>} which operation a body belongs to */
  const journal = new Map();
  const context = await browser.newContext();
  await context.exposeFunction("stored", (/** @type {string} */ text) => {
    const { kind, bodies } = bodiesOf(text);
    for (const body of bodies) journal.set(body, kind);
  });
  await context.addInitScript(watchStore);
  const storm = weather(SEED, ({ method, path, origin, body }) => {
    if (origin !== site.origin) return null;
    const known = journal.get(body);
    if (known !== undefined) return known;
    if (method === "GET" && path.includes("/quote/")) return "is it paid?";
    if (path === "/v1/checkstate") return "check";
    // A search asks for a hundred outputs at once.
    if (path === "/v1/restore") return JSON.parse(body).outputs.length >= 50 ? "restore" : "what became of it?";
    return method === "GET" ? "keys" : `${method} ${path}`;
  });

  const friend = await openPage(await (await browser.newContext()).newPage(), friends.origin);
  const tabs = [await openPage(await context.newPage(), site.origin)];
  tabs.push(await context.newPage());
  await tabs[1]?.goto(site.origin);
  await ready(friend);
  let turn = 0;
  const tab = () => /** @type {Page} */ (tabs[turn]);
  for (const page of [friend, tab()]) for (const url of urls) await wish(page, "issue", url, 1000);

  /** @type {Record<string, number>} */
  const begun = {};
  const byTab = [0, 0];
  /** @type {Record<string, number>} */
  const refused = {};
  /** Operations; to agree to one, or not, is none of its own. */
  const count = () => BUTTONS.filter((kind, place) => BUTTONS.indexOf(kind) === place).reduce((sum, kind) => sum + (begun[kind] ?? 0), 0);

  /**
   * @param {string} kind
   * @param {string} intent
   * @param {...(string | number)} words
   */
  const press = async (kind, intent, ...words) => {
    try {
      await wish(tab(), intent, ...words);
      begun[kind] = (begun[kind] ?? 0) + 1;
      byTab[turn] = (byTab[turn] ?? 0) + 1;
    } catch (error) {
      const why = `${kind}: ${/\[?([a-z-]+)\]?/.exec(String(error))?.[1]} ${String(error).split("\n")[0]?.slice(0, 90)}`;
      refused[why] = (refused[why] ?? 0) + 1;
    }
  };

  /** @param {import("./driven.mjs").Operation[]} operations @param {typeof BUTTONS[number]} button */
  async function push(operations, button) {
    const url = /** @type {string} */ (pick(urls));
    const out = operations.filter(({ canReclaim }) => canReclaim);
    switch (button) {
      case "issue": return press(button, "issue", url, 1 + below(150));
      case "send": return press(button, "send", url, 20 + below(200));
      case "pay": return press(button, "quotePay", url, await elsewhere.invoice(1 + below(25)));
      case "move": return press(button, "quoteMove", url, /** @type {string} */ (urls.find((other) => other !== url)), 1 + below(25));
      case "restore": return press(button, "restore", url);
      case "check": return out.length > 0 ? press(button, "check", pick(out).id) : undefined;
      case "reclaim": return out.length > 0 ? press(button, "reclaim", pick(out).id) : undefined;
      case "receive": {
        const gift = await wish(friend, "send", url, 1 + below(30)).catch(() => null);
        if (gift === null) return undefined;
        return press(button, "receive", await tokenOf(friend, gift));
      }
      case "taken": {
        const token = out.length > 0 ? await wish(tab(), "token", pick(out).id) : undefined;
        return token === undefined ? undefined : wish(friend, "receive", token).catch(() => undefined);
      }
      case "turn": {
        const other = /** @type {Page} */ (tabs[1 - turn]);
        await other.waitForFunction(() => globalThis.paygress?.status.canTakeOver);
        await wish(other, "takeOver");
        turn = 1 - turn;
        return undefined;
      }
    }
  }

  /** Whether a payment is under way, that of a move too: asked anew, for the consents of this round began some. */
  const isPaying = async () =>
    underWay((await wallet(tab())).operations).some(({ kind, state }) => (kind === "pay" || kind === "move") && state !== "quoted");

  let [rotated, told] = [false, 0];
  const met = () => rotated && storm.missing(KINDS).length === 0;
  const meddle = unpaidUntilMoved(storm.meddle, journal);
  for (proxies.forEach((proxy) => (proxy.meddle = meddle)); count() < OPERATIONS || (!met() && count() < 4 * OPERATIONS); ) {
    const { operations, spendable } = await wallet(tab());
    if (Date.now() >= told + 20_000) {
      told = Date.now();
      console.log(`${count()} operations begun, ${underWay(operations).length} under way, ${spendable} sat free, ${storm.missing(KINDS).length} faults to meet`);
    }
    for (const { id, kind, state, most, missing } of operations) {
      if (state !== "quoted") continue;
      if (missing === 0 && roll() < 0.9) await press(`${kind}: consent`, "pay", id, most ?? 0);
      else await press(`${kind}: cancel`, "cancelOperation", id);
    }
    // Nutshell signs the change of a payment with the keyset of its outputs, and fails for ever when it left that meanwhile.
    if (!rotated && count() > OPERATIONS / 2 && !(await isPaying())) {
      await far.rotate();
      rotated = true;
    }
    if (underWay(operations).length < MOST_UNDER_WAY) await push(operations, pick(BUTTONS));
    else if (roll() < 0.1) await push(operations, "turn");
    else await tab().waitForTimeout(500);
  }
  storm.clear();
  console.log(`${count()} operations begun; the weather is fine again`);
  const last = tab();
  const [mine, theirs] = [await rest(last, 100_000), await rest(friend)];
  for (const proxy of proxies) proxy.meddle = passOn;

  console.table(storm.table);
  /** @type {Record<string, number>} */
  const ended = {};
  for (const { kind, state } of mine.operations) ended[`${kind} ${state}`] = (ended[`${kind} ${state}`] ?? 0) + 1;
  console.log(ended);
  console.log(`seed ${SEED}: ${count()} operations begun ${JSON.stringify(begun)}, by tab ${byTab}; refused ${JSON.stringify(refused)}`);
  console.log(`${Math.round(100 * storm.tampered())} % of the answers were tampered with`);

  for (const [place, mint] of [near, far].entries()) {
    const url = /** @type {string} */ (urls[place]);
    const { out, pending } = await mint.books();
    assert.deepEqual({ out, pending }, { out: (mine.byMint[url] ?? 0) + (theirs.byMint[url] ?? 0), pending: 0 }, mint.name);
  }
  assert.equal(mine.spendable, mine.held);
  assert.deepEqual(mine.operations.filter(({ sentence }) => sentence === ""), []);
  assert.ok(storm.tampered() >= 0.2);
  assert.deepEqual(storm.missing(KINDS), []);
  assert.ok(rotated, "the mint changed its keyset");
  assert.ok(Math.min(...byTab) > OPERATIONS / 5, `both tabs began operations: ${byTab}`);
  await /** @type {Page} */ (tabs[1 - turn]).waitForFunction((sum) => Number(globalThis.paygress.wallet().total) === sum, mine.spendable);

  const elsewhereAgain = await openPage(await (await browser.newContext()).newPage(), friends.origin);
  await ready(elsewhereAgain);
  await wish(elsewhereAgain, "restorePhrase", await wish(last, "phrase"));
  assert.equal((await rest(elsewhereAgain)).spendable, mine.spendable);
  site.close();
  friends.close();
  for (const proxy of proxies) await proxy.stop();
});
