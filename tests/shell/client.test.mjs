import assert from "node:assert/strict";
import { test } from "node:test";
import { Run } from "../../pkg/shell/client.js";
import { PaygressShellError } from "../../pkg/shell/errors.js";
import { FakeSocket, ScriptedClient, deferred, settled } from "./world.mjs";

/** @param {{ replies?: unknown[], commit?: () => Promise<void>, http?: typeof fetch, connect?: (url: string) => any }} [parts] */
function running({ replies = [], commit = async () => {}, http, connect = (url) => new FakeSocket(url) } = {}) {
  FakeSocket.all = [];
  const client = new ScriptedClient();
  client.replies = replies;
  const told = { changed: [], lost: 0, failed: [], traps: [], committed: 0 };
  const run = new Run(/** @type {any} */ (client), {
    commit,
    onchanged: (views) => told.changed.push(views),
    oncommitted: () => told.committed++,
    onlost: () => told.lost++,
    onfailed: (error) => told.failed.push(/** @type {Error} */ (error).message),
    ontrap: (error) => told.traps.push(error),
    now: () => 1000,
    connect,
    http,
  });
  return { run, client, told };
}

const heard = (client) => client.heard.map((input) => input.type);

test("effects are performed in the order they were given", async (t) => {
  const order = [];
  const { run } = running({
    replies: [[
      { type: "commit", commit: 1, records: [] },
      { type: "openSocket", socket: 1, url: "wss://a.example" },
      { type: "fetch", request: 1, method: "GET", url: "https://b.example", body: null, deadlineSecs: 5 },
    ]],
    commit: async () => void order.push("commit"),
    http: async () => {
      order.push(`fetch after ${FakeSocket.all.length} socket`);
      return new Response("{}");
    },
  });
  t.after(() => run.stop());
  run.start();
  await settled();
  assert.deepEqual(order, ["commit", "fetch after 1 socket"]);
});

test("an intent resolves only after its commit is durable and reported", async (t) => {
  const gate = deferred();
  const { run, client } = running({ commit: () => gate.promise });
  t.after(() => run.stop());
  let done = false;
  const intent = run.intend(() => ({ id: "7", effects: [{ type: "commit", commit: 3, records: [] }] })).then((id) => {
    done = true;
    assert.deepEqual(client.heard, [{ type: "committed", commit: 3 }]);
    return id;
  });
  await settled();
  assert.equal(done, false);
  gate.resolve();
  assert.equal(await intent, "7");
});

test("a refused intent rejects with the program's own error and stops nothing", async (t) => {
  const { run, told } = running();
  t.after(() => run.stop());
  const refusal = Object.assign(new Error("the amount is zero"), { name: "PaygressError", code: "invalid-input" });
  await assert.rejects(run.intend(() => {
    throw refusal;
  }), refusal);
  assert.equal(run.stopped, false);
  assert.equal(told.traps.length, 0);
});

test("a failed commit ends the run, tells its reason once, and lets nothing out", async () => {
  const gates = [deferred(), deferred()];
  let next = 0;
  const { run, client, told } = running({ commit: () => gates[next++].promise });
  const intents = [1, 2].map((commit) => run.intend(() => [{ type: "commit", commit, records: [] }]));
  const refused = Promise.all(intents.map((intent) => assert.rejects(intent, { code: "store-failed", message: "no room" })));
  for (const gate of gates) gate.reject(new PaygressShellError("store-failed", "no room"));
  await refused;
  await settled();
  assert.deepEqual(told.failed, ["no room"]);
  assert.equal(told.lost, 0);
  assert.equal(run.stopped, true);
  assert.deepEqual(client.heard, []);
  assert.throws(() => run.view(() => 1), { code: "stopped" });
});

test("who lost the store drops what is held and reports nothing more", async () => {
  const { run, client, told } = running({ commit: () => Promise.reject(new PaygressShellError("lost", "another tab")) });
  client.replies = [[{ type: "openSocket", socket: 1, url: "wss://a.example" }]];
  run.start();
  await assert.rejects(run.intend(() => [{ type: "commit", commit: 1, records: [] }]), { code: "lost" });
  assert.equal(told.lost, 1);
  assert.equal(run.stopped, true);
  assert.equal(client.freed, true);
  assert.equal(FakeSocket.all[0].closed, true);
  const before = client.heard.length;
  FakeSocket.all[0].open();
  await settled();
  assert.equal(client.heard.length, before);
});

