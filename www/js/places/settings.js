// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { ago, clock, count, duration, host, shortKey } from "../format.js";
import * as icons from "../icons.js";
import { actionButton, followsTab, mayOpen, refusal, refused, sentence } from "../parts.js";
import { eraseCard, phraseCard, rehearsalCard, sweepCard } from "./backup.js";
import { restoreCard } from "./restore.js";
import { fileCard, passphraseCard } from "./vault.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").RelayView} RelayView */

/** @type {Record<RelayView["state"], { label: string, tone: string, shape: "live" | "provisioning" | "unknown" | "failed" }>} */
const RELAY_STATES = {
  open: { label: "Connected", tone: "live", shape: "live" },
  connecting: { label: "Connecting", tone: "provisioning", shape: "provisioning" },
  waiting: { label: "Not connected", tone: "unknown", shape: "unknown" },
  refused: { label: "Refuses us", tone: "gone", shape: "failed" },
};

const IN_ANOTHER_TAB = /** @type {const} */ ({ label: "In another tab", tone: "unknown", shape: "unknown" });

/** @param {App} app */
export function settingsPlace(app) {
  return html`<div class="place-head"><div><h1>Settings</h1></div></div>
    <div class="split-even"><div class="stack">${phraseCard(app)}${rehearsalCard(app)}${restoreCard(app)}${sweepCard(app)}${passphraseCard(app)}${fileCard(app)}</div><div class="stack">${relays(app)}${quorum(app)}${storage(app)}${notices(app)}${eraseCard(app)}</div></div>`;
}

/** @param {App} app */
function relays(app) {
  /** @param {SubmitEvent} event */
  const add = (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const url = String(new FormData(form).get("url") ?? "").trim();
    void app.actions.run("relay", async () => {
      mayOpen(url, "ws:");
      const known = app.paygress.settings().relays.length;
      await app.paygress.addRelay(url);
      app.toast(app.paygress.settings().relays.length > known ? "Relay added" : "This relay is in the list already");
      form.reset();
    });
  };
  return html`<section class="card stack" aria-labelledby="relays"><h2 id="relays">Relays</h2>
    <p class="quiet">Where providers advertise, and where requests and answers travel.</p>
    <ul class="relay-list">${repeat(app.views.settings.relays, (relay) => relay.url, (relay) => {
      const { label, tone, shape } = followsTab(app) ? IN_ANOTHER_TAB : RELAY_STATES[relay.state];
      return html`<li>
        <span class="toned tone-${tone}">${icons.shape(shape)}</span>
        <div class="tight grow"><strong>${host(relay.url)}</strong>
          <span class="small quiet"><span class="toned tone-${tone}">${label}</span>${relay.retryAt !== null && relay.retryAt > app.now ? html`, next try in ${duration(relay.retryAt - app.now)}` : nothing} · ${count(relay.events)} events${relay.refused > 0 ? html`, ${count(relay.refused)} refused` : nothing}</span>
          ${relay.reason === null || relay.state === "open" ? nothing : html`<span class="small quiet">${sentence(relay.reason)}</span>`}</div>
        ${actionButton(app, `remove ${relay.url}`, { label: "Remove", busy: "Removing …", kind: "small bare danger", run: () => app.paygress.removeRelay(relay.url) })}
        ${refusal(app, `remove ${relay.url}`, "Nothing was changed.")}
      </li>`;
    })}</ul>
    <form class="row" @submit=${add}><input class="grow" name="url" type="url" required aria-label="Address of a relay" placeholder="wss://relay.example" autocomplete="off" autocapitalize="off" spellcheck="false">${actionButton(app, "relay", { label: "Add", busy: "Adding …", type: "submit" })}</form>
    ${refusal(app, "relay", "Nothing was changed.")}
  </section>`;
}

/** @param {App} app */
function quorum(app) {
  const { quorum } = app.views.settings;
  /** @param {SubmitEvent} event */
  const save = (event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    /** @param {string} name */
    const number = (name) => Number(data.get(name));
    void app.actions.run("quorum", async () => {
      for (const name of ["m", "n"]) {
        if (number(name) < 1 || number(name) > 255) throw refused("how many relays: whole numbers from 1 to 255");
      }
      await app.paygress.setQuorum({ m: number("m"), n: number("n"), t1Secs: number("t1Secs"), t2Secs: number("t2Secs"), staleSecs: number("staleSecs") });
      app.toast("Saved");
    });
  };
  /**
   * @param {keyof typeof quorum} name
   * @param {string} label
   * @param {string} unit
   */
  const field = (name, label, unit) => html`<label class="field"><span>${label}</span><span class="with-unit"><input name=${name} type="number" inputmode="numeric" min="0" step="1" required value=${quorum[name]}><span>${unit}</span></span></label>`;
  return html`<section class="card stack" aria-labelledby="quorum"><h2 id="quorum">When is a workload gone?</h2>
    <p class="quiet">A provider counts as heard when enough of its relays delivered a heartbeat. Silence is counted only while we are connected and awake.</p>
    <form class="stack" @submit=${save}>
      <div class="quorum">${field("m", "Heard by at least", "relays")}${field("n", "out of", "relays")}${field("t1Secs", "Quiet after", "s")}${field("t2Secs", "Gone after another", "s")}${field("staleSecs", "Ignore heartbeats older than", "s")}</div>
      <div class="row">${actionButton(app, "quorum", { label: "Save", busy: "Saving …", type: "submit" })}</div>
      ${refusal(app, "quorum", "Nothing was changed.")}
    </form>
  </section>`;
}

/** @param {App} app */
function storage(app) {
  const { persistent } = app.paygress.status;
  const words = persistent === true
    ? "The browser promised to keep what is stored here until you delete it yourself."
    : "The browser may delete what is stored here when space runs short; Safari does so after seven days without a visit. Your twelve words bring the money back then, but not your workloads.";
  return html`<section class="card tight"><h2>Storage</h2><p class="quiet">${words}</p></section>`;
}

/** @param {App} app */
function notices(app) {
  const { notices } = app.views.notices;
  return html`<section class="card stack"><h2>Notices</h2>
    ${notices.length === 0 ? html`<p class="quiet">Relays, mints and providers have behaved.</p>` : html`<ul class="notices">${notices.slice(0, 50).map((each) => html`<li class="tight">
      <span>${sentence(each.text)}</span>
      <span class="small quiet">${each.source.includes("://") ? host(each.source) : shortKey(each.source)} · <time title=${clock(each.at)}>${ago(each.at, app.now)}</time>${each.count > 1 ? html` · ${each.count} times` : nothing}</span>
    </li>`)}</ul>`}
  </section>`;
}
