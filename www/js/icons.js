// @ts-check
import { html, svg } from "../vendor/lit-html/lit-html.js";

/** @param {unknown} drawing */
const icon = (drawing, size = 20) => html`<svg width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${drawing}</svg>`;

export const market = icon(svg`<path d="M4 10v9h16v-9M3 10l2-5h14l2 5M3 10a3 3 0 0 0 6 0 3 3 0 0 0 6 0 3 3 0 0 0 6 0"/>`);
export const rent = icon(svg`<circle cx="12" cy="13" r="8"/><path d="M12 9v4l2.6 1.6M9.5 2.5h5"/>`);
export const workloads = icon(svg`<path d="M3 12h4l2.5-6.5 5 13L17 12h4"/>`);
export const wallet = icon(svg`<path d="M4 7.5A2.5 2.5 0 0 1 6.5 5H17v3M4 7.500V17a2 2 0 0 0 2 2h13a1 1 0 0 0 1-1V9a1 1 0 0 0-1-1H4.5"/><path d="M16 13.500h.01" stroke-width="2.8"/>`);
export const settings = icon(svg`<path d="M4 7h9m5 0h2M4 17h2m5 0h9"/><circle cx="15.5" cy="7" r="2.5"/><circle cx="8.5" cy="17" r="2.5"/>`);
export const copy = icon(svg`<rect x="9" y="9" width="11" height="11" rx="2.5"/><path d="M15 5.500A1.5 1.5 0 0 0 13.5 4h-8A1.5 1.5 0 0 0 4 5.500v8A1.5 1.5 0 0 0 5.5 15"/>`, 16);
export const warning = icon(svg`<path d="M12 4 2.8 19.500h18.400zM12 10v4.500M12 17h.01"/>`);
export const problem = icon(svg`<circle cx="12" cy="12" r="9"/><path d="M12 7.500v5.500M12 16.500h.01"/>`);
export const info = icon(svg`<circle cx="12" cy="12" r="9"/><path d="M12 11v5.500M12 7.500h.01"/>`);
export const question = icon(svg`<circle cx="12" cy="12" r="9"/><path d="M9.5 9.700a2.6 2.6 0 1 1 3.7 2.400c-.8.4-1.2.9-1.2 1.700M12 16.800h.01"/>`);
export const back = icon(svg`<path d="M14.5 6 8.5 12l6 6"/>`, 18);
export const arrow = icon(svg`<path d="M5 12h13M13 6.5 18.5 12 13 17.5"/>`, 16);
export const into = icon(svg`<path d="M12 4v11M7 10.500l5 5 5-5M5 20h14"/>`, 18);
export const outof = icon(svg`<path d="M12 15.500V4.500M7 9l5-5 5 5M5 20h14"/>`, 18);
export const bolt = icon(svg`<path d="M13 3 5 13.500h6L10.5 21 19 10.500h-6z"/>`, 18);
export const again = icon(svg`<path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.400M19.5 3.500v4h-4"/>`, 18);

export const mark = html`<svg width="30" height="30" viewBox="0 0 32 32" fill="none" aria-hidden="true"><path d="M19.3 5.400A11.2 11.2 0 1 0 27 14.4" stroke="var(--accent)" stroke-width="3.4" stroke-linecap="round"/><path d="M15.8 10.200v6.300l4.2 2.6" stroke="var(--accent)" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/><circle cx="26.2" cy="6.4" r="3.5" fill="var(--coin-mark)"/></svg>`;

const SHAPES = {
  live: svg`<circle cx="6" cy="6" r="4.5" fill="currentColor"/>`,
  provisioning: svg`<circle cx="6" cy="6" r="4.2" stroke="currentColor" stroke-width="1.8"/><path d="M6 6V1.800A4.2 4.2 0 0 1 10.2 6z" fill="currentColor"/>`,
  suspect: svg`<path d="M6 1.2 11.2 10.500H.8z" fill="currentColor"/>`,
  evicted: svg`<path d="m2.2 2.2 7.6 7.600m0-7.600L2.2 9.8" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/>`,
  failed: svg`<path d="m2.2 2.2 7.6 7.600m0-7.600L2.2 9.8" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/>`,
  respawning: svg`<path d="M9.8 6A3.8 3.8 0 1 1 8.4 3M8.8.8v2.600H6.2" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/>`,
  unknown: svg`<circle cx="6" cy="6" r="4.3" stroke="currentColor" stroke-width="1.8" stroke-dasharray="2.6 1.9"/>`,
  none: svg`<circle cx="6" cy="6" r="3" stroke="currentColor" stroke-width="1.5"/>`,
};

/**
 * A small shape, different for each state, so that colour is never the only sign.
 * @param {keyof typeof SHAPES} name
 */
export function shape(name) {
  return html`<svg width="12" height="12" viewBox="0 0 12 12" fill="none" aria-hidden="true">${SHAPES[name]}</svg>`;
}
