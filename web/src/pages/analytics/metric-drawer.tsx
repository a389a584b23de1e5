import { Button, Drawer, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import * as calls from "../../api/calls.ts";
import type { MetricRow, MetricSpec, MetricValue } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { historyOf, type Looked } from "../../lib/scope.ts";
import { axesBase, ChartPanel, PlainTable, useChartColors } from "../../ui/chart.tsx";
import { Await } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import css from "./analytics.module.css";

interface Props {
  spec: MetricSpec | undefined;
  value: MetricValue | undefined;
  looked: Looked;
  onClose: () => void;
}

/** What stands behind a number: the formula in words, how it went, the rows it is made of. */
export function MetricDrawer({ spec, value, looked, onClose }: Props) {
  const { t, l } = useI18n();
  return (
    <Drawer
      opened={spec !== undefined}
      onClose={onClose}
      position="right"
      size={680}
      title={<b>{spec && l(spec.label)}</b>}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      {spec && <Behind spec={spec} value={value} looked={looked} />}
    </Drawer>
  );
}

function Behind({
  spec,
  value,
  looked,
}: {
  spec: MetricSpec;
  value: MetricValue | undefined;
  looked: Looked;
}) {
  const { t, f, l } = useI18n();
  const words = t.analytics.metrics;
  return (
    <div className={css.stack}>
      <div>
        <dl className={css.three}>
          <div>
            <dt>{words.value}</dt>
            <dd>{f.unit(value?.value, spec.unit)}</dd>
          </div>
          <div>
            <dt>{words.previous}</dt>
            <dd>{f.unit(value?.previous, spec.unit)}</dd>
          </div>
          <div>
            <dt>{words.yearAgo}</dt>
            <dd>{f.unit(value?.year_ago, spec.unit)}</dd>
          </div>
        </dl>
        {value?.reason && <p>{l(value.reason)}</p>}
        {value?.note && <p className="soft">{l(value.note)}</p>}
        <h3 style={{ margin: "0 0 4px", fontSize: "1rem" }}>{words.formula}</h3>
        <p style={{ margin: 0 }}>{l(spec.formula)}</p>
      </div>
      <Story spec={spec} looked={looked} />
      <Rows spec={spec} looked={looked} />
    </div>
  );
}

type Split = "month" | "week" | "store" | "channel" | "cell";

function Story({ spec, looked }: { spec: MetricSpec; looked: Looked }) {
  const { t } = useI18n();
  const words = t.analytics.metrics;
  const [split, setSplit] = useState<Split>("month");
  return (
    <section>
      <SegmentedControl
        size="xs"
        fullWidth
        mb={12}
        aria-label={words.by}
        value={split}
        onChange={(next) => setSplit(next as Split)}
        data={[
          { value: "month", label: words.month },
          { value: "week", label: words.week },
          { value: "store", label: words.byStore },
          { value: "channel", label: words.byChannel },
          { value: "cell", label: words.byCell },
        ]}
      />
      {split === "month" || split === "week" ? (
        <HistoryChart spec={spec} looked={looked} by={split} />
      ) : (
        <SplitTable spec={spec} looked={looked} by={split} />
      )}
    </section>
  );
}

function HistoryChart({ spec, looked, by }: { spec: MetricSpec; looked: Looked; by: "month" | "week" }) {
  const { t, f, l } = useI18n();
  const { range } = useHere();
  const colors = useChartColors();
  const period = historyOf(looked.scope, range, by === "month" ? 25 : 7);
  const history = useQuery(calls.series([spec.key], by, { ...looked.scope, ...period }));
  const made = useMemo(() => {
    const base = axesBase(colors);
    const buckets = history.data?.buckets ?? [];
    const values = history.data?.series[0]?.values ?? [];
    const name = (day: string) => (by === "month" ? f.monthShort(day) : f.day(day));
    return {
      option: {
        aria: { enabled: true },
        grid: { ...base.grid, top: 12 },
        tooltip: {
          ...base.tooltip,
          trigger: "axis",
          valueFormatter: (value: number | null) => f.unit(value, spec.unit),
        },
        xAxis: { type: "category", data: buckets.map((bucket) => name(bucket.from)), ...base.category },
        yAxis: {
          type: "value",
          ...base.value,
          axisLabel: { ...base.font, formatter: (value: number) => f.unit(value, spec.unit, true) },
        },
        series: [
          {
            name: l(spec.label),
            type: "line",
            data: values,
            showSymbol: values.length < 40,
            symbolSize: 6,
            lineStyle: { width: 2.2, color: colors.accent },
            itemStyle: { color: colors.accent },
            areaStyle: { color: colors.accent, opacity: 0.08 },
          },
        ],
      },
      table: {
        head: [t.analytics.metrics.period, t.analytics.metrics.value],
        rows: buckets.map((bucket, i) => [
          by === "month" ? f.month(bucket.from) : f.day(bucket.from),
          f.unit(values[i], spec.unit),
        ]),
      },
    };
  }, [history.data, colors, f, l, t, spec, by]);
  return (
    <Await query={history} height={260}>
      {() => (
        <ChartPanel
          bare
          title={`${t.analytics.metrics.history}: ${l(spec.label)}`}
          option={made.option}
          table={made.table}
          height={220}
        />
      )}
    </Await>
  );
}

function SplitTable({
  spec,
  looked,
  by,
}: {
  spec: MetricSpec;
  looked: Looked;
  by: "store" | "channel" | "cell";
}) {
  const { t, f, l } = useI18n();
  const groups = useQuery(calls.metricsBy([spec.key], by, looked.scope));
  return (
    <Await query={groups} height={160}>
      {(data) => (
        <PlainTable
          caption={t.analytics.metrics.by}
          maxHeight={320}
          table={{
            head: [t.analytics.metrics.by, t.analytics.metrics.value],
            rows: data.groups.map((group) => [
              by === "cell" && group.key !== l(group.label)
                ? `${group.key} ${l(group.label)}`
                : l(group.label),
              f.unit(group.values[spec.key], spec.unit),
            ]),
          }}
        />
      )}
    </Await>
  );
}

function Rows({ spec, looked }: { spec: MetricSpec; looked: Looked }) {
  const { t, f, l } = useI18n();
  const words = t.analytics.metrics;
  const rows = useInfiniteQuery({
    queryKey: [...calls.LIVE, "rows", spec.key, looked.scope],
    queryFn: ({ pageParam }) => calls.metricRows(spec.key, looked.scope, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const first = rows.data?.pages[0];
  const items = rows.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section>
      <h3 style={{ margin: "0 0 4px", fontSize: "1rem" }}>{words.rows}</h3>
      <Await query={{ ...rows, data: first }} height={160}>
        {(page) =>
          items.length === 0 ? (
            <p className="soft">{words.noRows}</p>
          ) : (
            <>
              <p className="soft small" style={{ margin: "0 0 8px" }}>
                {words.rowsTotal(page.total, f.count(page.total))}
              </p>
              <Scroll label={words.rows}>
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">{words.customer}</th>
                      <th scope="col">{words.day}</th>
                      <th scope="col">{words.role}</th>
                      <th scope="col" className="num">
                        {words.amount}
                      </th>
                      <th scope="col" className="num">
                        {words.contribution}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((item, i) => (
                      <tr key={i}>
                        <td>
                          {item.customer ? (
                            <Link to="/customers/$id" params={{ id: item.customer.id }}>
                              {item.customer.name || t.customers.noName}
                            </Link>
                          ) : (
                            <span className="soft">{words.anonymous}</span>
                          )}
                        </td>
                        <td style={{ whiteSpace: "nowrap" }}>{item.day && f.day(item.day)}</td>
                        <td className="soft">{l(item.role)}</td>
                        <td className="num">{f.money(item.amount_minor)}</td>
                        <td className="num">
                          {isMoney(spec, item) ? f.money(item.contribution) : f.number(item.contribution)}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
              {rows.hasNextPage && (
                <Button
                  mt={12}
                  variant="default"
                  loading={rows.isFetchingNextPage}
                  onClick={() => void rows.fetchNextPage()}
                >
                  {t.common.act.more}
                </Button>
              )}
            </>
          )
        }
      </Await>
    </section>
  );
}

/** What stands above the line is money or a number of something; shares and means of money are made of money. */
function isMoney(spec: MetricSpec, item: MetricRow): boolean {
  return (
    spec.unit === "money" ||
    (item.amount_minor !== 0 && Math.abs(item.contribution) === Math.abs(item.amount_minor))
  );
}
