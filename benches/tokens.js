// @ts-check
// Tokens of both forms (NUT-00), read as a paste is.

import * as cashu from "@cashu/cashu-ts";

import { compare } from "./compare.js";

const PROOFS = 16;
const KEYSET = "009a1f293253e41e";

/** A secret is 32 bytes in hex and a signature is a point, as the mint would have made them. */
export function tokens(/** @type {any} */ paygress) {
  const proofs = Array.from({ length: PROOFS }, (_, power) => {
    const secret = [...cashu.createRandomSecretKey()].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const { C_ } = cashu.createBlindSignature(cashu.hashToCurve(new TextEncoder().encode(secret)), cashu.createRandomSecretKey(), KEYSET);
    return { id: KEYSET, amount: 2 ** power, secret, C: C_.toHex(true) };
  });
  const face = 2 ** PROOFS - 1;
  const token = { mint: "https://mint.example", unit: "sat", proofs };
  return [3, 4].map((version) => {
    const text = cashu.getEncodedToken(/** @type {any} */ (token), /** @type {any} */ ({ version }));
    const theirs = () => cashu.getDecodedToken(text, [KEYSET]).proofs.reduce((sum, { amount }) => sum + Number(amount), 0) === face;
    return compare({
      what: `tokens of ${PROOFS} proofs read, cashu${version === 3 ? "A" : "B"}`,
      ours: () => Number(paygress.benchDecode(text)) === face,
      theirs: [{ name: "cashu-ts", once: theirs }],
    });
  });
}
