// @ts-check
// The workload state machine through its JavaScript door. Nothing else does this, so nothing stands beside it.

import { milliseconds, must } from "./compare.js";

const START = 1_800_000_000;
const WORKLOADS = 10_000;
const RELAYS = ["wss://one.example", "wss://two.example", "wss://three.example"];
const T1 = 120;

/** @returns {import("./compare.js").Row[]} */
export function ticks(/** @type {any} */ paygress) {
  const machine = new paygress.WorkloadStateMachine({ m: 2, n: 3, t1Secs: T1, t2Secs: 300, staleSecs: 180 });
  const providers = Array.from({ length: WORKLOADS }, someKey);
  providers.forEach((providerNpub, workloadId) => {
    machine.track({ workloadId, providerNpub, state: { state: "provisioning", since: START }, createdAt: START, expiresAt: START + 86_400 });
  });
  let now = START;

  const heard = milliseconds({
    before: () => {
      now += 30;
      return providers.flatMap((providerNpub) => RELAYS.map((relayUrl) => ({ providerNpub, relayUrl, seenAt: now, eventTimestamp: now - 1 })));
    },
    call: (observations) => machine.tick(now, observations),
    // All go live by the first tick, and nothing else ever happens to them.
    check: (events, round) => events.length === (round === 0 ? WORKLOADS : 0) && isHeard(machine.evidence(round), now),
  });

  // A spell much longer than T1: whoever took blindness for silence would suspect every workload here.
  const blind = milliseconds({
    before: () => now,
    call: (from) => {
      machine.setObserving(from, false);
      machine.setObserving(from + 10 * T1, true);
      return machine.tick(from + 10 * T1, []);
    },
    check: (events) => {
      now += 10 * T1;
      return events.length === 0 && machine.stateOf(WORKLOADS - 1).state === "live";
    },
  });
  const silenced = machine.tick(now + T1, []);
  must(silenced.length === WORKLOADS && silenced[0].event === "entered-suspect", "silence that was observed is noticed");
  machine.free();

  const observations = WORKLOADS * RELAYS.length;
  return [
    { what: "one tick, 10,000 workloads × 30,000 observations", unit: "ms", ours: heard, theirs: [] },
    { what: "the same, an observation", unit: "µs", ours: (heard * 1000) / observations, theirs: [] },
    { what: "one blind spell declared, ended and judged, 10,000 workloads", unit: "ms", ours: blind, theirs: [] },
  ];
}

function someKey() {
  return [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isHeard(/** @type {any[]} */ evidence, /** @type {number} */ now) {
  return evidence.length === RELAYS.length && evidence.every(({ heardAt, eventTimestamp }) => heardAt === now && eventTimestamp === now - 1);
}
