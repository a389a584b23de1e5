import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import * as calls from "../../api/calls.ts";
import { useI18n } from "../../i18n/index.tsx";
import type { KnownKeys } from "../../lib/known.ts";
import { historyOf, type Looked, type Range } from "../../lib/scope.ts";
import { axesBase, ChartPanel, useChartColors } from "../../ui/chart.tsx";
import { Await, Dot } from "../../ui/page.tsx";

/** Revenue by month, what newcomers brought under what those who returned did. */
export function RevenueChart(props: { known: KnownKeys; looked: Looked; range: Range }) {
  const { t, f } = useI18n();
  const colors = useChartColors();
  const { known } = props;
  const keys = [known.revenueNew, known.revenueReturning].filter((key): key is string => Boolean(key));
  const wanted = keys.length === 2 ? keys : known.revenue ? [known.revenue] : [];
  const period = historyOf(props.looked.scope, props.range);
  const history = useQuery(calls.series(wanted, "month", { ...props.looked.scope, ...period }));
  const data = history.data;

  const made = useMemo(() => {
    const base = axesBase(colors);
    const values = (key: string | undefined) => data?.series.find((one) => one.key === key)?.values ?? [];
    const split = wanted.length === 2;
    const labels = data?.buckets.map((bucket) => f.monthShort(bucket.from)) ?? [];
    const fresh = values(split ? known.revenueNew : undefined);
    const back = values(split ? known.revenueReturning : wanted[0]);
    const series = (name: string, list: (number | null)[], color: string) => ({
      name,
      type: "bar",
      stack: "money",
      data: list,
      itemStyle: { color, borderRadius: 3 },
      barMaxWidth: 40,
      emphasis: { disabled: true },
    });
    return {
      option: {
        aria: { enabled: true },
        grid: { ...base.grid, top: 12 },
        tooltip: {
          ...base.tooltip,
          trigger: "axis",
          valueFormatter: (value: number) => f.unit(value, "money"),
        },
        xAxis: { type: "category", data: labels, ...base.category },
        yAxis: {
          type: "value",
          ...base.value,
          axisLabel: { ...base.font, formatter: (value: number) => f.moneyShort(value) },
        },
        series: split
          ? [
              series(t.today.returningPart, back, colors.returning),
              series(t.today.newPart, fresh, colors.new),
            ]
          : [series(t.common.none, back, colors.returning)],
      },
      table: {
        head: split
          ? [t.today.month, t.today.newPart, t.today.returningPart]
          : [t.today.month, t.today.revenue],
        rows: (data?.buckets ?? []).map((bucket, i) =>
          split
            ? [f.month(bucket.from), f.unit(fresh[i], "money"), f.unit(back[i], "money")]
            : [f.month(bucket.from), f.unit(back[i], "money")],
        ),
      },
    };
  }, [data, colors, f, t, known, wanted]);

  return (
    <Await query={history} height={420}>
      {() => (
        <ChartPanel
          title={t.today.revenue}
          note={
            wanted.length === 2 ? (
              <>
                <Dot color="var(--seg-new)" />
                <span style={{ marginRight: 16 }}>{t.today.newPart}</span>
                <Dot color="var(--seg-returning)" />
                {t.today.returningPart}
              </>
            ) : undefined
          }
          option={made.option}
          table={made.table}
          height={330}
        />
      )}
    </Await>
  );
}
