// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { ago, count, cpus, host, memory, shortKey } from "../format.js";
import * as icons from "../icons.js";
import { followsTab, note, relayDots, sentence, working } from "../parts.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").MarketRow} MarketRow */
/** @typedef {import("../../pkg/shell/index.js").MarketQuery} MarketQuery */

const PAGE = 50;

/** @type {Required<Omit<MarketQuery, "offset">>} */
const query = { text: "", onlineOnly: false, payableOnly: false, sort: "price", limit: PAGE };

/** @type {Record<MarketRow["isolation"], [string, string]>} */
const ISOLATION = {
  "shared-kernel": ["Shared kernel", "Containers of several customers share one kernel. The provider says so itself."],
  "dedicated-host": ["Own virtual machine", "A virtual machine of its own. The provider says so itself."],
  "attested-research-tier": ["Attested (research)", "The provider says it can prove what runs; nothing was proven here."],
  unknown: ["Isolation unknown", "The provider names an isolation that this page does not know."],
};

/** @param {App} app */
export function marketPlace(app) {
  const page = app.paygress.market(query);
  /** @param {Partial<MarketQuery>} change */
  const ask = (change) => {
    Object.assign(query, change);
    app.redraw();
  };
  return html`
    <div class="place-head"><div><h1>Market</h1><p>Providers found on your relays. Prices are by the second; you pay once, in advance, for the time you choose.</p></div></div>
    <form class="filters" role="search" @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <input type="search" aria-label="Search by name or key" placeholder="Name or key" .value=${query.text} @input=${(/** @type {InputEvent} */ event) => ask({ text: /** @type {HTMLInputElement} */ (event.target).value, limit: PAGE })}>
      <label class="tick"><input type="checkbox" .checked=${query.onlineOnly} @change=${() => ask({ onlineOnly: !query.onlineOnly })}>Online</label>
      <label class="tick"><input type="checkbox" .checked=${query.payableOnly} @change=${() => ask({ payableOnly: !query.payableOnly })}>I can pay this one</label>
      <label class="sort"><span class="visually-hidden">Sort by</span>
        <select .value=${query.sort} @change=${(/** @type {Event} */ event) => ask({ sort: /** @type {"price" | "name" | "heard"} */ (/** @type {HTMLSelectElement} */ (event.target).value) })}>
          <option value="price">Cheapest first</option><option value="heard">Heard last first</option><option value="name">By name</option>
        </select></label>
    </form>
    ${page.rows.length === 0 ? nobody(app) : html`
      <table class="market" role="table">
        <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Provider</th><th role="columnheader" scope="col">Tiers and prices</th><th role="columnheader" scope="col">Mints it accepts</th><th role="columnheader" scope="col">Heard</th></tr></thead>
        <tbody role="rowgroup">${repeat(page.rows, (row) => row.provider, (row) => provider(app, row))}</tbody>
      </table>
      <p class="small quiet table-foot">${page.rows.length} of ${page.total} ${page.total === 1 ? "provider" : "providers"}
        ${page.rows.length < page.total ? html`<button class="button small" type="button" @click=${() => ask({ limit: query.limit + PAGE })}>Show more</button>` : nothing}</p>`}`;
}

/**
 * @param {App} app
 * @param {MarketRow} row
 */
function provider(app, row) {
  const [isolation, explanation] = ISOLATION[row.isolation];
  const mine = new Set(app.views.wallet.mints.map((mint) => host(mint.url)));
  const open = new Set(app.views.settings.relays.filter((relay) => relay.state === "open").map((relay) => relay.url));
  const unseen = !row.heardBy.some(({ relay }) => open.has(relay));
  return html`<tr role="row" class=${row.online || unseen ? "" : "offline"}>
    <td role="cell">
      <div class="tight">
        <strong class="name">${row.name || "Without a name"}</strong>
        <span class="small quiet">${row.location ?? "Place not told"}</span>
        <span class="small quiet mono" title=${row.npub}>${shortKey(row.npub)}</span>
        <span class="row"><span class="chip" title=${explanation}>${isolation}</span></span>
      </div>
    </td>
    <td role="cell">
      <ul class="tiers">${row.tiers.map((tier) => html`<li>
        <span class="what"><strong>${tier.name}</strong><span class="small quiet" title=${tier.description}>${cpus(tier.cpuMillicores)} · ${memory(tier.memoryMb)}</span></span>
        <span class="price number"><strong>${count(tier.satPerHour)} sat/hour</strong><span class="small quiet">${count(tier.rateMsatPerSec)} msat/s</span></span>
        <a class="button small ${row.payable ? "soft" : ""}" href="#/rent/${encodeURIComponent(row.provider)}/${encodeURIComponent(tier.id)}" aria-label="Rent ${tier.name} from ${row.name}">Rent</a>
      </li>`)}</ul>
      ${row.problems.length === 0 ? nothing : html`<ul class="problems small">${row.problems.map((problem) => html`<li>${icons.shape("suspect")}<span>${sentence(problem)}</span></li>`)}</ul>`}
    </td>
    <td role="cell"><div class="mints">${row.mints.length === 0 ? html`<span class="small quiet">None</span>` : row.mints.map((mint) => html`<span class="chip ${mine.has(host(mint)) ? "mine" : ""}" title=${mine.has(host(mint)) ? `${mint}: one of yours` : mint}>${host(mint)}</span>`)}</div></td>
    <td role="cell"><div class="heard tight">
      ${row.lastHeard === null ? html`<span class="quiet">Not heard yet</span>`
        : unseen ? html`<span class="toned tone-unknown" title="No relay that ever delivered its heartbeats is connected, so nobody can say.">Unknown</span>`
        : row.online ? html`<span class="toned tone-live">Online</span>` : html`<span class="quiet">Quiet</span>`}
      ${row.lastHeard === null ? nothing : html`<span class="small quiet number">${ago(row.lastHeard, app.now)}</span>`}
      ${relayDots(app, row.heardBy)}
    </div></td>
  </tr>`;
}

/** @param {App} app */
function nobody(app) {
  const { relays } = app.views.settings;
  if (query.text !== "" || query.onlineOnly || query.payableOnly) {
    return html`<div class="empty">${icons.market}<h2>No provider fits</h2><p>Loosen the filters above. “I can pay this one” shows only those whose minimum your wallet can pay right now.</p></div>`;
  }
  if (relays.length === 0) {
    return html`<div class="empty">${icons.market}<h2>No relays</h2><p>Providers advertise on relays. Add one to see them.</p><a class="button" href="#/settings">Add a relay</a></div>`;
  }
  if (followsTab(app)) return note("unknown", html`<p><strong>Another tab is connected, and shows the market.</strong></p><p>This one is not, so it knows no providers.</p>`);
  if (relays.some((relay) => relay.state === "open")) {
    return html`<div class="empty">${icons.market}<h2>No provider yet</h2><p>${relays.filter((relay) => relay.state === "open").length} relays answered, and none has shown an offer so far. New offers appear here by themselves.</p></div>`;
  }
  if (relays.some((relay) => relay.state === "connecting")) return html`<div class="empty">${working("Asking your relays …")}<p>Offers appear as they arrive, usually within a few seconds.</p></div>`;
  return note("unknown", html`<p><strong>None of your relays can be reached, so nothing is known about providers.</strong></p><p>Your money is not affected. Check the connection, or look at the relays in <a href="#/settings">Settings</a>; they are tried again by themselves.</p>`);
}
