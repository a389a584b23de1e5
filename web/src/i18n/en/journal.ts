import type { Format } from "../format.ts";
import { enPlural } from "../plural.ts";
import type { Dictionary } from "../ru/index.ts";

const COUNTED = new Set(["rows", "rejected", "customers", "purchases", "findings", "times"]);

export const journal: Dictionary["journal"] = {
  note: "Who did what, to whose card, from where and when. Entries can be neither changed nor removed: they form a chain, and a check of the base finds any edit.",
  when: "When",
  who: "Who",
  what: "What was done",
  where: "From where",
  anybody: "Anybody",
  anything: "Anything",
  always: "Any time",
  everybody: "About any customer",
  oneCustomer: "About one customer only",
  allOf: (group: string) => `${group}: everything`,
  none: "There are no such entries",
  noneDo: "Change the conditions: another person, another act, more days.",
  changed: "Changed:",
  because: (reason: string) => `Why: ${reason}`,
  andMore: (count: number) => `and ${count} ${enPlural(count, { one: "more", other: "more" })}`,
  nameless: {
    customer: "Customer without a name",
    purchase: "purchase",
    import: "file",
    staff: "member of staff",
    key: "key",
    store: "store",
    channel: "channel",
    export: "export",
  },
  fact: (code: string, value: string, f: Format) => {
    if (code === "made_at") return f.moment(value);
    return COUNTED.has(code) ? f.count(Number(value)) : value;
  },
  chain: (p: { count: string; link: string; anchored: string | null }) =>
    `Entries in the chain: ${p.count}. The last link is ${p.link}…${
      p.anchored ? `; noted in the file journal-anchors: ${p.anchored}` : ""
    }. To check: vernis verify.`,
};
