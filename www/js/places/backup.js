// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { count, sat } from "../format.js";
import * as icons from "../icons.js";
import { actionButton, mayOpen, mintName, note, refusal, sentence, submitted, working } from "../parts.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../../pkg/shell/index.js").ScoutView} ScoutView */

/** The words are read from the program only while they are shown. */
let phraseShown = false;

/** Shows the words no longer. */
export function hidePhrase() {
  phraseShown = false;
}

/** @param {App} app */
export function phraseCard(app) {
  const { phraseSaved, mintListRelays, relays } = app.views.settings;
  if (app.path[0] !== "phrase") phraseShown = false;
  const words = phraseShown && app.canWrite ? app.paygress.phrase().split(" ") : null;
  /** @param {boolean} shown */
  const show = (shown) => {
    if (shown) app.show("settings", "phrase");
    phraseShown = shown;
    app.redraw();
  };
  const ask = (/** @type {string} */ label) => html`<button class="button main" type="button" ?disabled=${!app.canWrite} @click=${() => app.show("settings", "quiz")}>${label}</button>`;
  return html`<section class="card stack" aria-labelledby="phrase"><div class="spread"><h2 id="phrase">Your twelve words</h2>${phraseSaved ? html`<span class="pill tone-live">${icons.shape("live")}Written down</span>` : html`<span class="pill tone-suspect">${icons.shape("suspect")}Not yet</span>`}</div>
    <p class="quiet">Every secret of this wallet is made from them. Write them on paper, not in a photo; nobody from Paygress will ever ask for them. <strong>Entered in a new browser they bring your money there; workloads stay with this one, so keep its data.</strong></p>
    ${app.views.wallet.mints.length === 0 ? nothing : html`<p class="small quiet">Your list of mints is kept, encrypted to these words, by ${count(mintListRelays)} of your ${count(relays.length)} relays${mintListRelays === 0 ? html`: <strong>write down the addresses of your mints beside the words</strong>` : html`, so the words find your money by themselves`}.</p>`}
    ${app.path[0] === "quiz" && app.canWrite
      ? quiz(app, "quiz", { label: "Check", busy: "Checking …", after: "They do not count as written down yet.", cancel: "phrase", work: async (answers) => {
        await app.paygress.answerQuiz(answers);
        app.toast("Written down");
        app.show("settings");
      } })
      : words === null
        ? html`<div class="row"><button class="button" type="button" ?disabled=${!app.canWrite} @click=${() => show(true)}>Show the words</button></div>`
        : html`<ol class="words" translate="no">${words.map((word, index) => html`<li><span class="quiet number">${index + 1}</span> ${word}</li>`)}</ol>
          <div class="row">${phraseSaved ? nothing : ask("I have written them down")}<button class="button" type="button" @click=${() => show(false)}>Hide them</button></div>`}
  </section>`;
}

/**
 * Asks for some of the words.
 * @param {App} app
 * @param {string} key
 * @param {{ label: string, busy: string, after: string, cancel: string, kind?: string, work: (answers: string[]) => Promise<void> }} options
 */
