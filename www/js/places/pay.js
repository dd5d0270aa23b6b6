// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { clock, money } from "../format.js";
import { actionButton, copyButton, mintChoice, mintName, note, refusal, refused, submitted } from "../parts.js";
import { openRequest, openedRequest } from "./request.js";
import { amountField, amountFrom, knowsMsat, unitChoice, unitFrom } from "./units.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").OperationView} OperationView */

/** @param {App} app */
export function payForm(app) {
  const request = openedRequest(app);
  if (request !== null) return request;
  return html`<form class="stack" @submit=${submitted(async (data) => {
    await app.actions.run("pay", async () => {
      if (openRequest(app, data("invoice"))) return;
      app.go("wallet", "operation", await app.paygress.quotePay(data("mint"), data("invoice"), { unit: unitFrom(data("unit")) }));
    });
  })}>
    <p class="quiet">Paste a Lightning invoice or a payment request. You see the price with all fees before anything is paid.</p>
    ${mintChoice(app, "Pay from", "mint")}
    ${knowsMsat(app) ? unitChoice("With its", "unit") : nothing}
    <label class="field"><span>Invoice or payment request</span><textarea name="invoice" required autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="lnbc…"></textarea></label>
    ${actionButton(app, "pay", { label: "Ask for the price", busy: "Asking the mint …", kind: "main", type: "submit" })}
    ${refusal(app, "pay")}
  </form>`;
}

/** @param {App} app */
export function moveForm(app) {
  const { mints } = app.views.wallet;
  if (mints.length < 2 && !knowsMsat(app)) {
    return html`<p class="quiet">Moving money takes two mints. Add the one that should get it first.</p><div class="row"><a class="button" href="#/wallet/mint">Add a mint</a></div>`;
  }
  const richest = mints.reduce((best, mint) => (mint.spendable > best.spendable ? mint : best));
  return html`<form class="stack" @submit=${submitted(async (data) => {
    const [unit, fromUnit] = [unitFrom(data("unit")), unitFrom(data("fromUnit"))];
    const { amount, problem } = amountFrom(data("amount"), unit);
    await app.actions.run("move", async () => {
      if (amount === null) throw refused(problem);
      app.go("wallet", "operation", await app.paygress.quoteMove(data("from"), data("to"), amount, { unit, fromUnit }));
    });
  })}>
    <p class="quiet">Moves money to another mint over Lightning, for a provider that takes only certain mints. You see the price first.</p>
    ${mintChoice(app, "From", "from", richest.url)}
    ${knowsMsat(app) ? unitChoice("With its", "fromUnit") : nothing}
    ${mintChoice(app, "To", "to", mints.find((mint) => mint.url !== richest.url)?.url)}
    ${amountField(app, { label: "Amount that should arrive", example: "1000" })}
    ${actionButton(app, "move", { label: "Ask for the price", busy: "Asking both mints …", kind: "main", type: "submit" })}
    ${refusal(app, "move")}
  </form>`;
}

/**
 * The price of a payment or a move with the two answers to it, or the proof of one that is done.
 * @param {App} app
 * @param {OperationView} operation
 */
export function payment(app, operation) {
  const { id, kind, unit, amount, mint, to, most, missing, invoiceExpiresAt: ends, preimage, wrongPreimage } = operation;
  const sum = (/** @type {bigint} */ value) => money(value, unit);
  if (preimage !== null) {
    return html`<div class="tight"><h3>Proof of payment</h3><div class="secret" tabindex="0" data-testid="preimage">${preimage}</div>
      <div class="row">${copyButton(app, () => preimage, "Proof of payment", "Copy the proof")}</div></div>`;
  }
  if (wrongPreimage !== null) {
    const look = to === null ? "Ask the receiver whether the money arrived." : `Look whether the money arrived at ${mintName(app, to)}.`;
    return html`<div class="tight"><h3>No proof of payment</h3>
      <p class="small">The mint gave this as the proof, and it does not fit the invoice. ${look}</p>
      <div class="secret" tabindex="0" data-testid="preimage">${wrongPreimage}</div></div>`;
  }
  if (operation.state !== "quoted" || most === null) return nothing;
  const verb = kind === "move" ? "Move" : "Pay";
  const place = mintName(app, mint);
  return html`
    <dl class="facts price" data-testid="price">
      <dt>${kind === "move" ? `Arrives at ${to === null ? "the other mint" : mintName(app, to)}` : "Arrives"}</dt><dd class="number">${sum(amount)}</dd>
      <dt>Fees, at most</dt><dd class="number">${sum(most - amount)}</dd>
      <dt>Leaves ${place}, at most</dt><dd class="number"><strong>${sum(most)}</strong></dd>
    </dl>
    <p class="small quiet">What the fees do not need comes back.${ends === null ? nothing : html` The price holds until ${clock(ends)}.`}</p>
    ${missing === null || missing === 0n ? nothing : note("warning", html`<p><strong>${sum(missing)} are missing at ${place}.</strong> <a href="#/wallet/fill/${encodeURIComponent(mint)}/${missing}/${unit}">Fill them in</a></p>`)}
    <div class="row">
      ${actionButton(app, `agree ${id}`, { label: `${verb} ${sum(amount)}, at most ${sum(most)} with fees`, busy: "Writing it down …", kind: "main", disabled: missing !== 0n, run: () => app.paygress.pay(id, most) })}
      ${actionButton(app, `cancel ${id}`, { label: kind === "move" ? "Do not move it" : "Do not pay", busy: "Writing it down …", kind: "bare", run: () => app.paygress.cancelOperation(id) })}
    </div>
    ${refusal(app, `agree ${id}`)}`;
}
