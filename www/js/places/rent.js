// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { count, cpus, duration, host, memory, minutesFrom, sat, timeFor } from "../format.js";
import { explained } from "../actions.js";
import * as icons from "../icons.js";
import { actionButton, capital, mintInFull, mintName, note, refusal, sentence, working } from "../parts.js";
import { firstMint } from "./mints.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").MarketRow} MarketRow */
/** @typedef {import("../../pkg/shell/index.js").Tier} Tier */
/** @typedef {import("../../pkg/shell/index.js").Order} Order */
/** @typedef {import("../../pkg/shell/index.js").Quote} Quote */

const order = {
  kind: /** @type {"template" | "image"} */ ("template"),
  template: "agent-sandbox",
  image: "",
  durationSecs: 3600,
  mint: "",
  /** What is being typed as minutes or as price, or was typed there and cannot be used. */
  typed: /** @type {{ field: "minutes" | "price", text: string, problem: string | null } | null} */ (null),
};

const PRESETS = [900, 3600, 6 * 3600, 86_400, 7 * 86_400];

/** @param {App} app */
export function rentPlace(app) {
  const [key, tierId] = app.path;
  if (key === undefined) return choose(app);
  const row = app.paygress.market({ text: key, limit: 1 }).rows.find((found) => found.provider === key);
  if (row === undefined) {
    return html`${head()}<div class="empty">${icons.rent}<h2>This provider is not in the market</h2><p>Its offer may not have arrived yet, or your relays do not carry it.</p><a class="button" href="#/market">To the market</a></div>`;
  }
  const tier = row.tiers.find((each) => each.id === tierId) ?? row.tiers.find((each) => each.name === tierId) ?? row.tiers[0];
  if (tier === undefined) return html`${head()}${note("warning", html`<p>${row.name} offers nothing that can be rented. ${row.problems.map(sentence).join(" ")}</p>`)}`;
  return html`
    <a class="back" href="#/market">${icons.back}Market</a>
    ${head(row)}
    <div class="split-rent">
      <form class="stack" @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
        ${tiers(row, tier, app)}${workload(app, tier)}${time(app, tier)}
      </form>
      ${bill(app, row, tier)}
    </div>`;
}

/** @param {MarketRow} [row] */
function head(row) {
  return html`<div class="place-head"><div><h1>${row ? html`Rent from ${row.name}` : "Rent"}</h1>
    <p>${row ? [row.location, row.online ? "online" : "not heard lately"].filter(Boolean).join(" · ") : "Choose who runs your workload."}</p></div></div>`;
}

/** @param {App} app */
function choose(app) {
  const { rows } = app.paygress.market({ onlineOnly: true, sort: "price", limit: 6 });
  if (rows.length === 0) {
    return html`${head()}<div class="empty">${icons.rent}<h2>Nobody is online yet</h2><p>As soon as a provider is heard, the cheapest ones appear here.</p><a class="button" href="#/market">To the market</a></div>`;
  }
  return html`${head()}<ul class="choices">${rows.map((row) => {
    const cheapest = row.tiers.reduce((least, tier) => (tier.rateMsatPerSec < least.rateMsatPerSec ? tier : least), /** @type {Tier} */ (row.tiers[0]));
    return html`<li><a class="choice" href="#/rent/${encodeURIComponent(row.provider)}/${encodeURIComponent(cheapest.id)}">
      <span class="tight"><strong>${row.name}</strong><span class="small quiet">${row.location ?? "Place not told"} · ${row.payable ? "you can pay this one" : "your wallet cannot pay this one yet"}</span></span>
      <span class="number"><strong>${count(cheapest.satPerHour)} sat/hour</strong></span>${icons.arrow}</a></li>`;
  })}</ul><p class="small table-foot"><a href="#/market">All providers</a></p>`;
}

/**
 * @param {MarketRow} row
 * @param {Tier} chosen
 * @param {App} app
 */
function tiers(row, chosen, app) {
  return html`<fieldset class="card"><legend class="visually-hidden">Tier</legend><h2 aria-hidden="true">How big</h2>
    <div class="options">${row.tiers.map((tier) => html`<label class="option">
      <input type="radio" name="tier" .checked=${live(tier.id === chosen.id)} @change=${() => app.show("rent", row.provider, tier.id)}>
      <span class="tight"><strong>${tier.name}</strong><span class="small quiet">${cpus(tier.cpuMillicores)} · ${memory(tier.memoryMb)}</span></span>
      <span class="number price"><strong>${count(tier.satPerHour)} sat/hour</strong><span class="small quiet">${count(tier.rateMsatPerSec)} msat/s</span></span>
    </label>`)}</div></fieldset>`;
}

