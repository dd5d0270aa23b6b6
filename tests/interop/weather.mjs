// Bad weather between a wallet and its mints: answers are lost, doubled, delayed and cut, by dice; and a table tells what met what.
import { dice } from "../e2e/dice.mjs";

/** @typedef {import("./proxy.mjs").Asked} Asked */
/** @typedef {import("./proxy.mjs").Answer} Answer */

export const FAULTS = /** @type {const} */ (["lost", "never asked", "asked twice", "told twice", "delayed", "cut", "broken off"]);

/** @typedef {typeof FAULTS[number]} Fault */

const RATE = 0.4;
/** Most delays are short; some are longer than anybody waits. */
const DELAY_MS = 2500;
const LONG_DELAY_MS = 32_000;
const LONG = 0.03;

/**
 * @param {number} seed
 * @param {(asked: Asked) => string | null} kindOf what a request belongs to; `null` passes untouched and uncounted
 */
export function weather(seed, kindOf) {
  const roll = dice(seed);
  /** @type {Record<string, Record<Fault | "untouched", number>>} */
  const table = {};
  /** @type {Map<string, Fault[]>} for each kind the faults that it meets next, so that it meets all of them */
  const decks = new Map();
  const state = { calm: false };

  /** @param {string} kind */
  function nextFault(kind) {
    const deck = decks.get(kind) ?? [];
    if (deck.length === 0) {
      deck.push(...FAULTS);
      for (let at = deck.length - 1; at > 0; at -= 1) {
        const other = Math.floor(roll() * (at + 1));
        [deck[at], deck[other]] = [/** @type {Fault} */ (deck[other]), /** @type {Fault} */ (deck[at])];
      }
      decks.set(kind, deck);
    }
    return /** @type {Fault} */ (deck.pop());
  }

  /** @type {import("./proxy.mjs").Meddle} */
  async function meddle(asked, forward) {
    const kind = kindOf(asked);
    if (kind === null) return forward();
    const row = (table[kind] ??= /** @type {any} */ (Object.fromEntries(["untouched", ...FAULTS].map((name) => [name, 0]))));
    const fault = state.calm || roll() >= RATE ? null : nextFault(kind);
    if (fault === null) {
      const answer = await forward();
      row.untouched += 1;
      return answer;
    }
    // The dice are thrown now, so that what the mint takes long for changes nothing for those that come after.
    const [share, delay] = [roll(), roll() < LONG ? LONG_DELAY_MS : roll() * DELAY_MS];
    if (fault === "never asked") {
      row[fault] += 1;
      return null;
    }
    const answer = await forward();
    row[fault] += 1;
    switch (fault) {
      case "lost":
        return null;
      case "asked twice":
        return forward();
      case "told twice":
        return { ...answer, body: Buffer.concat([answer.body, answer.body]) };
      case "delayed":
        await new Promise((next) => setTimeout(next, delay));
        return answer;
      case "cut":
        return { ...answer, body: answer.body.subarray(0, Math.floor(share * answer.body.length)) };
      case "broken off":
        return { ...answer, cut: Math.floor(share * answer.body.length) };
    }
  }

  return {
    meddle,
    table,
    /** From now on everything passes untouched. */
    clear: () => {
      state.calm = true;
    },
    /**
     * Which of these kinds have not met which fault.
     * @param {string[]} kinds
     */
    missing: (kinds) => kinds.flatMap((kind) => FAULTS.filter((fault) => !table[kind]?.[fault]).map((fault) => `${kind}: ${fault}`)),
    /** The part of all answers that was tampered with. */
    tampered: () => {
      const sum = (/** @type {readonly string[]} */ names) =>
        Object.values(table).reduce((total, row) => total + names.reduce((more, name) => more + /** @type {any} */ (row)[name], 0), 0);
      return sum(FAULTS) / sum(["untouched", ...FAULTS]);
    },
  };
}
