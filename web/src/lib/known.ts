import type { LifeCycle, MetricSpec } from "../api/types.ts";

/**
 * The few registry keys a page must know to compose its opening sentence. Names, units and formulas always come
 * from the catalogue; a key that the catalogue does not have is left out.
 */
const WANTED = {
  revenue: "revenue",
  orders: "orders",
  meanOrder: "mean_order",
  active: "customers_active",
  customersNew: "customers_new",
  retention: "crr_strict",
  revenueNew: "revenue_new",
  revenueReturning: "revenue_returning",
} as const;
export type Known = keyof typeof WANTED;

export type KnownKeys = Partial<Record<Known, string>>;

export function knownKeys(specs: readonly MetricSpec[] | undefined): KnownKeys {
  const have = new Set(specs?.map((spec) => spec.key));
  return Object.fromEntries(Object.entries(WANTED).filter(([, key]) => have.has(key)));
}

/** Which meaning, and so which colour, a state of the life cycle has. */
export function stateMeaning(key: string): "new" | "returning" | "risk" | "gone" | "none" {
  switch (key) {
    case "new":
      return "new";
    case "active":
      return "returning";
    case "at_risk":
    case "sleeping":
      return "risk";
    case "lost":
      return "gone";
    default:
      return "none";
  }
}

/** Those who are leaving now: silent long, not yet lost. */
export function leaving(life: LifeCycle | undefined): { customers: number; money: number } | null {
  if (!life) return null;
  const states = life.states.filter((state) => stateMeaning(state.key) === "risk");
  return {
    customers: states.reduce((sum, state) => sum + state.customers, 0),
    money: states.reduce((sum, state) => sum + state.paid_minor, 0),
  };
}

/** The words of a segment's place: nine groups by recency and frequency (`33`), and those without a segment. */
export function placeGroup(
  place: string,
  words: { r: Record<string, string>; f: Record<string, string>; special: Record<string, string> },
): string {
  return (
    words.special[place] ?? `${words.r[place[0] ?? ""]}, ${(words.f[place[1] ?? ""] ?? "").toLowerCase()}`
  );
}

/** The meaning of an RFM cell by its recency: recent and once is new, recent is returning, then leaving, then gone. */
export function cellMeaning(cell: string): "new" | "returning" | "risk" | "gone" {
  if (cell === "new") return "new";
  if (cell[0] === "3") return cell[1] === "1" ? "new" : "returning";
  return cell[0] === "2" ? "risk" : "gone";
}
