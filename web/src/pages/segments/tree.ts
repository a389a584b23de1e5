/** The JSON form of a definition, as docs/reference/segment.schema.json describes it. */
export type Value = number | string | (number | string)[];
export interface Restriction {
  field: string;
  op: string;
  value?: Value;
}
export interface Window {
  last?: number;
  from?: string;
  to?: string;
}
export interface FactLeaf {
  fact: string;
  op: string;
  value?: Value;
}
export interface EventLeaf {
  measure: string;
  with?: Restriction[];
  in?: Window;
  op: string;
  value?: Value;
}
export interface SequenceLeaf {
  first?: Restriction[];
  in?: Window;
  bought: boolean;
  second?: Restriction[];
  within: number;
}
export type Node =
  | { all: Node[] }
  | { any: Node[] }
  | { not: Node }
  | { fact: FactLeaf }
  | { event: EventLeaf }
  | { sequence: SequenceLeaf }
  | { held: { days: number; what: Node } }
  | { segment: string }
  | { sample: { percent: number; key?: string } }
  | { moved: { since: string; from: string; to: string } }
  | { abc: { class: string; from: string; to: string } };

export interface Definition {
  version: 1;
  where: Node;
}

/** The tree of a definition as the API sends it: the document does not describe it, the schema does. */
export const treeOf = (whole: unknown): Node => (whole as Definition | undefined)?.where ?? { all: [] };

export const definition = (where: Node): Definition => ({ version: 1, where });

/** The root of a builder is always a group. */
export const rooted = (node: Node): Node => ("all" in node || "any" in node ? node : { all: [node] });

const filled = (value: Value | undefined): boolean =>
  value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
const bare = (op: string) => op === "empty" || op === "filled";

/** The tree without conditions that are still being filled in; null when nothing is left of a node. */
export function finished(node: Node): Node | null {
  if ("all" in node) return { all: node.all.map(finished).filter((one) => one !== null) };
  if ("any" in node) {
    const rest = node.any.map(finished).filter((one) => one !== null);
    // A group that has nothing yet must not mean “nobody”.
    return rest.length > 0 ? { any: rest } : node.any.length > 0 ? null : { all: [] };
  }
  if ("not" in node) {
    const inner = finished(node.not);
    return inner && { not: inner };
  }
  if ("held" in node) {
    const what = finished(node.held.what);
    return what && node.held.days > 0 ? { held: { ...node.held, what } } : null;
  }
  if ("fact" in node) return node.fact.fact && (bare(node.fact.op) || filled(node.fact.value)) ? node : null;
  if ("event" in node) {
    if (!bare(node.event.op) && !filled(node.event.value)) return null;
    return { event: { ...node.event, with: whole(node.event.with), in: windowed(node.event.in) } };
  }
  if ("sequence" in node) {
    const leaf = node.sequence;
    if (!(leaf.within > 0)) return null;
    return {
      sequence: { ...leaf, first: whole(leaf.first), second: whole(leaf.second), in: windowed(leaf.in) },
    };
  }
  if ("segment" in node) return node.segment ? node : null;
  if ("sample" in node) return Number.isFinite(node.sample.percent) ? node : null;
  return node;
}

const whole = (list: Restriction[] | undefined) => (list ?? []).filter((one) => filled(one.value));
const windowed = (window: Window | undefined): Window =>
  window?.last !== undefined ? (window.last > 0 ? { last: window.last } : {}) : (window ?? {});
