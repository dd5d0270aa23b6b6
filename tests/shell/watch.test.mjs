// A tab that waits, and its doubts about the one that writes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Keepsake } from "../../pkg/shell/keepsake.js";
import { Tabs } from "../../pkg/shell/tabs.js";
import { Watch } from "../../pkg/shell/watch.js";

/**
 * A watch on a clock of its own.
 * @param {import("node:test").TestContext} t
 * @param {{ answers?: (now: number) => boolean, visible?: boolean }} [world] whether the writer answers at that time, in milliseconds
 */
function watching(t, { answers = () => false, visible = true } = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const world = { now: 0, asked: 0, hung: [], visible };
  const watch = new Watch({
    ask: () => {
      world.asked += 1;
      if (answers(world.now)) queueMicrotask(() => watch.heard());
    },
    onhung: () => world.hung.push(world.now),
    visible: () => world.visible,
    now: () => world.now,
    random: () => 0,
  });
  /** Lets time pass, in steps, so that answers are heard in between. */
  const pass = async (ms) => {
    for (const end = world.now + ms; world.now < end; ) {
      world.now += 100;
      t.mock.timers.tick(100);
      await Promise.resolve();
    }
  };
  /** Time passes while this tab stands still; timers that are due run late. */
  const sleep = (ms) => {
    world.now += ms;
    t.mock.timers.tick(ms);
  };
  return { watch, world, pass, sleep };
}

test("a writer that answers is never called hung", async (t) => {
  const { watch, world, pass } = watching(t, { answers: () => true });
  watch.start();
  await pass(120_000);
  assert.deepEqual(world.hung, []);
  assert.equal(world.asked, 121);
});

test("a writer that is busy for six seconds is not hung", async (t) => {
  const { watch, world, pass } = watching(t, { answers: (now) => now < 4000 || now >= 10_000 });
  watch.start();
  await pass(60_000);
  assert.deepEqual(world.hung, []);
});

test("a writer that stopped answering is called hung once, within ten seconds, and first by the tab that is seen", async (t) => {
  for (const { visible, after } of [{ visible: true, after: 7000 }, { visible: false, after: 8000 }]) {
    const { watch, world, pass } = watching(t, { answers: (now) => now < 5000, visible });
    watch.start();
    await pass(60_000);
    assert.deepEqual(world.hung, [5000 + after]);
    t.mock.timers.reset();
  }
});

test("a tab that stood still itself begins to count anew", async (t) => {
  const { watch, world, pass, sleep } = watching(t);
  watch.start();
  await pass(6000);
  sleep(3_600_000);
  assert.deepEqual(world.hung, []);
  await pass(6900);
  assert.deepEqual(world.hung, []);
  await pass(1000);
  assert.equal(world.hung.length, 1);
});

test("a tab whose timers run once a minute calls nobody hung", async (t) => {
  const { watch, world, sleep } = watching(t, { visible: false });
  watch.start();
  for (let minute = 0; minute < 60; minute += 1) sleep(60_000);
  assert.deepEqual(world.hung, []);
});

test("a tab that was robbed is more patient each time, until a person chooses it", async (t) => {
  const { watch, world, pass } = watching(t);
  const patience = async () => {
    const since = world.now;
    world.hung = [];
    watch.start();
    await pass(400_000);
    return world.hung[0] - since;
  };
  assert.equal(await patience(), 7000);
  watch.robbed();
  assert.equal(await patience(), 13_000);
  watch.robbed();
  assert.equal(await patience(), 26_000);
  for (let more = 0; more < 20; more += 1) watch.robbed();
  assert.equal(await patience(), 208_000);
  watch.chosen();
  assert.equal(await patience(), 7000);
});

test("a watch that was ended asks nothing and calls nobody hung", async (t) => {
  const { watch, world, pass } = watching(t);
  watch.start();
  await pass(5500);
  watch.stop();
  const { asked } = world;
  await pass(60_000);
  assert.deepEqual(world.hung, []);
  assert.equal(world.asked, asked);
});

