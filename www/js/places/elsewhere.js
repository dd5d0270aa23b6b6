// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { clock, host } from "../format.js";
import { note } from "../parts.js";

/** @typedef {import("../app.js").App} App */

/**
 * The words showed to be in use on another device too.
 * @param {App} app
 */
export function inUseElsewhere({ views }) {
  const { elsewhere } = views.wallet;
  if (elsewhere.length === 0) return nothing;
  return html`<section class="stack" aria-label="In use on another device">${elsewhere.map(({ mint, lastAt, sentence }) => note("warning", html`
    <p>${sentence}</p><p class="small">Seen at ${host(mint)}, last at ${clock(lastAt)}.</p>`))}</section>`;
}
