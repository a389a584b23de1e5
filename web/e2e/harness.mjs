// What every browser test needs: a Chromium that talks to nobody but the program under test, axe, screenshots.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
export const ROOT = resolve(fileURLToPath(import.meta.url), "../../..");

/** Where the program under test answers, e.g. http://127.0.0.1:8080. */
let base = (process.env.VERNIS_URL ?? "").replace(/\/$/, "");
export const NOON = "2026-11-23T12:00:00+03:00";

/**
 * Starts the program of VERNIS_BIN on a free port with an empty base and waits for the one-time link it prints.
 * Without VERNIS_BIN, a program already running is taken from VERNIS_URL and VERNIS_FIRST_RUN.
 */
export async function startVernis({ clock = NOON, demo = false } = {}) {
  const { VERNIS_BIN, VERNIS_FIRST_RUN } = process.env;
  if (!VERNIS_BIN) {
    if (!base || !VERNIS_FIRST_RUN) throw new Error("set VERNIS_BIN, or VERNIS_URL and VERNIS_FIRST_RUN");
    return { link: VERNIS_FIRST_RUN, stop: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), "vernis-e2e-"));
  const child = spawn(
    resolve(VERNIS_BIN),
    [
      "--data",
      folder,
      "serve",
      "--listen",
      "127.0.0.1:0",
      "--frozen-clock",
      clock,
      ...(demo ? ["--demo"] : []),
    ],
    { env: { ...process.env, VERNIS_LANG: "ru" }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  const link = await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`no link in a minute:\n${said}`)), 60_000);
    const listen = (part) => {
      said += part;
      const found = said.match(/https?:\/\/\S+\/first-run\/[a-z0-9]+(?=\s)/i);
      if (!found) return;
      clearTimeout(timer);
      done(found[0]);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`vernis ended with ${code}:\n${said}`)));
  });
  base = new URL(link).origin;
  const stop = async () => {
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    const hurry = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(hurry);
    await rm(folder, { recursive: true, force: true });
  };
  return { link, stop };
}
const SHOTS = process.env.VERNIS_SHOTS;

export const LAPTOP = { width: 1366, height: 768 };
export const PHONE = { width: 360, height: 740 };

/** Opens a browser with an empty profile; `close` leaves nothing behind. */
export async function openBrowser({ locale = "ru-RU", colorScheme = "light" } = {}) {
  const profile = await mkdtemp(join(tmpdir(), "vernis-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    viewport: LAPTOP,
    locale,
    colorScheme,
    reducedMotion: "reduce",
    timezoneId: "Europe/Moscow",
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A refused request is part of life (401 before the sign-in); a script or policy error is not.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  const strangers = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !/^(data|blob|about):/.test(url)) strangers.push(url);
  });
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { page, complaints, strangers, close };
}

/** The address of the page, whole. */
export const at = (path) => (path.startsWith("http") ? path : `${base}${path}`);

/** Waits until the page has said what it has to say: the sentence stands and nothing is being loaded. */
export async function settled(page) {
  await page.locator("main").waitFor();
  await page.waitForFunction(() => !document.querySelector(".mantine-Skeleton-root"));
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => !document.querySelector(".mantine-Skeleton-root"));
}

const axeSource = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

/** Breaches of WCAG 2.2 A and AA on the page as it stands, one line each. */
export async function accessibilityBreaches(page) {
  // The page's policy forbids inline scripts; the browser's own channel is not the page.
  await page.evaluate(axeSource);
  const result = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }),
  );
  return result.violations.map(
    (found) =>
      `${found.id} (${found.nodes.length}): ${found.nodes
        .slice(0, 3)
        .map((node) => `${node.target.join(" ")} — ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`)
        .join("; ")}`,
  );
}

/** How many pixels the page is wider than its window. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** Keeps a picture in docs/screenshots when VERNIS_SHOTS is set. */
export async function shot(page, name) {
  if (!SHOTS) return;
  const folder = join(ROOT, "docs", "screenshots");
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
