// Starts the real server, runs the stories with the variables of `cupola env`, stops the server.
// Usage: node run.mjs [STORY FILES]

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(here, "..", "..", "target");
const binary = process.env.CUPOLA_BIN ?? join(target, "debug", "cupola");

// What a stranger's shell has: nothing that points anywhere.
const kept = ["PATH", "LANG", "TMPDIR"].filter((name) => process.env[name]);
const bare = Object.fromEntries(kept.map((name) => [name, process.env[name]]));

const folder = mkdtempSync(join(tmpdir(), "cupola-node-"));
const environment = { ...bare, HOME: folder, CUPOLA_DATA_DIR: join(folder, "data") };
const listen = ["--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"];
const server = spawn(binary, ["serve", ...listen], { env: environment, stdio: ["ignore", "pipe", "inherit"] });

function cupola(...args) {
  return execFileSync(binary, args, { env: environment, encoding: "utf8" });
}

function ready() {
  return new Promise((resolve, reject) => {
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    server.stdout.setEncoding("utf8");
    server.stdout.on("data", (text) => text.includes("Cupola is ready") && resolve());
  });
}

function stories() {
  const chosen = process.argv.slice(2);
  const all = () => readdirSync(join(here, "stories")).map((name) => join(here, "stories", name));
  return chosen.length > 0 ? chosen : all().sort();
}

let code = 1;
try {
  await ready();
  cupola("catalog", "bind", "azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024", "--simulator");
  // These do what a message says.
  const settings = join(folder, "simulator.json");
  writeFileSync(settings, JSON.stringify({ directives: true, dimensions: 16 }));
  for (const model of [
    "azureml-cohere/models/Cohere-command-r-plus-08-2024",
    "azureml-cohere/models/Cohere-embed-v3-english",
    "azureml-cohere/models/Cohere-rerank-v3.5",
    "azureml-anthropic/models/claude-haiku-4-5",
  ]) {
    cupola("catalog", "bind", `azureml://registries/${model}`, "--simulator", "--simulator-settings", settings);
  }
  const variables = JSON.parse(cupola("env", "-o", "json"));
  // One file at a time: the stories are bound by what they wait for, and the machine is small.
  const args = ["--test", "--test-concurrency=1", "--test-reporter=spec", ...stories()];
  const child = spawn(process.execPath, args, { env: { ...bare, HOME: folder, ...variables }, stdio: "inherit" });
  code = await new Promise((resolve) => child.on("exit", resolve));
} finally {
  server.removeAllListeners("exit");
  const ended = new Promise((resolve) => server.on("exit", resolve));
  server.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code ?? 1);
