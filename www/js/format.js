// @ts-check

const grouped = new Intl.NumberFormat("en");
const atTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const atDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

const LONGEST_SECS = 31_536_000n;

/** @param {bigint | number} amount */
export function count(amount) {
  return grouped.format(amount);
}

/** @param {bigint} amount in sat */
export function sat(amount) {
  return `${grouped.format(amount)} sat`;
}

/**
 * @param {bigint} amount
 * @param {"sat" | "msat"} unit
 */
export function money(amount, unit) {
  return `${grouped.format(amount)} ${unit}`;
}

/**
 * The text with its amounts grouped as the page writes them.
 * @param {string} text
 */
export function withGroups(text) {
  return text.replaceAll(/(?<![.,])\b\d{4,}(?= m?sat\b)/g, (digits) => grouped.format(BigInt(digits)));
}

export function now() {
  return Math.floor(Date.now() / 1000);
}

/**
 * @param {number} at
 * @param {number} [present]
 */
export function ago(at, present = now()) {
  const secs = Math.max(0, present - at);
  if (secs < 5) return "just now";
  if (secs < 120) return `${secs} s ago`;
  if (secs < 7200) return `${Math.floor(secs / 60)} min ago`;
  if (secs < 172_800) return `${Math.floor(secs / 3600)} h ago`;
  return `${Math.floor(secs / 86_400)} days ago`;
}

/** @param {number} secs */
export function duration(secs) {
  if (secs < 60) return `${secs} s`;
  const days = Math.floor(secs / 86_400);
  const hours = Math.floor((secs % 86_400) / 3600);
  const minutes = Math.floor((secs % 3600) / 60);
  const rest = secs % 60;
  const parts = [];
  if (days > 0) parts.push(days === 1 ? "1 day" : `${days} days`);
  if (hours > 0) parts.push(`${hours} h`);
  if (minutes > 0 && days === 0) parts.push(`${minutes} min`);
  if (rest > 0 && days === 0 && hours === 0 && minutes < 10) parts.push(`${rest} s`);
  return parts.join(" ");
}

/** @param {number} at */
export function clock(at) {
  const date = new Date(at * 1000);
  return date.toDateString() === new Date().toDateString() ? atTime.format(date) : atDay.format(date);
}

/**
 * The address without the usual scheme; two relays may differ in nothing but that.
 * @param {string} url
 */
export function host(url) {
  if (!URL.canParse(url)) return url;
  const { protocol, host: name, pathname } = new URL(url);
  return (protocol === "ws:" ? "ws://" : "") + name + (pathname === "/" ? "" : pathname);
}

/** @param {string} key */
export function shortKey(key) {
  return key.length <= 20 ? key : `${key.slice(0, 11)}…${key.slice(-5)}`;
}

/** @param {number} megabytes */
export function memory(megabytes) {
  return megabytes >= 1024 ? `${trimmed(megabytes / 1024)} GB` : `${megabytes} MB`;
}

/** @param {number} millicores */
export function cpus(millicores) {
  return `${trimmed(millicores / 1000)} vCPU`;
}

/** @param {number} value */
function trimmed(value) {
  return value.toFixed(1).replace(/\.0$/, "");
}

/**
 * The whole number a person typed, or null. Blanks may group it by threes, or commas as the page does; a point may not, for "1.500"
 * is not one number everywhere.
 * @param {string} text
 * @returns {bigint | null}
 */
export function wholeFrom(text) {
  const typed = text.trim();
  if (!/^(?:\d+|[1-9]\d{0,2}(?:([ ,\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*)$/.test(typed)) return null;
  const digits = typed.replaceAll(/\D/g, "");
  return digits.length <= 15 ? BigInt(digits) : null;
}

/**
 * The sat a person typed, above zero, or a sentence that says what is wrong.
 * @param {string} text
 * @returns {{ sats: bigint, problem: null } | { sats: null, problem: string }}
 */
export function satsFrom(text) {
  const sats = wholeFrom(text);
  if (sats === null) return { sats: null, problem: "whole sat only, like 1500" };
  return sats === 0n ? { sats: null, problem: "the amount must be above zero" } : { sats, problem: null };
}

/**
 * The seconds of the minutes a person typed, or a sentence that says what is wrong.
 * @param {string} text
 * @returns {{ secs: number, problem: null } | { secs: null, problem: string }}
 */
export function minutesFrom(text) {
  const minutes = wholeFrom(text);
  if (minutes === null) return { secs: null, problem: "whole minutes only, like 60" };
  if (minutes === 0n) return { secs: null, problem: "the time must be at least 1 minute" };
  if (minutes > 525_600n) return { secs: null, problem: "the time can be at most 525600 minutes, which is 365 days" };
  return { secs: Number(minutes) * 60, problem: null };
}

/**
 * How long the sat a person typed last at this rate, or a sentence that says what is wrong.
 * @param {string} text
 * @param {bigint} rateMsatPerSec
 * @returns {{ secs: number, problem: null } | { secs: null, problem: string }}
 */
export function timeFor(text, rateMsatPerSec) {
  const { sats, problem } = satsFrom(text);
  if (sats === null) return { secs: null, problem };
  if (rateMsatPerSec === 0n || sats * 1000n > LONGEST_SECS * rateMsatPerSec) {
    return { secs: null, problem: "that buys more than 365 days; choose a smaller price" };
  }
  if (sats * 1000n < rateMsatPerSec) return { secs: null, problem: "that buys less than a second; choose a higher price" };
  return { secs: Number((sats * 1000n) / rateMsatPerSec), problem: null };
}