/**
 * @param {App} app
 * @param {Tier} tier
 */
function workload(app, tier) {
  const choose = (/** @type {Partial<typeof order>} */ change) => {
    Object.assign(order, change);
    app.actions.forget("rent");
    app.redraw();
  };
  return html`<fieldset class="card"><legend class="visually-hidden">What to run</legend><h2 aria-hidden="true">What to run</h2>
    <div class="options two">${app.paygress.templates().map((template) => {
      const tooSmall = tier.cpuMillicores < template.minCpuMillicores || tier.memoryMb < template.minMemoryMb;
      return html`<label class="option">
        <input type="radio" name="workload" .checked=${live(order.kind === "template" && order.template === template.slug)} @change=${() => choose({ kind: "template", template: template.slug })}>
        <span class="tight"><strong>${template.name}</strong><span class="small quiet">${capital(template.purpose)}</span>
          <span class="small ${tooSmall ? "toned tone-suspect" : "quiet"}">${tooSmall ? "needs" : "from"} ${cpus(template.minCpuMillicores)} · ${memory(template.minMemoryMb)}${template.ports.length > 0 ? html` · port ${template.ports.map(({ port }) => port).join(", ")}` : nothing}</span></span>
      </label>`;
    })}
    <label class="option">
      <input type="radio" name="workload" .checked=${live(order.kind === "image")} @change=${() => choose({ kind: "image" })}>
      <span class="tight"><strong>An image of your own</strong><span class="small quiet">Any public container image, by its name</span></span>
    </label></div>
    ${order.kind === "image" ? html`<label class="field image"><span>Image</span><input type="text" autocapitalize="off" spellcheck="false" placeholder="docker.io/library/nginx:1.29" .value=${live(order.image)} @input=${(/** @type {InputEvent} */ event) => choose({ image: /** @type {HTMLInputElement} */ (event.target).value.trim() })}></label>` : nothing}
  </fieldset>`;
}

/**
 * @param {App} app
 * @param {Tier} tier
 */
function time(app, tier) {
  const price = (BigInt(order.durationSecs) * tier.rateMsatPerSec + 999n) / 1000n;
  /** @param {Partial<typeof order>} change */
  const choose = (change) => {
    Object.assign(order, change);
    app.actions.forget("rent");
    app.redraw();
  };
  /**
   * @param {"minutes" | "price"} field
   * @param {string} label
   * @param {string} unit
   * @param {string} value
   * @param {(text: string) => ReturnType<typeof minutesFrom>} read
   */
  const field = (field, label, unit, value, read) => {
    const typed = order.typed?.field === field ? order.typed : null;
    const type = (/** @type {Event} */ event) => {
      const { value: text } = /** @type {HTMLInputElement} */ (event.target);
      const { secs, problem } = read(text);
      choose({ typed: { field, text, problem }, ...(secs === null ? {} : { durationSecs: secs }) });
    };
    const leave = () => {
      if (order.typed?.problem === null) choose({ typed: null });
    };
    return html`<label class="field"><span>${label}</span><span class="with-unit"><input type="text" inputmode="numeric" autocomplete="off" aria-invalid=${typed?.problem ? "true" : nothing} aria-describedby=${typed?.problem ? "time-problem" : nothing} .value=${live(typed?.text ?? (order.typed?.problem ? "" : value))} @input=${type} @blur=${leave}><span>${unit}</span></span></label>`;
  };
  return html`<fieldset class="card"><legend class="visually-hidden">For how long</legend><h2 aria-hidden="true">For how long</h2>
    <div class="row presets">${PRESETS.map((secs) => html`<button class="button small" type="button" aria-pressed=${order.durationSecs === secs && !order.typed?.problem} @click=${() => choose({ durationSecs: secs, typed: null })}>${duration(secs)}</button>`)}</div>
    <div class="linked">
      ${field("minutes", "Minutes", "min", String(Math.floor(order.durationSecs / 60)), minutesFrom)}
      <span class="equals" aria-hidden="true">=</span>
      ${field("price", "Price", "sat", String(price), (text) => timeFor(text, tier.rateMsatPerSec))}
    </div>
    ${order.typed?.problem
      ? html`<p id="time-problem" class="small toned tone-failed" role="alert">${sentence(order.typed.problem)}</p>`
      : html`<p class="small quiet">${duration(order.durationSecs)} at ${count(tier.rateMsatPerSec)} msat a second. Time starts when the provider has started the workload.</p>`}
  </fieldset>`;
}

