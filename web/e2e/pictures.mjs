// The pictures of docs/screenshots, from the real program: `VERNIS_BIN=../target/debug/vernis npm run pictures`.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { at, LAPTOP, openBrowser, PHONE, ROOT, settled, startVernis } from "./harness.mjs";

const FOLDER = process.env.VERNIS_PICTURES ?? join(ROOT, "docs", "screenshots");
const LONG = { timeout: 180_000 };
await mkdir(FOLDER, { recursive: true });

async function session(options, fill, work) {
  const vernis = await startVernis(options);
  const browser = await openBrowser();
  const { page } = browser;
  page.setDefaultTimeout(20_000);
  const take = async (name, path, { language = "ru", size = LAPTOP, dark = false, before } = {}) => {
    await page.setViewportSize(size);
    await page.evaluate(
      ([lang, scheme]) => {
        localStorage.setItem("vernis-language", lang);
        localStorage.setItem("mantine-color-scheme-value", scheme);
      },
      [language, dark ? "dark" : "light"],
    );
    await page.goto(at(path));
    await settled(page);
    await before?.(page);
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
    console.log(name);
  };
  try {
    await page.goto(vernis.link);
    await page.getByLabel("Название магазина").fill(fill.shop);
    await page.getByLabel("Ваше имя").fill("Ольга");
    await page.getByLabel("Имя для входа").fill("olga");
    await page.getByLabel("Пароль", { exact: true }).fill("kofe na lesnoi 2026");
    await page.getByRole("button", { name: "Начать" }).click();
    await page.getByRole("navigation").waitFor();
    await work(page, take);
  } finally {
    await browser.close();
    await vernis.stop();
  }
}

const only = process.argv[2];

if (only !== "cdnow")
  await session({ demo: true }, { shop: "Кофейня на Лесной" }, async (page, take) => {
    await page.getByRole("region", { name: "Главные числа" }).waitFor(LONG);
    await take("today-ru-wide", "/");
    await take("today-en-wide", "/", { language: "en" });
    await take("today-ru-phone", "/", { size: PHONE });
    await take("rfm-ru-wide", "/analytics/rfm");
    await take("rfm-en-wide", "/analytics/rfm", { language: "en" });
    await take("customers-ru-wide", "/customers");
    await take("cohorts-en-wide", "/analytics/cohorts", { language: "en" });
    await take("rfm-ru-dark", "/analytics/rfm", { dark: true });
    await take("metrics-ru-wide", "/analytics/metrics", {
      before: async () => {
        await page.getByRole("main").getByRole("button", { name: "Выручка" }).first().click();
        await page.getByRole("dialog").getByRole("heading", { name: "Из чего складывается" }).waitFor();
        await settled(page);
      },
    });
    const row = page.getByRole("grid", { name: "Список клиентов" }).getByRole("row").nth(3);
    await take("card-ru-wide", "/customers", {
      before: async () => {
        await row.click();
        await page.getByRole("dialog").getByRole("link", { name: "Открыть отдельной страницей" }).click();
        await page.waitForURL(/\/customers\/[^?]+$/);
        await settled(page);
        const purchase = page.getByRole("main").getByRole("button", { expanded: false });
        await purchase.filter({ hasText: /\d{4}/ }).first().click();
        await settled(page);
      },
    });
    if (process.env.VERNIS_PICTURES) {
      const card = new URL(page.url()).pathname;
      for (const [name, path] of [
        ["today", "/"],
        ["customers", "/customers"],
        ["card", card],
        ["metrics", "/analytics/metrics"],
        ["cohorts", "/analytics/cohorts"],
        ["rfm", "/analytics/rfm"],
        ["rf-map", "/analytics/rf-map"],
        ["life", "/analytics/life-cycle"],
        ["pareto", "/analytics/pareto"],
        ["imports", "/imports"],
        ["settings", "/settings/account"],
        ["borders", "/settings/borders"],
      ]) {
        await take(`all-${name}-en-dark`, path, { language: "en", dark: true });
        await take(`all-${name}-ru-phone`, path, { size: PHONE });
      }
    }
  });

if (only !== "demo")
  await session({ clock: "1998-07-01T12:00:00+03:00" }, { shop: "CDNOW" }, async (page, take) => {
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Выбрать файл" }).click();
    await (await chooser).setFiles(join(ROOT, "fixtures", "cdnow_sample.csv"));
    await page.getByRole("button", { name: "Проверить без записи" }).click(LONG);
    await page.getByRole("heading", { name: "Что получится" }).waitFor(LONG);
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(FOLDER, "imports-cdnow-ru.png") });
    await page.getByRole("button", { name: "Загрузить", exact: true }).click();
    await page.getByRole("link", { name: "Посмотреть, что получилось" }).waitFor(LONG);
    await take("rfm-cdnow-ru", "/analytics/rfm");
    await take("today-cdnow-en", "/", { language: "en" });
  });
