// @ts-check

/**
 * Why this page may not open `url`, as a sentence, or null when it may try. A page may use plain `ws:` and `http:`
 * only on the machine it runs on; asking first beats an error nobody can read.
 * @param {string} url
 * @param {string} [pageProtocol] of the page; from `location` when left out
 * @returns {string | null}
 */
export function unreachableFromHere(url, pageProtocol = globalThis.location?.protocol) {
  // A page of plain http is held to the same: it runs on this machine, and what it cannot keep once it is hosted helps nobody.
  if (pageProtocol !== "https:" && pageProtocol !== "http:") return null;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || isLoopback(parsed.hostname)) return null;
  if (parsed.protocol === "ws:") return `a page may use plain ws:// only on its own machine; use wss:// for ${parsed.host}`;
  if (parsed.protocol === "http:") return `a page may use plain http:// only on its own machine; use https:// for ${parsed.host}`;
  return null;
}

/** @param {string} host */
function isLoopback(host) {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
