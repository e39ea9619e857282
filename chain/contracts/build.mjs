// Compiles the contracts into X.json (ABI and bytecode) beside their sources.
//
//	node build.mjs [folder]     writes below this folder, or below another one
//
// The result depends on the sources, the compiler's and the libraries' versions (package-lock.json) and the settings here, and
// on nothing else: sources are named relative to this folder and no hash of their comments goes into the code.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? here;

const contracts = {
  SottoToken: "sottotoken/SottoToken.sol",
  Registry: "registry/Registry.sol",
  Rounds: "rounds/Rounds.sol",
  Rewards: "rewards/Rewards.sol",
};

const settings = {
  evmVersion: "osaka",
  viaIR: true,
  optimizer: { enabled: true, runs: 10_000 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
};

const read = (name) => fs.readFileSync(path.join(here, name.startsWith("@") ? "node_modules" : ".", name), "utf8");

const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources: Object.fromEntries(Object.values(contracts).map((name) => [name, { content: read(name) }])),
      settings: { ...settings, outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } } },
    }),
    { import: (name) => ({ contents: read(name) }) },
  ),
);

// Warnings about our own sources are to be dealt with, too; about the libraries' there is nothing that we can do.
const problems = (output.errors ?? []).filter((e) => e.severity === "error" || !e.sourceLocation?.file.startsWith("@"));
for (const e of problems) console.error(e.formattedMessage);
if (problems.length > 0) process.exit(1);

for (const [contract, source] of Object.entries(contracts)) {
  const { abi, evm } = output.contracts[source][contract];
  const size = evm.deployedBytecode.object.length / 2;
  if (size > 24_576) throw new Error(`${contract}: ${size} bytes of code, want at most 24576 (EIP-170)`);
  console.log(`${contract.padEnd(12)}${String(size).padStart(6)} bytes`);
  const file = path.join(target, source.replace(/\.sol$/, ".json"));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const artefact = { contract, source, compiler: solc.version(), settings, abi, bytecode: "0x" + evm.bytecode.object };
  fs.writeFileSync(file, JSON.stringify(artefact, null, 2) + "\n");
}
