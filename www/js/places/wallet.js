// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { unreachableFromHere } from "../../pkg/shell/index.js";
import { clock, count, duration, host, money } from "../format.js";
import * as icons from "../icons.js";
import { actionButton, copyButton, journal, linked, mayOpen, mintChoice, mintName, noSuchPage, note, refusal, refused, sentence, submitted, working } from "../parts.js";
import { qr } from "../qr.js";
import { inUseElsewhere } from "./elsewhere.js";
import { lockFields, lockNote, ownKey, sendAsAsked } from "./locked.js";
import { addressForm } from "./address.js";
import { STRANGERS } from "./mints.js";
import { moveForm, payForm, payment } from "./pay.js";
import { deliveryNote, requestForm } from "./request.js";
import { comingBack, searchProgress } from "./restore.js";
import { amountField, amountFrom, balance, unitFrom } from "./units.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").MintView} MintView */
/** @typedef {import("../../pkg/shell/index.js").OperationView} OperationView */

const TABS = /** @type {const} */ ({ fill: "Fill", receive: "Receive", send: "Send", pay: "Pay", move: "Move", mint: "Add a mint" });

/** @type {Record<OperationView["kind"], { doing: string, label: string, unmoved: string, icon: unknown, sign: string }>} */
const KINDS = {
  issue: { doing: "Lightning invoice", label: "Filled by Lightning", unmoved: "Not filled", icon: icons.bolt, sign: "+" },
  receive: { doing: "Receiving", label: "Received", unmoved: "Not received", icon: icons.into, sign: "+" },
  send: { doing: "Making a token", label: "Sent", unmoved: "Not sent", icon: icons.outof, sign: "−" },
  reclaim: { doing: "Taking back", label: "Taken back", unmoved: "Not taken back", icon: icons.again, sign: "+" },
  retry: { doing: "Set aside, trying again", label: "Set aside, tried again", unmoved: "Set aside, tried in vain", icon: icons.again, sign: "+" },
  rotate: { doing: "Renewing at the mint", label: "Renewed at the mint", unmoved: "Not renewed", icon: icons.again, sign: "" },
  pay: { doing: "Lightning payment", label: "Paid by Lightning", unmoved: "Not paid", icon: icons.bolt, sign: "−" },
  move: { doing: "Move to another mint", label: "Moved to another mint", unmoved: "Not moved", icon: icons.outof, sign: "" },
  restore: { doing: "Looking for lost ecash", label: "Lost ecash found", unmoved: "Looked for lost ecash", icon: icons.again, sign: "+" },
};

/** @param {App} app */
export function walletPlace(app) {
  const [first, second, third, fourth] = app.path;
  if (first === "operation") {
    const operation = app.views.wallet.operations.find((each) => each.id === second);
    return operation === undefined ? noSuchPage(app) : operationScreen(app, operation);
  }
  if (first !== undefined && !Object.hasOwn(TABS, first)) return noSuchPage(app);
  const { total, totalMsat, mints, operations } = app.views.wallet;
  const tab = first !== undefined ? /** @type {keyof typeof TABS} */ (first) : mints.length === 0 ? "mint" : "fill";
  const shown = operations.filter((operation) => !partOfNothing(operation, operations));
  const locked = shown.filter((operation) => operation.open);
  return html`
    <div class="place-head"><div><h1>Wallet</h1><p class="balance">${balance(total, totalMsat)}${app.config.test ? html` <span class="test-mark">Test money</span>` : nothing}</p></div></div>
    ${inUseElsewhere(app)}
    <div class="split-wallet">
      <section class="card stack desk" aria-label="Move money">
        <div class="tabs" role="tablist" aria-label="Move money" @keydown=${arrowKeys}>${Object.entries(TABS).map(([name, label]) => html`<button role="tab" id="tab-${name}" aria-controls="panel" aria-selected=${name === tab} tabindex=${name === tab ? 0 : -1} @click=${() => app.show("wallet", name)}>${label}</button>`)}</div>
        <div id="panel" role="tabpanel" aria-labelledby="tab-${tab}" class="stack">${panel(app, tab, second, third, fourth)}</div>
      </section>
      <div class="stack">
        ${mints.length === 0 ? nothing : html`<section class="card stack"><h2>Your mints</h2>
          <ul class="mint-list">${repeat(mints, (mint) => mint.url, (mint) => mintRow(app, mint))}</ul></section>`}
        ${total === 0n && operations.length === 0 ? comingBack() : nothing}
        <section class="card stack"><h2>Under way</h2>
          ${locked.length === 0 ? html`<p class="quiet">Nothing is locked and nothing waits.</p>` : operationList(locked)}</section>
        <section class="card stack"><div class="spread"><h2>History</h2>${operations.length === 0 ? nothing : html`<button class="button small bare" @click=${() => exportHistory(app)}>Save as a file</button>`}</div>
          ${shown.length === locked.length ? html`<p class="quiet">No money has moved yet.</p>` : operationList(shown.filter((operation) => !operation.open))}</section>
      </div>
    </div>`;
}

