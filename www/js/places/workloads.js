// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { clock, cpus, duration, memory, sat } from "../format.js";
import * as icons from "../icons.js";
import { actionButton, copyButton, evidence, journal, livenessPill, noSuchPage, note, refusal, sentence, working } from "../parts.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").LeaseView} LeaseView */
/** @typedef {import("../../pkg/shell/index.js").Access} Access */

/** @type {Record<LeaseView["state"], { label: string, tone: string, waits?: string }>} */
const STATES = {
  preparing: { label: "Preparing", tone: "provisioning", waits: "Making the exact token at the mint …" },
  requested: { label: "Asked", tone: "provisioning", waits: "Waiting for the provider's answer …" },
  recovering: { label: "Being settled", tone: "unknown", waits: "Asking the mint and the relays what happened …" },
  running: { label: "Running", tone: "live" },
  ended: { label: "Ended", tone: "none" },
  returned: { label: "Money returned", tone: "none" },
  lost: { label: "Money lost", tone: "gone" },
  cancelled: { label: "Cancelled", tone: "none" },
};

/** @type {Record<LeaseView["money"]["state"], [string, string]>} */
const MONEY = {
  held: ["Held in your wallet", "none"],
  "in-flight": ["On its way", "provisioning"],
  spent: ["Paid", "live"],
  returned: ["Back in your wallet", "live"],
  lost: ["Lost", "gone"],
};

/** @type {Set<string>} */
const shownPasswords = new Set();

/** @param {App} app */
export function workloadsPlace(app) {
  const { leases } = app.views.leases;
  const [id] = app.path;
  if (leases.length === 0) {
    return html`${head()}<div class="empty">${icons.workloads}<h2>Nothing rented yet</h2><p>What you rent appears here, with its access details, the time left and who heard it last.</p><a class="button main" href="#/market">Find a provider</a></div>`;
  }
  const chosen = leases.find((lease) => lease.id === id);
  if (id !== undefined && chosen === undefined) return noSuchPage(app);
  return html`${head()}<div class="split ${chosen === undefined ? "at-list" : "at-detail"}">
    <ul class="lease-list" aria-label="Workloads">${repeat(leases, (lease) => lease.id, (lease) => html`<li>
      <a class="lease" href="#/workloads/${encodeURIComponent(lease.id)}" aria-current=${lease === (chosen ?? leases[0]) ? "true" : nothing}>
        <span class="spread"><strong>${lease.what}</strong>${pill(lease)}</span>
        <span class="small quiet spread"><span>${lease.providerName}</span><span class="number">${left(app, lease) ?? clock(lease.createdAt)}</span></span>
      </a></li>`)}</ul>
    ${detail(app, /** @type {LeaseView} */ (chosen ?? leases[0]))}
  </div>`;
}

function head() {
  return html`<div class="place-head"><div><h1>Workloads</h1></div></div>`;
}

/** @param {LeaseView} lease */
function pill(lease) {
  if (lease.state === "running") return livenessPill(lease.liveness);
  const { label, tone } = STATES[lease.state];
  return html`<span class="pill tone-${tone}">${icons.shape(tone === "gone" ? "failed" : tone === "provisioning" ? "provisioning" : tone === "unknown" ? "unknown" : "none")}${label}</span>`;
}

/**
 * @param {App} app
 * @param {LeaseView} lease
 */
function left(app, lease) {
  if (lease.state !== "running" || lease.expiresAt === null) return null;
  return lease.expiresAt > app.now ? `${duration(lease.expiresAt - app.now)} left` : "time is over";
}

/**
 * @param {App} app
 * @param {LeaseView} lease
 */
