import { SegmentedControl, useComputedColorScheme } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useI18n } from "../i18n/index.tsx";
import type { Picked } from "./echart.tsx";
import { Panel, SkeletonLate } from "./page.tsx";
import { Scroll } from "./scroll.tsx";

const Echart = lazy(() => import("./echart.tsx"));

/** The colours a chart may use, read from the page so that both themes have their own. */
export interface ChartColors {
  text: string;
  soft: string;
  line: string;
  surface: string;
  accent: string;
  accentSoft: string;
  new: string;
  returning: string;
  risk: string;
  gone: string;
}

export function useChartColors(): ChartColors {
  const scheme = useComputedColorScheme("light");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the variables change with the scheme
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    const read = (name: string) => style.getPropertyValue(name).trim();
    return {
      text: read("--mantine-color-text") || "#1d2325",
      soft: read("--ink-soft"),
      line: read("--line"),
      surface: read("--surface"),
      accent: read("--accent"),
      accentSoft: read("--accent-soft"),
      new: read("--seg-new"),
      returning: read("--seg-returning"),
      risk: read("--seg-risk"),
      gone: read("--seg-gone"),
    };
  }, [scheme]);
}

export interface TableView {
  head: string[];
  /** The first cell of a row names it; the others are right-aligned. */
  rows: ReactNode[][];
}

/** A picture that can always be read as a table. */
export function ChartPanel(props: {
  title: string;
  note?: ReactNode;
  option: object;
  table: TableView;
  height?: number;
  tools?: ReactNode;
  onPick?: (picked: Picked) => void;
  bare?: boolean;
  /** Starts as a table where the picture would be too tight. */
  tableFirst?: boolean;
}) {
  const { t } = useI18n();
  const [view, setView] = useState<"picture" | "table">(props.tableFirst ? "table" : "picture");
  const height = props.height ?? 300;
  const tools = (
    <div style={{ display: "flex", gap: 8, flexWrap: "wrap" }}>
      {props.tools}
      <SegmentedControl
        size="xs"
        value={view}
        onChange={(value) => setView(value as typeof view)}
        aria-label={props.title}
        data={[
          { value: "picture", label: t.common.act.asPicture },
          { value: "table", label: t.common.act.asTable },
        ]}
      />
    </div>
  );
  const body =
    view === "table" ? (
      <PlainTable table={props.table} caption={props.title} maxHeight={Math.max(height, 320)} />
    ) : (
      <Suspense fallback={<SkeletonLate height={height} />}>
        <Echart option={props.option} height={height} label={props.title} onPick={props.onPick} />
      </Suspense>
    );
  if (props.bare) {
    return (
      <div>
        <div style={{ display: "flex", justifyContent: "flex-end", marginBottom: 8 }}>{tools}</div>
        {body}
      </div>
    );
  }
  return (
    <Panel title={props.title} note={props.note} tools={tools}>
      {body}
    </Panel>
  );
}

export function PlainTable({
  table,
  caption,
  maxHeight,
}: {
  table: TableView;
  caption: string;
  maxHeight?: number;
}) {
  return (
    <Scroll label={caption} maxHeight={maxHeight}>
      <table className="table">
        <thead>
          <tr>
            {table.head.map((head, i) => (
              <th key={head + i} scope="col" className={i > 0 ? "num" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j} className={j > 0 ? "num" : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** What every chart of axes shares: quiet lines, our letters, no legend. */
export function axesBase(colors: ChartColors) {
  const font = { color: colors.soft, fontFamily: "inherit", fontSize: 12 };
  return {
    grid: { left: 8, right: 16, top: 28, bottom: 10, containLabel: true },
    font,
    category: {
      axisLine: { lineStyle: { color: colors.line } },
      axisTick: { show: false },
      axisLabel: { ...font, hideOverlap: true },
    },
    value: { splitLine: { lineStyle: { color: colors.line } }, axisLabel: font, axisLine: { show: false } },
    tooltip: {
      backgroundColor: colors.surface,
      borderColor: colors.line,
      textStyle: { color: colors.text, fontFamily: "inherit", fontSize: 13 },
      confine: true,
    },
  };
}
