import type { Day } from "../../api/types.ts";
import { day, defined, one } from "../../lib/url.ts";

/** What the journal is filtered by, as the address says it. */
export interface JournalSearch {
  who?: string;
  what?: string;
  customer?: string;
  from?: Day;
  /** The last day, inclusive. */
  till?: Day;
}

export function journalSearch(raw: Record<string, unknown>): JournalSearch {
  return defined({
    who: one(raw.who),
    what: one(raw.what),
    customer: one(raw.customer),
    from: day(raw.from),
    till: day(raw.till),
  });
}
