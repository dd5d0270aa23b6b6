// The measurements, the same in Node and in Chromium. Bundled by bench.mjs with the libraries we compare ourselves with.

import * as cashu from "@cashu/cashu-ts";
import { getHex64 } from "nostr-tools/fakejson";
import { finalizeEvent, generateSecretKey, verifyEvent } from "nostr-tools/pure";

const encoder = new TextEncoder();
const toHex = (/** @type {Uint8Array} */ bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Calls `once` for at least a second, after a warm-up, and returns calls per second. `once` counts up from 0. */
function perSecond(/** @type {(index: number) => void} */ once) {
  const spend = (/** @type {number} */ milliseconds) => {
    const since = performance.now();
    let count = 0;
    // In small groups, so that asking for the time costs nothing.
    while (performance.now() - since < milliseconds) for (let left = 8; left > 0; left--) once(count++);
    return (count * 1000) / (performance.now() - since);
  };
  spend(300);
  return Math.max(spend(1000), spend(1000), spend(1000));
}

function must(/** @type {boolean} */ held, /** @type {string} */ what) {
  if (!held) throw new Error(`the measurement is wrong: ${what}`);
}

/** Heartbeat-like events, signed by some providers, as a relay sends them. */
function frames(/** @type {number} */ count) {
  const keys = Array.from({ length: 20 }, generateSecretKey);
  return Array.from({ length: count }, (_, index) => {
    const created_at = 1_800_000_000 + index;
    const content = JSON.stringify({ active_workloads: index % 7, available_capacity: { cpu_available: 4000, memory_mb_available: 8192, storage_gb_available: 100 }, timestamp: created_at });
    const event = finalizeEvent({ kind: 38384, created_at, tags: [["d", `provider-${index}`], ["t", "paygress-heartbeat"]], content }, keys[index % keys.length]);
    return JSON.stringify(["EVENT", "beats", event]);
  });
}

/**
 * Runs everything and returns rows: what was measured, ours, theirs, the unit.
 *
 * @param {any} paygress The package, built with the feature `bench` and loaded.
 * @returns {{ what: string, ours: number, theirs: number | null, library: string | null, unit: string }[]}
 */
export function measure(paygress) {
  const rows = [];
  const texts = frames(400);
  const tampered = texts[0].replace(/"content":"{/, '"content":"{ ');

  must(paygress.benchVerify(texts[0]) && !paygress.benchVerify(tampered), "ours tells good events from bad ones");
  // A parsed event carries no mark that it was verified before, so each call does the whole work.
  const verifyTheirs = (/** @type {string} */ text) => verifyEvent(JSON.parse(text)[2]);
  must(verifyTheirs(texts[0]) && !verifyTheirs(tampered), "theirs tells good events from bad ones");
  rows.push({
    what: "events parsed and verified",
    ours: perSecond((index) => paygress.benchVerify(texts[index % texts.length])),
    theirs: perSecond((index) => verifyTheirs(texts[index % texts.length])),
    library: "nostr-tools",
    unit: "/s",
  });

  const seen = new paygress.BenchSeen();
  must(texts.every((text) => !seen.handle(text)) && seen.handle(texts[0]), "ours knows duplicates");
  const ids = new Set(texts.map((text) => JSON.parse(text)[2].id));
  must(ids.has(getHex64(texts[0], "id")), "theirs knows duplicates");
  rows.push({
    what: "duplicates handled, parsed in full",
    ours: perSecond((index) => seen.handle(texts[index % texts.length])),
    theirs: perSecond((index) => ids.has(JSON.parse(texts[index % texts.length])[2].id)),
    library: "JSON.parse and a Set",
    unit: "/s",
  });
  rows.push({
    what: "duplicates handled, id cut out of the text",
    ours: rows[1].ours,
    theirs: perSecond((index) => ids.has(getHex64(texts[index % texts.length], "id"))),
    library: "nostr-tools",
    unit: "/s",
  });
  seen.free();

  rows.push({ what: "one tick, 10,000 workloads × 30,000 observations", ours: tick(paygress), theirs: null, library: null, unit: "ms" });

  const mintKey = cashu.createRandomSecretKey();
  const mintPoint = cashu.pointFromHex(toHex(cashu.getPubKeyFromPrivKey(mintKey)));
  const mint = mintPoint.toHex(true);
  const outputs = Array.from({ length: 64 }, (_, index) => {
    const secret = toHex(cashu.createRandomSecretKey());
    const { B_, r } = cashu.blindMessage(encoder.encode(secret));
    const { C_ } = cashu.createBlindSignature(B_, mintKey, `00${index}`);
    return { secret, r, factor: r.toString(16).padStart(64, "0"), C_, answer: C_.toHex(true) };
  });
  const oursBlind = (/** @type {number} */ index) => {
    const { secret, factor, answer } = outputs[index % outputs.length];
    return paygress.benchBlind(secret, factor, answer, mint);
  };
  const theirsBlind = (/** @type {number} */ index) => {
    const { secret, r, answer } = outputs[index % outputs.length];
    const { B_ } = cashu.blindMessage(encoder.encode(secret), r);
    const proof = cashu.unblindSignature(cashu.pointFromHex(answer), r, mintPoint);
    return [B_.toHex(true), proof.toHex(true)];
  };
  must(outputs.every((_, index) => String(oursBlind(index)) === String(theirsBlind(index))), "both blind to the same points");
  rows.push({ what: "blind + unblind", ours: perSecond(oursBlind), theirs: perSecond(theirsBlind), library: "cashu-ts", unit: "/s" });
  return rows;
}

/** The best of some ticks in milliseconds, each with new heartbeats of three relays for every workload. */
function tick(/** @type {any} */ paygress) {
  const machine = new paygress.WorkloadStateMachine({ m: 2, n: 3, t1Secs: 120, t2Secs: 300, staleSecs: 180 });
  const start = 1_800_000_000;
  const providers = Array.from({ length: 10_000 }, (_, index) => index.toString(16).padStart(64, "0"));
  providers.forEach((providerNpub, workloadId) => {
    machine.track({ workloadId, providerNpub, state: { state: "provisioning", since: start }, createdAt: start, expiresAt: start + 86_400 });
  });
  const relays = ["wss://one.example", "wss://two.example", "wss://three.example"];
  const times = [];
  for (let round = 1; round <= 7; round++) {
    const now = start + round * 30;
    const observations = providers.flatMap((providerNpub) => relays.map((relayUrl) => ({ providerNpub, relayUrl, seenAt: now, eventTimestamp: now - 1 })));
    const since = performance.now();
    const events = machine.tick(now, observations);
    times.push(performance.now() - since);
    must(events.length === (round === 1 ? 10_000 : 0), `all workloads go live once, not ${events.length} in round ${round}`);
  }
  machine.free();
  return Math.min(...times.slice(1));
}
