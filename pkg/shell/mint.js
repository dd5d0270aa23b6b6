// @ts-check
import { words } from "./errors.js";
import { unreachableFromHere } from "./reach.js";

/** @typedef {import("../wasm/paygress.js").Input} Input */
/** @typedef {Extract<import("../wasm/paygress.js").Effect, { type: "fetch" }>} FetchEffect */
/** @typedef {Extract<Input, { type: "answered" | "later" | "unanswered" }>} Outcome */

const LONGEST_BODY = 16 * 1024 * 1024;
const PROBE_MS = 3000;

/**
 * Performs one HTTP request of the program. Any HTTP status is an answer, whatever it says; everything else is
 * `unanswered` with a reason, because then nobody knows whether the request arrived. Never rejects.
 * @param {FetchEffect} effect
 * @param {AbortSignal} stopped aborted when the run is over
 * @param {typeof fetch} [http]
 * @returns {Promise<Outcome>}
 */
export async function fetchAnswer(effect, stopped, http = fetch) {
  const { request, url } = effect;
  const refusal = unreachableFromHere(url);
  if (refusal !== null) return { type: "unanswered", request, reason: refusal };
  const deadline = AbortSignal.timeout(effect.deadlineSecs * 1000);
  const signal = AbortSignal.any([deadline, stopped]);
  try {
    const response = await http(url, {
      method: effect.method,
      body: effect.body,
      headers: effect.body === null ? undefined : { "content-type": "application/json" },
      signal,
      // A redirect would hand the body, and with it money, to a host nobody chose.
      redirect: "error",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    });
    const { status } = response;
    const secs = status === 429 || status === 503 ? retryAfter(response.headers.get("retry-after"), Date.now()) : null;
    if (secs === null) return { type: "answered", request, status, body: await bounded(response) };
    await response.body?.cancel();
    return { type: "later", request, status, secs };
  } catch (error) {
    const reason = deadline.aborted ? `no answer within ${effect.deadlineSecs} s` : await explain(url, error, stopped, http);
    return { type: "unanswered", request, reason };
  }
}

/**
 * When to come back, in seconds; the header says so in seconds or as a date (RFC 9110, 10.2.3). Null for what is neither.
 * @param {string | null} header
 * @param {number} now in milliseconds
 */
export function retryAfter(header, now) {
  if (header === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header);
  const secs = Math.ceil((Date.parse(header) - now) / 1000);
  return Number.isNaN(secs) ? null : Math.min(Math.max(secs, 0), 999_999_999);
}

/** @param {Response} response */
async function bounded(response) {
  if (response.body === null) return response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > LONGEST_BODY) {
      await reader.cancel();
      throw new Error("the answer is longer than 16 MB");
    }
  }
}

/**
 * "Failed to fetch" may be a dead host, a host that refuses web pages, or our own network: one opaque question tells.
 * @param {string} url
 * @param {unknown} error
 * @param {AbortSignal} stopped
 * @param {typeof fetch} http
 */
async function explain(url, error, stopped, http) {
  if (stopped.aborted) return "the page stopped waiting";
  if (!(error instanceof TypeError)) return words(error);
  if (globalThis.navigator?.onLine === false) return "this device is offline";
  const { host, origin } = new URL(url);
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(PROBE_MS), stopped]);
    await http(origin, { mode: "no-cors", credentials: "omit", referrerPolicy: "no-referrer", signal });
    return `${host} is up but gave this page no readable answer: it may ask for a pause, redirect, or not allow web pages (CORS)`;
  } catch {
    return `${host} cannot be reached`;
  }
}
