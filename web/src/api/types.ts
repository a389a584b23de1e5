/**
 * The shapes that cross the wire, named for the pages. All of them come from the published OpenAPI document
 * (`npm run gen` writes `schema.gen.ts` from `docs/reference/openapi.json`); what is added here is only which
 * words a text field may hold. Money is whole minor units, days are `2026-11-23`, instants RFC 3339, rates are
 * fractions, and what is undefined is null.
 */
import type { components, operations, paths } from "./schema.gen.ts";

export type { paths };

export type Schemas = components["schemas"];
/** The same shape with some fields known more closely. */
type Narrow<T, N extends Partial<Record<keyof T, unknown>>> = Omit<T, keyof N> & N;
type Query<K extends keyof operations> = NonNullable<operations[K]["parameters"]["query"]>;

/** The same words in both languages, as the server's registries hold them. */
export type Label = Schemas["TextOut"];
export type Day = string;
export type Instant = string;

export type Shop = Schemas["ShopOut"];
export type Session = Schemas["SessionOut"];
/** What the server says of a refusal; a proxy in front may say less. */
export type Problem = Partial<Schemas["ProblemOut"]> &
  Pick<Schemas["ProblemOut"], "title" | "status" | "code">;
export type Place = Schemas["PlaceOut"];
export type ApiKey = Schemas["ApiKeyOut"];
/** Whom somebody sees. */
export type StaffScope = Schemas["ScopeJson"];
export type Member = Schemas["MemberOut"];
export type Role = Schemas["RoleOut"];

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
export type Counts = Schemas["CountsOut"];
export type Preview = Narrow<Schemas["PreviewOut"], { kind: ImportKind }>;
export type Import = Narrow<
  Schemas["ImportOut"],
  { state: ImportState; kind?: ImportKind | null; preview?: Preview | null }
>;
export type ImportField = Narrow<
  Schemas["ImportFieldOut"],
  { group: "customer" | "purchase" | "line"; kinds: ImportKind[] }
>;
export type PreviewChange = Schemas["LookIn"];
export type RunOrder = Schemas["RunIn"];

export type MetricUnit = "count" | "money" | "share" | "days" | "ratio";
export type MetricSpec = Narrow<Schemas["MetricOut"], { unit: MetricUnit; better: "up" | "down" | "none" }>;
export type MetricValue = Schemas["AnswerOut"];
export type Metrics = Schemas["ValuesOut"];
export type MetricRow = Schemas["RowOut"];
export type Cohorts = Schemas["CohortsOut"];

export type Borders = "terciles" | "fixed" | "rhythm";
export type Rfm = Narrow<Schemas["RfmOut"], { borders: Borders }>;
export type RfmCell = Schemas["CellOut"];
export type Cuts = Schemas["CutsOut"];
export type RfmTransitions = Schemas["TransitionsOut"];
export type LifeCycle = Schemas["LifeCycleOut"];
export type Pareto = Schemas["ParetoOut"];

export type FactSpec = Schemas["FactOut"];
export type FactValue = number | string | boolean | string[] | null;
type Facts = Record<string, FactValue>;
export type CustomerRow = Narrow<Schemas["CustomerRowOut"], { facts: Facts }>;
export type Customers = Narrow<Schemas["CustomersOut"], { items: CustomerRow[] }>;
export type CustomerCard = Narrow<Schemas["CardOut"], { facts: Facts }>;
export type MergeSide = Schemas["SideOut"];
export type DuplicateCase = Schemas["CaseOut"];
export type JoinedRecord = Schemas["JoinedOut"];
export type BulkEdit = Schemas["BulkEditOut"];
export type Company = Schemas["CompanyOut"];
export type GroupPerson = Schemas["GroupPersonOut"];
export type Together = Schemas["TogetherOut"];
export type BulkWhom = Schemas["BulkWhomIn"];
export type BulkChange = Schemas["BulkChangeIn"];
export type TimelineEntry = Schemas["TimelineEntryOut"];
export type NoteBody = Schemas["NoteIn"];
export type CustomField = Schemas["CustomFieldOut"];
export type FieldKind = CustomField["kind"];
export type CustomValue = number | string | boolean | string[] | null;
export type CustomerProfile = Narrow<Schemas["CustomerPatchIn"], { custom?: Record<string, CustomValue> }>;
export type Contact = Schemas["ContactOut"];
export type PurchaseBrief = Schemas["PurchaseBriefOut"];
export type Purchase = Schemas["PurchaseOut"];
export type PurchaseLine = Schemas["LineOut"];

export type Segment = Schemas["SegmentOut"];
export type ReadySegment = Schemas["ReadyOut"];
export type SegmentCount = Schemas["CountOut"];
export type WrongPlace = Schemas["WrongOut"];
export type Vocabulary = Schemas["VocabularyOut"];
export type Term = Schemas["TermOut"];
export type WhyNode = Schemas["ConditionOut"];
/** A saved segment, or a definition that need not be saved. */
export type SegmentAsked = { segment: string } | { definition: unknown };

export type FirstRun = Schemas["FirstRunIn"];
export type CustomersQuery = Query<"search_list">;
export type RfmQuery = Omit<Query<"cells">, "borders"> & { borders?: Borders };

export type SegmentComparison = Schemas["CompareOut"];

/** What a page is asked about: a stretch of time and a part of the shop. */
export interface Scope {
  from?: Day;
  to?: Day;
  store?: string;
  channel?: string;
  cell?: string;
  segment?: string;
}