test("a trap stops the run and is told once", async () => {
  const { run, client, told } = running({ replies: [[{ type: "openSocket", socket: 1, url: "wss://a.example" }]] });
  run.start();
  client.replies = [new WebAssembly.RuntimeError("unreachable")];
  FakeSocket.all[0].open();
  FakeSocket.all[0].receive("[]");
  await settled();
  assert.equal(told.traps.length, 1);
  assert.equal(run.stopped, true);
  assert.throws(() => run.view(() => 1), { code: "stopped" });
});

test("a socket tells of its opening, its frames and its end", async (t) => {
  const { run, client } = running({ replies: [[{ type: "openSocket", socket: 9, url: "wss://a.example" }]] });
  t.after(() => run.stop());
  run.start();
  const [socket] = FakeSocket.all;
  socket.open();
  socket.receive("[1]");
  socket.receive(new ArrayBuffer(3));
  socket.drop(1008, "too many requests");
  assert.deepEqual(client.heard.slice(1), [
    { type: "socketOpened", socket: 9 },
    { type: "frame", socket: 9, text: "[1]" },
    { type: "frame", socket: 9, text: "" },
    { type: "socketClosed", socket: 9, reason: "closed: too many requests" },
  ]);
});

test("a socket that the program closed reports nothing more", async (t) => {
  const { run, client } = running({ replies: [[{ type: "openSocket", socket: 2, url: "wss://a.example" }, { type: "closeSocket", socket: 2 }]] });
  t.after(() => run.stop());
  run.start();
  const [socket] = FakeSocket.all;
  assert.equal(socket.closed, true);
  socket.drop(1000);
  assert.deepEqual(heard(client), ["start"]);
});

test("an address the browser refuses is a closed socket, told after the call", async (t) => {
  const { run, client } = running({
    replies: [[{ type: "openSocket", socket: 4, url: "wss://bad" }]],
    connect: () => {
      throw new SyntaxError("the URL is invalid");
    },
  });
  t.after(() => run.stop());
  run.start();
  assert.deepEqual(heard(client), ["start"]);
  await settled();
  assert.deepEqual(client.heard[1], { type: "socketClosed", socket: 4, reason: "the browser refuses this address: the URL is invalid" });
});

test("a socket that fails is told once, whether its close follows or not", async (t) => {
  const { run, client } = running({ replies: [[
    { type: "openSocket", socket: 1, url: "wss://a.example" },
    { type: "openSocket", socket: 2, url: "wss://b.example" },
  ]] });
  t.after(() => run.stop());
  run.start();
  const [never, open] = FakeSocket.all;
  never.fail();
  never.drop(1006);
  open.open();
  open.fail();
  await settled();
  assert.deepEqual(client.heard.slice(1), [
    { type: "socketClosed", socket: 1, reason: "could not connect" },
    { type: "socketOpened", socket: 2 },
    { type: "socketClosed", socket: 2, reason: "the connection broke" },
  ]);
});

test("a socket that does not open in time is closed and told", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { run, client } = running({ replies: [[
    { type: "openSocket", socket: 1, url: "wss://slow.example" },
    { type: "openSocket", socket: 2, url: "wss://quick.example" },
    { type: "openSocket", socket: 3, url: "wss://unwanted.example" },
    { type: "closeSocket", socket: 3 },
  ]] });
  t.after(() => run.stop());
  run.start();
  const [slow, quick] = FakeSocket.all;
  quick.open();
  t.mock.timers.tick(14_999);
  assert.deepEqual(heard(client), ["start", "socketOpened"]);
  t.mock.timers.tick(1);
  slow.open();
  t.mock.timers.tick(60_000);
  assert.equal(slow.closed, true);
  assert.equal(quick.closed, false);
  assert.deepEqual(client.heard.slice(2), [{ type: "socketClosed", socket: 1, reason: "no connection within 15 seconds" }]);
});

test("changed views are told once, after the call", async (t) => {
  const { run, told } = running({ replies: [[{ type: "changed", views: ["market", "wallet"] }, { type: "changed", views: ["wallet"] }]] });
  t.after(() => run.stop());
  run.start();
  assert.deepEqual(told.changed, []);
  await settled();
  assert.deepEqual(told.changed, [["market", "wallet"]]);
});

test("the wake-up and `continue` wake the client outside of any call", async (t) => {
  const { run, client } = running({ replies: [[{ type: "continue" }]] });
  t.after(() => run.stop());
  run.start();
  client.inside = true;
  client.wake();
  client.inside = false;
  await settled();
  assert.deepEqual(heard(client), ["start", "wake", "wake"]);
});
