// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { clock } from "../format.js";
import { actionButton, mintName, note, refusal, sentence } from "../parts.js";

/** @typedef {import("../app.js").App} App */

/**
 * The words showed to be in use on another device too, until the person says to know it.
 * @param {App} app
 */
export function inUseElsewhere(app) {
  const { elsewhere } = app.views.wallet;
  if (elsewhere.length === 0) return nothing;
  return html`<section class="notes" aria-label="In use on another device">${elsewhere.map(({ mint, lastAt, sentence: words }) => note("warning", html`
    <p>${sentence(words)}</p><p class="small">Seen at ${mintName(app, mint)}, last at ${clock(lastAt)}.</p>
    <div class="row">${actionButton(app, `acknowledge ${mint}`, { label: "I know", busy: "Noting it …", kind: "small", run: () => app.paygress.acknowledgeElsewhere(mint) })}</div>
    ${refusal(app, `acknowledge ${mint}`, "Nothing was changed.")}`))}</section>`;
}
