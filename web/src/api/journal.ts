import { queryOptions } from "@tanstack/react-query";
import { addDays } from "../lib/period.ts";
import { defined } from "../lib/url.ts";
import type { JournalSearch } from "../pages/settings/journal-search.ts";
import { data, GET } from "./client.ts";
import type { components } from "./schema.gen.ts";

export type JournalEntry = components["schemas"]["EntryOut"];
export type JournalSubjects = components["schemas"]["SubjectsOut"];

/** What the API is asked for what an address says; days end before the next one there. */
export const journalAsked = (search: JournalSearch) =>
  defined({
    who: search.who,
    what: search.what,
    customer: search.customer,
    from: search.from,
    to: search.till && addDays(search.till, 1),
  });
type Asked = ReturnType<typeof journalAsked>;

export const journalKey = (asked: Asked) => ["journal", asked] as const;
export const journal = (asked: Asked, cursor?: string) =>
  data(GET("/journal", { params: { query: defined({ ...asked, cursor }) } }));

export const journalCatalogue = queryOptions({
  queryKey: ["journal-catalogue"],
  queryFn: () => data(GET("/journal/catalogue")),
});
