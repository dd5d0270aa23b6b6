// Stands between wallets and a mint, and does with every request what a test says.
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";

/** @typedef {{ method: string, path: string, origin: string, body: string }} Asked */
/** @typedef {{ status: number, headers: import("node:http").IncomingHttpHeaders, body: Buffer }} Answer */

/**
 * What becomes of a request: `forward` has the mint do the work and may be called never, once or more often; nothing comes back
 * for `null`, and of an answer with `cut` only so many bytes, after which the connection breaks.
 * @typedef {(asked: Asked, forward: () => Promise<Answer>) => Promise<(Answer & { cut?: number }) | null>} Meddle
 */

/** @type {Meddle} */
export const passOn = (_, forward) => forward();

/**
 * A proxy before the mint at `target`. Browsers' questions for permission and sockets pass untouched.
 * @param {string} target
 * @param {Meddle} [meddle]
 */
export async function startProxy(target, meddle = passOn) {
  const { hostname, port } = new URL(target);
  const proxy = { url: "", meddle, stop: () => Promise.resolve() };

  /**
   * @param {import("node:http").IncomingMessage} incoming
   * @param {Buffer} body
   * @returns {Promise<Answer>}
   */
  const forward = ({ method, url, headers }, body) =>
    new Promise((resolve, reject) => {
      const asking = ask({ hostname, port, method, path: url, headers: { ...headers, "accept-encoding": "identity", connection: "close" } }, (answer) => {
        /** @type {Buffer[]} */
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.once("error", reject);
        answer.once("close", () => {
          if (!answer.complete) return reject(new Error("the mint broke off"));
          resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) });
        });
      });
      asking.once("error", reject);
      asking.end(body);
    });

  const server = createServer(async (incoming, outgoing) => {
    try {
      /** @type {Buffer[]} */
      const chunks = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const { method = "GET", url: path = "/", headers } = incoming;
      const pass = () => forward(incoming, body);
      const asked = { method, path, origin: headers.origin ?? "", body: body.toString() };
      const answer = await (method === "OPTIONS" ? passOn : proxy.meddle)(asked, pass);
      if (answer === null) return outgoing.destroy();
      const { "transfer-encoding": _, ...kept } = answer.headers;
      // A browser repeats by itself what breaks on a connection that was used before, and then nobody counts it.
      outgoing.writeHead(answer.status, { ...kept, "content-length": answer.body.length, connection: "close" });
      if (answer.cut === undefined) return outgoing.end(answer.body);
      outgoing.write(answer.body.subarray(0, answer.cut), () => outgoing.destroy());
    } catch {
      outgoing.destroy();
    }
  });
  server.on("upgrade", (incoming, socket, head) => {
    const mint = connect(Number(port), hostname, () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let at = 0; at < incoming.rawHeaders.length; at += 2) lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`);
      mint.write(`${lines.join("\r\n")}\r\n\r\n`);
      mint.write(head);
      mint.pipe(socket).pipe(mint);
    });
    mint.on("error", () => socket.destroy());
    socket.on("error", () => mint.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  proxy.url = `http://127.0.0.1:${address.port}`;
  proxy.stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return proxy;
}
