/**
 * The shapes that cross the wire, in one place.
 *
 * Written by hand until `npm run types` makes them from the published OpenAPI document; then each name
 * here becomes an alias of `components["schemas"][…]` and `paths` comes from `schema.gen.ts`. No other
 * file describes the API. Money is whole minor units, days are `2026-11-23`, instants RFC 3339, rates are
 * fractions, and what is undefined is null.
 */

/** The same words in both languages, as the server's registries hold them. */
export interface Label {
  ru: string;
  en: string;
}

export type Day = string;
export type Instant = string;

export interface Shop {
  name: string;
  currency: string;
  currency_digits: number;
  currency_locked: boolean;
  time_zone: string;
}

export interface Session {
  user: { login: string; name: string };
  shop: Shop;
  /** Today in the shop's zone. */
  as_of: Day;
  customers: number;
  purchases: number;
  /** First and last day with a purchase, when the server says so. */
  first_purchase_day?: Day | null;
  last_purchase_day?: Day | null;
  version: number;
  program_version: string;
}

export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  errors?: { field: string; rule: string; message: string }[];
}

export interface Place {
  id: string;
  code: string;
  name: string;
}

export interface ApiKey {
  id: string;
  name: string;
  created_at: Instant | null;
  last_used_at?: Instant | null;
  /** Present only in the answer that creates it. */
  key?: string;
}

export type ImportState =
  | "uploaded"
  | "checking"
  | "checked"
  | "importing"
  | "done"
  | "cancelled"
  | "failed"
  | "interrupted";

export type ImportKind = "purchases" | "customers" | "both";

export interface Counts {
  rows: number;
  purchases_new: number;
  purchases_known: number;
  lines_new: number;
  customers_new: number;
  customers_changed: number;
  products_new: number;
  stores_new: number;
  rejected: number;
  skipped_service_rows: number;
  amount_minor: number;
  first_day: Day | null;
  last_day: Day | null;
  reasons: { code: string; label: Label; count: number }[];
}

export interface PreviewColumn {
  index: number;
  name: string;
  field: string | null;
  samples: string[];
}

export interface Preview {
  format: "csv" | "xlsx";
  encoding: string | null;
  encodings: string[];
  delimiter: string | null;
  sheet: string | null;
  sheets: string[];
  header_row: number | null;
  kind: ImportKind;
  columns: PreviewColumn[];
  rows: string[][];
  warnings: Label[];
}

export interface Import {
  id: string;
  file_name: string;
  size_bytes: number;
  created_at: Instant;
  state: ImportState;
  kind: ImportKind | null;
  format: string | null;
  preview: Preview | null;
  mapping: Record<string, string> | null;
  progress: {
    rows_done: number;
    rows_total_estimate: number | null;
    rows_per_second: number | null;
    seconds_left: number | null;
  } | null;
  result: Counts | null;
  dry_run: Counts | null;
  error: { code: string; message: Label } | null;
}

export interface ImportField {
  key: string;
  label: Label;
  group: "customer" | "purchase" | "line";
  kinds: ImportKind[];
}

export type MetricUnit = "count" | "money" | "share" | "days" | "ratio";

export interface MetricSpec {
  key: string;
  group: string;
  label: Label;
  unit: MetricUnit;
  formula: Label;
  better: "up" | "down" | "none";
  short?: Label;
}

export interface MetricValue {
  key: string;
  value: number | null;
  reason?: { code: string; ru: string; en: string } | null;
  previous: number | null;
  year_ago: number | null;
  note?: Label | null;
}

export interface Metrics {
  from: Day;
  /** Exclusive. */
  to: Day;
  as_of: Day;
  items: MetricValue[];
}

export interface Series {
  buckets: { from: Day; to: Day }[];
  series: { key: string; values: (number | null)[] }[];
}

export interface MetricsBy {
  groups: { key: string; label: string | Label; values: Record<string, number | null> }[];
}

export interface MetricRow {
  customer: { id: string; name: string } | null;
  purchase_id: string | null;
  day: Day | null;
  amount_minor: number;
  role: Label | null;
  /** What it adds above the line of the formula. */
  contribution: number;
}

export interface MetricRows {
  kind: "customers" | "purchases";
  total: number;
  value: number | null;
  items: MetricRow[];
  next_cursor: string | null;
}

export interface Cohorts {
  months: {
    from: Day;
    label: string;
    size: number;
    customers: (number | null)[];
    revenue_minor: (number | null)[];
  }[];
  weighted: (number | null)[];
  max_age: number;
}

export type Borders = "terciles" | "fixed" | "rhythm";

