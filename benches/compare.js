// @ts-check
// Times ways of doing the same work in turns, so that a noisy machine disturbs all of them alike.

/** @typedef {(index: number) => boolean} Once Does the work once; true if the result is right. */

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} unit
 * @property {number} ours The median.
 * @property {{ name: string, value: number, ratio: number }[]} theirs Medians; `ratio` is ours by theirs, round by round.
 */

const ROUNDS = 9;
const SLOW_ROUNDS = 3;
const SLICE_MS = 200;

/**
 * How often a second each way does the work.
 *
 * @param {{ what: string, ours: Once, theirs: { name: string, once: Once }[], each?: number }} work One call does the work
 *   `each` times, default 1.
 * @returns {Row}
 */
export function compare({ what, ours, theirs, each = 1 }) {
  const ways = [{ name: "ours", once: ours }, ...theirs].map(({ name, once }) => ({ name, once, calls: 0, rates: /** @type {number[]} */ ([]) }));
  for (let round = -1; round < ROUNDS; round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const way = ways[(turn + round + ways.length) % ways.length];
      const rate = spend(what, way);
      if (round >= 0) way.rates.push(rate * each);
    }
  }
  const [first, ...others] = ways;
  return {
    what,
    unit: "/s",
    ours: median(first.rates),
    theirs: others.map(({ name, rates }) => ({
      name,
      value: median(rates),
      ratio: median(first.rates.map((rate, round) => rate / rates[round])),
    })),
  };
}

/**
 * As [`compare`], for work that takes seconds: each way once a round, fewer rounds.
 *
 * @param {{ what: string, each: number, ours: () => Promise<boolean>, theirs: { name: string, once: () => Promise<boolean> } }} work
 * @returns {Promise<Row>}
 */
export async function compareSlow({ what, each, ours, theirs }) {
  const ways = [{ name: "ours", once: ours }, theirs].map((way) => ({ ...way, rates: /** @type {number[]} */ ([]) }));
  for (let round = 0; round < SLOW_ROUNDS; round++) {
    for (const { name, once, rates } of round % 2 ? ways.toReversed() : ways) {
      const since = performance.now();
      must(await once(), `${what}: ${name} went wrong`);
      rates.push((each * 1000) / (performance.now() - since));
    }
  }
  const [first, other] = ways.map(({ rates }) => rates);
  const ratio = median(first.map((rate, round) => rate / other[round]));
  return { what, unit: "/s", ours: median(first), theirs: [{ name: theirs.name, value: median(other), ratio }] };
}

/** Calls for a slice of time; returns calls per second. */
function spend(/** @type {string} */ what, /** @type {{ name: string, once: Once, calls: number }} */ way) {
  const from = way.calls;
  let right = 0;
  const since = performance.now();
  let now = since;
  while (now - since < SLICE_MS) {
    // In small groups, so that asking for the time costs nothing.
    for (let left = 4; left > 0; left--) if (way.once(way.calls++)) right++;
    now = performance.now();
  }
  const calls = way.calls - from;
  must(right === calls, `${what}: ${way.name} got ${right} of ${calls} right`);
  return (calls * 1000) / (now - since);
}

/**
 * The median time of a call in milliseconds. `before` is not timed; what it returns is handed to the call, and `check` sees
 * what came of it.
 *
 * @template T, R
 * @param {{ before: (round: number) => T, call: (given: T) => R, check: (result: R, round: number) => boolean }} work
 */
export function milliseconds({ before, call, check }) {
  const times = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const given = before(round);
    const since = performance.now();
    const result = call(given);
    times.push(performance.now() - since);
    must(check(result, round), `round ${round} of a tick went wrong`);
  }
  return median(times.slice(1));
}

export function must(/** @type {boolean} */ held, /** @type {string} */ what) {
  if (!held) throw new Error(`the measurement is wrong: ${what}`);
}

function median(/** @type {number[]} */ values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
