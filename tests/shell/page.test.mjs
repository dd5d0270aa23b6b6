// What a person types on the page, as the page reads it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { host, minutesFrom, satsFrom, timeFor, wholeFrom } from "../../www/js/format.js";

test("whole digits are a number, and blanks or commas may group them by threes", () => {
  for (const text of ["1500", " 1500 ", "1 500", "1\u00a0500", "1\u2009500", "1\u202f500", "1,500"]) assert.equal(wholeFrom(text), 1500n, text);
  assert.equal(wholeFrom("1 234 567"), 1_234_567n);
});

test("nothing else is a number", () => {
  const others = ["", " ", "1.5", "0.5", "1,5", "1.500", "0,500", "1,50", "1,500 000", "100.00", "-5", "+5", "1e3", "1_000", "0x10", "1 5", "15 00", "1  500", "1500 000", "1\n500", "٣", "½", "9".repeat(16)];
  for (const text of others) assert.equal(wholeFrom(text), null, text);
});

test("sat that are no whole number above zero come with a sentence", () => {
  assert.deepEqual(satsFrom("1 500"), { sats: 1500n, problem: null });
  assert.deepEqual(satsFrom("1.5"), { sats: null, problem: "whole sat only, like 1500" });
  assert.deepEqual(satsFrom("0"), { sats: null, problem: "the amount must be above zero" });
});

test("minutes are whole, above zero and at most a year", () => {
  assert.deepEqual(minutesFrom("15"), { secs: 900, problem: null });
  assert.deepEqual(minutesFrom("525600"), { secs: 31_536_000, problem: null });
  for (const text of ["", "-5", "1.5", "1e9"]) assert.deepEqual(minutesFrom(text), { secs: null, problem: "whole minutes only, like 60" }, text);
  assert.match(minutesFrom("0").problem ?? "", /at least 1 minute/);
  assert.match(minutesFrom("525601").problem ?? "", /at most 525600/);
});

test("a price buys whole seconds, never nothing and never more than a year", () => {
  assert.deepEqual(timeFor("45", 50n), { secs: 900, problem: null });
  assert.deepEqual(timeFor("1.5", 50n), { secs: null, problem: "whole sat only, like 1500" });
  assert.match(timeFor("1", 1001n).problem ?? "", /less than a second/);
  assert.equal(timeFor("1576800", 50n).secs, 31_536_000);
  assert.match(timeFor("1576801", 50n).problem ?? "", /more than 365 days/);
});

test("an address is shown without its usual scheme, and a plain relay with it", () => {
  assert.equal(host("wss://relay.example/"), "relay.example");
  assert.equal(host("wss://relay.example/inbox"), "relay.example/inbox");
  assert.equal(host("ws://127.0.0.1:1"), "ws://127.0.0.1:1");
  assert.equal(host("https://mint.example"), "mint.example");
});
