import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import * as calls from "../../api/calls.ts";
import type { Cohorts } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { type I18n, useI18n } from "../../i18n/index.tsx";
import { lookAt } from "../../lib/scope.ts";
import { defined, withoutCell, writeFilter } from "../../lib/url.ts";
import { axesBase, ChartPanel, useChartColors } from "../../ui/chart.tsx";
import { Door, type Goal, useGoal } from "../../ui/door.tsx";
import { heatStyle } from "../../ui/heat.ts";
import { Await, Empty, PageHead, Panel } from "../../ui/page.tsx";
import { ScopeBar } from "../../ui/scope-bar.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import type { CustomersSearch } from "../customers/search.ts";
import css from "./analytics.module.css";
import { useAnalyticsSearch } from "./page.tsx";

type Show = "percent" | "absolute" | "money";
type Seen = Pick<CustomersSearch, "as_of" | "store" | "channel" | "segment">;

export function CohortsTab() {
  const i18n = useI18n();
  const { t } = i18n;
  const { range } = useHere();
  const [search, setSearch] = useAnalyticsSearch();
  const looked = lookAt(search, range, "all");
  const cohorts = useQuery(calls.cohorts(withoutCell(looked.scope)));
  const show: Show = search.show ?? "percent";
  // The table is seen from the report's day and place, and so are the people behind a cell.
  const people: Seen = defined({
    as_of: range.asOf,
    store: search.store,
    channel: search.channel,
    segment: search.segment,
  });
  const { goal, control } = useGoal();
  return (
    <>
      <PageHead
        title={t.analytics.tabs.cohorts}
        sentence={cohorts.data && sentence(cohorts.data, i18n)}
        tools={
          <ScopeBar looked={looked} search={search} onChange={(next) => setSearch({ ...search, ...next })} />
        }
      />
      <Await query={cohorts} height={420}>
        {(data) =>
          data.months.length === 0 ? (
            <Empty title={t.analytics.cohorts.nothing} />
          ) : (
            <div className={css.stack}>
              <Panel
                title={t.analytics.cohorts.caption}
                note={t.segments.goal.note}
                tools={
                  <div className={css.tools}>
                    {control}
                    <SegmentedControl
                      size="xs"
                      aria-label={t.analytics.cohorts.show}
                      value={show}
                      onChange={(value) => setSearch({ ...search, show: value as Show })}
                      data={(["percent", "absolute", "money"] as const).map((value) => ({
                        value,
                        label: t.analytics.cohorts[value],
                      }))}
                    />
                  </div>
                }
              >
                <HeatTable cohorts={data} show={show} people={people} goal={goal} />
              </Panel>
              <WeightedLine cohorts={data} />
            </div>
          )
        }
      </Await>
    </>
  );
}

function sentence(data: Cohorts, { t, f }: I18n) {
  const next = data.weighted[1];
  if (next === null || next === undefined) return t.analytics.cohorts.nothing;
  const ranked = data.months
    .filter((month) => month.size >= 20 && typeof month.customers[1] === "number")
    .map((month) => ({ month, share: (month.customers[1] ?? 0) / month.size }))
    .sort((a, b) => b.share - a.share);
  const best = ranked[0];
  return (
    <>
      {t.analytics.cohorts.sentence({ share: f.share(next), k: 1 })}
      {best &&
        ranked.length > 1 &&
        t.analytics.cohorts.best({ month: f.month(best.month.from), share: f.share(best.share) })}
    </>
  );
}

/** The month so many months later, `2026-10`. */
const monthAfter = (from: string, age: number): string => {
  const [year = 1970, month = 1] = from.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + age, 1)).toISOString().slice(0, 7);
};