function detail(app, lease) {
  const { waits } = STATES[lease.state];
  const [money, tone] = MONEY[lease.money.state];
  return html`<article class="stack" id=${app.path[0] === undefined ? nothing : "detail"} tabindex="-1" aria-label=${lease.what}>
    <a class="back only-narrow" href="#/workloads">${icons.back}All workloads</a>
    <section class="card stack">
      <div class="spread"><h2 class="lease-name">${lease.what}</h2>${pill(lease)}</div>
      <p class="quiet">${lease.tier} from ${lease.providerName}, rented ${clock(lease.createdAt)}</p>
      <p>${sentence(lease.sentence)}</p>
      ${waits === undefined ? nothing : working(waits)}
      ${timeLeft(app, lease)}
      <div class="row">
        ${lease.state === "running" ? actionButton(app, `status ${lease.id}`, { label: html`${icons.again}Ask the provider`, busy: "Asking …", kind: "small", run: () => app.paygress.askStatus(lease.id) }) : nothing}
        ${lease.canResume ? actionButton(app, `resume ${lease.id}`, { label: "Send the request now", busy: "Sending …", kind: "small", run: () => app.paygress.resumeLease(lease.id) }) : nothing}
        ${lease.canReclaim ? actionButton(app, `reclaim ${lease.id}`, { label: "Take the money back", busy: "Asking the mint …", kind: "small", run: () => app.paygress.reclaimLease(lease.id) }) : nothing}
        <a class="button small bare" href="#/rent/${encodeURIComponent(lease.provider)}/${encodeURIComponent(lease.tier)}">Rent another one</a>
      </div>
      ${refusal(app, `status ${lease.id}`)}${refusal(app, `resume ${lease.id}`)}${refusal(app, `reclaim ${lease.id}`)}
    </section>
    ${lease.access === null ? nothing : access(app, lease, lease.access)}
    ${lease.liveness === "none" ? nothing : html`<section class="card stack">
      <div class="spread"><h2>Who heard its provider</h2>${livenessPill(lease.liveness)}</div>
      ${lease.livenessSentence === "" ? nothing : html`<p>${sentence(lease.livenessSentence)}</p>`}
      ${lease.judgedBy === null ? nothing : note("unknown", html`<p>${sentence(lease.judgedBy)}</p>`)}
      ${evidence(app, lease.evidence)}
      <p class="small quiet legend-line">Each mark slides right as its last heartbeat grows old; past the tick it counts as quiet. Dashed means we are not connected there and do not know.</p>
    </section>`}
    <section class="card tight">
      <div class="spread"><h2>The money</h2><span class="pill tone-${tone}">${icons.shape(tone === "gone" ? "failed" : tone === "live" ? "live" : tone === "none" ? "none" : "provisioning")}${money}</span></div>
      <p>${sentence(lease.money.sentence)}</p>
      <p class="small quiet">Paid: <span class="number">${sat(lease.paid)}</span></p>
    </section>
    <section class="card stack"><h2>What happened</h2>${journal(lease.journal)}</section>
  </article>`;
}

/**
 * @param {App} app
 * @param {LeaseView} lease
 */
function timeLeft(app, lease) {
  if (lease.expiresAt === null || lease.state !== "running") return nothing;
  const whole = Math.max(1, lease.expiresAt - lease.createdAt);
  const rest = Math.max(0, lease.expiresAt - app.now);
  return html`<div class="tight ${rest < 600 ? "tone-suspect" : ""}">
    <div class="spread"><strong class="number ${rest < 600 ? "toned" : ""}">${rest === 0 ? "The time paid for is over" : `${duration(rest)} left`}</strong><span class="small quiet">until ${clock(lease.expiresAt)}</span></div>
    <progress max=${whole} .value=${Math.min(rest, whole)} aria-label="Time left"></progress>
  </div>`;
}

/**
 * @param {App} app
 * @param {LeaseView} lease
 * @param {Access} access
 */
function access(app, lease, access) {
  const ssh = `ssh -p ${access.sshPort} ${access.username}@${access.host}`;
  const shown = shownPasswords.has(lease.id);
  const toggle = () => {
    if (!shownPasswords.delete(lease.id)) shownPasswords.add(lease.id);
    app.redraw();
  };
  return html`<section class="card stack"><h2>How to get in</h2>
    ${access.warnings.map((warning) => note("warning", html`<p>${sentence(warning)}</p>`))}
    <dl class="facts">
      <dt>Address</dt><dd class="copyable"><code>${access.host}</code>${copyButton(app, () => access.host, "Address")}</dd>
      <dt>SSH</dt><dd class="copyable"><code>${ssh}</code>${copyButton(app, () => ssh, "Command")}</dd>
      <dt>User</dt><dd class="copyable"><code>${access.username}</code></dd>
      <dt>Password</dt><dd class="copyable">${access.passwordKnown
        ? html`<code data-testid="password">${shown ? (app.paygress.leasePassword(lease.id) ?? "") : "••••••••••••"}</code><button class="button small bare" type="button" aria-pressed=${shown} @click=${toggle}>${shown ? "Hide" : "Show"}</button>${copyButton(app, () => app.paygress.leasePassword(lease.id), "Password")}`
        : html`<span class="quiet">Not told by the provider</span>`}</dd>
      ${access.ports.map((port) => {
        const address = `${access.host}:${port.hostPort}`;
        return html`<dt>${port.label}</dt><dd class="copyable"><span><code>${address}</code> <span class="small quiet">port ${port.containerPort} inside</span></span>${copyButton(app, () => address, "Address")}</dd>`;
      })}
      <dt>Size</dt><dd>${cpus(access.cpuMillicores)} · ${memory(access.memoryMb)}</dd>
    </dl>
    ${access.instructions.length === 0 ? nothing : html`<details><summary>What the provider wrote</summary><pre class="secret" tabindex="0">${access.instructions.join("\n")}</pre></details>`}
  </section>`;
}
