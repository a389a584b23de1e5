import { Button, CloseButton, Select } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { JournalEntry, JournalSubjects } from "../../api/journal.ts";
import * as calls from "../../api/journal.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { Await, Empty, Panel, ProblemNote } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import css from "./journal.module.css";
import type { JournalSearch } from "./journal-search.ts";

/** Who did what, to whom, from where, when and why. */
export function JournalTab() {
  const { t, f } = useI18n();
  const words = t.journal;
  const search = useSearch({ from: "/app/settings/$tab" });
  const asked = calls.journalAsked(search);
  const list = useInfiniteQuery({
    queryKey: calls.journalKey(asked),
    queryFn: ({ pageParam }) => calls.journal(asked, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const entries = list.data?.pages.flatMap((page) => page.items) ?? [];
  const first = list.data?.pages[0];
  return (
    <Panel title={t.settings.tabs.journal} note={words.note}>
      <Filters search={search} />
      <Await query={list} height={320}>
        {() =>
          entries.length === 0 ? (
            <Empty title={words.none}>
              <p>{words.noneDo}</p>
            </Empty>
          ) : (
            <>
              <Scroll label={t.settings.tabs.journal}>
                <table className={`table ${css.entries}`}>
                  <thead>
                    <tr>
                      <th scope="col">{words.when}</th>
                      <th scope="col">{words.who}</th>
                      <th scope="col">{words.what}</th>
                      <th scope="col">{words.where}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {entries.map((entry, index) => (
                      <Row key={entry.number ?? `${entry.at}${index}`} entry={entry} />
                    ))}
                  </tbody>
                </table>
              </Scroll>
              {list.hasNextPage && (
                <Button
                  mt={12}
                  variant="default"
                  loading={list.isFetchingNextPage}
                  onClick={() => void list.fetchNextPage()}
                >
                  {t.common.act.more}
                </Button>
              )}
            </>
          )
        }
      </Await>
      {list.error && list.data && <ProblemNote error={list.error} />}
      {first && (
        <p className={`soft small ${css.chain}`}>
          {words.chain({
            count: f.count(first.chained),
            link: first.link.slice(0, 16),
            anchored: first.anchored_at ? f.moment(first.anchored_at) : null,
          })}
        </p>
      )}
    </Panel>
  );
}

function Filters({ search }: { search: JournalSearch }) {
  const { t, l, f, language } = useI18n();
  const words = t.journal;
  const { session } = useHere();
  const go = useNavigate();
  const catalogue = useQuery(calls.journalCatalogue);
  const set = (change: Partial<JournalSearch>) =>
    void go({
      to: "/settings/$tab",
      params: { tab: "journal" },
      search: (before) => ({ ...before, ...change }),
      replace: true,
    });
  const people = catalogue.data?.who.map((one) => ({ value: one.id, label: l(one.name) })) ?? [];
  const acts =
    catalogue.data?.what.map((group) => ({
      group: l(group.label),
      items: [
        { value: group.code, label: words.allOf(l(group.label)) },
        ...group.acts.map((act) => ({ value: act.code, label: l(act.label) })),
      ],
    })) ?? [];
  return (
    <div className={css.filters}>
      <Select
        label={words.who}
        placeholder={words.anybody}
        data={people}
        value={search.who ?? null}
        onChange={(who) => set({ who: who ?? undefined })}
        clearable
        searchable
        clearButtonProps={{ "aria-label": words.anybody }}
      />
      <Select
        label={words.what}
        placeholder={words.anything}
        data={acts}
        value={search.what ?? null}
        onChange={(what) => set({ what: what ?? undefined })}
        clearable
        searchable
        maxDropdownHeight={360}
        clearButtonProps={{ "aria-label": words.anything }}
      />
      <DatePickerInput
        type="range"
        label={words.when}
        placeholder={words.always}
        locale={language}
        firstDayOfWeek={1}
        allowSingleDateInRange
        clearable
        maxDate={session.as_of}
        value={[search.from ?? null, search.till ?? null]}
        valueFormatter={({ date }) =>
          Array.isArray(date) ? date.flatMap((one) => (one ? [f.day(String(one))] : [])).join(" — ") : ""
        }
        onChange={([from, till]) =>
          set({ from: from?.slice(0, 10) ?? undefined, till: till?.slice(0, 10) ?? undefined })
        }
        clearButtonProps={{ "aria-label": words.always }}
      />
      {search.customer && (
        <span className={css.chip}>
          {words.oneCustomer}
          <CloseButton size="sm" aria-label={words.everybody} onClick={() => set({ customer: undefined })} />
        </span>
      )}
    </div>
  );
}

function Row({ entry }: { entry: JournalEntry }) {
  const { t, f, l } = useI18n();
  const words = t.journal;
  const where = entry.browser ? l(entry.browser) : entry.agent;
  return (
    <tr>
      <td className={css.moment}>{f.moment(entry.at)}</td>
      <td className={css.name}>{l(entry.who.name)}</td>
      <td>
        <div className={css.act}>{l(entry.label)}</div>
        {entry.subjects.map((subjects) => (
          <div key={subjects.kind}>
            <Subjects subjects={subjects} />
          </div>
        ))}
        {entry.changed.length > 0 && (
          <div className="soft">
            {words.changed}{" "}
            {entry.changed.map((one, index) => (
              <span key={one.code}>
                {index > 0 && ", "}
                {l(one.label)}
                {(one.before || one.after) && (
                  <>
                    {" "}
                    {one.before && <s className={css.value}>{l(one.before)}</s>}{" "}
                    {one.after && <span className={css.value}>{l(one.after)}</span>}
                  </>
                )}
              </span>
            ))}
          </div>
        )}
        {entry.facts.length > 0 && (
          <div className="soft">
            {entry.facts
              .map((one) => `${l(one.label)}: ${words.fact(one.code, l(one.after), f)}`)
              .join(" · ")}
          </div>
        )}
        {entry.reason && <div className={css.reason}>{words.because(entry.reason)}</div>}
      </td>
      <td className="soft">
        <div>{entry.address}</div>
        <div className={css.agent}>{where}</div>
      </td>
    </tr>
  );
}

/** Whose and which: cards and imports are doors, of many only the first are named. */
function Subjects({ subjects }: { subjects: JournalSubjects }) {
  const { t } = useI18n();
  const words = t.journal;
  const named: ReactNode[] = subjects.items.map((one, index) => {
    const name = one.name || words.nameless[subjects.kind as keyof typeof words.nameless] || "";
    const key = one.id ?? `${name}${index}`;
    if (one.id && subjects.kind === "customer")
      return (
        <Link key={key} to="/customers/$id" params={{ id: one.id }}>
          {name}
        </Link>
      );
    if (one.id && subjects.kind === "import")
      return (
        <Link key={key} to="/imports/$id" params={{ id: one.id }}>
          {name}
        </Link>
      );
    return <span key={key}>{name}</span>;
  });
  return (
    <span className={css.subjects}>
      {named.flatMap((one, index) => (index > 0 ? [", ", one] : [one]))}
      {subjects.count > subjects.items.length && ` ${words.andMore(subjects.count - subjects.items.length)}`}
    </span>
  );
}
