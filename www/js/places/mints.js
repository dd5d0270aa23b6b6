// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { unreachableFromHere } from "../../pkg/shell/index.js";
import { host } from "../format.js";
import { actionButton, mintInFull, refusal, sentence } from "../parts.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").MarketRow} MarketRow */
/** @typedef {import("../../pkg/shell/index.js").MintView} MintView */

export const STRANGERS =
  "A mint is run by strangers: it keeps the money behind your tokens and can vanish with it. Keep small amounts there.";

/** @type {Record<MintView["state"] | "unknown", number>} */
const ORDER = { ready: 0, expiring: 0, loading: 1, unknown: 2, timedOut: 3, rateLimited: 3, failing: 3, unreachable: 3, retired: 4, expired: 4, refused: 4 };

/**
 * The mints that a provider takes, to choose a first one from; nothing when one of them is in the wallet and can be used.
 * @param {App} app
 * @param {MarketRow} row
 */
export function firstMint(app, row) {
  const known = new Map(app.views.wallet.mints.map((mint) => [host(mint.url), mint]));
  const choices = row.mints.map((url) => ({ url, mint: known.get(host(url)), problem: unreachableFromHere(url) }));
  if (choices.length === 0 || choices.some(({ mint }) => mint && ORDER[mint.state] === 0)) return nothing;
  const rank = (/** @type {(typeof choices)[number]} */ { mint, problem }) => (problem === null ? ORDER[mint?.state ?? "unknown"] : 5);
  choices.sort((a, b) => rank(a) - rank(b));
  return html`<div class="stack" data-testid="first-mint"><h3>Where ${row.name} takes money from</h3>
    <p class="small quiet">${STRANGERS}</p>
    <ul class="suggestions">${choices.map(({ url, mint, problem }) => html`<li>
      <span class="tight grow"><span>${mintInFull(app, url)}</span><span class="small quiet">${problem !== null ? sentence(problem)
        : mint === undefined ? "Not in your wallet yet"
          : mint.state === "loading" ? "Asking it …"
            : sentence(mint.problem ?? "it cannot be used now")}</span></span>
      ${mint !== undefined ? nothing : actionButton(app, `mint ${url}`, { label: "Use this mint", busy: "Adding …", kind: "small", disabled: problem !== null, run: () => app.paygress.addMint(url) })}
      ${refusal(app, `mint ${url}`, "Nothing was changed.")}
    </li>`)}</ul>
    <p class="small quiet">Once it answers you see here how much to fill in.</p></div>`;
}
