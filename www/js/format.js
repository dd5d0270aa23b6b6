// @ts-check

const grouped = new Intl.NumberFormat("en");
const atTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const atDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** @param {bigint | number} amount */
export function count(amount) {
  return grouped.format(amount);
}

/** @param {bigint} amount in sat */
export function sat(amount) {
  return `${grouped.format(amount)} sat`;
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

/** @param {string} url */
export function host(url) {
  if (!URL.canParse(url)) return url;
  const { host: name, pathname } = new URL(url);
  return pathname === "/" ? name : name + pathname;
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
 * What a person typed as an amount, or null.
 * @param {string} text
 * @returns {bigint | null}
 */
export function amountFrom(text) {
  const digits = text.replaceAll(/[\s,._]/g, "");
  return /^\d{1,15}$/.test(digits) ? BigInt(digits) : null;
}
