#!/usr/bin/env node
// Every crate's and npm package's licence is one that deny.toml allows, no denied crate is in the
// tree, and nothing comes from anywhere but the registries.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const policy = readFileSync("deny.toml", "utf8");
const allowed = new Set(
  policy.match(/allow = \[([^\]]*)\]/)[1].match(/"[^"]+"/g).map((name) => name.slice(1, -1)),
);
const denied = new Set([...policy.matchAll(/crate = "([^"]+)"/g)].map((found) => found[1]));
// Tools of the web build and tests that never reach the program.
const BUILD_ONLY = new Set(["MPL-2.0", "CC-BY-4.0", "BlueOak-1.0.0", "Python-2.0"]);

/** Whether an SPDX expression can be met by allowed licences alone. */
function fits(expression, also = new Set()) {
  const tokens = expression.replaceAll("/", " OR ").match(/\(|\)|[^\s()]+/g) ?? [];
  let at = 0;
  const one = () => {
    if (tokens[at] === "(") {
      at += 1;
      const inner = any();
      at += 1;
      return inner;
    }
    const name = tokens[at++];
    if (tokens[at] === "WITH") at += 2;
    return allowed.has(name) || also.has(name);
  };
  const all = () => {
    let fit = one();
    while (tokens[at] === "AND") {
      at += 1;
      fit = one() && fit;
    }
    return fit;
  };
  const any = () => {
    let fit = all();
    while (tokens[at] === "OR") {
      at += 1;
      fit = all() || fit;
    }
    return fit;
  };
  return tokens.length > 0 && any();
}

const wrong = [];
const text = execFileSync("cargo", ["metadata", "--format-version", "1", "--locked"], {
  maxBuffer: 1 << 30,
});
const { packages } = JSON.parse(text);
for (const { name, version, license, source } of packages) {
  if (denied.has(name)) wrong.push(`${name} ${version} is denied`);
  if (source && !source.startsWith("registry+")) wrong.push(`${name} ${version} is from ${source}`);
  if (!fits(license ?? "")) wrong.push(`${name} ${version}: ${license ?? "no licence"}`);
}
const lock = JSON.parse(readFileSync("web/package-lock.json", "utf8"));
let webPackages = 0;
for (const [path, { license, dev, version }] of Object.entries(lock.packages)) {
  if (path === "") continue;
  webPackages += 1;
  if (!fits(license ?? "", dev ? BUILD_ONLY : new Set()))
    wrong.push(`${path} ${version}: ${license ?? "no licence"}`);
}
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log(`${packages.length} crates and ${webPackages} npm packages: every licence is allowed`);