/** Tabs on one channel that delivers at once, with what each of them was told. */
function tabs(count) {
  const channels = [];
  return Array.from({ length: count }, () => {
    const told = { holds: false, changed: 0, shut: 0, hung: 0, robbed: 0 };
    const channel = /** @type {any} */ ({
      postMessage: (data) => channels.forEach((other) => other !== channel && other.onmessage({ data })),
      close: () => channels.splice(channels.indexOf(channel), 1),
    });
    channels.push(channel);
    const tab = new Tabs(channel, {
      holds: () => told.holds,
      onchanged: () => (told.changed += 1),
      onshut: () => (told.shut += 1),
      onhung: () => (told.hung += 1),
      onrobbed: () => (told.robbed += 1),
    });
    return { tab, told, channel };
  });
}

test("only the tab that holds the lock gives signs of life", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [one, two, three] = tabs(3);
  t.after(() => [one, two, three].forEach(({ tab }) => tab.close()));
  const said = [];
  for (const { channel } of [one, two]) {
    const post = channel.postMessage;
    channel.postMessage = (data) => {
      said.push(data.type);
      post(data);
    };
  }
  one.told.holds = true;
  three.tab.watch();
  assert.deepEqual(said, ["alive"]);
});

test("of two tabs that doubt the writer one takes the lock, the other waits anew, and the robbed one learns of it", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [writer, first, second] = tabs(3);
  t.after(() => [writer, first, second].forEach(({ tab }) => tab.close()));
  let clock = 0;
  t.mock.method(performance, "now", () => clock);
  const pass = (ms) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock += 50;
      t.mock.timers.tick(50);
    }
  };
  writer.told.holds = true;
  first.tab.watch();
  second.tab.watch();
  pass(5000);
  writer.told.holds = false; // it answers no more
  const hung = () => first.told.hung + second.told.hung;
  while (hung() === 0) pass(50);
  pass(5000);
  assert.equal(hung(), 1);
  assert.deepEqual([writer.told.robbed, first.told.robbed, second.told.robbed], [1, 0, 0]);
});

test("a tab that did not hear of its robbery learns it from the robber's next sign of life, once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [slow, robber] = tabs(2);
  t.after(() => [slow, robber].forEach(({ tab }) => tab.close()));
  let clock = 0;
  t.mock.method(performance, "now", () => clock);
  const pass = (ms) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock += 50;
      t.mock.timers.tick(50);
    }
  };
  slow.told.holds = true;
  robber.tab.watch();
  pass(2000);
  const hear = slow.channel.onmessage;
  slow.channel.onmessage = () => {}; // it stands still, and what is said is lost on it
  while (robber.told.hung === 0) pass(50);
  robber.told.holds = true;
  robber.tab.unwatch();
  slow.channel.onmessage = hear;
  robber.tab.changed();
  assert.equal(slow.told.robbed, 0, "while it believes that it holds the lock, the lock's own loss comes first");
  slow.told.holds = false;
  slow.tab.watch();
  pass(5000);
  assert.equal(slow.told.robbed, 1);
});

/** A `localStorage` of its own. */
function storage(broken = false) {
  const kept = new Map();
  const refuse = () => {
    if (broken) throw new DOMException("denied", "SecurityError");
  };
  return {
    kept,
    getItem: (key) => (refuse(), kept.get(key) ?? null),
    setItem: (key, value) => (refuse(), kept.set(key, value)),
    removeItem: (key) => (refuse(), kept.delete(key)),
  };
}

test("what is remembered of a wallet is the time of its first write", () => {
  const local = storage();
  new Keepsake("one", local).remember(1000);
  new Keepsake("one", local).remember(2000);
  assert.equal(new Keepsake("one", local).since, 1000);
  assert.equal(new Keepsake("two", local).since, null);
  assert.deepEqual([...local.kept], [["one-since", "1000"]]);
  new Keepsake("one", local).forget();
  assert.equal(new Keepsake("one", local).since, null);
});

test("a damaged memory still says that a wallet was here", () => {
  const local = storage();
  local.kept.set("one-since", "soon");
  assert.equal(new Keepsake("one", local).since, 0);
});

test("where nothing can be remembered the wallet works without", () => {
  for (const local of [storage(true), null]) {
    const keepsake = new Keepsake("one", local);
    keepsake.remember(1000);
    assert.equal(keepsake.since, 1000);
    keepsake.forget();
    assert.equal(keepsake.since, null);
  }
});
