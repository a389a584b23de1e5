// Two people at one shop, in a real browser against the real program: the owner invites a manager for one
// store; the manager signs in, finds his customer, cannot find another's, sees a masked phone and shows it.
//
//   VERNIS_BIN=../target/debug/vernis node --test e2e/powers.e2e.mjs
//
// VERNIS_PICTURES names a folder for pictures of what was seen on the way.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  accessibilityBreaches,
  at,
  LAPTOP,
  openBrowser,
  overflow,
  PHONE,
  settled,
  startVernis,
} from "./harness.mjs";

const PASSWORD = "kofe na lesnoi 2026";
const PICTURES = process.env.VERNIS_PICTURES;
let vernis;
let owner;
let manager;
let invitation;

before(async () => {
  vernis = await startVernis();
  owner = await openBrowser();
  owner.page.setDefaultTimeout(15_000);
});

after(async () => {
  await owner?.close();
  await manager?.close();
  await vernis?.stop();
});

const picture = async (page, name) => {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
};

/** Asks the API with the page's own session. */
const api = (page, method, path, body, headers = {}) =>
  page.evaluate(
    async ([method, path, body, headers]) => {
      const answer = await fetch(`/api/v1${path}`, {
        method,
        headers: { "Content-Type": "application/json", ...headers },
        body: body && JSON.stringify(body),
      });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    },
    [method, path, body, headers],
  );

