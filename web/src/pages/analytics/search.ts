import type { Borders, Day } from "../../api/types.ts";
import { BORDERS, choice, day, defined, one, type ScopeSearch, scopeSearch } from "../../lib/url.ts";

export const TABS = ["metrics", "cohorts", "rfm", "rf-map", "life-cycle", "pareto"] as const;
export type Tab = (typeof TABS)[number];

export interface AnalyticsSearch extends ScopeSearch {
  /** The figure whose drawer is open. */
  metric?: string;
  /** What a cohort's cells show. */
  show?: "percent" | "absolute" | "money";
  borders?: Borders;
  window?: string;
  as_of?: Day;
  color?: "money" | "change";
  /** The day the transitions start from. */
  since?: Day;
  /** The RFM cell whose drawer is open. */
  open?: string;
}

export function analyticsSearch(raw: Record<string, unknown>): AnalyticsSearch {
  const window = one(raw.window);
  return {
    ...scopeSearch(raw),
    ...defined({
      metric: one(raw.metric),
      show: choice(raw.show, ["percent", "absolute", "money"] as const),
      borders: choice(raw.borders, BORDERS),
      window: window && /^(all|\d+)$/.test(window) ? window : undefined,
      as_of: day(raw.as_of),
      color: choice(raw.color, ["money", "change"] as const),
      since: day(raw.since),
      open: one(raw.open),
    }),
  };
}
