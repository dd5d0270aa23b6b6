// What a page and its mint say on a WebSocket of theirs (NUT-17).

/** @typedef {import("playwright-core").Page} Page */

/** @typedef {{ at: number, what: "opened" | "closed" | "confirmed" | "told" | "asked", state?: string, path?: string }} Moment */

/**
 * Everything that happens on the page's lines to this mint, and what it asks it about quotes and coins, in order.
 * @param {Page} page
 * @param {string} mint
 */
export function watchLines(page, mint) {
  /** @type {Moment[]} */
  const moments = [];
  const note = (/** @type {Omit<Moment, "at">} */ moment) => moments.push({ at: Date.now(), ...moment });
  page.on("websocket", (line) => {
    if (line.url() !== `${mint.replace("http", "ws")}/v1/ws`) return;
    note({ what: "opened" });
    line.on("close", () => note({ what: "closed" }));
    line.on("framereceived", ({ payload }) => {
      const message = JSON.parse(String(payload));
      if (message.result) note({ what: "confirmed" });
      if (message.params) note({ what: "told", state: message.params.payload.state });
    });
  });
  page.on("request", (request) => {
    const url = request.url();
    const path = url.startsWith(mint) ? url.slice(mint.length) : "";
    if (request.method() !== "OPTIONS" && /^\/v1\/(mint\/quote\/bolt11\/.|checkstate)/.test(path)) note({ what: "asked", path });
  });
  return {
    moments,
    /** How often something happened. */
    count: (/** @type {Moment["what"]} */ what, /** @type {string} */ state = "") =>
      moments.filter((moment) => moment.what === what && (!state || moment.state === state)).length,
  };
}
