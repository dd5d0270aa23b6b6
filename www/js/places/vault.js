// @ts-check
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { count, money } from "../format.js";
import * as icons from "../icons.js";
import { actionButton, mintName, note, refusal, refused, sentence, submitted } from "../parts.js";

/** @typedef {import("../app.js").App} App */

const UNCHANGED = "Nothing was changed.";
const LOCK_AFTER = /** @type {const} */ ([["never", 0], ["1 minute", 60], ["5 minutes", 300], ["15 minutes", 900], ["1 hour", 3600]]);

/** Whether the person asked what to do without the passphrase. */
let forgotten = false;

/**
 * How many records the file holds that was saved since.
 * @type {number | null}
 */
let saved = null;

/**
 * A field for a passphrase. Password managers tell apart by `kind` whether it is a new one.
 * @param {string} label
 * @param {string} name
 * @param {"current-password" | "new-password"} kind
 */
function passphraseField(label, name, kind) {
  return html`<label class="field"><span>${label}</span><input name=${name} type="password" required minlength=${kind === "new-password" ? 8 : nothing} autocomplete=${kind} autocapitalize="none" spellcheck="false"></label>`;
}

/** @param {(name: string) => string} data */
function newPassphrase(data) {
  if (data("new") !== data("again")) throw refused("the two passphrases differ; enter the same one twice");
  return data("new");
}

/**
 * The settings of the passphrase.
 * @param {App} app
 */
export function passphraseCard(app) {
  const { sealed, phraseSaved, lockAfterSecs } = app.views.settings;
  const open = app.path[0] === "passphrase" ? app.path[1] ?? "set" : "";
  const pill = sealed
    ? html`<span class="pill tone-live">${icons.shape("live")}Sealed</span>`
    : html`<span class="pill tone-none">${icons.shape("none")}None</span>`;
  return html`<section class="card stack" aria-labelledby="passphrase"><div class="spread"><h2 id="passphrase">Passphrase</h2>${pill}</div>
    <p class="quiet">${sealed
      ? "Everything stored here is sealed: without the passphrase nobody can read it or spend your money, not even with this device in hand."
      : "Whoever can use this browser can spend your money. A passphrase seals everything that is stored here."}</p>
    ${sealed
      ? html`<label class="field"><span>Lock by itself when nobody touches the page for</span>
          <select ?disabled=${!app.canWrite || app.actions.busy("lock after")} @change=${(/** @type {Event} */ event) => {
            const secs = Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value);
            void app.actions.run("lock after", () => app.paygress.setLockAfter(secs === 0 ? null : secs));
          }}>${LOCK_AFTER.map(([label, secs]) => html`<option value=${secs} ?selected=${secs === (lockAfterSecs ?? 0)}>${label}</option>`)}</select></label>
        ${refusal(app, "lock after", UNCHANGED)}
        ${open === "change" ? changeForm(app) : open === "remove" ? removeForm(app) : html`<div class="row">
          <button class="button" type="button" @click=${() => app.paygress.lock("all")}>Lock now</button>
          <button class="button" type="button" ?disabled=${!app.canWrite} @click=${() => app.show("settings", "passphrase", "change")}>Change it</button>
          <button class="button bare danger" type="button" ?disabled=${!app.canWrite} @click=${() => app.show("settings", "passphrase", "remove")}>Remove it</button></div>`}`
      : open === "set" && phraseSaved
        ? setForm(app)
        : html`${phraseSaved ? nothing : note("warning", html`<p><strong>Write your twelve words down first.</strong> Nobody can bring a forgotten passphrase back; then the words are all that is left.</p>`)}
          <div class="row"><button class="button" type="button" ?disabled=${!app.canWrite || !phraseSaved} @click=${() => app.show("settings", "passphrase", "set")}>Set a passphrase</button></div>`}
  </section>`;
}

/** @param {App} app */
function setForm(app) {
  return html`<form class="stack" @submit=${submitted(async (data) => {
    await app.actions.run("set passphrase", async () => {
      await app.paygress.setPassphrase(newPassphrase(data));
      app.toast("Sealed");
      app.show("settings");
    });
  })}>
    ${passphraseField("A new passphrase", "new", "new-password")}${passphraseField("The same again", "again", "new-password")}
    <p class="small quiet">Several words that you can remember are best. It is asked for whenever the page is opened, in every tab.</p>
    <div class="row">${actionButton(app, "set passphrase", { label: "Seal everything", busy: "Sealing …", kind: "main", type: "submit" })}${cancel(app)}</div>
    ${refusal(app, "set passphrase", UNCHANGED)}
  </form>`;
}

