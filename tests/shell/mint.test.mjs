import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fetchAnswer, retryAfter } from "../../pkg/shell/mint.js";
import { unreachableFromHere } from "../../pkg/shell/reach.js";

const running = new AbortController().signal;
let server;
let origin;

before(async () => {
  server = createServer((request, response) => {
    const routes = {
      "/ok": () => response.writeHead(200).end('{"a":1}'),
      "/echo": () => request.pipe(response.writeHead(201)),
      "/broken": () => response.writeHead(500).end("not json"),
      "/moved": () => response.writeHead(307, { location: "/ok" }).end(),
      "/cut": () => {
        response.writeHead(200, { "content-length": "100" }).write("half");
        setTimeout(() => response.destroy(), 20);
      },
      "/never": () => {},
      "/often": () => response.writeHead(429, { "retry-after": "120" }).end("{}"),
      "/often-and-mute": () => response.writeHead(429).end("{}"),
      "/not-ready": () => response.writeHead(503, { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() }).end("{}"),
      "/made": () => response.writeHead(201, { "retry-after": "5" }).end("{}"),
      "/": () => response.writeHead(200).end(),
    };
    (routes[request.url] ?? (() => response.writeHead(404).end("no")))();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** @returns {Promise<any>} */
const ask = (path, more = {}, stopped = running) =>
  fetchAnswer({ type: "fetch", request: 7, method: "GET", url: origin + path, body: null, deadlineSecs: 5, ...more }, stopped);

test("every status is an answer, whatever it says", async () => {
  assert.deepEqual(await ask("/ok"), { type: "answered", request: 7, status: 200, body: '{"a":1}' });
  assert.deepEqual(await ask("/broken"), { type: "answered", request: 7, status: 500, body: "not json" });
  assert.equal((await ask("/nowhere")).status, 404);
});

test("a server that says when to come back is understood", async () => {
  assert.deepEqual(await ask("/often"), { type: "later", request: 7, status: 429, secs: 120 });
  const { type, status, secs } = await ask("/not-ready");
  assert.deepEqual([type, status, secs > 3000 && secs <= 3600], ["later", 503, true]);
  assert.deepEqual(await ask("/often-and-mute"), { type: "answered", request: 7, status: 429, body: "{}" });
  assert.equal((await ask("/made")).type, "answered", "other answers are what they are");
  const now = Date.UTC(2026, 0, 1);
  const said = ["0", " 30 ", "Thu, 01 Jan 2026 00:01:00 GMT", "Wed, 31 Dec 2025 00:00:00 GMT", "soon", "-5 minutes", "1e9", ""];
  assert.deepEqual(said.map((header) => retryAfter(header, now)).slice(0, 5), [0, 30, 60, 0, null]);
  assert.equal(retryAfter(null, now), null);
});

test("the body arrives byte for byte", async () => {
  const body = '{"outputs":[{"B_":"02é"}]}';
  assert.equal((await ask("/echo", { method: "POST", body })).body, body);
});

test("a request after its deadline is unanswered", async () => {
  assert.deepEqual(await ask("/never", { deadlineSecs: 1 }), { type: "unanswered", request: 7, reason: "no answer within 1 s" });
});

test("half an answer is no answer", async () => {
  assert.equal((await ask("/cut")).type, "unanswered");
});

test("money is never handed on by a redirect", async () => {
  const outcome = await ask("/moved", { method: "POST", body: "{}" });
  assert.equal(outcome.type, "unanswered");
  assert.match(outcome.reason, /it may ask for a pause, redirect, or/);
});

test("a host that is not there is named", async () => {
  const outcome = await ask("", { url: "http://127.0.0.1:9/v" });
  assert.deepEqual(outcome, { type: "unanswered", request: 7, reason: "127.0.0.1:9 cannot be reached" });
});

test("a stopped run gets no answer", async () => {
  const stop = new AbortController();
  const outcome = ask("/never", {}, stop.signal);
  stop.abort();
  assert.equal((await outcome).type, "unanswered");
});

test("a page is told before it tries plain addresses, except on its own machine", () => {
  for (const page of ["https:", "http:"]) {
    assert.match(unreachableFromHere("ws://relay.example", page), /wss:\/\/ for relay\.example/);
    assert.match(unreachableFromHere("http://mint.example:3338", page), /https:\/\/ for mint\.example:3338/);
    for (const fine of ["wss://relay.example", "https://mint.example", "ws://localhost:1", "ws://127.0.0.1:7", "http://[::1]:3", "http://a.localhost"]) {
      assert.equal(unreachableFromHere(fine, page), null, fine);
    }
    assert.notEqual(unreachableFromHere("ws://127.0.0.1.example.com", page), null);
  }
  assert.equal(unreachableFromHere("ws://relay.example", undefined), null, "outside of a page nobody forbids it");
});
