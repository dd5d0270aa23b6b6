// @ts-check
// Payment requests: paying one, following its delivery, and making one.
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { unreachableFromHere } from "../../pkg/shell/index.js";
import { host, sat, satsFrom } from "../format.js";
import { actionButton, copyButton, mintInFull, mintName, note, refusal, refused, sentence, submitted } from "../parts.js";
import { qr } from "../qr.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").OperationView} OperationView */
/** @typedef {import("../../pkg/shell/index.js").PaymentRequestView} PaymentRequestView */

/**
 * The request that is being looked at, with the amount that was chosen where it names none, and the mint.
 * @type {{ text: string, sats: bigint | null, mint: string | null } | null}
 */
let looked = null;

/** @type {{ text: string, short: string | null } | null} */
let made = null;

/**
 * Opens what was pasted if it is a payment request, and throws if it is a damaged one. False if it is something else.
 * @param {App} app
 * @param {string} text
 */
export function openRequest(app, text) {
  if (!app.paygress.isRequest(text)) return false;
  app.paygress.readRequest(text);
  looked = { text, sats: null, mint: null };
  return true;
}

/**
 * The request that was opened; nothing if there is none.
 * @param {App} app
 */
export function openedRequest(app) {
  if (looked === null) return null;
  const { text, sats } = looked;
  const request = app.paygress.readRequest(text, sats);
  const amount = request.amount ?? sats;
  const blocked = request.way === "post" && request.to !== null ? unreachableFromHere(request.to) : null;
  const problem = request.problem ?? blocked;
  return html`<div class="stack" data-testid="request">
    <h3>Somebody asks for a payment</h3>
    <dl class="facts">
      ${fact("Amount", amount === null ? "you choose" : sat(amount))}
      ${request.description === null ? nothing : fact("For", request.description)}
      ${fact("Goes", goes(request))}
      ${request.mints.length === 0 ? nothing : fact(request.anyMint ? "Prefers money of" : "Takes money of", request.mints.map((url) => mintName(app, url)).join(", "))}
      ${request.lockedTo === null ? nothing : fact("Locked", "only its receiver can take it, for a week; then it comes back")}
    </dl>
    ${request.unsupported.length > 0 && problem === null ? html`<p class="small quiet">Not used: ${request.unsupported.join("; ")}.</p>` : nothing}
    ${problem !== null ? note("warning", html`<p>${sentence(`It cannot be paid: ${problem}`)}</p>`) : amount === null ? amountForm(app) : choices(app, text, request, amount)}
    <div class="row"><button class="button small bare" type="button" @click=${() => close(app)}>Not this one</button></div>
  </div>`;
}

/**
 * @param {string} name
 * @param {string} value
 */
function fact(name, value) {
  return html`<dt>${name}</dt><dd>${value}</dd>`;
}

/** @param {PaymentRequestView} request */
function goes({ way, to }) {
  if (to === null || way === "hand") return "you hand the token over";
  return way === "post" ? `to ${host(to)}` : `by a private message to ${to.slice(0, 16)}…`;
}

/** @param {App} app */
function close(app) {
  looked = null;
  app.show("wallet", "pay");
}

/** @param {App} app */
function amountForm(app) {
  return html`<form class="stack" @submit=${submitted(async (data) => {
    await app.actions.run("request amount", async () => {
      const { sats, problem } = satsFrom(data("amount"));
      if (sats === null) throw refused(problem);
      if (looked !== null) looked.sats = sats;
    });
  })}>
    <label class="field"><span>Amount</span><span class="with-unit"><input name="amount" type="text" inputmode="numeric" autocomplete="off" required placeholder="100"><span>sat</span></span></label>
    ${actionButton(app, "request amount", { label: "See the price", type: "submit", kind: "main" })}
    ${refusal(app, "request amount")}
  </form>`;
}

/**
 * @param {App} app
 * @param {string} text
 * @param {PaymentRequestView} request
 * @param {bigint} amount
 */
