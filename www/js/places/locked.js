// @ts-check
// Tokens that are locked to a key: making them, and the key that others lock to.
import { html } from "../../vendor/lit-html/lit-html.js";
import { copyButton } from "../parts.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").OperationView} OperationView */

const DAY = 86_400;
const ENDS = /** @type {const} */ ([["a day", DAY], ["a week", 7 * DAY], ["a month", 30 * DAY]]);

/**
 * The part of the form for a token that says who may take it.
 * @param {App} app
 */
export function lockFields(app) {
  const typed = (/** @type {Event} */ event) => {
    const { value, form } = /** @type {HTMLInputElement} */ (event.currentTarget);
    const hint = /** @type {HTMLElement | null | undefined} */ (form?.querySelector("[data-testid=own-lock]"));
    if (hint) hint.hidden = value.trim().toLowerCase() !== app.paygress.receivingKey();
  };
  return html`<details class="tight"><summary>Only for one person</summary>
    <div class="stack">
      <p class="small quiet">Nobody but the owner of this key can take the token, even who sees it. After the time it comes back to you if it was not taken. Your twelve words alone do not bring such a token back: keep this wallet until then.</p>
      <label class="field"><span>The receiver's key</span><input name="lock" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="02…" @input=${typed}></label>
      <p class="small toned tone-suspect" role="status" data-testid="own-lock" hidden>This is the key of this wallet: only you yourself could take the token.</p>
      <label class="field"><span>Comes back after</span><select name="lock-secs">${ENDS.map(([words, secs]) => html`<option value=${secs} ?selected=${secs === 7 * DAY}>${words}</option>`)}</select></label>
    </div></details>`;
}

/**
 * Makes the token that a form with `lockFields` asks for.
 * @param {App} app
 * @param {(name: string) => string} data
 * @param {bigint} amount
 * @param {import("../../pkg/shell/index.js").Unit} unit
 */
export function sendAsAsked(app, data, amount, unit) {
  const key = data("lock").trim();
  if (key === "") return app.paygress.send(data("mint"), amount, { unit });
  return app.paygress.sendLocked(data("mint"), amount, key, app.now + Number(data("lock-secs")), { unit });
}

/** @param {App} app */
export function ownKey(app) {
  const key = app.paygress.receivingKey();
  return html`<details class="tight"><summary>Your key, for tokens that only you can take</summary>
    <div class="stack">
      <p class="small quiet">Give it to who wants to send you a token that is of no use to anybody else. It is always the same one, so senders who compare notes see that it is yours.</p>
      <div class="secret" tabindex="0" data-testid="own-key">${key}</div>
      <div class="row">${copyButton(app, () => key, "Key", "Copy the key")}</div>
    </div></details>`;
}

/**
 * Whose the token of an operation is; nothing for one that is anybody's.
 * @param {OperationView} operation
 */
export function lockNote({ lockedTo }) {
  if (lockedTo === null) return null;
  return html`<p class="small quiet">Locked to the key</p><div class="secret" tabindex="0" data-testid="locked-to">${lockedTo}</div>`;
}
