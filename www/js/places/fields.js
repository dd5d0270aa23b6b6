// @ts-check
import { html } from "../../vendor/lit-html/lit-html.js";
import { host, sat } from "../format.js";

/** @typedef {import("../app.js").App} App */

/**
 * A choice between the wallet's mints.
 * @param {App} app
 * @param {string} label
 * @param {string} name
 * @param {string} [chosen]
 */
export function mintChoice(app, label, name, chosen) {
  return html`<label class="field"><span>${label}</span><select name=${name}>${app.views.wallet.mints.map((mint) => html`<option value=${mint.url} ?selected=${mint.url === chosen}>${mint.name || host(mint.url)} · ${sat(mint.spendable)}</option>`)}</select></label>`;
}

/**
 * The listener of a form: `work` gets what was typed, by name.
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