function choices(app, text, request, amount) {
  const [best] = request.choices;
  if (best === undefined) return nothing;
  const chosen = request.choices.find(({ mint }) => mint === looked?.mint) ?? best;
  const choose = (/** @type {Event} */ event) => {
    if (looked !== null) looked.mint = /** @type {HTMLSelectElement} */ (event.target).value;
    app.redraw();
  };
  return html`<form class="stack" @submit=${submitted(async () => {
    await app.actions.run("request", async () => {
      const id = await app.paygress.payRequest(text, chosen.mint, amount, chosen.most);
      looked = null;
      app.go("wallet", "operation", id);
    });
  })}>
    <label class="field"><span>Pay from</span><select name="mint" .value=${live(chosen.mint)} @change=${choose}>${request.choices.map(({ mint, most, missing }) => html`<option value=${mint} ?disabled=${missing > 0n} ?selected=${mint === chosen.mint}>${mintInFull(app, mint, missing > 0n ? `${sat(missing)} are missing` : `at most ${sat(most)}`)}</option>`)}</select></label>
    ${best.missing > 0n ? note("warning", html`<p><strong>${sat(best.missing)} are missing at ${mintName(app, best.mint)}.</strong> <a href="#/wallet/fill/${encodeURIComponent(best.mint)}/${best.missing}">Fill them in</a></p>`) : nothing}
    ${actionButton(app, "request", { label: `Pay ${sat(amount)}, at most ${sat(chosen.most)} with fees`, busy: "Writing it down …", kind: "main", type: "submit", disabled: best.missing > 0n })}
    ${refusal(app, "request")}
  </form>`;
}

/**
 * How the payment of an operation gets to who asked for it.
 * @param {App} app
 * @param {OperationView} operation
 */
export function deliveryNote(app, { id, delivery }) {
  if (delivery === null) return nothing;
  const key = `deliver ${id}`;
  return html`<div class="tight" data-testid="delivery"><p>${sentence(delivery.sentence)}</p>
    ${delivery.canRepeat ? html`<div class="row">${actionButton(app, key, { label: "Send it once more", busy: "Sending …", run: () => app.paygress.deliverAgain(id) })}</div>` : nothing}
    ${refusal(app, key)}</div>`;
}

/** @param {App} app */
export function requestForm(app) {
  if (app.views.wallet.mints.length === 0) return nothing;
  return html`<details class="tight" ?open=${made !== null}><summary>Ask for a payment</summary>
    ${made === null ? html`<form class="stack" @submit=${submitted(async (data) => {
      await app.actions.run("ask", async () => {
        const words = data("amount").trim();
        const { sats, problem } = words === "" ? { sats: null, problem: null } : satsFrom(words);
        if (problem !== null && sats === null) throw refused(problem);
        made = app.paygress.requestPayment({ sat: sats, description: data("words"), key: data("lock") === "on" ? app.paygress.receivingKey() : null });
      });
    })}>
      <p class="small quiet">Makes a payment request for other Cashu wallets. Who pays it hands you a token; paste it above.</p>
      <label class="field"><span>Amount asked for</span><span class="with-unit"><input name="amount" type="text" inputmode="numeric" autocomplete="off" placeholder="the payer chooses"><span>sat</span></span></label>
      <label class="field"><span>What it is for</span><input name="words" type="text" autocomplete="off" maxlength="80"></label>
      <label class="tick"><input name="lock" type="checkbox">Only this wallet can take the money</label>
      ${actionButton(app, "ask", { label: "Make a request", kind: "main", type: "submit" })}
      ${refusal(app, "ask", "Nothing was changed.")}
    </form>` : madeRequest(app, made)}
  </details>`;
}

/**
 * @param {App} app
 * @param {{ text: string, short: string | null }} request
 */
function madeRequest(app, { text, short }) {
  const again = () => {
    made = null;
    app.show("wallet", "receive");
  };
  return html`<div class="stack">
    ${qr(short ?? text, "The payment request as a QR code") ?? nothing}
    <div class="secret" tabindex="0" data-testid="made-request">${text}</div>
    <div class="row">${copyButton(app, () => text, "Payment request", "Copy the request")}<button class="button small bare" type="button" @click=${again}>Make another one</button></div>
  </div>`;
}
