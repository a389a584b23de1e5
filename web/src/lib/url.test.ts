import { describe, expect, test } from "vitest";
import { analyticsSearch } from "../pages/analytics/search.ts";
import { machineNumber } from "../pages/customers/number.ts";
import { phoneText } from "../pages/customers/phone.ts";
import { customersSearch } from "../pages/customers/search.ts";
import { codeOf } from "./code.ts";
import { parseFilter, parseSearch, scopeSearch, stringifySearch, writeFilter } from "./url.ts";

describe("addresses", () => {
  test("are plain and come back as they went", () => {
    const state = { q: "Иванова +7", cell: "333", filter: ["purchases:ge:3", "revenue:le:100000"] };
    const text = stringifySearch(state);
    expect(text).toContain("cell=333");
    expect(text).toContain("filter=purchases:ge:3&filter=revenue:le:100000");
    expect(customersSearch(parseSearch(text))).toEqual(state);
  });
  test("leave out what is not chosen", () => {
    expect(stringifySearch({ period: undefined, store: "", cell: null })).toBe("");
  });
  test("written by hand with nonsense are read without it", () => {
    expect(scopeSearch(parseSearch("?period=century&from=2026-13-99&to=x&cell=444"))).toEqual({});
    expect(analyticsSearch(parseSearch("?borders=feet&window=-5&show=tea"))).toEqual({});
    expect(customersSearch(parseSearch("?filter=broken&order=sideways"))).toEqual({});
  });
  test("own days win over a named period, and must be in order", () => {
    expect(scopeSearch(parseSearch("?period=year&from=2026-01-01&to=2026-02-01"))).toEqual({
      from: "2026-01-01",
      to: "2026-02-01",
    });
    expect(scopeSearch(parseSearch("?period=year&from=2026-02-01&to=2026-01-01"))).toEqual({
      period: "year",
    });
  });
});

test("a filter's value may itself contain colons", () => {
  const filter = { fact: "seen", op: "ge", value: "2026-01-01T10:00" };
  expect(parseFilter(writeFilter(filter))).toEqual(filter);
  expect(parseFilter("half:done")).toBeNull();
});

test("numbers typed as people write them reach the server as it wants them", () => {
  expect(machineNumber("1 234,5", "money", 2)).toBe("123450");
  expect(machineNumber("12,5 %", "share", 2)).toBe("0.125");
  expect(machineNumber("3", "count", 2)).toBe("3");
  expect(machineNumber("три", "count", 2)).toBeNull();
});

test("a Russian phone is written as it is said; others stay", () => {
  expect(phoneText("+79162085864")).toBe("+7 916 208-58-64");
  expect(phoneText("+375291234567")).toBe("+375291234567");
});

test("a place gets a code that files can carry", () => {
  expect(codeOf("На Лесной")).toBe("na-lesnoi");
  expect(codeOf("ТЦ «Река», 2 этаж")).toBe("tts-reka-2-etazh");
});
