import type { Borders, Day, Scope } from "../api/types.ts";
import { PERIODS, type PeriodKey } from "./period.ts";

/**
 * The state of a page lives in its address: plain `key=value`, repeated for lists, no quotes and no JSON, so
 * that a link can be read and written by hand.
 */
export type RawSearch = Record<string, string | string[] | undefined>;

export function parseSearch(text: string): RawSearch {
  const found: Record<string, string | string[]> = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const before = found[key];
    if (before === undefined) found[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else found[key] = [before, value];
  }
  return found;
}

export function stringifySearch(search: Record<string, unknown>): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === "") continue;
    if (Array.isArray(value)) for (const one of value) out.append(key, String(one));
    else out.set(key, String(value));
  }
  const text = out.toString().replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%7E", "~");
  return text ? `?${text}` : "";
}

export const one = (value: unknown): string | undefined => {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" && first !== "" ? first : undefined;
};
export const many = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((v): v is string => typeof v === "string" && v !== "");
export const choice = <T extends string>(value: unknown, allowed: readonly T[]): T | undefined =>
  allowed.find((a) => a === one(value));

const DAY = /^\d{4}-\d{2}-\d{2}$/;
export const day = (value: unknown): Day | undefined => {
  const text = one(value);
  return text && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
};
const CELL = /^[1-3]{3}$/;
export const cell = (value: unknown): string | undefined => {
  const text = one(value);
  return text && CELL.test(text) ? text : undefined;
};

/** What period, store, channel and segment a page looks at, as its address says it. */
export interface ScopeSearch {
  period?: PeriodKey;
  from?: Day;
  /** Exclusive, as everywhere. */
  to?: Day;
  store?: string;
  channel?: string;
  cell?: string;
  /** Segments: `id`, `ready:key`, `a,not:b`. */
  segment?: string;
}

export function scopeSearch(raw: Record<string, unknown>): ScopeSearch {
  const from = day(raw.from);
  const to = day(raw.to);
  const own = from && to && from < to;
  return defined({
    period: own ? undefined : choice(raw.period, PERIODS),
    from: own ? from : undefined,
    to: own ? to : undefined,
    store: one(raw.store),
    channel: one(raw.channel),
    cell: cell(raw.cell),
    segment: one(raw.segment),
  });
}

export const BORDERS: readonly Borders[] = ["terciles", "fixed", "rhythm"];

/** A filter by a fact: `purchases:ge:3`. */
export interface FactFilter {
  fact: string;
  op: string;
  value: string;
}

export function parseFilter(text: string): FactFilter | null {
  const [fact, op, ...rest] = text.split(":");
  const value = rest.join(":");
  return fact && op && (value || isBare(op)) ? { fact, op, value } : null;
}
/** Comparisons that need no value. */
export const isBare = (op: string): boolean => op === "empty" || op === "filled";
export const writeFilter = (filter: FactFilter): string =>
  isBare(filter.op) ? `${filter.fact}:${filter.op}` : `${filter.fact}:${filter.op}:${filter.value}`;

/** Leaves out what is undefined, so that addresses stay short and equal questions have equal keys. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}

export const withoutCell = ({ cell: _, ...rest }: Scope): Omit<Scope, "cell"> => rest;
