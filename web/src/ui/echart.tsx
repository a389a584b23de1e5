import { useReducedMotion } from "@mantine/hooks";
import { BarChart, LineChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useCallback, useEffect, useRef } from "react";
import css from "./ui.module.css";

echarts.use([BarChart, LineChart, SankeyChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer]);

/** What of a picture was clicked. */
export interface Picked {
  dataIndex: number;
  name: string;
  data: unknown;
}

export default function Echart(props: {
  option: object;
  height: number;
  label: string;
  onPick?: (picked: Picked) => void;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const pick = useRef(props.onPick);
  pick.current = props.onPick;
  const still = useReducedMotion();
  const option = useRef<Record<string, unknown> | null>(null);

  // A chart without a size cannot be drawn: it waits until its place has one.
  const draw = useCallback(() => {
    if (!option.current || !chart.current || !holder.current?.clientWidth) return;
    chart.current.setOption(option.current, { notMerge: true });
    option.current = null;
  }, []);

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const made = echarts.init(element, null, { renderer: "svg" });
    chart.current = made;
    made.on("click", ({ dataIndex, name, data }) =>
      pick.current?.({ dataIndex: dataIndex ?? 0, name, data }),
    );
    const watch = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.resize();
      draw();
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, [draw]);

  useEffect(() => {
    option.current = { animation: !still, animationDuration: 300, ...props.option };
    draw();
  }, [props.option, still, draw]);

  return (
    <div
      ref={holder}
      className={css.chart}
      style={{ height: props.height }}
      role="img"
      aria-label={props.label}
    />
  );
}
