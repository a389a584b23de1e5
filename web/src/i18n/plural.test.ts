import { expect, test } from "vitest";
import { enPlural, ruPlural } from "./plural.ts";

const people = { one: "клиент", few: "клиента", many: "клиентов" };

test("Russian has three forms and eleven is not one", () => {
  const said = [0, 1, 2, 5, 11, 12, 21, 22, 25, 101, 111, 1000].map((n) => ruPlural(n, people));
  expect(said).toEqual([
    "клиентов",
    "клиент",
    "клиента",
    "клиентов",
    "клиентов",
    "клиентов",
    "клиент",
    "клиента",
    "клиентов",
    "клиент",
    "клиентов",
    "клиентов",
  ]);
});

test("a fraction takes the genitive", () => {
  expect(ruPlural(1.5, people)).toBe("клиента");
});

test("English has two forms", () => {
  expect([0, 1, 2].map((n) => enPlural(n, { one: "customer", other: "customers" }))).toEqual([
    "customers",
    "customer",
    "customers",
  ]);
});
