import { useQuery } from "@tanstack/react-query";
import * as calls from "../api/calls.ts";
import type { Day, Scope, Session } from "../api/types.ts";
import { addDays, type Period, type PeriodKey, reportDay, resolvePeriod } from "./period.ts";
import { defined, type ScopeSearch } from "./url.ts";

export interface Range {
  /** The day reports speak about, included. */
  asOf: Day;
  today: Day;
  firstDay: Day | null;
  lastDay: Day | null;
  /** False until it is known where the base ends. */
  ready: boolean;
}

/** Where the base begins and ends, and so the day all reports speak about. */
export function useRange(session: Session): Range {
  const told = session.last_purchase_day !== undefined;
  // A server that does not say it in the session says it by its cohorts.
  const cohorts = useQuery({ ...calls.cohorts({}), enabled: !told && session.purchases > 0 });
  const today = session.as_of;
  if (told || session.purchases === 0) {
    return {
      today,
      asOf: reportDay(today, session.last_purchase_day),
      firstDay: session.first_purchase_day ?? null,
      lastDay: session.last_purchase_day ?? null,
      ready: true,
    };
  }
  const months = cohorts.data?.months ?? [];
  let lastMonth: Day | null = null;
  for (const month of months) {
    const age = month.customers.findLastIndex((n) => (n ?? 0) > 0);
    if (age < 0) continue;
    const [year = 1970, number = 1] = month.from.split("-").map(Number);
    const end = new Date(Date.UTC(year, number + age, 0)).toISOString().slice(0, 10);
    if (!lastMonth || end > lastMonth) lastMonth = end;
  }
  const lastDay = lastMonth && lastMonth > today ? today : lastMonth;
  return {
    today,
    asOf: reportDay(today, lastDay),
    firstDay: months[0]?.from ?? null,
    lastDay,
    ready: !cohorts.isPending,
  };
}

export const DEFAULT_PERIOD: PeriodKey = "30d";

export interface Looked {
  scope: Scope & Period;
  key: PeriodKey | "custom";
}

export function lookAt(search: ScopeSearch, range: Range, byDefault: PeriodKey = DEFAULT_PERIOD): Looked {
  const key = search.from && search.to ? "custom" : (search.period ?? byDefault);
  const period =
    key === "custom"
      ? { from: search.from as Day, to: search.to as Day }
      : resolvePeriod(key, range.asOf, range.firstDay);
  return {
    key,
    scope: defined({
      ...period,
      store: search.store,
      channel: search.channel,
      cell: search.cell,
      segment: search.segment,
    }),
  };
}

/** What reports are asked that know no store and no channel. */
export const withoutPlace = ({ scope }: Looked) =>
  defined({ from: scope.from, to: scope.to, segment: scope.segment });

/** The months a history chart shows: a year and one month up to the end of the period, or all of a longer one. */
export function historyOf(period: Period, range: Range, months = 13): Period {
  const [year = 1970, month = 1] = addDays(period.to, -1).split("-").map(Number);
  const start = new Date(Date.UTC(year, month - months, 1)).toISOString().slice(0, 10);
  const from = period.from < start ? `${period.from.slice(0, 7)}-01` : start;
  const first = range.firstDay ? `${range.firstDay.slice(0, 7)}-01` : from;
  // biome-ignore lint/complexity/useMathMinMax: these are days written as text
  return { from: from < first ? first : from, to: period.to };
}
