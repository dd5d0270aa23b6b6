// @ts-check
import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { PaygressShellError, openPaygress } from "../pkg/shell/index.js";
import { Actions, explained } from "./actions.js";
import { fillFirstStart, loadConfig } from "./config.js";
import { count, now } from "./format.js";
import * as icons from "./icons.js";
import { watchIdle } from "./idle.js";
import { followsTab, noSuchPage, note, refusal, sentence } from "./parts.js";
import { hidePhrase } from "./places/backup.js";
import { marketPlace } from "./places/market.js";
import { rentPlace } from "./places/rent.js";
import { settingsPlace } from "./places/settings.js";
import { lockScreen } from "./places/vault.js";
import { walletPlace } from "./places/wallet.js";
import { workloadsPlace } from "./places/workloads.js";

/** @typedef {import("../pkg/shell/index.js").Paygress} Paygress */
/** @typedef {import("../pkg/shell/index.js").View} View */
/** @typedef {import("./config.js").Config} Config */

/**
 * What the places draw from.
 * @typedef {object} App
 * @property {Paygress} paygress
 * @property {Config} config
 * @property {Actions} actions
 * @property {Views} views
 * @property {readonly string[]} path the parts of the hash after the place
 * @property {number} now
 * @property {boolean} canWrite
 * @property {boolean} readable false once nothing that is stored can be read any more
 * @property {() => void} redraw
 * @property {(text: string) => void} toast
 * @property {() => string} toasted what the toast says
 * @property {(...parts: string[]) => void} go to another screen
 * @property {(...parts: string[]) => void} show another part of this screen, without a step back to it
 */

/**
 * The newest views; read again only when they have a new revision.
 * @typedef {object} Views
 * @property {import("../pkg/shell/index.js").LeasesView} leases
 * @property {import("../pkg/shell/index.js").WalletView} wallet
 * @property {import("../pkg/shell/index.js").SettingsView} settings
 * @property {import("../pkg/shell/index.js").NoticesView} notices
 */

const PLACES = {
  market: { name: "Market", icon: icons.market, draw: marketPlace },
  rent: { name: "Rent", icon: icons.rent, draw: rentPlace },
  workloads: { name: "Workloads", icon: icons.workloads, draw: workloadsPlace },
  wallet: { name: "Wallet", icon: icons.wallet, draw: walletPlace },
  settings: { name: "Settings", icon: icons.settings, draw: settingsPlace },
};

/** Actions of the page as a whole, whose refusals stay when a person goes elsewhere. */
const EVERYWHERE = ["first start", "take over"];

const ALL_VIEWS = /** @type {const} */ (["leases", "wallet", "settings", "notices"]);

/**
 * What the views are while nothing can be read.
 * @type {Views}
 */
const NOTHING = {
  leases: { revision: 0, leases: [] },
  wallet: { revision: 0, total: 0n, totalMsat: 0n, mints: [], operations: [], elsewhere: [], onlyHere: [], scout: null, address: null },
  settings: {
    revision: 0,
    relays: [],
    quorum: { m: 2, n: 3, t1Secs: 120, t2Secs: 300, staleSecs: 180 },
    phraseSaved: true,
    mintListRelays: 0,
    sealed: false,
    lockAfterSecs: null,
    clockOffsetSecs: 0,
    storeProblem: null,
  },
  notices: { revision: 0, notices: [] },
};

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

await start();

/** @param {import("../pkg/shell/index.js").OpenOptions} [options] */
async function start(options) {
  try {
    const [config, paygress] = await Promise.all([loadConfig(), openPaygress(options)]);
    live(config, paygress);
  } catch (error) {
    clear();
    render(closed(error), root);
  }
}

/** Takes away what the page shows while it loads; what was drawn here since is replaced by drawing. */
function clear() {
  document.getElementById("loading")?.remove();
}