/**
 * Saves every operation with its steps as JSON. Views hold no token and no secret.
 * @param {App} app
 */
function exportHistory(app) {
  const { mints, operations } = app.views.wallet;
  const text = JSON.stringify({ at: app.now, mints, operations }, (_, value) => (typeof value === "bigint" ? String(value) : value), 2);
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: "paygress-history.json" });
  link.click();
  URL.revokeObjectURL(url);
}

/** @param {KeyboardEvent} event */
function arrowKeys(event) {
  const tabs = /** @type {HTMLElement[]} */ ([.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("[role=tab]")]);
  const at = tabs.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {Record<string, number | undefined>} */
  const moves = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
  const to = moves[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = tabs[to % tabs.length];
  next?.focus();
  next?.click();
}

/** @type {Record<MintView["state"], [string, string, "provisioning" | "live" | "unknown" | "suspect" | "failed"]>} */
const MINT_STATES = {
  loading: ["Loading", "provisioning", "provisioning"],
  ready: ["Ready", "live", "live"],
  unreachable: ["Unreachable", "unknown", "unknown"],
  timedOut: ["No answer in time", "unknown", "unknown"],
  rateLimited: ["Asks for a pause", "suspect", "suspect"],
  failing: ["Not working", "unknown", "unknown"],
  refused: ["Refused", "gone", "failed"],
  retired: ["Signs nothing new", "gone", "failed"],
  expiring: ["Ready, keys end soon", "suspect", "suspect"],
  expired: ["Ready, keys ended", "suspect", "suspect"],
};

/**
 * @param {App} app
 * @param {MintView} mint
 */
function mintRow(app, mint) {
  const [label, tone, shape] = MINT_STATES[mint.state];
  const { msat, url } = mint;
  const parts = [...held(mint, "sat"), ...(msat === null ? [] : held(msat, "msat"))];
  return html`<li class="tight">
    <div class="spread"><strong>${mint.name || host(mint.url)}</strong><strong class="number">${money(mint.spendable, "sat")}</strong></div>
    ${msat === null ? nothing : html`<div class="spread small"><span class="quiet">Beside that, in thousandths of a sat</span><strong class="number">${money(msat.spendable, "msat")}</strong></div>`}
    <div class="spread small"><span class="quiet">${host(mint.url)}${mint.inputFeePpk > 0 ? html` · fee ${mint.inputFeePpk / 1000} sat a coin` : nothing}</span><span class="row toned tone-${tone}">${icons.shape(shape)}${label}</span></div>
    ${trouble(app, mint)}
    ${mint.notes.length === 0 ? nothing : html`<ul class="held small quiet">${mint.notes.map((text) => html`<li>${sentence(text)}</li>`)}</ul>`}
    ${parts.length > 0 ? html`<ul class="held small quiet">${parts.map(([amount, why]) => html`<li><span class="number">${amount}</span> ${why}</li>`)}</ul>` : nothing}
    <div class="row">
      ${actionButton(app, `restore ${url}`, { label: "Look for lost ecash", busy: "Beginning …", kind: "small bare", run: async () => app.go("wallet", "operation", await app.paygress.restore(url)) })}
      ${actionButton(app, `remove ${url}`, { label: "Remove this mint", busy: "Removing …", kind: "small bare", run: () => app.paygress.removeMint(url).then(() => app.toast("Mint removed")) })}
    </div>
    ${refusal(app, `restore ${url}`, "Nothing was changed.")}${refusal(app, `remove ${url}`, "Nothing was changed.")}
  </li>`;
}

/**
 * What is wrong with a mint, since when, and when it is asked again.
 * @param {App} app
 * @param {MintView} mint
 */
function trouble(app, { state, problem, since, nextTryAt, contact }) {
  if (problem === null) return nothing;
  const [, tone] = MINT_STATES[state];
  return note(tone === "gone" ? "error" : tone === "suspect" ? "warning" : "unknown", html`<p class="small">${sentence(problem)}</p>
    ${since === null ? nothing : html`<p class="small">Since ${clock(since)}${asked(app, nextTryAt)}.</p>`}
    ${contact === null ? nothing : html`<p class="small">Contact: ${contact}</p>`}`);
}

/**
 * @param {App} app
 * @param {number | null} at
 */
function asked(app, at) {
  if (at === null) return nothing;
  return at > app.now ? `, asked again in ${duration(at - app.now)}` : ", being asked again";
}

/**
 * The money of one unit that cannot be spent now, with the reason.
 * @param {{ reserved: bigint, handedOut: bigint, unclaimed: bigint, quarantined: bigint }} columns
 * @param {import("../../pkg/shell/index.js").Unit} unit
 * @returns {[string, string][]}
 */
function held({ reserved, handedOut, unclaimed, quarantined }, unit) {
  /** @type {[bigint, string][]} */
  const parts = [
    [reserved, "reserved by what is under way"],
    [handedOut, "in tokens nobody redeemed yet"],
    [unclaimed, "received, waiting for the mint"],
    [quarantined, "set aside and tried again at times: the mint's proof for it is missing or wrong"],
  ];
  return parts.filter(([amount]) => amount > 0n).map(([amount, why]) => [money(amount, unit), why]);
}

/** @param {readonly OperationView[]} operations */
function operationList(operations) {
  return html`<ul class="operations">${repeat(operations, (operation) => operation.id, (operation) => {
    const kind = KINDS[operation.kind];
    return html`<li><a href="#/wallet/operation/${encodeURIComponent(operation.id)}">
      <span class="kind">${kind.icon}</span>
      <span class="tight grow"><span class="spread"><span>${title(operation)}</span>${moved(operation) ? html`<span class="number">${isComing(operation) ? nothing : kind.sign} ${money(operation.amount, operation.unit)}</span>` : nothing}</span>
      <span class="small quiet spread"><span class="grow">${sentence(operation.sentence)}</span><span class="number">${!operation.open && operation.fee > 0n ? html`fee ${money(operation.fee, operation.unit)} · ` : nothing}<time>${clock(operation.updatedAt)}</time></span></span></span>
    </a></li>`;
  })}</ul>`;
}

/**
 * The other mint's invoice for a move that nobody agreed to, or that was not made: the move itself tells of it.
 * @param {OperationView} operation
 * @param {readonly OperationView[]} all
 */
function partOfNothing({ partOf, state }, all) {
  if (partOf === null) return false;
  return ["offered", "expired"].includes(state) || (state === "failed" && all.some((move) => move.id === partOf && move.state === "cancelled"));
}

/**
 * Whether the amount counts, or will once it is done.
 * @param {OperationView} operation
 */
function moved({ kind, state, amount }) {
  if (kind === "restore") return amount > 0n;
  return !["failed", "cancelled", "expired", "offered", "found-spent"].includes(state);
}

/**
 * Whether nothing came or left yet.
 * @param {OperationView} operation
 */
function isComing({ kind, open, state }) {
  return open && kind !== "restore" && state !== "handed-out" && state !== "reclaiming";
}

/** @param {OperationView} operation */
function title(operation) {
  if (operation.kind === "send" && operation.lease !== null) return "For a workload";
  if (operation.partOf !== null) return operation.open ? "On its way from another mint" : moved(operation) ? "Came from another mint" : "Not moved";
  const { doing, label, unmoved } = KINDS[operation.kind];
  if (isComing(operation) || (operation.kind === "restore" && operation.open)) return doing;
  return moved(operation) ? label : unmoved;
}

/**
 * @param {App} app
 * @param {keyof typeof TABS} tab
 * @param {string | undefined} mint
 * @param {string | undefined} amount
 * @param {string | undefined} unit
 */
function panel(app, tab, mint, amount, unit) {
  if (tab === "mint") return mintForm(app);
  if (tab === "receive") return receiveForm(app);
  if (app.views.wallet.mints.length === 0) {
    return html`<p class="quiet">Money lives at a mint. Add one first.</p><div class="row"><a class="button" href="#/wallet/mint">Add a mint</a></div>`;
  }
  if (tab === "pay") return html`${payForm(app)}${addressForm(app)}`;
  if (tab === "move") return moveForm(app);
  return tab === "fill" ? fillForm(app, mint, amount, unitFrom(unit)) : sendForm(app);
}

/**
 * @param {App} app
 * @param {string | undefined} mint
 * @param {string | undefined} amount
 * @param {import("./units.js").Unit} chosen
 */
function fillForm(app, mint, amount, chosen) {
  return html`<form class="stack" @submit=${submitted(async (data) => {
    const unit = unitFrom(data("unit"));
    const { amount: asked, problem } = amountFrom(data("amount"), unit);
    await app.actions.run("fill", async () => {
      if (asked === null) throw refused(problem);
      app.go("wallet", "operation", await app.paygress.issue(data("mint"), asked, { unit }));
    });
  })}>
    <p class="quiet">The mint gives you a Lightning invoice; once it is paid, the money is here.</p>
    ${mintChoice(app, "Mint", "mint", mint)}
    ${amountField(app, { label: "Amount", value: amount, unit: chosen, example: "1000" })}
    ${actionButton(app, "fill", { label: "Get an invoice", busy: "Asking the mint …", kind: "main", type: "submit" })}
    ${refusal(app, "fill")}
  </form>`;
}

/** @param {App} app */
function receiveForm(app) {
  return html`<form class="stack" @submit=${submitted(async (data, form) => {
    const id = await app.actions.run("receive", () => app.paygress.receive(data("token")));
    if (id === undefined) return;
    form.reset();
    app.go("wallet", "operation", id);
  })}>
    <p class="quiet">Paste a Cashu token. It is swapped at its mint at once, so that nobody else can spend it.</p>
    <label class="field"><span>Token</span><textarea name="token" required autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="cashuB…"></textarea></label>
    ${actionButton(app, "receive", { label: "Take it in", busy: "Writing it down …", kind: "main", type: "submit" })}
    ${refusal(app, "receive")}
  </form>
  ${requestForm(app)}
  ${ownKey(app)}`;
}

/** @param {App} app */
function sendForm(app) {
  return html`<form class="stack" @submit=${submitted(async (data) => {
    const unit = unitFrom(data("unit"));
    const { amount, problem } = amountFrom(data("amount"), unit);
    await app.actions.run("send", async () => {
      if (amount === null) throw refused(problem);
      app.go("wallet", "operation", await sendAsAsked(app, data, amount, unit));
    });
  })}>
    <p class="quiet">Makes a token: text that is money. Whoever has it first can redeem it. You can take it back until then.</p>
    ${mintChoice(app, "Mint", "mint")}
    ${amountField(app, { label: "Amount", example: "100" })}
    <div class="row"><button class="button small" type="button" @click=${(/** @type {Event} */ event) => fillAll(app, event)}>All there is</button></div>
    ${lockFields(app)}
    ${actionButton(app, "send", { label: "Make a token", busy: "Preparing …", kind: "main", type: "submit" })}
    ${refusal(app, "send")}
  </form>`;
}

/**
 * Writes the balance of the chosen mint and unit into the amount.
 * @param {App} app
 * @param {Event} event
 */
function fillAll(app, event) {
  const form = /** @type {HTMLButtonElement} */ (event.currentTarget).form;
  const [mint, amount, unit] = ["mint", "amount", "unit"].map((name) => /** @type {HTMLInputElement | null} */ (form?.elements.namedItem(name)));
  const chosen = app.views.wallet.mints.find(({ url }) => url === mint?.value);
  if (amount) amount.value = String((unit?.value === "msat" ? chosen?.msat?.spendable : chosen?.spendable) ?? "");
}

/** @param {App} app */
function mintForm(app) {
  return html`<form class="stack" @submit=${submitted(async (data, form) => {
    const added = await app.actions.run("mint", async () => {
      const url = data("url").trim();
      mayOpen(url, "http:");
      const known = app.paygress.wallet().mints.length;
      await app.paygress.addMint(url);
      return app.paygress.wallet().mints.length > known ? "Mint added" : "This mint is in your wallet already";
    });
    if (added !== undefined) {
      form.reset();
      app.toast(added);
      app.go("wallet");
    }
  })}>
    <p class="quiet">${STRANGERS} Providers list the mints they accept.</p>
    <label class="field"><span>Address</span><input name="url" type="url" required autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="https://mint.example"></label>
    ${actionButton(app, "mint", { label: "Add this mint", busy: "Adding …", kind: "main", type: "submit" })}
    ${refusal(app, "mint", "Nothing was changed.")}
  </form>
  ${suggestions(app)}`;
}

/**
 * Mints that providers in the market accept and the wallet does not have.
 * @param {App} app
 */
function suggestions(app) {
  const mine = new Set(app.views.wallet.mints.map((mint) => host(mint.url)));
  /** @type {Map<string, number>} */
  const accepted = new Map();
  for (const { mints } of app.paygress.market({ limit: 200 }).rows) {
    for (const url of mints) if (!mine.has(host(url))) accepted.set(url, (accepted.get(url) ?? 0) + 1);
  }
  if (accepted.size === 0) return nothing;
  const most = [...accepted].sort(([, a], [, b]) => b - a).slice(0, 5);
  return html`<div class="tight"><h3>Accepted in your market</h3><ul class="suggestions">${most.map(([url, providers]) => html`<li>
    <span class="tight grow"><span>${host(url)}</span><span class="small quiet">by ${providers} ${providers === 1 ? "provider" : "providers"}</span></span>
    ${actionButton(app, `mint ${url}`, { label: "Add", busy: "Adding …", kind: "small", disabled: unreachableFromHere(url) !== null, run: () => app.paygress.addMint(url) })}
    ${refusal(app, `mint ${url}`, "Nothing was changed.")}
  </li>`)}</ul></div>`;
}

const TAKE_BACK = /** @type {const} */ ([["in an hour", 3600], ["in a day", 86_400], ["in a week", 604_800]]);

/**
 * The choice when a token that nobody takes comes back by itself.
 * @param {App} app
 * @param {OperationView} operation
 */
function takeBack(app, { id, takeBackAt }) {
  const key = `take back ${id}`;
  const choose = (/** @type {Event} */ event) => {
    const secs = Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value);
    void app.actions.run(key, () => app.paygress.takeBackAt(id, secs === 0 ? null : app.now + secs));
  };
  return html`
    <p class="small quiet">The mint is asked from time to time whether somebody took it.</p>
    <label class="field"><span>Take it back by itself${takeBackAt === null ? nothing : html` at ${clock(takeBackAt)}`}</span>
      <select @change=${choose} ?disabled=${app.actions.busy(key)}>
        <option value="0" ?selected=${takeBackAt === null}>never</option>
        ${takeBackAt === null ? nothing : html`<option value="" selected disabled>as chosen</option>`}
        ${TAKE_BACK.map(([words, secs]) => html`<option value=${secs}>${words}</option>`)}
      </select></label>
    <p class="small quiet">It comes back while this page is open, or when you open it again.</p>
    ${refusal(app, key)}`;
}

