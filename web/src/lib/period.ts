import type { Day } from "../api/types.ts";

/** The stretches of time a person may choose; `custom` carries its own days. */
export const PERIODS = ["30d", "month", "prev-month", "90d", "year", "all"] as const;
export type PeriodKey = (typeof PERIODS)[number];

/** Half-open: `to` is the first day that does not belong. */
export interface Period {
  from: Day;
  to: Day;
}

export function addDays(day: Day, days: number): Day {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

export function addMonths(day: Day, months: number): Day {
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date, last));
  return first.toISOString().slice(0, 10);
}

export const monthStart = (day: Day): Day => `${day.slice(0, 7)}-01`;

export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/**
 * The days a named period means when reports are shown as of `asOf` (that day included). `firstDay` is the
 * first purchase on record: all time begins there.
 */
export function resolvePeriod(key: PeriodKey, asOf: Day, firstDay: Day | null): Period {
  const to = addDays(asOf, 1);
  switch (key) {
    case "30d":
      return { from: addDays(to, -30), to };
    case "90d":
      return { from: addDays(to, -90), to };
    case "month":
      return { from: monthStart(asOf), to };
    case "prev-month":
      return { from: addMonths(monthStart(asOf), -1), to: monthStart(asOf) };
    case "year":
      return { from: addMonths(to, -12), to };
    case "all":
      return { from: firstDay ?? "1970-01-01", to };
  }
}

const FRESH_DAYS = 45;

/**
 * The day reports speak about. Usually today; when the base ends long ago (an old file was imported) it is the
 * last day with a purchase, because otherwise every recent period would be empty.
 */
export function reportDay(today: Day, lastPurchase: Day | null | undefined): Day {
  if (!lastPurchase || lastPurchase >= today) return today;
  return daysBetween(lastPurchase, today) > FRESH_DAYS ? lastPurchase : today;
}
