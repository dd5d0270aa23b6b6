// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { count, money, satsFrom, wholeFrom } from "../format.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").Unit} Unit */

/** @type {readonly Unit[]} */
const UNITS = ["sat", "msat"];

/**
 * Whether the choice of a unit means anything here.
 * @param {App} app
 */
export function knowsMsat(app) {
  return app.views.wallet.mints.some((mint) => mint.msat !== null);
}

/**
 * The unit a form chose.
 * @param {string | undefined} name
 * @returns {Unit}
 */
export function unitFrom(name) {
  return name === "msat" ? "msat" : "sat";
}

/**
 * A field for an amount, with the choice of its unit where a mint keeps msat. The form has `amount` and `unit`.
 * @param {App} app
 * @param {{ label: string, value?: string, unit?: Unit, example: string }} field
 */
export function amountField(app, { label, value, unit, example }) {
  const input = html`<input name="amount" type="text" inputmode="numeric" autocomplete="off" required value=${value ?? ""} placeholder=${example}>`;
  if (!knowsMsat(app)) return html`<label class="field"><span>${label}</span><span class="with-unit">${input}<span>sat</span></span></label>`;
  return html`<div class="amount-and-unit"><label class="field"><span>${label}</span>${input}</label>${unitChoice("Unit", "unit", unit)}</div>
    <p class="small quiet">1 sat is 1000 msat. Workloads are paid in sat.</p>`;
}

/**
 * @param {string} label
 * @param {string} name
 * @param {Unit} [chosen]
 */
export function unitChoice(label, name, chosen) {
  return html`<label class="field"><span>${label}</span><select name=${name}>${UNITS.map((unit) => html`<option value=${unit} ?selected=${unit === chosen}>${unit}</option>`)}</select></label>`;
}

/**
 * The amount a person typed, above zero, or a sentence that says what is wrong.
 * @param {string} text
 * @param {Unit} unit
 * @returns {{ amount: bigint, problem: null } | { amount: null, problem: string }}
 */
export function amountFrom(text, unit) {
  if (unit === "msat" && wholeFrom(text) === null) return { amount: null, problem: "whole msat only, like 1500" };
  const { sats, problem } = satsFrom(text);
  return sats === null ? { amount: null, problem } : { amount: sats, problem: null };
}

/**
 * What can be spent: sat, and beside it msat, which no whole sat is made of silently.
 * @param {bigint} total
 * @param {bigint} totalMsat
 */
export function balance(total, totalMsat) {
  return html`<span class="number">${count(total)}</span> sat to spend${totalMsat === 0n ? nothing : html`
    <span class="small quiet">and beside that <span data-testid="total-msat">${money(totalMsat, "msat")}</span>${totalMsat < 1000n ? "" : ` (${count(totalMsat / 1000n)} whole sat)`}</span>`}`;
}