/**
 * @param {App} app
 * @param {MarketRow} row
 * @param {Tier} tier
 */
function bill(app, row, tier) {
  if (order.kind === "image" && order.image === "") {
    return html`<aside class="card stack bill" aria-label="What it costs"><h2>What it costs</h2><p class="quiet">Name the image to run, and the price appears here.</p></aside>`;
  }
  if (order.typed?.problem) {
    return html`<aside class="card stack bill" aria-label="What it costs"><h2>What it costs</h2><p class="quiet">Say how long or for how much, and the price appears here.</p></aside>`;
  }
  /** @type {Order} */
  const wanted = {
    provider: row.provider,
    tier: tier.id,
    durationSecs: order.durationSecs,
    ...(order.kind === "image" ? { image: order.image } : { template: order.template }),
    ...(order.mint === "" ? {} : { mint: order.mint }),
  };
  let quote;
  try {
    quote = app.paygress.quote(wanted);
  } catch (error) {
    const { what, money } = explained(error);
    return html`<aside class="card stack bill" aria-label="What it costs"><h2>What it costs</h2>${note("error", html`<p><strong>${sentence(what)}</strong></p><p>${money}</p>`)}</aside>`;
  }
  const known = quote.total > 0n;
  const accepted = app.views.wallet.mints.filter((mint) => row.mints.some((url) => host(url) === host(mint.url)));
  return html`<aside class="card stack bill" aria-label="What it costs">
    <h2>What it costs</h2>
    <dl class="ledger">
      <div><dt>${duration(quote.durationSecs)}</dt><dd class="number">${sat(quote.price)}</dd></div>
      ${known ? html`<div><dt>Fee of the mint when the provider redeems</dt><dd class="number">${sat(quote.redeemFee)}</dd></div>
      <div><dt>Fee for exact change</dt><dd class="number">${sat(quote.swapFee)}</dd></div>
      <div class="sum"><dt>Leaves your wallet</dt><dd class="number">${sat(quote.total)}</dd></div>` : nothing}
    </dl>
    ${known ? html`<p class="small worst">${icons.shape("suspect")}<span>At worst you lose <strong class="number">${sat(quote.worstCase)}</strong>: if the provider takes the money and delivers nothing. If it never answers, the money comes back by itself.</span></p>` : html`<p class="small quiet">The fees of the mint are known once it can pay this.</p>`}
    ${accepted.length > 1 ? html`<label class="field"><span>Pay from</span><select .value=${live(order.mint)} @change=${(/** @type {Event} */ event) => {
      order.mint = /** @type {HTMLSelectElement} */ (event.target).value;
      app.redraw();
    }}><option value="">${quote.mint === null ? "Best mint" : `Best mint: ${mintName(app, quote.mint)}`}</option>${accepted.map((mint) => html`<option value=${mint.url}>${mintInFull(app, mint.url, sat(mint.spendable))}</option>`)}</select></label>`
      : quote.mint === null ? nothing : html`<p class="small quiet">Paid from ${mintName(app, quote.mint)}.</p>`}
    ${quote.warnings.length === 0 ? nothing : note("warning", html`<ul class="tight">${quote.warnings.map((warning) => html`<li>${sentence(warning)}</li>`)}</ul>`)}
    ${quote.possible ? nothing : note("error", html`<p><strong>This cannot be rented now.</strong></p><ul class="tight">${quote.reasons.map(({ text }) => html`<li>${sentence(text)}</li>`)}</ul>
      ${quote.missing > 0n && quote.mint !== null ? html`<div class="row"><a class="button small" href="#/wallet/fill/${encodeURIComponent(quote.mint)}/${quote.missing}">Fill in ${sat(quote.missing)}</a></div>` : nothing}`)}
    ${firstMint(app, row)}
    ${actionButton(app, "rent", { label: known ? html`Rent for ${sat(quote.total)}` : "Rent", busy: "Preparing the payment …", kind: "main wide", disabled: !quote.possible, run: () => rent(app, quote) })}
    ${refusal(app, "rent")}
    ${app.actions.busy("rent") ? working("The token is written down before anything is sent.") : nothing}
  </aside>`;
}

/**
 * @param {App} app
 * @param {Quote} quote
 */
async function rent(app, quote) {
  const lease = await app.paygress.rent(quote);
  app.go("workloads", lease);
}
