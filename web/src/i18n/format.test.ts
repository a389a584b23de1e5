import { describe, expect, test } from "vitest";
import { makeFormat } from "./format.ts";

const ru = makeFormat("ru", { currency: "RUB", digits: 2 });
const en = makeFormat("en", { currency: "RUB", digits: 2 });
const usd = makeFormat("en", { currency: "USD", digits: 2 });
const yen = makeFormat("ru", { currency: "JPY", digits: 0 });

describe("numbers", () => {
  test("thousands are parted by a thin space, in four figures too", () => {
    expect(ru.count(1234)).toBe("1\u202f234");
    expect(ru.count(1234567)).toBe("1\u202f234\u202f567");
    expect(en.count(1234)).toBe("1\u202f234");
  });
  test("a minus is a minus, not a hyphen", () => {
    expect(ru.count(-5)).toBe("−5");
  });
  test("a share keeps its decimals so that a column reads evenly", () => {
    expect(ru.share(0.4123)).toBe("41,2\u00a0%");
    expect(ru.share(0.05)).toBe("5,0\u00a0%");
    expect(ru.share(0.2, 0)).toBe("20\u00a0%");
    expect(en.share(0.4123)).toBe("41.2%");
  });
  test("a difference of shares is told in points with its sign", () => {
    expect(ru.points(-0.03)).toBe("−3\u00a0п.\u202fп.");
    expect(en.points(0.03)).toBe("+3\u00a0pp");
  });
  test("what rounds to nothing has no sign", () => {
    expect(ru.points(-0.0004)).toBe("0\u00a0п.\u202fп.");
    expect(ru.points(0.0004)).toBe("0\u00a0п.\u202fп.");
    expect(ru.change(-0.0004)).toBe("0\u00a0%");
    expect(en.change(0.0004)).toBe("0%");
    expect(ru.count(-0.2)).toBe("0");
    expect(ru.points(-0.0006)).toBe("−0,1\u00a0п.\u202fп.");
  });
});

describe("money", () => {
  test("the rouble stands after the number", () => {
    expect(ru.money(123456700)).toBe("1\u202f234\u202f567\u00a0₽");
    expect(en.money(123456700)).toBe("1\u202f234\u202f567\u00a0₽");
  });
  test("kopecks are shown where they matter", () => {
    expect(ru.money(12345)).toBe("123,45\u00a0₽");
    expect(ru.money(12300)).toBe("123\u00a0₽");
    expect(ru.money(12345678, { exact: true })).toBe("123\u202f456,78\u00a0₽");
  });
  test("large sums shorten to words", () => {
    expect(ru.moneyShort(130_000_000)).toBe("1,3\u00a0млн\u00a0₽");
    expect(ru.moneyShort(950_000)).toBe("9\u202f500\u00a0₽");
  });
  test("other currencies stand where their trade puts them", () => {
    expect(usd.money(123456)).toBe("$1\u202f235");
    expect(usd.money(-500)).toBe("−$5");
    expect(yen.money(1234)).toContain("1\u202f234");
  });
});

describe("dates", () => {
  test("a day is written as people write it", () => {
    expect(ru.day("2026-11-23")).toBe("23\u00a0ноя\u00a02026");
    expect(ru.day("1998-05-01")).toBe("1\u00a0мая\u00a01998");
    expect(en.day("2026-11-23")).toBe("23\u00a0Nov\u00a02026");
  });
  test("a birthday may have no year", () => {
    expect(ru.birthday("--03-08")).toBe("8\u00a0мар");
  });
  test("a month alone takes the other case", () => {
    expect(ru.month("2026-05-01")).toBe("май\u00a02026");
    expect(ru.monthShort("2026-05-01")).toBe("май\u00a026");
  });
});

describe("units", () => {
  test("what is undefined is a dash, not a zero", () => {
    expect(ru.unit(null, "money")).toBe("—");
    expect(ru.unit(undefined, "share")).toBe("—");
    expect(ru.unit(0, "count")).toBe("0");
  });
  test("each unit has its own writing", () => {
    expect(ru.unit(34, "days")).toBe("34\u00a0дн.");
    expect(ru.unit(0.4888, "share")).toBe("48,88\u00a0%");
    expect(ru.unit(2.5, "ratio")).toBe("2,5");
  });
  test("time left and sizes are short", () => {
    expect(ru.duration(75)).toBe("1\u00a0мин\u00a015\u00a0с");
    expect(en.size(482311)).toBe("482\u00a0KB");
  });
});
