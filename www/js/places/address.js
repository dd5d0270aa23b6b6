// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { satsFrom } from "../format.js";
import { actionButton, mintChoice, refusal, refused, sentence, submitted, working } from "../parts.js";

/** @typedef {import("../app.js").App} App */

/** Somebody waits for the answer: the payment is opened as soon as there is one, or it is said why there is none. */
let waiting = false;

/** @param {App} app */
export function addressForm(app) {
  const { address } = app.views.wallet;
  const operation = address?.operation ?? null;
  if (waiting && address !== null && !address.open && !app.actions.busy("address")) {
    waiting = false;
    queueMicrotask(() => {
      if (operation === null) app.actions.refuse("address", { what: address.sentence, money: "Nothing was paid." });
      else app.go("wallet", "operation", operation);
    });
  }
  return html`<form class="stack" aria-labelledby="address" @submit=${submitted(async (data) => {
    const { sats, problem } = satsFrom(data("sats"));
    await app.actions.run("address", async () => {
      if (sats === null) throw refused(problem);
      waiting = false;
      await app.paygress.payAddress(data("mint"), data("address"), sats);
      waiting = true;
    });
  })}>
    <h3 id="address">To a Lightning address</h3>
    <p class="quiet">Its server is asked for an invoice. Some do not let web pages ask; you see the price before anything is paid.</p>
    ${mintChoice(app, "Pay it from", "mint")}
    <label class="field"><span>Lightning address</span><input name="address" type="text" inputmode="email" required autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" placeholder="name@example.com"></label>
    <label class="field"><span>Amount that it gets</span><span class="with-unit"><input name="sats" type="text" inputmode="numeric" autocomplete="off" required placeholder="100"><span>sat</span></span></label>
    ${actionButton(app, "address", { label: "Ask for an invoice", busy: "Asking …", type: "submit" })}
    ${refusal(app, "address")}
    ${address?.open && app.actions.refusal("address") === undefined ? working(sentence(address.sentence)) : nothing}
  </form>`;
}