export interface RfmCell {
  cell: string;
  name: Label;
  strategy: Label;
  customers: number;
  revenue_minor: number;
  share_customers: number | null;
  share_revenue: number | null;
  last_month_customers: number | null;
}

export interface Cuts {
  /** Two borders, lower first. */
  recency_days: number[];
  frequency: number[];
  monetary_minor: number[];
}

export interface Rfm {
  as_of: Day;
  borders: Borders;
  window_days: number | null;
  cuts: Cuts;
  cells: RfmCell[];
  outside: number;
  warnings: Label[];
}

export interface FrozenBorders extends Cuts {
  version?: number;
  frozen_at?: Instant | null;
}

export interface RfmTransitions {
  nodes: string[];
  links: { from: string; to: string; customers: number; revenue_minor: number }[];
}

export interface RfMap {
  rows: string[];
  columns: string[];
  cells: { customers: number; revenue_minor: number }[][];
}

export interface LifeCycle {
  states: { key: string; label: Label; customers: number; revenue_minor: number }[];
  transitions: { from: string; to: string; customers: number }[];
}

export interface Pareto {
  gini: number | null;
  top_share: { customers_share: number; revenue_share: number | null } | null;
  /** Points from 0 to 1, at most 200. */
  curve: number[][];
}

export interface FactSpec {
  key: string;
  label: Label;
  /** number, money, day, store, channel, rfm_cell, life_cycle. */
  type: string;
  unit: string | null;
  sortable: boolean;
  filterable: boolean;
  /** Named values, where a fact has them. */
  values?: { key: string; label: Label }[];
}

export type FactValue = number | string | boolean | null;

export interface CustomerRow {
  id: string;
  name: string | null;
  phone: string | null;
  email: string | null;
  facts: Record<string, FactValue>;
}

export interface Customers {
  total: number;
  items: CustomerRow[];
  next_cursor: string | null;
  version: number;
}

export interface Contact {
  kind: string;
  value: string;
  source: string;
  source_label: Label;
  recorded_at: Instant | null;
}

export interface PurchaseBrief {
  id: string;
  kind: "sale" | "return";
  day: Day;
  occurred_at: Instant;
  /** Negative for a return. */
  paid_minor: number;
  discount_minor: number;
  store: string;
  channel: string;
  receipt_no?: string;
  /** The sale was taken back whole. */
  taken_back?: boolean;
  lines?: PurchaseLine[];
}

export interface PurchaseLine {
  line_no: number;
  /** The product's code; empty when the line is not recorded by product. */
  product: string;
  name: string;
  /** Millionths of a piece. */
  quantity_micro: number;
  list_minor: number;
  paid_minor: number;
}

export interface Purchase extends PurchaseBrief {
  customer_id: string | null;
  returned_purchase_id: string | null;
  lines: PurchaseLine[];
}

export interface CustomerCard {
  id: string;
  name: string;
  /** 1985-03-08, or --03-08 without the year. */
  birthday: string | null;
  sex: string | null;
  city: string;
  registered?: Day | null;
  contacts: Contact[];
  facts: Record<string, FactValue>;
  rfm: { cell: string; name: Label; strategy: Label } | null;
  recent_purchases: PurchaseBrief[];
  /** How many documents there are in all. */
  purchases: number;
}

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

export interface SearchAnswer {
  customers: { id: string; name: string | null; phone: string | null; hint: string | null }[];
  products?: { id: string; name: string }[];
  purchases?: {
    id: string;
    number?: string | null;
    day?: Day;
    amount_minor?: number;
    customer_id?: string | null;
  }[];
}

/** What a page is asked about: a stretch of time and a part of the shop. */
export interface Scope {
  from?: Day;
  to?: Day;
  store?: string;
  channel?: string;
  cell?: string;
}

type Answer<T> = { responses: { 200: { content: { "application/json": T } } } };
type Parameters<Q, P> = {
  parameters: ([Q] extends [never] ? { query?: never } : { query?: Q }) &
    ([P] extends [never] ? { path?: never } : { path: P });
};
type Body<B> = [B] extends [never]
  ? { requestBody?: never }
  : { requestBody: { content: { "application/json": B } } };
type Get<T, Q = never, P = never> = { get: Parameters<Q, P> & Answer<T> };
type Send<M extends "post" | "put" | "patch" | "delete", T, B = never, P = never> = {
  [K in M]: Parameters<never, P> & Body<B> & Answer<T>;
};
type Id = { id: string };

