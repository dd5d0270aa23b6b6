// @ts-check
// The wallet's cryptography: outputs blinded, the mint's signatures unblinded (NUT-00), checked (NUT-12) and derived (NUT-13).

import * as cashu from "@cashu/cashu-ts";

import { compare, must } from "./compare.js";

const BATCH = 25;
const KEYSETS = [
  { name: "version 2", id: `01${"5c".repeat(32)}` },
  { name: "version 1", id: "009a1f293253e41e" },
];

const encoder = new TextEncoder();
const toHex = (/** @type {Uint8Array} */ bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Secrets and blinding factors are given; points cross as hex, as they do in a mint's keys and answers. */
export function outputs(/** @type {any} */ paygress) {
  const mintKey = cashu.createRandomSecretKey();
  const mint = toHex(cashu.getPubKeyFromPrivKey(mintKey));
  const signed = (/** @type {ReturnType<typeof cashu.hashToCurve>} */ point) => cashu.createBlindSignature(point, mintKey, "").C_.toHex(true);
  const cases = Array.from({ length: 64 }, () => {
    const secret = toHex(cashu.createRandomSecretKey());
    const { B_, r } = cashu.blindMessage(encoder.encode(secret));
    const { e, s } = cashu.createDLEQProof(B_, mintKey);
    const factor = r.toString(16).padStart(64, "0");
    // The proof as the mint would make it, which is what it compares with when the proof is spent.
    const proof = signed(cashu.hashToCurve(encoder.encode(secret)));
    return { secret, r, factor, answer: signed(B_), dleq: { e, s }, e: toHex(e), s: toHex(s), blinded: B_.toHex(true), proof };
  });
  const at = (/** @type {number} */ index) => cases[index % cases.length];

  const ours = (/** @type {number} */ index) => {
    const { secret, factor, answer, blinded, proof } = at(index);
    const points = paygress.benchBlind(secret, factor, answer, mint);
    return points[0] === blinded && points[1] === proof;
  };
  const oursChecked = (/** @type {number} */ index, { e, s } = at(index)) => {
    const { secret, factor, answer, blinded, proof } = at(index);
    const points = paygress.benchBlindChecked(secret, factor, answer, mint, e, s);
    return points[0] === blinded && points[1] === proof;
  };
  const theirs = (/** @type {number} */ index) => {
    const { secret, r, answer, blinded, proof } = at(index);
    const { B_ } = cashu.blindMessage(encoder.encode(secret), r);
    const C = cashu.unblindSignature(cashu.pointFromHex(answer), r, cashu.pointFromHex(mint));
    return B_.toHex(true) === blinded && C.toHex(true) === proof;
  };
  const theirsChecked = (/** @type {number} */ index, { dleq } = at(index)) => {
    const { secret, r, answer, blinded, proof } = at(index);
    const [C_, A] = [cashu.pointFromHex(answer), cashu.pointFromHex(mint)];
    const { B_ } = cashu.blindMessage(encoder.encode(secret), r);
    if (!cashu.verifyDLEQProof(dleq, B_, C_, A)) return false;
    return B_.toHex(true) === blinded && cashu.unblindSignature(C_, r, A).toHex(true) === proof;
  };
  must(throws(() => oursChecked(0, at(1))), "ours refuses the DLEQ proof of another output");
  must(!theirsChecked(0, at(1)), "cashu-ts refuses the DLEQ proof of another output");

  return [
    compare({ what: "outputs blinded and unblinded", ours, theirs: [{ name: "cashu-ts", once: theirs }] }),
    compare({ what: "outputs blinded, DLEQ checked, unblinded", ours: oursChecked, theirs: [{ name: "cashu-ts", once: theirsChecked }] }),
  ];
}

/** Batches of outputs from one seed, as a restore makes them. */
export function derivations(/** @type {any} */ paygress) {
  const seed = new Uint8Array(64).map((_, index) => index);
  const blank = Array(BATCH).fill(0);
  return KEYSETS.map(({ name, id }) => {
    const theirs = (/** @type {number} */ first) =>
      cashu.OutputData.createDeterministicData(0, seed, first, { id, keys: {} }, blank).map(({ blindedMessage }) => blindedMessage.B_);
    const firsts = [0, 1, 2, 3].map((batch) => batch * BATCH);
    const expected = firsts.map((first) => String(theirs(first)));
    const way = (/** @type {(first: number) => string[]} */ derive) => (/** @type {number} */ index) => {
      const batch = index % firsts.length;
      return String(derive(firsts[batch])) === expected[batch];
    };
    return compare({
      what: `outputs derived and blinded, ${name} keyset`,
      ours: way((first) => paygress.benchDerive(seed, id, first, BATCH)),
      theirs: [{ name: "cashu-ts", once: way(theirs) }],
      each: BATCH,
    });
  });
}

function throws(/** @type {() => unknown} */ call) {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}
