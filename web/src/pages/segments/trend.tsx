import { SegmentedControl } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import * as calls from "../../api/calls.ts";
import { useI18n } from "../../i18n/index.tsx";
import { axesBase, ChartPanel, useChartColors } from "../../ui/chart.tsx";
import { Dot, SkeletonLate } from "../../ui/page.tsx";
import css from "./segments.module.css";

/** Colours of segments beside one another: dots, lines and bars of one segment have the same. */
export const SEGMENT_COLORS = ["--accent", "--seg-risk", "--seg-new", "--down", "--seg-gone"] as const;

/** How segments went over the last months, by what is known today. */
export function TrendPanel({ segments }: { segments: { key: string; name: string }[] }) {
  const { t, f } = useI18n();
  const words = t.segments.trend;
  const colors = useChartColors();
  const [show, setShow] = useState<"customers" | "revenue_minor">("customers");
  const trends = useQueries({ queries: segments.map((one) => calls.segmentTrend(one.key)) });
  const loaded = trends.map((one) => one.data);
  const whole = loaded.every((one) => one !== undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answers are what changes
  const made = useMemo(() => {
    const days = loaded[0]?.map((point) => point.day) ?? [];
    if (!whole || days.length === 0) return null;
    const base = axesBase(colors);
    const style = getComputedStyle(document.documentElement);
    const write = (value: number) => (show === "customers" ? f.count(value) : f.moneyShort(value));
    const values = loaded.map((points) => (points ?? []).map((point) => point[show]));
    return {
      option: {
        aria: { enabled: true },
        grid: { ...base.grid, right: 24 },
        tooltip: { ...base.tooltip, trigger: "axis", valueFormatter: write },
        xAxis: {
          type: "category",
          data: days.map((day) => f.day(day)),
          boundaryGap: false,
          ...base.category,
        },
        yAxis: {
          type: "value",
          min: 0,
          ...base.value,
          axisLabel: { ...base.font, formatter: (value: number) => write(value) },
        },
        series: segments.map((one, at) => {
          const color = style.getPropertyValue(SEGMENT_COLORS[at] ?? "--accent").trim();
          return {
            name: one.name,
            type: "line",
            data: values[at],
            symbolSize: 6,
            lineStyle: { width: 2.2, color },
            itemStyle: { color },
            ...(segments.length === 1 ? { areaStyle: { color, opacity: 0.08 } } : {}),
          };
        }),
      },
      table: {
        head: [words.day, ...segments.map((one) => one.name)],
        rows: days
          .map((day, row) => [f.day(day), ...values.map((points) => write(points[row] ?? 0))])
          .reverse(),
      },
    };
  }, [whole, ...loaded, show, colors, f, words]);
  if (!whole) return <SkeletonLate height={300} />;
  if (!made) return null;
  return (
    <ChartPanel
      title={words.title}
      note={
        <>
          {segments.length > 1 && (
            <span className={css.legend}>
              {segments.map((one, at) => (
                <span key={one.key}>
                  <Dot color={`var(${SEGMENT_COLORS[at] ?? "--accent"})`} />
                  {one.name}
                </span>
              ))}
            </span>
          )}
          {show === "customers" ? words.note : words.noteMoney}
        </>
      }
      height={250}
      option={made.option}
      table={made.table}
      tools={
        <SegmentedControl
          size="xs"
          aria-label={words.show}
          value={show}
          onChange={(next) => setShow(next as typeof show)}
          data={[
            { value: "customers", label: words.customers },
            { value: "revenue_minor", label: words.money },
          ]}
        />
      }
    />
  );
}
