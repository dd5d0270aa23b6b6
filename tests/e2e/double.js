// Stands in for the wasm program where a test is about the shell: it keeps a list of names in records, asks for one HTTP
// request after each stored name, and breaks on demand.
export default async function init() {}

export class Client {
  #names;
  #commit = 0;
  #held = new Map();

  static open(now, records) {
    return new Client(records);
  }

  constructor(records) {
    this.#names = records.map(({ key }) => key.replace("name/", ""));
  }

  start() {
    if (this.#names.includes("doom")) throw new WebAssembly.RuntimeError("unreachable");
    return [];
  }

  handle(now, input) {
    if (input.type === "committed") {
      const url = this.#held.get(input.commit);
      return [
        { type: "fetch", request: input.commit, method: "GET", url, body: null, deadlineSecs: 5 },
        { type: "changed", views: ["settings"] },
      ];
    }
    return [];
  }

  armWake() {}

  /** Stores the last part of the path as a name, and then asks for the URL. */
  addRelay(now, url) {
    const name = url.split("/").at(-1);
    if (name === "trap") throw new WebAssembly.RuntimeError("unreachable");
    if (name === "") throw Object.assign(new Error("a name is missing"), { name: "PaygressError", code: "invalid-input" });
    this.#names.push(name);
    this.#commit += 1;
    this.#held.set(this.#commit, url);
    return [{ type: "commit", commit: this.#commit, records: [{ key: `name/${name}`, value: "1" }] }];
  }

  settings() {
    return { relays: [...this.#names].sort() };
  }

  eraseDevice() {
    return [{ type: "erase" }];
  }

  phrase() {
    return "twelve words";
  }

  seal() {}

  free() {}
}
