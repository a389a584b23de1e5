import type { Borders, Day } from "../../api/types.ts";
import { BORDERS, cell, choice, day, defined, many, one, parseFilter } from "../../lib/url.ts";

export interface CustomersSearch {
  q?: string;
  cell?: string;
  /** A saved segment. */
  segment?: string;
  /** `fact:op:value`, any number of them. */
  filter?: string[];
  sort?: string;
  order?: "asc" | "desc";
  /** Keys of the shown facts, comma-separated. */
  columns?: string;
  /** The customer whose card is open beside the list. */
  open?: string;
  as_of?: Day;
  borders?: Borders;
  window?: string;
  /** The place a report was about. */
  store?: string;
  channel?: string;
}

export function customersSearch(raw: Record<string, unknown>): CustomersSearch {
  const filters = many(raw.filter).filter((text) => parseFilter(text));
  return defined({
    q: one(raw.q),
    cell: cell(raw.cell),
    segment: one(raw.segment),
    filter: filters.length ? filters : undefined,
    sort: one(raw.sort),
    order: choice(raw.order, ["asc", "desc"] as const),
    columns: one(raw.columns),
    open: one(raw.open),
    as_of: day(raw.as_of),
    borders: choice(raw.borders, BORDERS),
    window: one(raw.window),
    store: one(raw.store),
    channel: one(raw.channel),
  });
}