test("the owner opens the shop with two stores and three customers", async () => {
  const { page } = owner;
  await page.goto(vernis.link);
  await page.getByLabel("Название магазина").fill("Кофейня на Лесной");
  await page.getByLabel("Ваше имя").fill("Ольга");
  await page.getByLabel("Имя для входа").fill("olga");
  await page.getByLabel("Пароль", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Начать" }).click();
  await page.getByRole("navigation").waitFor();
  await api(page, "POST", "/stores", { code: "b", name: "На Садовой" });
  const people = [
    ["89161231234", "Иванова Анна", "main"],
    ["89162223344", "Петрова Мария", "b"],
    ["89163334455", "Сидорова Вера", "b"],
  ];
  for (const [phone, name, store] of people) {
    const body = { paid_minor: 45_000, store, customer: { phone, name } };
    const made = await api(page, "POST", "/purchases", body, { "Idempotency-Key": phone });
    assert.equal(made.status, 201, JSON.stringify(made.body));
  }
});

test("the owner invites a manager for one store", async () => {
  const { page } = owner;
  await page.goto(at("/settings/staff"));
  await settled(page);
  await page.getByRole("button", { name: "Пригласить" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Имя").fill("Нина");
  await dialog
    .getByRole("combobox", { name: "Каких клиентов видит" })
    .or(dialog.getByLabel("Каких клиентов видит"))
    .first()
    .click();
  await page.getByRole("option", { name: "Своих магазинов" }).click();
  await dialog.locator(".mantine-MultiSelect-input").click();
  await page.getByRole("option", { name: "На Садовой" }).click();
  await page.keyboard.press("Escape");
  await picture(page, "invite");
  await dialog.getByRole("button", { name: "Получить ссылку" }).click();
  invitation = await dialog.locator("code").textContent();
  assert.match(invitation, /\/invitation\/\S+$/);
  await page.getByRole("button", { name: "Закрыть" }).first().click();
  await page.getByText("Приглашены и ещё не вошли").waitFor();
  await settled(page);
  await picture(page, "staff");
  assert.deepEqual(await accessibilityBreaches(page), []);
  await page.setViewportSize(PHONE);
  assert.ok((await overflow(page)) <= 0, "the staff page fits a phone");
  await picture(page, "staff-phone");
  await page.setViewportSize(LAPTOP);
});

test("the manager takes the invitation up and sees his store only", async () => {
  manager = await openBrowser();
  const { page } = manager;
  page.setDefaultTimeout(15_000);
  await page.goto(invitation);
  await page.getByRole("heading", { name: /Вас приглашают/ }).waitFor();
  await picture(page, "invitation");
  assert.deepEqual(await accessibilityBreaches(page), []);
  await page.getByLabel("Имя для входа").fill("nina");
  await page.getByLabel("Пароль", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Войти в работу" }).click();
  const rail = page.getByRole("navigation");
  await rail.getByRole("link", { name: "Клиенты" }).click();
  await settled(page);
  await page.getByText("Петрова Мария").first().waitFor();
  await page.getByText("Сидорова Вера").first().waitFor();
  assert.equal(await page.getByText("Иванова Анна").count(), 0, "of the other store");
  assert.equal(await rail.getByRole("link", { name: "Сбор" }).count(), 0, "files are not his");
  await picture(page, "manager-list");
});

test("he finds his customer and not another's", async () => {
  const { page } = manager;
  const search = page.getByPlaceholder("Имя, телефон или почта").first();
  await search.fill("Иванова");
  await page.getByText("Никого не нашлось").waitFor();
  await search.fill("89161231234");
  await page.getByText("Никого не нашлось").waitFor();
  await search.fill("3344");
  await page.getByText("Петрова Мария").first().waitFor();
  const outside = await api(owner.page, "GET", "/customers?search=Иванова");
  const id = outside.body.items[0].id;
  const foreign = await api(page, "GET", `/customers/${id}`);
  const madeUp = await api(page, "GET", "/customers/none");
  assert.deepEqual(foreign, madeUp, "what is outside is answered like what is not there");
});

test("a phone is masked until he shows it, and that stands in the journal", async () => {
  const { page } = manager;
  const found = await api(page, "GET", "/customers?search=3344");
  await page.goto(at(`/customers/${found.body.items[0].id}`));
  await settled(page);
  await page.getByText("+7 *** ***-33-44").first().waitFor();
  assert.equal(await page.getByText("+7 916 222-33-44").count(), 0);
  await picture(page, "masked");
  await page.getByRole("button", { name: "Показать контакты" }).click();
  await page.getByText("+7 916 222-33-44").first().waitFor();
  await page.getByText("Сегодня можно открыть ещё: 29").waitFor();
  await picture(page, "revealed");
  assert.deepEqual(await accessibilityBreaches(page), []);
  await page.setViewportSize(PHONE);
  assert.ok((await overflow(page)) <= 0, "the card fits a phone");
  await picture(page, "revealed-phone");
  await page.setViewportSize(LAPTOP);
});

test("the manager asks for an export and is refused; the owner's is sealed and names its maker", async () => {
  const wanted = { reason: "рассылка к празднику", columns: ["name", "phone"], form: "csv" };
  await manager.page.goto(at("/customers"));
  await settled(manager.page);
  assert.equal(await manager.page.getByRole("button", { name: "Выгрузка" }).count(), 0);
  const refused = await api(manager.page, "POST", "/exports", wanted);
  assert.deepEqual([refused.status, refused.body.code], [403, "not_allowed"]);

  const { page } = owner;
  await page.goto(at("/customers"));
  await settled(page);
  await page.getByRole("button", { name: "Выгрузка" }).click();
  await page.getByRole("menuitem", { name: "Выгрузить этих клиентов…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("3 клиента").waitFor();
  await dialog.getByLabel("Зачем нужен файл").fill("рассылка к празднику");
  await dialog.getByRole("radio", { name: /CSV/ }).check();
  await picture(page, "export-ask");
  assert.deepEqual(await accessibilityBreaches(page), []);
  await dialog.getByRole("button", { name: "Выгрузить" }).click();
  assert.match(await dialog.getByTestId("export-password").textContent(), /^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
  await dialog.getByRole("button", { name: "Скачать архив" }).waitFor();
  await picture(page, "export-password");
  const sealed = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Скачать архив" }).click();
  const zip = await readFile(await (await sealed).path());
  assert.equal(zip.subarray(0, 2).toString(), "PK");
  assert.equal(zip.includes("Иванова"), false, "nothing is readable in the archive");
  const opened = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Открыть здесь и сохранить" }).click();
  const plain = await readFile(await (await opened).path(), "utf8");
  assert.match(plain, /^\ufeffКод строки;Имя целиком;Телефон;/);
  assert.match(plain, /;Иванова Анна;\+7 \(916\) 123-12-34/);
  await dialog.getByRole("link", { name: "К выгрузкам" }).click();
  await settled(page);
  await page.getByTestId("export").getByText("скачан 2 раза").waitFor();
  await page.getByLabel("Строки из файла").fill(plain.split("\n")[2]);
  await page.getByRole("button", { name: "Узнать" }).click();
  await page.getByText(/Файл сделал\(а\) Ольга/).waitFor();
  await picture(page, "exports");
  assert.deepEqual(await accessibilityBreaches(page), []);
  await page.setViewportSize(PHONE);
  assert.ok((await overflow(page)) <= 0, "the page of exports fits a phone");
  await picture(page, "exports-phone");
  await page.goto(at("/settings/exports"));
  await settled(page);
  assert.ok((await overflow(page)) <= 0, "the rules fit a phone");
  await picture(page, "export-rules-phone");
  await page.setViewportSize(LAPTOP);
  await picture(page, "export-rules");
  assert.deepEqual(await accessibilityBreaches(page), []);
});

test("the roles stand in a table, and blocking the manager closes his door at once", async () => {
  const { page } = owner;
  await page.goto(at("/settings/staff"));
  await settled(page);
  await page.getByRole("checkbox", { name: "Менеджер: Видеть отчёты" }).waitFor();
  await picture(page, "roles");
  await page.getByRole("button", { name: "Нина: роль и доступ" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Заблокировать" }).click();
  await page.getByText("заблокирован").first().waitFor();
  await manager.page.goto(at("/customers"));
  await manager.page.getByRole("button", { name: "Войти" }).waitFor();
});

test("the pages complained of nothing and asked nobody else", () => {
  for (const browser of [owner, manager]) {
    assert.deepEqual(browser.complaints, []);
    assert.deepEqual(browser.strangers, []);
  }
});
