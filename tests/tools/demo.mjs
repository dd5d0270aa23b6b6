// Starts the local network with the page and says where it is, until Ctrl-C.
//
//   node tests/tools/demo.mjs DEVNET-PROGRAM      PORT=9000 in the environment moves the page, OPTIONS adds to the network's

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const devnet = process.argv[2] ?? "target/debug/paygress-devnet";
const more = [...(process.env.PORT ? ["--www-port", process.env.PORT] : []), ...(process.env.OPTIONS ?? "").split(" ").filter(Boolean)];
const network = spawn(devnet, ["--providers", "3", "--mints", "2", "--www", "www", "--serve", "pkg=/pkg", "--until-stdin-closes", ...more], {
  stdio: ["pipe", "pipe", "inherit"],
});

// A terminal sends Ctrl-C to the network too; what is left to do here is to wait for it.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => network.stdin.end());
network.once("error", (error) => {
  console.error(`demo: ${devnet} does not start: ${error.message}`);
  process.exitCode = 1;
});
network.once("exit", (code) => {
  if (code) console.error("demo: is an earlier demo still running? PORT=9000 make demo takes another port for the page");
  process.exitCode = code ?? 0;
});

createInterface(network.stdout).once("line", (line) => {
  const { www, control, relays, mints, providers } = JSON.parse(line);
  console.log(`
  The page:   ${www}

  Relays:     ${relays.join("  ")}
  Mints:      ${mints.join("  ")}   (invoices pay themselves)
  Providers:  ${providers.map((/** @type {{ name: string }} */ { name }) => name).join(", ")}
  Switches:   ${control}   (tests/devnet/README.md)

  Ctrl-C stops all of it.
`);
});
