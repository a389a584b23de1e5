import { describe, expect, test } from "vitest";
import { addMonths, daysBetween, reportDay, resolvePeriod } from "./period.ts";

const TODAY = "2026-11-23";

describe("periods are half-open and include the day they speak about", () => {
  test.each([
    ["30d", "2026-10-25", "2026-11-24"],
    ["90d", "2026-08-26", "2026-11-24"],
    ["month", "2026-11-01", "2026-11-24"],
    ["prev-month", "2026-10-01", "2026-11-01"],
    ["year", "2025-11-24", "2026-11-24"],
    ["all", "2024-01-05", "2026-11-24"],
  ] as const)("%s", (key, from, to) => {
    expect(resolvePeriod(key, TODAY, "2024-01-05")).toEqual({ from, to });
  });
  test("thirty days are thirty", () => {
    const { from, to } = resolvePeriod("30d", TODAY, null);
    expect(daysBetween(from, to)).toBe(30);
  });
});

test("a month after the last of January is the last of February", () => {
  expect(addMonths("2027-01-31", 1)).toBe("2027-02-28");
  expect(addMonths("2028-03-31", -1)).toBe("2028-02-29");
});

describe("the day reports speak about", () => {
  test("is today while the shop lives", () => {
    expect(reportDay(TODAY, "2026-11-20")).toBe(TODAY);
    expect(reportDay(TODAY, null)).toBe(TODAY);
  });
  test("is the last purchase of an old base", () => {
    expect(reportDay(TODAY, "1998-06-30")).toBe("1998-06-30");
  });
});