/** @param {App} app */
function changeForm(app) {
  return html`<form class="stack" @submit=${submitted(async (data) => {
    await app.actions.run("change passphrase", async () => {
      await app.paygress.setPassphrase(newPassphrase(data), data("present"));
      app.toast("Passphrase changed");
      app.show("settings");
    });
  })}>
    ${passphraseField("The present passphrase", "present", "current-password")}
    ${passphraseField("The new one", "new", "new-password")}${passphraseField("The new one again", "again", "new-password")}
    <div class="row">${actionButton(app, "change passphrase", { label: "Change it", busy: "Changing …", kind: "main", type: "submit" })}${cancel(app)}</div>
    ${refusal(app, "change passphrase", UNCHANGED)}
  </form>`;
}

/** @param {App} app */
function removeForm(app) {
  return html`<form class="stack" @submit=${submitted(async (data) => {
    await app.actions.run("remove passphrase", async () => {
      await app.paygress.removePassphrase(data("present"));
      app.toast("Passphrase removed");
      app.show("settings");
    });
  })}>
    ${passphraseField("The present passphrase", "present", "current-password")}
    <p class="small quiet">Whoever can use this browser can spend your money then.</p>
    <div class="row">${actionButton(app, "remove passphrase", { label: "Store everything in plain", busy: "Unsealing …", kind: "danger", type: "submit" })}${cancel(app)}</div>
    ${refusal(app, "remove passphrase", UNCHANGED)}
  </form>`;
}

/** @param {App} app */
function cancel(app) {
  return html`<button class="button" type="button" @click=${() => app.show("settings")}>Cancel</button>`;
}

/**
 * The wallet as a file, and back.
 * @param {App} app
 */
export function fileCard(app) {
  const open = app.path[0] === "file" ? app.path[1] : undefined;
  return html`<section class="card stack" aria-labelledby="file"><h2 id="file">Your wallet as a file</h2>
    <p class="quiet">Everything that is stored here, sealed with a passphrase of its own: money, history, mints and workloads. Opened in another browser it goes on there. The twelve words bring back less, but are never out of date.</p>
    ${onlyHere(app)}
    ${open === "save" ? saveForm(app) : open === "open" ? openForm(app) : html`<div class="row">
      <button class="button" type="button" ?disabled=${!app.canWrite} @click=${() => app.show("settings", "file", "save")}>Save everything as a file</button>
      <button class="button" type="button" ?disabled=${!app.canWrite} @click=${() => app.show("settings", "file", "open")}>Open a saved file</button></div>`}
  </section>`;
}

/**
 * What the words alone do not bring back.
 * @param {App} app
 */
function onlyHere(app) {
  const kept = app.views.wallet.onlyHere;
  if (kept.length === 0) return nothing;
  return html`<div class="tight" data-testid="only-here"><h3>Not in the twelve words</h3>
    <p class="small quiet">This is stored here alone. A file saved now has it too.</p>
    <ul class="scouted">${kept.map(({ mint, unit, amount, sentence: words }) => html`<li class="tight"><span class="number">${money(amount, unit)}</span> at ${mintName(app, mint)}. ${sentence(words)}</li>`)}</ul></div>`;
}

/** @param {App} app */
function saveForm(app) {
  return html`<form class="stack" @submit=${submitted(async (data) => {
    await app.actions.run("save file", async () => {
      download(await app.paygress.saveFile(newPassphrase(data)), app.now);
      app.toast("File saved");
      app.show("settings");
    });
  })}>
    ${passphraseField("A passphrase for the file", "new", "new-password")}${passphraseField("The same again", "again", "new-password")}
    <p class="small quiet">${app.views.settings.sealed ? html`<strong>The file opens with this passphrase alone; the one of this wallet does not protect it.</strong> ` : nothing}Without it the file opens nothing. Use this wallet in one browser at a time: open the file elsewhere when this one is gone.</p>
    <div class="row">${actionButton(app, "save file", { label: "Save the file", busy: "Sealing …", kind: "main", type: "submit" })}${cancel(app)}</div>
    ${refusal(app, "save file", UNCHANGED)}
  </form>`;
}