function quiz(app, key, { label, busy, after, cancel, kind = "main", work }) {
  const places = app.paygress.phraseQuiz();
  return html`<form class="stack" autocomplete="off" @submit=${submitted(async (data) => {
    await app.actions.run(key, () => work(places.map((place) => data(`word-${place}`))));
  })}>
    <p>Which words are on your paper at these places?</p>
    <div class="quiz">${places.map((place) => html`<label class="field"><span>Word ${place}</span><input name="word-${place}" type="text" required autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" translate="no"></label>`)}</div>
    <div class="row">${actionButton(app, key, { label, busy, kind, type: "submit" })}<button class="button" type="button" @click=${() => leave(app, key, cancel)}>Back</button></div>
    ${refusal(app, key, after)}
  </form>`;
}

/**
 * @param {App} app
 * @param {string} key
 * @param {string[]} to
 */
function leave(app, key, ...to) {
  app.actions.forget(key);
  app.show("settings", ...to);
}

/** @param {App} app */
export function rehearsalCard(app) {
  const scout = shown(app, "rehearsal");
  const open = app.path[0] === "rehearsal" || scout !== null;
  return html`<section class="card stack" aria-labelledby="rehearsal"><h2 id="rehearsal">Would the words bring everything back?</h2>
    <p class="quiet">A rehearsal of losing this browser: your money is looked for with the words alone, and what is found is compared with this wallet. Nothing is moved or stored.</p>
    ${!open
      ? html`<div class="row"><button class="button" type="button" ?disabled=${!app.canWrite} @click=${() => app.show("settings", "rehearsal")}>Try it</button></div>`
      : scout !== null
        ? html`${search(app, scout)}<div class="row">${ending(app, scout.done ? "Close" : "End the rehearsal")}</div>`
        : html`<form class="stack" autocomplete="off" @submit=${submitted(async (data, form) => {
          const words = data("words").trim();
          await app.actions.run("rehearsal", () => app.paygress.rehearse(words === "" ? undefined : words));
          form.reset();
        })}>
          <label class="field"><span>Words from your paper</span><textarea name="words" autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" translate="no" aria-describedby="rehearsal-words"></textarea></label>
          <p class="small quiet" id="rehearsal-words">Typing all twelve tries your paper too; when they are right they count as written down. Left empty, the words that are stored here are tried. Each mint sees which of its coins are yours.</p>
          <div class="row">${actionButton(app, "rehearsal", { label: "Begin", busy: "Beginning …", kind: "main", type: "submit" })}<button class="button" type="button" @click=${() => leave(app, "rehearsal")}>Cancel</button></div>
          ${refusal(app, "rehearsal", "Nothing was tried.")}
        </form>`}
  </section>`;
}

/** @param {App} app */
export function sweepCard(app) {
  const { mints } = app.views.wallet;
  const scout = shown(app, "sweep");
  const open = app.path[0] === "sweep" || scout !== null;
  const start = submitted(async (data, form) => {
    const named = data("mints").split(/\s+/).filter((url) => url !== "");
    const started = await app.actions.run("sweep", async () => {
      for (const url of named) mayOpen(url, "http:");
      await app.paygress.lookIntoPhrase(data("words"), named);
      return true;
    });
    if (started) form.reset();
  });
  const take = async (/** @type {bigint} */ least) => {
    await app.paygress.sweep(least);
    app.toast("Being taken in");
    app.go("wallet");
  };
  return html`<section class="card stack" aria-labelledby="sweep"><h2 id="sweep">Money of another wallet's words</h2>
    <p class="quiet">Moves the ecash of other words into this wallet, by exchanging it at its mints. This wallet keeps its own words.</p>
    ${!open
      ? html`<div class="row"><button class="button" type="button" ?disabled=${!app.canWrite} @click=${() => app.show("settings", "sweep")}>Enter other words</button></div>`
      : scout !== null
        ? html`${search(app, scout)}<div class="row">
            ${scout.done && scout.arrives > 0n ? actionButton(app, "take in", { label: `Take in ${sat(scout.arrives)}`, busy: "Writing it down …", kind: "main", run: () => take(scout.arrives) }) : nothing}
            ${ending(app, scout.done ? "Leave it there" : "End the search")}</div>${refusal(app, "take in")}`
        : html`<form class="stack" autocomplete="off" @submit=${start}>
          <label class="field"><span>Words of the other wallet</span><textarea name="words" required autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" translate="no" aria-describedby="sweep-words"></textarea></label>
          <p class="small quiet" id="sweep-words">12 to 24 English words. They are used for this search only and kept nowhere.</p>
          <label class="field"><span>Its mints, one address a line</span><textarea name="mints" autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" placeholder="https://mint.example"></textarea></label>
          ${mints.length === 0 ? nothing : html`<p class="small quiet">Also asked: ${mints.map((mint) => mintName(app, mint.url)).join(", ")}.</p>`}
          <div class="row">${actionButton(app, "sweep", { label: "Look for its money", busy: "Beginning …", kind: "main", type: "submit" })}<button class="button" type="button" @click=${() => leave(app, "sweep")}>Cancel</button></div>
          ${refusal(app, "sweep", "Nothing was looked for.")}
        </form>`}
  </section>`;
}

/**
 * @param {App} app
 * @param {ScoutView["kind"]} kind
 */
function shown(app, kind) {
  const { scout } = app.views.wallet;
  return scout?.kind === kind ? scout : null;
}

/**
 * @param {App} app
 * @param {ScoutView} scout
 */
function search(app, { done, sentence: whole, mints, kind }) {
  const lacks = mints.some((mint) => mint.incomplete || (kind === "rehearsal" && mint.left > 0n));
  return html`<div data-testid="scout" class="stack">
    ${done ? note(lacks ? "warning" : "info", html`<p><strong>${sentence(whole)}</strong></p>`) : working(sentence(whole))}
    <ul class="scouted">${mints.map((mint) => html`<li class="tight"><strong>${mintName(app, mint.mint)}</strong>
      ${!mint.done && mint.progress !== null && mint.progress.all > 0 ? html`<progress max=${mint.progress.all} value=${mint.progress.done} aria-label="Series of coins done at ${mintName(app, mint.mint)}"></progress>` : nothing}
      <span class="small quiet">${sentence(mint.sentence)}</span></li>`)}</ul>
  </div>`;
}

/**
 * @param {App} app
 * @param {string} label
 */
function ending(app, label) {
  return html`${actionButton(app, "end scouting", { label, busy: "Ending …", run: async () => {
    await app.paygress.endScouting();
    app.show("settings");
  } })}${refusal(app, "end scouting")}`;
}

/** @param {App} app */
export function eraseCard(app) {
  const open = app.path[0] === "erase" && app.canWrite;
  const erase = async (/** @type {string[] | undefined} */ words) => {
    await app.paygress.eraseDevice(words);
    location.hash = "#/market";
    location.reload();
  };
  const refusedBefore = app.actions.refusal("erase") !== undefined;
  return html`<section class="card stack" aria-labelledby="erase"><h2 id="erase">Erase this device</h2>
    <p class="quiet">Deletes the words, the money's records and everything else that this page keeps in this browser. Afterwards only your twelve words bring the money back, and workloads cannot be reached any more.</p>
    ${!open
      ? html`<div class="row"><button class="button danger" type="button" ?disabled=${!app.canWrite} @click=${() => leave(app, "erase", "erase")}>Erase …</button></div>`
      : refusedBefore
        ? quiz(app, "erase", { label: "Erase all the same", busy: "Erasing …", after: "Nothing was erased.", kind: "danger", cancel: "", work: erase })
        : html`<p><strong>This cannot be undone.</strong></p><div class="row">${actionButton(app, "erase", { label: "Erase everything", busy: "Erasing …", kind: "danger", run: () => erase(undefined) })}<button class="button" type="button" @click=${() => leave(app, "erase")}>Keep it</button></div>`}
  </section>`;
}