function HeatTable(props: { cohorts: Cohorts; show: Show; people: Seen; goal: Goal }) {
  const { cohorts, show, people, goal } = props;
  const { t, f } = useI18n();
  const behind = (from: string, age: number): CustomersSearch => ({
    ...people,
    filter: [
      writeFilter({ fact: "cohort", op: "eq", value: from.slice(0, 7) }),
      writeFilter({ fact: "bought", op: "eq", value: monthAfter(from, age) }),
    ],
  });
  const ages = Array.from({ length: cohorts.max_age + 1 }, (_, age) => age);
  const value = (month: Cohorts["months"][number], age: number): number | null => {
    if (show === "money") return month.revenue_minor[age] ?? null;
    const people = month.customers[age];
    if (people === null || people === undefined) return null;
    return show === "percent" ? (month.size ? people / month.size : null) : people;
  };
  // Month 0 is the cohort itself: it sets no scale, or every other cell would be pale.
  const most = Math.max(
    ...cohorts.months.flatMap((month) => ages.slice(1).map((age) => value(month, age) ?? 0)),
    1e-9,
  );
  const write = (v: number) =>
    show === "percent" ? f.share(v, v < 0.1 ? 1 : 0) : show === "money" ? f.moneyShort(v) : f.count(v);
  return (
    <Scroll label={t.analytics.cohorts.caption}>
      <table className={css.heat}>
        <thead>
          <tr>
            <th scope="col" style={{ textAlign: "left" }}>
              {t.analytics.cohorts.cohort}
            </th>
            <th scope="col">{t.analytics.cohorts.size}</th>
            {ages.map((age) => (
              <th
                key={age}
                scope="col"
                aria-label={t.analytics.cohorts.age(age)}
                style={{ textAlign: "center" }}
              >
                {age}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cohorts.months.map((month) => (
            <tr key={month.from}>
              <th scope="row">{f.monthShort(month.from)}</th>
              <td data-size>
                {month.size > 0 ? (
                  <Door
                    goal={goal}
                    search={behind(month.from, 0)}
                    className={css.cellLink}
                    label={t.analytics.cohorts.whoCame(f.month(month.from), f.count(month.size))}
                  >
                    {f.count(month.size)}
                  </Door>
                ) : (
                  f.count(month.size)
                )}
              </td>
              {ages.map((age) => {
                const v = value(month, age);
                return (
                  <td key={age} style={v === null ? undefined : heatStyle(age === 0 ? 0 : v / most)}>
                    {v === null ? (
                      ""
                    ) : month.customers[age] ? (
                      <Door
                        goal={goal}
                        search={behind(month.from, age)}
                        className={css.cellLink}
                        label={t.analytics.cohorts.who({
                          month: f.month(month.from),
                          age,
                          value: write(v),
                          people: t.common.people(
                            month.customers[age] ?? 0,
                            f.count(month.customers[age] ?? 0),
                          ),
                        })}
                      >
                        {write(v)}
                      </Door>
                    ) : (
                      write(v)
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
        {show === "percent" && (
          <tfoot>
            <tr>
              <th scope="row">{t.analytics.cohorts.weighted}</th>
              <td />
              {ages.map((age) => {
                const v = cohorts.weighted[age];
                return (
                  <td key={age}>
                    <b>{v === null || v === undefined ? "" : write(v)}</b>
                  </td>
                );
              })}
            </tr>
          </tfoot>
        )}
      </table>
    </Scroll>
  );
}

function WeightedLine({ cohorts }: { cohorts: Cohorts }) {
  const { t, f } = useI18n();
  const colors = useChartColors();
  const made = useMemo(() => {
    const base = axesBase(colors);
    const points = cohorts.weighted.slice(1);
    return {
      option: {
        aria: { enabled: true },
        grid: { ...base.grid, bottom: 24 },
        tooltip: {
          ...base.tooltip,
          trigger: "axis",
          valueFormatter: (value: number) => f.unit(value, "share"),
        },
        xAxis: {
          type: "category",
          data: points.map((_, i) => String(i + 1)),
          ...base.category,
          name: t.analytics.cohorts.month,
          nameLocation: "middle",
          nameGap: 28,
          nameTextStyle: base.font,
        },
        yAxis: {
          type: "value",
          min: 0,
          ...base.value,
          axisLabel: { ...base.font, formatter: (value: number) => f.share(value, 0) },
        },
        series: [
          {
            name: t.analytics.cohorts.weighted,
            type: "line",
            data: points,
            symbolSize: 6,
            lineStyle: { width: 2.2, color: colors.returning },
            itemStyle: { color: colors.returning },
            label: {
              show: points.length <= 14,
              formatter: ({ value }: { value: number }) => f.share(value, 0),
              color: colors.text,
              fontFamily: "inherit",
            },
          },
        ],
      },
      table: {
        head: [t.analytics.cohorts.month, t.analytics.cohorts.weighted],
        rows: points.map((value, i) => [String(i + 1), f.unit(value, "share")]),
      },
    };
  }, [cohorts, colors, f, t]);
  return (
    <ChartPanel
      title={t.analytics.cohorts.line}
      note={t.analytics.cohorts.lineNote}
      option={made.option}
      table={made.table}
      height={260}
    />
  );
}
