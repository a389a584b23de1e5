import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import * as calls from "../../api/calls.ts";
import type { SegmentComparison } from "../../api/types.ts";
import { NONE } from "../../i18n/format.ts";
import { useI18n } from "../../i18n/index.tsx";
import { addDays } from "../../lib/period.ts";
import { Dot, Panel } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import css from "./segments.module.css";
import { SEGMENT_COLORS } from "./trend.tsx";

/** What tells segments apart at a glance; the rest of the registry is one click away. */
const MAIN = [
  "revenue",
  "orders",
  "mean_order",
  "customers_active",
  "orders_per_customer",
  "gap_median",
  "repeat_rate",
  "crr_strict",
  "discount_share",
  "margin",
  "ltv_12_months",
];

/** Segments side by side on the metrics of the registry, with those who are in none of them and with everybody. */
export function CompareTable({
  data,
  title,
  tools,
}: {
  data: SegmentComparison;
  title?: string;
  tools?: ReactNode;
}) {
  const { t, f, l } = useI18n();
  const words = t.segments.compare;
  const [all, setAll] = useState(false);
  const catalogue = useQuery(calls.metricCatalogue);
  const specs = (catalogue.data?.items ?? []).filter((spec) => all || MAIN.includes(spec.key));
  const values = new Map(data.metrics.map((metric) => [metric.key as string, metric.values]));
  const own = data.columns.length - 2;
  return (
    <Panel
      title={title ?? words.metrics}
      note={words.metricsNote(f.day(data.from), f.day(addDays(data.to, -1)))}
      tools={
        <div className={css.actions}>
          {tools}
          <SegmentedControl
            size="xs"
            aria-label={words.which}
            value={all ? "all" : "main"}
            onChange={(next) => setAll(next === "all")}
            data={[
              { value: "main", label: words.main },
              { value: "all", label: words.everything },
            ]}
          />
        </div>
      }
    >
      <Scroll label={title ?? words.metrics}>
        <table className={`table ${css.compare}`}>
          <thead>
            <tr>
              <th scope="col">{words.metric}</th>
              {data.columns.map((column, at) => (
                <th key={column.key} scope="col" className="num">
                  {at < own && <Dot color={`var(${SEGMENT_COLORS[at] ?? "--accent"})`} />}
                  {l(column.name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{t.segments.people}</th>
              {data.columns.map((column) => (
                <td key={column.key} className="num">
                  <Link
                    to="/customers"
                    search={column.segment ? { segment: column.segment } : {}}
                    aria-label={words.open(
                      l(column.name),
                      t.common.people(column.customers, f.count(column.customers)),
                    )}
                  >
                    {f.count(column.customers)}
                  </Link>
                  <span className="soft"> · {f.unit(column.share_customers, "share", true)}</span>
                </td>
              ))}
            </tr>
            <tr>
              <th scope="row">{words.paid}</th>
              {data.columns.map((column) => (
                <td key={column.key} className="num">
                  {f.moneyShort(column.paid_minor)}
                  <span className="soft"> · {f.unit(column.share_paid, "share", true)}</span>
                </td>
              ))}
            </tr>
            {specs.map((spec) => (
              <tr key={spec.key}>
                <th scope="row" title={l(spec.short)}>
                  {l(spec.label)}
                </th>
                {(values.get(spec.key) ?? []).map((one, at) => (
                  <td
                    key={data.columns[at]?.key}
                    className="num"
                    title={one.reason ? l(one.reason) : undefined}
                  >
                    {one.value === null || one.value === undefined
                      ? NONE
                      : f.unit(one.value, spec.unit, true)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}
