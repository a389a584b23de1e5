// Tells the story with each filling in turn; the exit code is that of the first that failed.
import { spawnSync } from "node:child_process";

const { VERNIS_BIN, VERNIS_FILL } = process.env;
const fillings = VERNIS_FILL || !VERNIS_BIN ? [VERNIS_FILL ?? "file"] : ["file", "demo"];
for (const fill of fillings) {
  console.log(`--- the first hour of a shop: ${fill}`);
  const run = spawnSync(process.execPath, ["--test", "e2e/story.e2e.mjs"], {
    stdio: "inherit",
    env: { ...process.env, VERNIS_FILL: fill },
  });
  if (run.status !== 0) process.exitCode ||= run.status ?? 1;
}

if (VERNIS_BIN) {
  console.log("--- two people at one shop");
  const run = spawnSync(process.execPath, ["--test", "e2e/powers.e2e.mjs"], { stdio: "inherit" });
  if (run.status !== 0) process.exitCode ||= run.status ?? 1;
}