/** @param {App} app */
function openForm(app) {
  const start = submitted(async (data, form) => {
    const [file] = /** @type {HTMLInputElement} */ (form.elements.namedItem("file")).files ?? [];
    const opened = await app.actions.run("open file", async () => {
      if (file === undefined) throw refused("choose the file that was saved");
      await app.paygress.openFile(await file.text(), data("passphrase"));
      return true;
    });
    if (opened === undefined) return;
    app.toast("Opened; the mints are asked what happened since");
    app.go("wallet");
  });
  return html`<form class="stack" autocomplete="off" @submit=${start}>
    <label class="field"><span>The file</span><input name="file" type="file" required accept=".json,application/json"></label>
    <label class="field"><span>Its passphrase</span><input name="passphrase" type="password" required autocomplete="off" autocapitalize="none" spellcheck="false"></label>
    <p class="small quiet">It takes the place of what is here, so this works only while nothing is in this wallet. Its mints are then asked what happened after it was saved; until they have answered no money moves.</p>
    <div class="row">${actionButton(app, "open file", { label: "Open the file", busy: "Opening …", kind: "main", type: "submit" })}${cancel(app)}</div>
    ${refusal(app, "open file", "The wallet of this browser is unchanged.")}
  </form>`;
}

/**
 * What a locked wallet shows: nothing of it.
 * @param {App} app
 */
export function lockScreen(app) {
  const { sentence: words } = app.paygress.status;
  const unlock = submitted(async (data, form) => {
    await app.actions.run("unlock", () => app.paygress.unlock(data("passphrase")));
    form.reset();
  });
  const busy = app.actions.busy("unlock");
  return html`<main class="splash" id="main" tabindex="-1">
    ${icons.mark}
    <h1>${forgotten ? "Without the passphrase" : "Paygress is locked"}</h1>
    ${forgotten ? withoutPassphrase(app) : html`
      <p>${sentence(words ?? "")}</p>
      <form class="stack unlock" @submit=${unlock}>
        <label class="field"><span>Passphrase</span><input id="unlock" name="passphrase" type="password" required autocomplete="current-password" autocapitalize="none" spellcheck="false"></label>
        <button class="button main wide" type="submit" ?disabled=${busy} aria-busy=${busy}>${busy ? html`<span class="spinner" aria-hidden="true"></span>Opening …` : "Unlock"}</button>
        ${refusal(app, "unlock", "Nothing was changed; your money is still here.")}
      </form>
      <button class="button bare" type="button" @click=${() => turn(app, true)}>I forgot the passphrase</button>`}
    <p class="toast" role="status" aria-live="polite">${app.toasted()}</p>
  </main>`;
}

/** @param {App} app */
function withoutPassphrase(app) {
  const erase = submitted(async (data) => {
    await app.actions.run("start over", async () => {
      if (data("sure") !== "on") throw refused("say that you have the twelve words");
      await app.paygress.startOver();
      forgotten = false;
      app.actions.forgetAll();
      app.go("settings", "restore");
    });
  });
  const save = () => app.actions.run("save locked", async () => {
    const { text, records } = await app.paygress.lockedFile();
    download(text, app.now);
    saved = records;
  });
  return html`
    <p>Nobody can open what is stored here without it. Your twelve words bring the money back from every mint that you name; they do not bring back workloads, tokens that were received and not redeemed yet, nor the history.</p>
    <p>First save the locked wallet: should you remember the passphrase, the file can be opened with it.</p>
    <button class="button" type="button" ?disabled=${app.actions.busy("save locked")} @click=${save}>Save the locked wallet as a file</button>
    <p class="small quiet" role="status">${saved === null ? nothing : html`Saved. The file holds ${saved === 1 ? "one sealed record" : html`${count(saved)} sealed records`}, which is all that is stored here.`}</p>
    ${refusal(app, "save locked", UNCHANGED)}
    <form class="stack unlock" @submit=${erase}>
      <label class="tick"><input type="checkbox" name="sure" required><span>I have the twelve words</span></label>
      <button class="button danger wide" type="submit" ?disabled=${app.actions.busy("start over")}>Delete what is here and start anew</button>
      ${refusal(app, "start over", UNCHANGED)}
    </form>
    <button class="button bare" type="button" @click=${() => turn(app, false)}>Back to the passphrase</button>`;
}

/**
 * @param {App} app
 * @param {boolean} to
 */
function turn(app, to) {
  forgotten = to;
  saved = null;
  app.redraw();
}

/**
 * @param {string} text
 * @param {number} now
 */
function download(text, now) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const day = new Date(now * 1000).toISOString().slice(0, 10);
  Object.assign(document.createElement("a"), { href: url, download: `paygress-wallet-${day}.json` }).click();
  URL.revokeObjectURL(url);
}