/** @param {unknown} error */
function closed(error) {
  const { what, money } = explained(error);
  const again = html`<button class="button" @click=${() => location.reload()}>Try again</button>`;
  const gone = error instanceof PaygressShellError && error.code === "store-gone";
  return html`<main class="splash">
    ${icons.mark}
    <h1>${gone ? "Your wallet is gone from this browser" : "Paygress cannot open here"}</h1>
    <p role="alert">${sentence(what)}</p>
    ${gone
      ? html`<p>Nothing was put in its place. To enter the twelve words, start with an empty wallet first.</p>
        <button class="button main" @click=${() => void start({ startAnew: true })}>Start with an empty wallet</button>${again}`
      : html`<p>${money}</p>${again}`}
  </main>`;
}

/**
 * @param {Config} config
 * @param {Paygress} paygress
 */
function live(config, paygress) {
  let scheduled = false;
  const redraw = () => {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  };
  const actions = new Actions(redraw);
  /** @type {Set<View>} */
  const stale = new Set(ALL_VIEWS);
  let locked = false;
  let toastText = "";
  let toastTimer = 0;

  /** @type {App} */
  const app = {
    paygress,
    config,
    actions,
    views: { ...NOTHING },
    path: [],
    now: now(),
    canWrite: false,
    readable: true,
    redraw,
    toast: (text) => {
      toastText = text;
      clearTimeout(toastTimer);
      toastTimer = setTimeout(() => {
        toastText = "";
        redraw();
      }, 2600);
      redraw();
    },
    toasted: () => toastText,
    go: (...parts) => {
      location.hash = address(parts);
    },
    show: (...parts) => {
      if (location.hash !== address(parts)) actions.forgetAll(EVERYWHERE);
      history.replaceState(null, "", address(parts));
      redraw();
    },
  };

  paygress.subscribe((views) => {
    for (const view of views) stale.add(view);
    redraw();
  });
  paygress.subscribeStatus((status) => {
    if (status.mode === "writing") void actions.run("first start", () => fillFirstStart(paygress, config));
    redraw();
  });
  addEventListener("hashchange", () => {
    actions.forgetAll(EVERYWHERE);
    requestAnimationFrame(() => {
      scrollTo(0, 0);
      const start = document.getElementById("detail") ?? document.getElementById("main");
      start?.focus({ preventScroll: true });
    });
  });
  setInterval(() => {
    if (document.visibilityState === "visible") redraw();
  }, 1000);
  watchIdle(
    () => (app.views.settings.sealed ? app.views.settings.lockAfterSecs : null),
    () => paygress.lock(),
  );

  clear();
  draw();
  if (paygress.status.mode === "writing") void actions.run("first start", () => fillFirstStart(paygress, config));

  function draw() {
    app.now = now();
    app.canWrite = paygress.status.mode === "writing";
    app.readable = true;
    if (paygress.status.mode === "locked") return drawLocked();
    locked = false;
    try {
      if (paygress.status.mode === "stopped") paygress.settings();
      if (stale.has("leases")) app.views.leases = paygress.leases();
      if (stale.has("wallet")) app.views.wallet = paygress.wallet();
      if (stale.has("settings")) app.views.settings = paygress.settings();
      if (stale.has("notices")) app.views.notices = paygress.notices();
      stale.clear();
    } catch (error) {
      // Between writing and following there is nothing to read for a moment: the last picture stays.
      if (!(error instanceof PaygressShellError)) throw error;
      app.readable = error.code !== "stopped";
    }
    const [place = "", ...path] = location.hash.replace(/^#\/?/, "").split("/").filter((part) => part !== "").map(decoded);
    app.path = path;
    const name = place === "" ? "market" : Object.hasOwn(PLACES, place) ? /** @type {keyof typeof PLACES} */ (place) : null;
    document.title = `${name === null ? "No such page" : PLACES[name].name} · Paygress`;
    render(page(app, name, toastText), root);
  }

  /** Nothing of the wallet is left in the page. */
  function drawLocked() {
    app.views = { ...NOTHING };
    for (const view of ALL_VIEWS) stale.add(view);
    hidePhrase();
    if (!locked) actions.forgetAll();
    document.title = "Locked · Paygress";
    render(lockScreen(app), root);
    if (!locked) document.getElementById("unlock")?.focus();
    locked = true;
  }
}

/**
 * @param {App} app
 * @param {keyof typeof PLACES | null} current
 * @param {string} toastText
 */
function page(app, current, toastText) {
  const { leases, wallet, settings } = app.views;
  const running = leases.leases.filter((lease) => ["preparing", "requested", "recovering", "running"].includes(lease.state)).length;
  const open = settings.relays.filter((relay) => relay.state === "open").length;
  return html`<div class="frame">
    <header class="side">
      <a class="brand" href="#/market" aria-label="Paygress, to the market">${icons.mark}Paygress</a>
      <nav class="places" aria-label="Places">
        ${Object.entries(PLACES).map(([name, { name: label, icon }]) => html`<a href="#/${name}" aria-current=${name === current ? "page" : nothing}>
          ${icon}${label}${name === "workloads" && running > 0 ? html`<span class="count" aria-label="${running} open">${running}</span>` : nothing}
        </a>`)}
      </nav>
      <div class="side-foot">
        <p class="links"><span class="toned tone-${open > 0 ? "live" : "unknown"}">${icons.shape(open > 0 ? "live" : "unknown")}</span>${followsTab(app) && settings.relays.length > 0 ? "Another tab is connected" : html`${open} of ${settings.relays.length} relays connected`}</p>
        ${app.config.test ? html`<span class="test-mark" title="Money on this page comes from a test mint">Test<span class="only-wide"> money</span></span>` : nothing}
        <a class="purse" href="#/wallet"><span class="label small quiet">You have</span><span class="sum">${app.readable ? html`${count(wallet.total)} sat` : "unknown"}</span></a>
      </div>
    </header>
    <main id="main" tabindex="-1">
      <div class="notes">${notes(app, current)}</div>
      ${drawn(app, current)}
    </main>
    <p class="toast" role="status" aria-live="polite">${toastText}</p>
  </div>`;
}

/**
 * @param {App} app
 * @param {keyof typeof PLACES | null} current
 */
function drawn(app, current) {
  if (current === null) return noSuchPage(app);
  try {
    return PLACES[current].draw(app);
  } catch (error) {
    if (error instanceof PaygressShellError) return nothing; // the note above says why there is nothing to read
    const { what, money } = explained(error);
    return note("error", html`<p><strong>${sentence(what)}</strong></p><p>${money}</p>`);
  }
}

/**
 * @param {App} app
 * @param {keyof typeof PLACES | null} current
 */
function notes(app, current) {
  const { paygress, views } = app;
  const { status } = paygress;
  const { clockOffsetSecs, phraseSaved } = views.settings;
  const notes = [];
  if (status.mode === "stopped") {
    notes.push(note("error", html`<p><strong>This tab has stopped.</strong> ${sentence(status.sentence ?? "")}</p><p>Nothing more is sent from here${app.readable ? "; what is shown is what is stored" : ""}.</p>
      <div class="row"><button class="button small" @click=${() => location.reload()}>Open again</button></div>`));
  } else if (status.sentence !== null) {
    notes.push(note("warning", html`<p>${sentence(status.sentence)}</p>
      ${status.canTakeOver ? html`<div class="row"><button class="button small" ?disabled=${app.actions.busy("take over")} @click=${() => void app.actions.run("take over", () => paygress.takeOver())}>Use this tab instead</button></div>` : nothing}`, "flat"));
  }
  if (clockOffsetSecs !== 0) {
    const direction = clockOffsetSecs > 0 ? "behind" : "ahead";
    notes.push(note("warning", html`<p>The clock of this device is about ${Math.abs(clockOffsetSecs)} s ${direction}, judging by the providers. Times are corrected here; set the clock to be sure.</p>`));
  }
  if (status.restarts > 0) {
    notes.push(note("info", html`<p>The program broke and was rebuilt from the store. Nothing stored was lost; what was under way is being settled with the mint.</p>`));
  }
  if (app.canWrite && current !== "settings" && !phraseSaved && (views.wallet.total > 0n || views.wallet.operations.length > 0)) {
    notes.push(note("info", html`<p><strong>Your money is only in this browser.</strong> Write the twelve words down: they bring it back when the data of this browser is lost.</p>
      <div class="row"><a class="button small" href="#/settings/phrase">Write them down</a></div>`, "flat"));
  }
  notes.push(...EVERYWHERE.map((key) => refusal(app, key)));
  return notes;
}

/** @param {readonly string[]} parts */
function address(parts) {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