type Methods = "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace";
/** openapi-typescript names every method of a path; those not there are `never`. */
type Path<T> = T & { [K in Exclude<Methods, keyof T>]?: never } & { parameters: Record<string, never> };

export interface CustomersQuery {
  search?: string;
  cell?: string;
  filter?: string[];
  sort?: string;
  order?: "asc" | "desc";
  cursor?: string;
  limit?: number;
  columns?: string;
  as_of?: Day;
  borders?: Borders;
  window?: string;
}

export interface RfmQuery {
  as_of?: Day;
  borders?: Borders;
  window?: string;
  store?: string;
  channel?: string;
}

export interface FirstRun {
  login: string;
  name: string;
  password: string;
  shop_name: string;
  currency: string;
  time_zone: string;
}

export interface PreviewChange {
  encoding?: string;
  delimiter?: string;
  sheet?: string;
  header_row?: number | null;
  kind?: ImportKind;
  mapping?: Record<string, string>;
}

export interface RunOrder {
  dry_run: boolean;
  kind: ImportKind;
  mapping: Record<string, string>;
  keep_good_rows: boolean;
}

export interface paths {
  "/session": Path<
    Get<Session> & Send<"post", Session, { login: string; password: string }> & Send<"delete", unknown>
  >;
  "/first-run/{token}": Path<
    Get<{ shop: Partial<Shop>; currencies?: string[] }, never, { token: string }> &
      Send<"post", unknown, FirstRun, { token: string }>
  >;
  "/shop": Path<Get<Shop> & Send<"patch", Shop, Partial<Pick<Shop, "name" | "currency" | "time_zone">>>>;
  "/stores": Path<Get<Page<Place>> & Send<"post", Place, { name: string; code: string }>>;
  "/stores/{id}": Path<Send<"patch", Place, { name: string; code: string }, Id>>;
  "/channels": Path<Get<Page<Place>> & Send<"post", Place, { name: string; code: string }>>;
  "/api-keys": Path<Get<Page<ApiKey>> & Send<"post", ApiKey, { name: string }>>;
  "/api-keys/{id}": Path<Send<"delete", unknown, never, Id>>;
  "/imports": Path<Get<Page<Import>>>;
  "/imports/{id}": Path<Get<Import, never, Id>>;
  "/imports/{id}/preview": Path<Send<"post", Import, PreviewChange, Id>>;
  "/imports/{id}/run": Path<Send<"post", Import, RunOrder, Id>>;
  "/imports/{id}/cancel": Path<Send<"post", Import, never, Id>>;
  "/imports/{id}/resume": Path<Send<"post", Import, never, Id>>;
  "/import-fields": Path<Get<Page<ImportField>>>;
  "/metrics/catalogue": Path<Get<Page<MetricSpec>>>;
  "/metrics": Path<Get<Metrics, Scope>>;
  "/metrics/series": Path<Get<Series, Scope & { keys: string; by: "month" | "week" }>>;
  "/metrics/by": Path<Get<MetricsBy, Scope & { keys: string; by: "store" | "channel" | "cell" }>>;
  "/metrics/{key}/rows": Path<Get<MetricRows, Scope & { cursor?: string; limit?: number }, { key: string }>>;
  "/cohorts": Path<Get<Cohorts, Omit<Scope, "cell">>>;
  "/rfm": Path<Get<Rfm, RfmQuery>>;
  "/rfm/cells/{cell}": Path<Send<"put", unknown, { name: Label; strategy: Label }, { cell: string }>>;
  "/rfm/borders": Path<Get<FrozenBorders> & Send<"put", FrozenBorders, Cuts>>;
  "/rfm/transitions": Path<Get<RfmTransitions, { from: Day; to: Day; borders?: Borders; window?: string }>>;
  "/rf-map": Path<Get<RfMap, { as_of?: Day }>>;
  "/life-cycle": Path<Get<LifeCycle, { from?: Day; to?: Day }>>;
  "/pareto": Path<Get<Pareto, { from?: Day; to?: Day }>>;
  "/facts/catalogue": Path<Get<Page<FactSpec>>>;
  "/customers": Path<Get<Customers, CustomersQuery>>;
  "/customers/{id}": Path<Get<CustomerCard, never, Id>>;
  "/customers/{id}/purchases": Path<Get<Page<PurchaseBrief>, { cursor?: string }, Id>>;
  "/purchases/{id}": Path<Get<Purchase, never, Id>>;
  "/search": Path<Get<SearchAnswer, { q: string }>>;
  "/demo": Path<
    Send<"post", { customers: number; purchases: number } | Import, { customers?: number; seed?: number }>
  >;
}
