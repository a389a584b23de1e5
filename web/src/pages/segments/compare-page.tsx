import { MultiSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import * as calls from "../../api/calls.ts";
import type { SegmentComparison } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { type I18n, useI18n } from "../../i18n/index.tsx";
import { lookAt } from "../../lib/scope.ts";
import { defined, type ScopeSearch } from "../../lib/url.ts";
import { Await, Empty, PageHead } from "../../ui/page.tsx";
import { ScopeBar } from "../../ui/scope-bar.tsx";
import { useSegmentName, useSegmentOptions } from "../../ui/segment-picker.tsx";
import { CompareTable } from "./compare-table.tsx";
import { OverlapPanel } from "./overlap.tsx";
import css from "./segments.module.css";
import { TrendPanel } from "./trend.tsx";

/** As many as a chart of overlaps can still be read with. */
const MOST = 5;

/** Segments beside one another: what each brings, who is in several of them, how they went. */
export function ComparePage() {
  const i18n = useI18n();
  const { t, l } = i18n;
  const words = t.segments.compare;
  const { range } = useHere();
  const search = useSearch({ from: "/app/segments/compare" });
  const go = useNavigate();
  const setSearch = (next: ScopeSearch) =>
    void go({ to: "/segments/compare", search: defined(next), replace: true });
  const looked = lookAt(search, range, "year");
  const chosen = (search.segment ?? "").split(",").filter((key) => key && !key.startsWith("not:"));
  const options = useSegmentOptions();
  const name = useSegmentName();
  const offered = new Set(options.flatMap((group) => group.items.map((one) => one.value)));
  const others = chosen.filter((key) => !offered.has(key));
  const own = others.length
    ? [{ group: t.segments.picker.chosen, items: others.map((key) => ({ value: key, label: name(key) })) }]
    : [];
  const compared = useQuery(calls.segmentCompare({ ...looked.scope, segment: chosen.join(",") }));
  const data = chosen.length > 0 ? compared.data : undefined;
  return (
    <>
      <PageHead
        title={words.title}
        sentence={chosen.length === 0 ? words.empty : data && sentence(data, i18n)}
        tools={
          <>
            <MultiSelect
              aria-label={words.pick}
              className={css.pickMany}
              placeholder={chosen.length < MOST ? words.pick : undefined}
              searchable
              clearable
              hidePickedOptions
              maxValues={MOST}
              data={[...own, ...options]}
              value={chosen}
              onChange={(next) => setSearch({ ...search, segment: next.join(",") || undefined })}
            />
            <ScopeBar looked={looked} search={search} onChange={setSearch} noSegment />
          </>
        }
      />
      {chosen.length === 0 ? (
        <Empty title={words.emptyTitle}>
          <p>{words.emptyDo}</p>
        </Empty>
      ) : (
        <Await query={compared} height={400}>
          {(answer) => (
            <div className={css.stackWide}>
              <CompareTable data={answer} />
              {answer.columns.length > 3 && <OverlapPanel data={answer} />}
              <TrendPanel
                segments={answer.columns
                  .slice(0, -2)
                  .map((column) => ({ key: column.key, name: l(column.name) }))}
              />
            </div>
          )}
        </Await>
      )}
    </>
  );
}

function sentence(data: SegmentComparison, { t, f, l }: I18n) {
  const words = t.segments.compare;
  const own = data.columns.slice(0, -2);
  const both = data.parts.find((part) => part.inside.every(Boolean));
  return (
    <>
      {own
        .slice(0, 3)
        .map((column) =>
          words.sentence({
            name: l(column.name),
            people: f.share(column.share_customers ?? 0),
            money: f.share(column.share_paid ?? 0),
          }),
        )
        .join("; ")}
      .
      {own.length > 1 && (
        <b>
          {" "}
          {words.common(own.length, both ? t.common.people(both.customers, f.count(both.customers)) : null)}
        </b>
      )}
    </>
  );
}
