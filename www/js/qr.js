// @ts-check
import { html, svg } from "../vendor/lit-html/lit-html.js";
import { encode } from "../vendor/uqr/uqr.mjs";

/** @type {{ text: string, size: number, path: string } | null} */
let latest = null;

/**
 * A QR code, dark on white in every colour scheme because scanners want it so. Null when the text is too long for one.
 * @param {string} text
 * @param {string} label what it is, for people who cannot see it
 */
export function qr(text, label) {
  const code = latest?.text === text ? latest : drawn(text);
  if (code === null) return null;
  latest = code;
  return html`<figure class="qr"><svg viewBox="0 0 ${code.size} ${code.size}" role="img" aria-label=${label} shape-rendering="crispEdges">${svg`<path d=${code.path} fill="#000"/>`}</svg></figure>`;
}

/** @param {string} text */
function drawn(text) {
  if (text.length > 1800) return null;
  const { data, size } = encode(text, { ecc: "L", border: 2 });
  let path = "";
  data.forEach((line, y) => line.forEach((dark, x) => {
    if (dark) path += `M${x} ${y}h1v1h-1z`;
  }));
  return { text, size, path };
}