/**
 * @param {App} app
 * @param {OperationView} operation
 */
function operationScreen(app, operation) {
  const { id, kind, open, invoice, invoiceExpiresAt, canReclaim } = operation;
  const token = kind === "send" && operation.lease === null ? app.paygress.token(id) : undefined;
  const waitsFor = open ? app.views.wallet.mints.filter(({ url }) => url === operation.mint || url === operation.to) : [];
  const ended = invoiceExpiresAt !== null && invoiceExpiresAt <= app.now;
  const canGiveUp = kind === "issue" && operation.partOf === null && (operation.state === "quote-requested" || (invoice !== null && ended));
  const canCheck = canReclaim || token !== undefined || (kind === "issue" && open && operation.partOf !== null);
  return html`
    <a class="back" href="#/wallet">${icons.back}Wallet</a>
    <div class="place-head" id="detail" tabindex="-1"><div><h1>${title(operation)}</h1><p>${mintName(app, operation.mint)}</p></div></div>
    <div class="split-wallet">
      <section class="card stack">
        <div class="spread"><span class="balance ${moved(operation) ? "" : "unmoved"}"><span class="number">${count(operation.amount)}</span> ${operation.unit}</span>${operation.fee > 0n ? html`<span class="small quiet">fee ${money(operation.fee, operation.unit)}</span>` : nothing}</div>
        ${open && !canReclaim && token === undefined && operation.state !== "quoted" ? working(linked(app, operation.sentence)) : html`<p>${linked(app, operation.sentence)}</p>`}
        ${waitsFor.map((mint) => trouble(app, mint))}
        ${operation.progress === null ? nothing : searchProgress(operation.progress, open)}
        ${operation.partOf === null ? nothing : html`<p><a href="#/wallet/operation/${encodeURIComponent(operation.partOf)}">To the move that it is a part of</a></p>`}
        ${kind === "issue" && open && operation.partOf === null ? html`
          ${invoice === null ? nothing : html`
            ${qr(invoice.toUpperCase(), `Lightning invoice for ${operation.amount} ${operation.unit} as a QR code`) ?? nothing}
            <div class="secret" tabindex="0" data-testid="invoice">${invoice}</div>
            <div class="row">${copyButton(app, () => invoice, "Invoice", "Copy the invoice")}<a class="button small" href="lightning:${invoice}">Open in a wallet</a></div>`}
          ${invoiceExpiresAt === null ? nothing : note(ended ? "warning" : "info", html`<p>${ended
            ? html`<strong>The invoice ended at ${clock(invoiceExpiresAt)}.</strong> Do not pay it any more. If you already did, the mint is still being asked.`
            : html`<strong>Keep this page open or come back before ${clock(invoiceExpiresAt)}.</strong> The money is taken in while the page is open; paid invoices are picked up when you return.`}</p>`)}
          ${invoice === null || ended ? nothing : html`<p class="small quiet">${invoiceExpiresAt === null
            ? "The mint set no end to this invoice, so it is waited for until it is paid."
            : `Until it ends it may be paid, so it cannot be given up before. Unpaid, it ends by itself at ${clock(invoiceExpiresAt)}.`}</p>`}` : nothing}
        ${deliveryNote(app, operation)}
        ${token === undefined || (operation.delivery !== null && !["unknown", "refused"].includes(operation.delivery.state)) ? nothing : html`
          ${qr(token, "The token as a QR code") ?? nothing}
          <div class="secret" tabindex="0" data-testid="token">${token}</div>
          <div class="row">${copyButton(app, () => token, "Token", "Copy the token")}</div>
          ${lockNote(operation) ?? html`<p class="small quiet">Whoever sees this text can take the money. Give it to one person only.</p>`}`}
        ${kind === "pay" || kind === "move" ? payment(app, operation) : nothing}
        <div class="row">
          ${operation.canRetry ? actionButton(app, `retry ${id}`, { label: "Try again", busy: "Asking the mint …", run: () => app.paygress.retry(id) }) : nothing}
          ${canCheck ? actionButton(app, `check ${id}`, { label: kind === "issue" ? "Ask the mint" : "Check", busy: "Asking the mint …", run: () => app.paygress.check(id) }) : nothing}
          ${canReclaim ? html`
            ${actionButton(app, `reclaim ${id}`, { label: "Take it back", busy: "Asking the mint …", run: () => app.paygress.reclaim(id) })}` : nothing}
          ${canGiveUp ? actionButton(app, `cancel ${id}`, { label: "Give up this invoice", busy: "Writing it down …", kind: "bare danger", run: () => app.paygress.cancelOperation(id) }) : nothing}
          ${kind === "restore" && open ? actionButton(app, `cancel ${id}`, { label: "End the search", busy: "Ending …", kind: "bare danger", run: () => app.paygress.cancelOperation(id) }) : nothing}
          ${operation.state === "done" && moved(operation) && kind !== "pay" ? html`<a class="button" href="#/market">Find a provider</a>` : nothing}
          ${operation.lease === null ? nothing : html`<a class="button small" href="#/workloads/${encodeURIComponent(operation.lease)}">To the workload</a>`}
        </div>
        ${canReclaim && operation.lease === null && operation.lockedTo === null ? takeBack(app, operation) : nothing}
        ${[["retry", operation.canRetry], ["check", canCheck], ["reclaim", canReclaim], ["cancel", open]].map(([what, applies]) => (applies ? refusal(app, `${what} ${id}`) : nothing))}
      </section>
      <section class="card stack"><h2>What happened</h2>${journal(operation.steps)}
        ${operation.answers.length === 0 ? nothing : html`<details><summary>What the mint answered</summary>${journal(operation.answers)}</details>`}</section>
    </div>`;
}
