// @ts-check
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { unreachableFromHere } from "../pkg/shell/index.js";
import { ago, clock, host, money, sat, withGroups } from "./format.js";
import * as icons from "./icons.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("../pkg/shell/index.js").Liveness} Liveness */
/** @typedef {import("../pkg/shell/index.js").RelayView} RelayView */

/** @type {Record<Liveness, string>} */
const LIVENESS = {
  provisioning: "Starting",
  live: "Live",
  suspect: "Gone quiet",
  evicted: "Gone",
  respawning: "Being replaced",
  failed: "Failed",
  unknown: "Unknown",
  none: "Not watched",
};

/** @param {Liveness} liveness */
export function livenessPill(liveness) {
  return html`<span class="pill tone-${liveness}">${icons.shape(liveness)}${LIVENESS[liveness]}</span>`;
}

/**
 * @param {"info" | "warning" | "error" | "unknown"} kind
 * @param {unknown} content
 */
export function note(kind, content, layout = "") {
  const icon = { info: icons.info, warning: icons.warning, error: icons.problem, unknown: icons.question }[kind];
  return html`<div class="note note-${kind} ${layout}" role=${kind === "error" ? "alert" : nothing}>${icon}<div>${content}</div></div>`;
}

/**
 * What an address leads to that names nothing, as far as this tab can tell.
 * @param {App} app
 */
export function noSuchPage(app) {
  if (!app.readable) return nothing;
  return html`<div class="empty">${icons.question}<h1>There is no such page</h1><p>The address may be of another wallet, or mistyped.</p><a class="button" href="#/market">To the market</a></div>`;
}

/**
 * Whether this tab shows what another one does, and is connected to nothing itself.
 * @param {App} app
 */
export function followsTab(app) {
  return app.paygress.status.mode === "waiting";
}

/**
 * What a mint calls itself, or its address while the wallet does not know.
 * @param {App} app
 * @param {string} url
 */
export function mintName(app, url) {
  return app.views.wallet.mints.find((mint) => mint.url === url)?.name || host(url);
}

/**
 * A mint in a choice: its name, what is said of it, and its address, for names are what mints make them.
 * @param {App} app
 * @param {string} url
 * @param {string[]} said
 */
export function mintInFull(app, url, ...said) {
  return [...new Set([mintName(app, url), ...said, host(url)])].join(" · ");
}

/** @param {unknown} words */
export function working(words) {
  return html`<p class="working" role="status"><span class="spinner" aria-hidden="true"></span>${words}</p>`;
}

/**
 * The refusal of the last attempt under `key`, with where the money is, or what else to know.
 * @param {App} app
 * @param {string} key
 * @param {string} [after]
 */
export function refusal(app, key, after) {
  const words = app.actions.refusal(key);
  return words === undefined ? nothing : note("error", html`<p><strong>${linked(app, words.what)}</strong></p><p>${after ?? words.money}</p>`);
}

/**
 * What an action throws when the page itself refuses it.
 * @param {string} what
 */
export function refused(what) {
  return Object.assign(new Error(what), { name: "PaygressError" });
}

/**
 * Refuses an address with this plain scheme that the page may not open; those of another kind are for the program to refuse.
 * @param {string} url
 * @param {"http:" | "ws:"} plain
 */
export function mayOpen(url, plain) {
  const unreachable = url.toLowerCase().startsWith(plain) ? unreachableFromHere(url) : null;
  if (unreachable !== null) throw refused(unreachable);
}

/**
 * A button whose work takes time: it says so, and cannot be pressed twice.
 * @param {App} app
 * @param {string} key
 * @param {{ label: unknown, busy?: string, kind?: string, disabled?: boolean, type?: "button" | "submit", run?: () => Promise<unknown> }} options
 */
export function actionButton(app, key, { label, busy = "Working …", kind = "", disabled = false, type = "button", run }) {
  const isBusy = app.actions.busy(key);
  const press = run === undefined ? nothing : () => void app.actions.run(key, run);
  return html`<button class="button ${kind}" type=${type} ?disabled=${disabled || isBusy || !app.canWrite} aria-busy=${isBusy} @click=${press}>
    ${isBusy ? html`<span class="spinner" aria-hidden="true"></span>${busy}` : label}
  </button>`;
}

/**
 * @param {App} app
 * @param {() => string | undefined} text read when pressed, so that nothing secret waits in the page
 * @param {string} what
 */
export function copyButton(app, text, what, label = "") {
  const press = async () => {
    const value = text();
    if (value === undefined) return;
    try {
      await navigator.clipboard.writeText(value);
      app.toast(`${what} copied`);
    } catch {
      app.toast(`the browser did not allow copying; select the ${what.toLowerCase()} and copy it by hand`);
    }
  };
  return html`<button class="button small ${label ? "" : "bare"}" type="button" aria-label="Copy ${what.toLowerCase()}" title="Copy" @click=${press}>${icons.copy}${label}</button>`;
}

/**
 * One dot for each relay: heard lately, not heard, or not looked at.
 * @param {App} app
 * @param {{ relay: string, at: number }[]} heardBy
 */
