// @ts-check
// What a relay sends: events that are new, and events that another relay has sent before.

import { AbstractRelay } from "nostr-tools/abstract-relay";
import { npubEncode } from "nostr-tools/nip19";
import { finalizeEvent, generateSecretKey, getPublicKey, verifyEvent } from "nostr-tools/pure";
import { verifyEvent as verifyEventByWasm } from "nostr-tools/wasm";

import { compare, must } from "./compare.js";

const NOW = 1_800_000_000;
const PROVIDERS = 20;
const URL = "wss://relay.example";

/** Heartbeats of some providers as a relay sends them, each with an id of its own. */
export function frames(/** @type {number} */ count) {
  const providers = Array.from({ length: PROVIDERS }, () => {
    const key = generateSecretKey();
    return { key, npub: npubEncode(getPublicKey(key)) };
  });
  return Array.from({ length: count }, (_, index) => {
    const { key, npub } = providers[index % PROVIDERS];
    // Later and later, as a relay would deliver them.
    const created_at = NOW - 90 + Math.floor((index * 90) / count);
    const content = JSON.stringify({
      provider_npub: npub,
      timestamp: created_at,
      active_workloads: index,
      available_capacity: { cpu_available: 4000, memory_mb_available: 8192, storage_gb_available: 100 },
    });
    const tags = [["d", `paygress:heartbeat:v1:${npub}`], ["t", "paygress-heartbeat"]];
    return JSON.stringify(["EVENT", "live", finalizeEvent({ kind: 38384, created_at, tags, content }, key)]);
  });
}

/** Events nobody has seen: text in, verdict out. */
export function events(/** @type {any} */ paygress, /** @type {string[]} */ texts) {
  // A parsed event carries no mark that it was verified before, so each call does the whole work.
  const ways = [
    { name: "ours", verify: (/** @type {string} */ text) => paygress.benchVerify(text) },
    { name: "nostr-tools", verify: (/** @type {string} */ text) => verifyEvent(JSON.parse(text)[2]) },
    { name: "nostr-tools with nostr-wasm", verify: (/** @type {string} */ text) => verifyEventByWasm(JSON.parse(text)[2]) },
  ];
  const [otherContent, otherSignature] = forgeries(texts[0]);
  for (const { name, verify } of ways) {
    must(verify(texts[0]), `${name} takes a good event`);
    must(!verify(otherContent), `${name} refuses another content`);
    must(!verify(otherSignature), `${name} refuses the signature of another event`);
  }
  const [ours, ...theirs] = ways.map(({ name, verify }) => ({ name, once: (/** @type {number} */ index) => verify(texts[index % texts.length]) }));
  return compare({ what: "events parsed and verified", ours: ours.once, theirs });
}

function forgeries(/** @type {string} */ text) {
  const event = JSON.parse(text)[2];
  const { sig } = finalizeEvent({ kind: 1, created_at: NOW, tags: [], content: "" }, generateSecretKey());
  return [{ ...event, content: `${event.content} ` }, { ...event, sig }].map((forged) => JSON.stringify(["EVENT", "live", forged]));
}

/** Events that another relay has sent before. */
export function duplicates(/** @type {any} */ paygress, /** @type {string[]} */ texts) {
  const at = (/** @type {number} */ index) => texts[index % texts.length];
  const seen = new paygress.BenchSeen();
  const relay = new KnowingRelay();
  const client = new KnowingClient(paygress);
  const ids = new Set(texts.map((text) => JSON.parse(text)[2].id));
  for (const text of texts) {
    must(!seen.handle(text), "ours takes a new event for new");
    must(!relay.handle(text), "nostr-tools takes a new event for new");
    client.handle(text);
  }
  must(relay.delivered === texts.length, `nostr-tools delivers every new event, not ${relay.delivered}`);
  client.check();

  const nostrTools = { name: "nostr-tools", once: (/** @type {number} */ index) => relay.handle(at(index)) };
  const parsing = { name: "JSON.parse and a Set", once: (/** @type {number} */ index) => ids.has(JSON.parse(at(index))[2].id) };
  const rows = [
    compare({ what: "duplicates parsed and recognised", ours: (index) => seen.handle(at(index)), theirs: [parsing, nostrTools] }),
    compare({ what: "duplicates handled by the whole client", ours: (index) => client.handle(at(index)), theirs: [nostrTools] }),
  ];
  must(relay.delivered === texts.length, "nostr-tools delivers no duplicate");
  client.check();
  seen.free();
  client.free();
  return rows;
}

/** A relay of nostr-tools that knows events as `SimplePool` does: by a Set of ids, before anything is parsed. */
class KnowingRelay {
  #relay = new AbstractRelay(URL, { verifyEvent, websocketImplementation: /** @type {any} */ (class {}) });
  #known = new Set();
  #had = false;
  delivered = 0;

  constructor() {
    this.#relay.prepareSubscription([{ kinds: [38384] }], {
      id: "live",
      alreadyHaveEvent: (id) => {
        this.#had = this.#known.has(id);
        this.#known.add(id);
        return this.#had;
      },
      onevent: () => {
        this.delivered++;
      },
    });
  }

  /** True for the frame of a known event. */
  handle(/** @type {string} */ data) {
    this.#had = false;
    this.#relay._onmessage(/** @type {any} */ ({ data }));
    return this.#had;
  }
}

/** A client as it is shipped, with one open relay and a store that writes at once. */
class KnowingClient {
  #client;
  #socket = 0;
  #frames = 0;

  constructor(/** @type {any} */ paygress) {
    this.#client = paygress.Client.open(NOW, [], new Uint8Array(32).fill(7));
    this.#perform(this.#client.start(NOW));
    this.#perform(this.#client.addRelay(NOW, URL));
    must(this.#socket > 0, "the client opens the relay it was given");
    this.#perform(this.#client.handle(NOW, { type: "socketOpened", socket: this.#socket }));
  }

  #perform(/** @type {any[]} */ effects) {
    for (const effect of effects) {
      if (effect.type === "openSocket" && effect.url.startsWith(URL)) this.#socket = effect.socket;
      if (effect.type === "commit") this.#perform(this.#client.handle(NOW, { type: "committed", commit: effect.commit }));
      if (effect.type === "continue") this.#perform(this.#client.handle(NOW, { type: "wake" }));
    }
  }

  /** True unless something must be written, sent or fetched because of it. */
  handle(/** @type {string} */ text) {
    this.#frames++;
    const effects = this.#client.handle(NOW, { type: "frame", socket: this.#socket, text });
    this.#perform(effects);
    return effects.every((/** @type {any} */ effect) => effect.type === "changed");
  }

  /** Every frame was taken for an event, and none was refused. */
  check() {
    const relays = this.#client.settings(NOW).relays;
    const { events, refused } = relays.find((/** @type {any} */ relay) => relay.url.startsWith(URL)) ?? {};
    must(events === this.#frames && refused === 0, `the client takes ${this.#frames} frames, not ${events}, and refuses none, not ${refused}`);
  }

  free() {
    this.#client.free();
  }
}
