// Switches one guard off at a time, in a copy of the tree, and expects the test that watches over it to turn red.
//
//   node tests/tools/mutants.mjs [PART-OF-A-NAME]
//
// tests/mutants.json lists them: `name`, the `file`, the text `old` that occurs in it exactly once, the text `new` that
// stands there without the guard, and the command `test`, which is green before.

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const home = join(root, "target/mutants");
const tree = join(home, "tree");
const LIMIT_SECS = 600;

/** What is installed or built and not part of the sources, but needed by some tests. */
const LINKED = ["tests/e2e/node_modules", "www/node_modules", "pkg/wasm", "pkg/types"];

/** @typedef {{ name: string, file: string, old: string, new: string, test: string }} Mutant */

/** @type {Mutant[]} */
const all = JSON.parse(readFileSync(join(root, "tests/mutants.json"), "utf8"));
const wanted = process.argv[2];
const mutants = wanted ? all.filter(({ name }) => name.includes(wanted)) : all;
if (mutants.length === 0) fail(`no mutant of tests/mutants.json is called ${wanted}`);
const twice = all.map(({ name }) => name).find((name, at, names) => names.indexOf(name) !== at);
if (twice) fail(`two mutants are called "${twice}"`);

function fail(/** @type {string} */ message) {
  console.error(`mutants: ${message}`);
  process.exit(1);
}

/** Makes the copy equal to the working tree. Files that are equal already keep their time, so cargo does not build them again. */
function copyTree() {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  const files = new Set(listed.split("\0").filter((file) => file && existsSync(join(root, file))));
  for (const file of files) {
    const [from, to] = [join(root, file), join(tree, file)];
    if (existsSync(to) && readFileSync(from).equals(readFileSync(to))) continue;
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
  }
  removeStrays(tree, files);
  for (const folder of LINKED) {
    if (!existsSync(join(root, folder))) continue;
    mkdirSync(dirname(join(tree, folder)), { recursive: true });
    symlinkSync(join(root, folder), join(tree, folder));
  }
}

function removeStrays(/** @type {string} */ folder, /** @type {Set<string>} */ files) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      removeStrays(path, files);
      if (readdirSync(path).length === 0) rmdirSync(path);
    } else if (!files.has(relative(tree, path))) {
      rmSync(path);
    }
  }
}

/** Runs a test command in the copy, at most for so many seconds. */
function run(/** @type {string} */ command, limitSecs = 0) {
  const env = { ...process.env, CARGO_TARGET_DIR: join(home, "target"), CARGO_PROFILE_DEV_DEBUG: "0", RUST_BACKTRACE: "0" };
  return new Promise((settle) => {
    const child = spawn("bash", ["-c", command], { cwd: tree, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let late = false;
    const stop = () => {
      late = true;
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    };
    const timer = limitSecs > 0 ? setTimeout(stop, limitSecs * 1000) : undefined;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("close", (code) => {
      clearTimeout(timer);
      settle({ code, late, output });
    });
  });
}

/** How many tests passed, and the names of those that failed. */
function outcome(/** @type {string} */ output) {
  const passed = [...output.matchAll(/^test result: .*? (\d+) passed/gm), ...output.matchAll(/^(?:#|ℹ) pass (\d+)/gm)];
  const failed = [...output.matchAll(/^test (\S+).* \.\.\. FAILED$/gm), ...output.matchAll(/^not ok \d+ - (.*)$/gm), ...output.matchAll(/^✖ (.*?)(?: \(.*ms\))?$/gm)];
  return { passed: passed.reduce((sum, [, count]) => sum + Number(count), 0), failed: failed.map(([, name]) => name) };
}

mkdirSync(tree, { recursive: true });
copyTree();

// Without a limit, for the first of them compiles everything.
console.log(`mutants: ${mutants.length} guards; first their tests as they are`);
for (const command of new Set(mutants.map(({ test }) => test))) {
  const { code, output } = await run(command);
  if (code !== 0 || outcome(output).passed === 0) {
    console.error(output.slice(-4000));
    fail(`${command}: ${code === 0 ? "ran no test" : "is red"} before anything was switched off`);
  }
}

const rows = [];
for (const mutant of mutants) {
  const path = join(tree, mutant.file);
  const since = Date.now();
  const verdict = await judge(mutant, path);
  rows.push({ ...verdict, name: mutant.name, file: mutant.file, secs: Math.round((Date.now() - since) / 1000) });
  copyTree();
  const { good, said } = verdict;
  console.log(`${good ? "red  " : "WRONG"}  ${mutant.name} (${mutant.file}, ${rows.at(-1)?.secs} s): ${said}`);
}

/** Switches the guard off and says what its test made of that. */
async function judge(/** @type {Mutant} */ mutant, /** @type {string} */ path) {
  if (!existsSync(path)) return { good: false, said: "there is no such file" };
  const text = readFileSync(path, "utf8");
  const found = text.split(mutant.old).length - 1;
  if (found !== 1) return { good: false, said: `\`old\` occurs ${found} times, and must occur once` };
  writeFileSync(path, text.replace(mutant.old, () => mutant.new));
  const { code, late, output } = await run(mutant.test, LIMIT_SECS);
  const { failed } = outcome(output);
  if (late) return { good: true, said: `${mutant.test} never ends` };
  if (code === 0) return { good: false, said: `${mutant.test} stays green` };
  if (failed.length === 0) return { good: false, said: `no test failed, the command did: ${output.trim().split("\n").slice(-6).join(" / ")}` };
  return { good: true, said: failed.join(", ") };
}

const width = Math.max(...rows.map(({ name }) => name.length));
console.log(`\n${"guard switched off".padEnd(width)}  result  test that says so`);
for (const { name, good, said } of rows) console.log(`${name.padEnd(width)}  ${good ? "red   " : "WRONG "}  ${said}`);
const wrong = rows.filter(({ good }) => !good).length;
console.log(`\nmutants: ${rows.length - wrong} of ${rows.length} guards are watched over`);
process.exit(wrong === 0 ? 0 : 1);
