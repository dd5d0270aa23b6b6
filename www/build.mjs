// Assembles dist/: the page, its libraries and the npm package, for any static host and any folder on it.
import { cp, mkdir, readdir, rm } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const dist = new URL("dist/", root);
const PAGE = ["index.html", "config.json", "mark.svg", "css", "js", "vendor"];
const PACKAGE = ["pkg/shell", "pkg/wasm"];

/** @param {string} path */
const ships = (path) => !/\.d\.m?ts$/.test(path);

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
for (const name of PAGE) await cp(new URL(`www/${name}`, root), new URL(name, dist), { recursive: true, filter: ships });
for (const name of PACKAGE) await cp(new URL(name, root), new URL(name, dist), { recursive: true, filter: ships });
console.log(`dist/ holds ${(await readdir(dist, { recursive: true })).length} files; serve it as it is`);