export function relayDots(app, heardBy) {
  const relays = app.views.settings.relays;
  const present = app.now;
  const dots = relays.map((relay) => {
    const beat = heardBy.find((heard) => host(heard.relay) === host(relay.url));
    if (relay.state !== "open") {
      const before = beat === undefined ? "" : `; heard ${ago(beat.at, present)}`;
      return { tone: /** @type {const} */ ("unknown"), words: `${host(relay.url)}: not connected, so unknown${before}` };
    }
    if (beat !== undefined && present - beat.at < 120) return { tone: /** @type {const} */ ("live"), words: `${host(relay.url)}: heard ${ago(beat.at, present)}` };
    if (beat !== undefined) return { tone: /** @type {const} */ ("suspect"), words: `${host(relay.url)}: last heard ${ago(beat.at, present)}` };
    return { tone: /** @type {const} */ ("none"), words: `${host(relay.url)}: not heard` };
  });
  return html`<span class="dots" role="img" aria-label=${dots.map((dot) => dot.words).join("; ")} title=${dots.map((dot) => dot.words).join("\n")}>${dots.map((dot) => html`<span class="toned tone-${dot.tone}">${icons.shape(dot.tone)}</span>`)}</span>`;
}

/**
 * How long ago each relay delivered a heartbeat, drawn on a line that ends where the workload would be given up.
 * @param {App} app
 * @param {{ relay: string, connected: boolean, heardAt: number | null }[]} evidence
 */
export function evidence(app, evidence) {
  const { t1Secs, t2Secs } = app.views.settings.quorum;
  const end = Math.max(1, t1Secs + t2Secs);
  const quiet = Math.round((t1Secs / end) * 200);
  return html`<ul class="evidence">${evidence.map(({ relay, connected, heardAt }) => {
    const age = heardAt === null ? null : Math.max(0, app.now - heardAt);
    const tone = !connected ? "unknown" : age === null ? "none" : age < t1Secs ? "live" : "suspect";
    const at = age === null ? null : 4 + Math.round(Math.min(1, age / end) * 192);
    const words = heardAt === null ? "not heard yet" : `heard ${ago(heardAt, app.now)}`;
    return html`<li class="tone-${tone}">
      <span class="name">${host(relay)}</span>
      <svg viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true">
        <line x1="2" y1="7" x2="198" y2="7" stroke="var(--line-strong)" stroke-width="2" stroke-linecap="round" stroke-dasharray=${connected ? "none" : "3 5"}></line>
        <line x1=${quiet} y1="2" x2=${quiet} y2="12" stroke="var(--line-strong)" stroke-width="1.5"></line>
        <line x1=${at ?? 4} y1="7" x2=${at ?? 4} y2="7" stroke="var(--tone)" stroke-width="11" stroke-linecap="round" opacity=${at === null ? 0 : 1} vector-effect="non-scaling-stroke"></line>
      </svg>
      <span class="told">${connected ? words : html`<span class="toned">not connected</span>,&#32;${words}`}</span>
    </li>`;
  })}</ul>`;
}

/** @param {readonly { at: number, text: string }[]} steps */
export function journal(steps) {
  return html`<ol class="steps">${steps.map((step) => html`<li><time>${clock(step.at)}</time><span>${sentence(step.text)}</span></li>`)}</ol>`;
}

/**
 * Errors and notices begin in lower case and end without a stop, and their amounts have no groups; on the page they are sentences.
 * @param {string} text
 */
export function sentence(text) {
  const first = capital(withGroups(text));
  return /[.!?…)]$/.test(first) || first === "" ? first : `${first}.`;
}

/**
 * The sentence of a text, in which operations of the wallet that it names by their number lead to them.
 * @param {App} app
 * @param {string} text
 */
export function linked(app, text) {
  return sentence(text).split(/(\boperation \d+\b)/i).map((part) => {
    const [, id] = /^operation (\d+)$/i.exec(part) ?? [];
    const isKnown = app.views.wallet.operations.some((operation) => operation.id === id);
    return isKnown ? html`<a href="#/wallet/operation/${id}">${part}</a>` : part;
  });
}

/**
 * The text with a capital first letter, unless it begins with something that is no word.
 * @param {string} text
 */
export function capital(text) {
  return /^[a-z]+(?:[\s,;'.]|:\s|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/**
 * A form's answer to being sent: its fields by name.
 * @param {(data: (name: string) => string, form: HTMLFormElement) => Promise<void>} work
 */
export function submitted(work) {
  return (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const data = new FormData(form);
    void work((name) => String(data.get(name) ?? ""), form);
  };
}

/**
 * A choice between the wallet's mints.
 * @param {App} app
 * @param {string} label
 * @param {string} name
 * @param {string} [chosen]
 */
export function mintChoice(app, label, name, chosen) {
  return html`<label class="field"><span>${label}</span><select name=${name}>${app.views.wallet.mints.map((mint) => html`<option value=${mint.url} ?selected=${mint.url === chosen}>${mintInFull(app, mint.url, sat(mint.spendable), ...(mint.msat === null ? [] : [money(mint.msat.spendable, "msat")]))}</option>`)}</select></label>`;
}
