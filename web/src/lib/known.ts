import type { Label, LifeCycle, MetricSpec } from "../api/types.ts";

/**
 * The few registry keys a page must know to compose its opening sentence. Names, units and formulas always come
 * from the catalogue; each entry lists the spellings accepted, the first found wins.
 */
const WANTED = {
  revenue: ["revenue"],
  orders: ["orders", "purchases"],
  customersNew: ["customers_new", "new_customers", "new"],
  active: ["customers_active", "active_base", "active"],
  meanOrder: ["order_mean", "aov", "aov_mean", "mean_order"],
  retention: ["crr_strict", "retention_strict", "retention"],
  repeatRate: ["repeat_rate"],
  revenueNew: ["revenue_new", "new_revenue", "revenue_new_customers", "revenue_of_new"],
  revenueReturning: [
    "revenue_returning",
    "returning_revenue",
    "revenue_returning_customers",
    "revenue_of_returning",
  ],
} as const;
export type Known = keyof typeof WANTED;

export type KnownKeys = Partial<Record<Known, string>>;

export function knownKeys(specs: readonly MetricSpec[] | undefined): KnownKeys {
  const have = new Set(specs?.map((spec) => spec.key));
  const found: KnownKeys = {};
  for (const [known, spellings] of Object.entries(WANTED) as [Known, readonly string[]][]) {
    const key = spellings.find((spelling) => have.has(spelling));
    if (key) found[known] = key;
  }
  return found;
}

export const metricGroup = (spec: MetricSpec): { key: string; label: Label | string } =>
  typeof spec.group === "string" ? { key: spec.group, label: spec.group } : spec.group;

/** Which meaning, and so which colour, a state of the life cycle has. */
export function stateMeaning(key: string): "new" | "returning" | "risk" | "gone" | "none" {
  if (/new|prospect/.test(key)) return "new";
  if (/active/.test(key) && !/in/.test(key)) return "returning";
  if (/risk|sleep/.test(key)) return "risk";
  if (/lost|gone/.test(key)) return "gone";
  return "none";
}

/** Those who are leaving now: silent long, not yet lost. */
export function leaving(life: LifeCycle | undefined): { customers: number; money: number } | null {
  if (!life) return null;
  const states = life.states.filter((state) => stateMeaning(state.key) === "risk");
  return {
    customers: states.reduce((sum, state) => sum + state.customers, 0),
    money: states.reduce((sum, state) => sum + state.revenue_minor, 0),
  };
}

/** The meaning of an RFM cell by its recency: recent and once is new, recent is returning, then leaving, then gone. */
export function cellMeaning(cell: string): "new" | "returning" | "risk" | "gone" {
  if (cell === "new") return "new";
  if (cell[0] === "3") return cell[1] === "1" ? "new" : "returning";
  return cell[0] === "2" ? "risk" : "gone";
}
