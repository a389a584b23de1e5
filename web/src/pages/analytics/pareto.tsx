import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import * as calls from "../../api/calls.ts";
import type { Pareto } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { NONE } from "../../i18n/format.ts";
import { useI18n } from "../../i18n/index.tsx";
import type { Period } from "../../lib/period.ts";
import { lookAt, withoutPlace } from "../../lib/scope.ts";
import { writeFilter } from "../../lib/url.ts";
import { axesBase, ChartPanel, useChartColors } from "../../ui/chart.tsx";
import { MakeSegment } from "../../ui/door.tsx";
import { Await, Empty, PageHead, Panel } from "../../ui/page.tsx";
import { ScopeBar } from "../../ui/scope-bar.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import type { CustomersSearch } from "../customers/search.ts";
import css from "./analytics.module.css";
import { useAnalyticsSearch } from "./page.tsx";

/** How unevenly the money comes: the 80/20 rule against what it really is. */
export function ParetoTab() {
  const { t, f } = useI18n();
  const words = t.analytics.pareto;
  const { range } = useHere();
  const [search, setSearch] = useAnalyticsSearch();
  const looked = lookAt(search, range, "all");
  const pareto = useQuery(calls.pareto(withoutPlace(looked)));
  const top = pareto.data?.top_share;
  return (
    <>
      <PageHead
        title={t.analytics.tabs.pareto}
        sentence={
          pareto.data &&
          (top && top.revenue_share != null ? (
            <>
              <b>
                {words.sentence({
                  people: f.share(top.customers_share, 0),
                  money: f.share(top.revenue_share),
                })}
              </b>
              {words.rule(f.share(top.revenue_share, 0))}
            </>
          ) : (
            words.nothing
          ))
        }
        tools={
          <ScopeBar
            looked={looked}
            search={search}
            noPlace
            onChange={(next) => setSearch({ ...search, ...next })}
          />
        }
      />
      <Await query={pareto} height={420}>
        {(data) =>
          data.curve.length < 2 ? (
            <Empty title={words.nothing} />
          ) : (
            <div className={css.stack}>
              <Curve data={data} />
              <Classes data={data} period={looked.scope} whole={!looked.scope.segment} />
            </div>
          )
        }
      </Await>
    </>
  );
}

function Curve({ data }: { data: Pareto }) {
  const { t, f } = useI18n();
  const words = t.analytics.pareto;
  const colors = useChartColors();
  const made = useMemo(() => {
    const base = axesBase(colors);
    // The curve may come from the poorest up (Lorenz); people read it from the richest down.
    const points = data.curve.map(([x = 0, y = 0]) => [x, y] as const);
    const middle = points[Math.floor(points.length / 2)] ?? [0, 0];
    const curve = middle[1] < middle[0] ? points.map(([x, y]) => [1 - x, 1 - y] as const).reverse() : points;
    const axis = {
      type: "value",
      min: 0,
      max: 1,
      ...base.value,
      axisLabel: { ...base.font, formatter: (value: number) => f.share(value, 0) },
    };
    const step = Math.max(1, Math.floor(curve.length / 20));
    return {
      option: {
        aria: { enabled: true },
        grid: { ...base.grid, bottom: 28 },
        tooltip: {
          ...base.tooltip,
          trigger: "axis",
          formatter: (points: { data: [number, number] }[]) =>
            points[0] ? `${f.share(points[0].data[0])} → ${f.share(points[0].data[1])}` : "",
        },
        xAxis: { ...axis, name: words.x, nameLocation: "middle", nameGap: 30, nameTextStyle: base.font },
        yAxis: axis,
        series: [
          {
            type: "line",
            data: curve,
            showSymbol: false,
            lineStyle: { width: 2.4, color: colors.accent },
            itemStyle: { color: colors.accent },
            areaStyle: { color: colors.accent, opacity: 0.08 },
          },
          {
            type: "line",
            data: [
              [0, 0],
              [1, 1],
            ],
            showSymbol: false,
            silent: true,
            lineStyle: { width: 1, type: "dashed", color: colors.soft },
            itemStyle: { color: colors.soft },
          },
          {
            // Its words stand in the corner under the diagonal, where no curve can run.
            type: "line",
            data: [[1, 0.09]],
            symbolSize: 0,
            silent: true,
            label: {
              show: true,
              position: "left",
              formatter: words.equal,
              color: colors.soft,
              fontFamily: "inherit",
              lineHeight: 16,
              align: "right",
            },
          },
        ],
      },
      table: {
        head: [words.x, words.y],
        rows: curve
          .filter((_, i) => i % step === 0 || i === curve.length - 1)
          .map(([x, y]) => [f.share(x), f.share(y)]),
      },
    };
  }, [data, colors, f, words]);
  return (
    <ChartPanel
      title={words.curve}
      note={data.gini != null && words.gini(f.number(data.gini, 3))}
      option={made.option}
      table={made.table}
      height={400}
    />
  );
}

/** Who brings the first 80 % of the money, who the next 15 %, who the rest. */
function Classes({ data, period, whole }: { data: Pareto; period: Period; whole: boolean }) {
  const { t, f } = useI18n();
  const words = t.analytics.pareto;
  const money = data.abc.reduce((sum, one) => sum + one.revenue_minor, 0);
  // A class found within a segment is not the class of the whole base: it opens no list of its own.
  const behind = (one: { class: string; customers: number }): CustomersSearch | null =>
    whole && one.customers > 0
      ? {
          filter: [writeFilter({ fact: "abc", op: "eq", value: `${period.from}~${period.to}~${one.class}` })],
        }
      : null;
  return (
    <Panel title={words.classes} note={words.classesNote}>
      <Scroll label={words.classes}>
        <table className="table">
          <thead>
            <tr>
              {[words.class, words.people, words.peopleShare, words.money, words.y].map((head, at) => (
                <th key={head} scope="col" className={at > 0 ? "num" : undefined}>
                  {head}
                </th>
              ))}
              <th />
            </tr>
          </thead>
          <tbody>
            {data.abc.map((one) => {
              const search = behind(one);
              const people = t.common.people(one.customers, f.count(one.customers));
              return (
                <tr key={one.class}>
                  <td>
                    <b>{one.class}</b>
                  </td>
                  <td className="num">
                    {search ? (
                      <Link to="/customers" search={search} aria-label={words.whoOf(one.class, people)}>
                        {f.count(one.customers)}
                      </Link>
                    ) : (
                      f.count(one.customers)
                    )}
                  </td>
                  <td className="num">{data.customers ? f.share(one.customers / data.customers) : NONE}</td>
                  <td className="num">{f.moneyShort(one.revenue_minor)}</td>
                  <td className="num">{money ? f.share(one.revenue_minor / money) : NONE}</td>
                  <td className="num">
                    {search && <MakeSegment search={search} of={words.whoOf(one.class, people)} />}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}
