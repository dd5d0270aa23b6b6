// @ts-check

/**
 * Why this page may not open `url`, as a sentence, or null when it may try. An https page may use plain `ws:` and `http:`
 * only on the machine it runs on; asking first beats an error nobody can read.
 * @param {string} url
 * @param {string} [pageProtocol] of the page; from `location` when left out
 * @returns {string | null}
 */
export function unreachableFromHere(url, pageProtocol = globalThis.location?.protocol) {
  if (pageProtocol !== "https:") return null;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || isLoopback(parsed.hostname)) return null;
  if (parsed.protocol === "ws:") {
    return `this page came over https, so the browser lets it open only wss:// relays; use wss:// for ${parsed.host}`;
  }
  if (parsed.protocol === "http:") {
    return `this page came over https, so the browser lets it talk only to https:// mints; use https:// for ${parsed.host}`;
  }
  return null;
}

/** @param {string} host */
function isLoopback(host) {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
