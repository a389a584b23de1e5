import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import * as calls from "../../api/calls.ts";
import type { Pareto } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { lookAt } from "../../lib/scope.ts";
import { axesBase, ChartPanel, useChartColors } from "../../ui/chart.tsx";
import { Await, Empty, PageHead } from "../../ui/page.tsx";
import { ScopeBar } from "../../ui/scope-bar.tsx";
import { useAnalyticsSearch } from "./page.tsx";

/** How unevenly the money comes: the 80/20 rule against what it really is. */
export function ParetoTab() {
  const { t, f } = useI18n();
  const words = t.analytics.pareto;
  const { range } = useHere();
  const [search, setSearch] = useAnalyticsSearch();
  const looked = lookAt(search, range, "all");
  const pareto = useQuery(calls.pareto({ from: looked.scope.from, to: looked.scope.to }));
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
        {(data) => (data.curve.length < 2 ? <Empty title={words.nothing} /> : <Curve data={data} />)}
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
            endLabel: {
              show: true,
              formatter: words.equal,
              color: colors.soft,
              align: "right",
              offset: [-24, 120],
              fontFamily: "inherit",
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
