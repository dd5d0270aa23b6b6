// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { count, money, sat } from "../format.js";
import { actionButton, mayOpen, mintInFull, note, refusal, refused, submitted } from "../parts.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {NonNullable<import("../../pkg/shell/index.js").OperationView["progress"]>} Progress */

/**
 * The form that takes words of the past. What is typed stays in its field only, until it is taken over.
 * @param {App} app
 */
export function restoreCard(app) {
  const { mints } = app.views.wallet;
  const open = app.path[0] === "restore";
  const start = submitted(async (data, form) => {
    const named = data("mints").split(/\s+/).filter((url) => url !== "");
    const started = await app.actions.run("restore", async () => {
      for (const url of named) mayOpen(url, "http:");
      if (named.length + mints.length + app.views.settings.relays.length === 0) throw refused("name at least one mint, or add a relay that may keep your list of mints; money can only be found where it is looked for");
      for (const url of named) await app.paygress.addMint(url);
      await app.paygress.restorePhrase(data("words"));
      for (const { url } of app.paygress.wallet().mints) await app.paygress.restore(url);
      return true;
    });
    if (started === undefined) return;
    form.reset();
    app.toast("Looking for your money");
    app.go("wallet");
  });
  return html`<section class="card stack" aria-labelledby="restore"><h2 id="restore">Restore from twelve words</h2>
    <p class="quiet">Words that you wrote down in another browser bring their money here. They replace the words of this one, so this works only while nothing is in this wallet.</p>
    ${!open
      ? html`<div class="row"><button class="button" type="button" ?disabled=${!app.canWrite} @click=${() => app.show("settings", "restore")}>Enter twelve words</button></div>`
      : html`<form class="stack" autocomplete="off" @submit=${start}>
        <label class="field"><span>The words you wrote down</span><textarea name="words" required autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" translate="no"></textarea></label>
        <div class="tight"><span>Mints that will be asked in any case</span>
          ${mints.length === 0 ? html`<span class="small quiet">None is known here yet.</span>` : html`<ul class="small quiet">${mints.map((mint) => html`<li>${mintInFull(app, mint.url)}</li>`)}</ul>`}</div>
        <label class="field"><span>More mints, one address a line</span><textarea name="mints" autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" placeholder="https://mint.example"></textarea></label>
        <p class="small quiet">Your relays are asked for the list of mints that this page keeps there, encrypted to your words. Name what may be missing; you can look at further mints later. Each mint sees which of its coins are yours.</p>
        <div class="row">${actionButton(app, "restore", { label: "Restore", busy: "Taking the words over …", kind: "main", type: "submit" })}<button class="button" type="button" @click=${() => app.show("settings")}>Cancel</button></div>
        ${refusal(app, "restore", "The words of this browser are unchanged.")}
      </form>`}
  </section>`;
}

/** For a newcomer who is none. */
export function comingBack() {
  return html`<section class="card tight"><h2>Have you been here before?</h2>
    <p class="quiet">Twelve words that you wrote down in another browser bring their money here.</p>
    <div class="row"><a class="button small" href="#/settings/restore">Restore from twelve words</a></div></section>`;
}

/**
 * How far a search got, in numbers.
 * @param {Progress} progress
 * @param {boolean} open
 */
export function searchProgress({ all, done, leftOut, counters, found, setAside, spent, gone, msat, pending }, open) {
  /** @type {[string, unknown, boolean][]} */
  const facts = [
    ["Found", sat(found), true],
    ["Spent before", sat(spent), true],
    ["Left the balance, spent elsewhere", sat(gone), gone > 0n],
    ["Set aside: the mint's proof is missing or wrong", sat(setAside), setAside > 0n],
    ["Found in msat", money(msat.found, "msat"), msat.found > 0n],
    ["Spent before, in msat", money(msat.spent, "msat"), msat.spent > 0n],
    ["Set aside, in msat", money(msat.setAside, "msat"), msat.setAside > 0n],
    ["In use at the mint just now", count(pending), pending > 0],
    ["Series of coins done", `${done} of ${all}`, true],
    ["Series that could not be looked at", count(leftOut), leftOut > 0],
    ["Counters looked at", count(counters), true],
  ];
  return html`${open && all > 0 ? html`<progress max=${all} value=${done} aria-label="Series of coins done"></progress>` : nothing}
    <dl class="facts">${facts.map(([name, value, shown]) => (shown ? html`<dt>${name}</dt><dd class="number">${value}</dd>` : nothing))}</dl>
    ${spent === 0n && msat.spent === 0n ? nothing : html`<p class="small quiet">What was spent before are coins that you, or whoever you paid, exchanged or paid with earlier. Nothing is lost by that.</p>`}
    ${open || (found === 0n && msat.found === 0n) ? nothing : note("info", html`<p class="small">A token that you sent and nobody redeemed yet is counted here too. It is its receiver's as soon as they redeem it.</p>`)}`;
}
