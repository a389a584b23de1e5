import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { LifeCycle, MetricSpec, Metrics } from "../../api/types.ts";
import { useMay } from "../../app/may.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { type KnownKeys, knownKeys, leaving } from "../../lib/known.ts";
import { type Looked, lookAt, withoutPlace } from "../../lib/scope.ts";
import { Await, PageHead } from "../../ui/page.tsx";
import { ScopeBar } from "../../ui/scope-bar.tsx";
import { MetricDrawer } from "../analytics/metric-drawer.tsx";
import { EmptyBase } from "../welcome/empty-base.tsx";
import { Figures } from "./figures.tsx";
import { RevenueChart } from "./revenue-chart.tsx";
import { Leaving, MiniRfm } from "./side.tsx";
import css from "./today.module.css";

const MAIN = ["revenue", "orders", "meanOrder", "active", "customersNew", "retention"] as const;

export function TodayPage() {
  const { t } = useI18n();
  const { session } = useHere();
  const may = useMay();
  if (!may("numbers_see")) return <Navigate to={may("customers_see") ? "/customers" : "/settings"} replace />;
  if (session.purchases === 0) return <EmptyBase title={t.today.title} />;
  return <TodayReport />;
}

function TodayReport() {
  const { t, f } = useI18n();
  const { range } = useHere();
  const search = useSearch({ from: "/app/" });
  const go = useNavigate();
  const looked = lookAt(search, range);
  const catalogue = useQuery(calls.metricCatalogue);
  const metrics = useQuery({ ...calls.metrics(looked.scope), enabled: range.ready });
  const life = useQuery({
    ...calls.lifeCycle(withoutPlace(looked)),
    enabled: range.ready,
  });
  const [opened, setOpened] = useState<string | null>(null);
  const specs = catalogue.data?.items ?? [];
  const known = knownKeys(specs);

  return (
    <>
      <PageHead
        title={t.today.title}
        sentence={
          metrics.data &&
          catalogue.data && <Sentence metrics={metrics.data} known={known} looked={looked} life={life.data} />
        }
        tools={
          <ScopeBar
            looked={looked}
            search={search}
            onChange={(next) => void go({ to: "/", search: next, replace: true })}
          />
        }
      />
      {range.asOf !== range.today && (
        <p className="soft small" role="note">
          {t.common.top.asOfWhy(f.day(range.asOf))}
        </p>
      )}
      <Await query={metrics} height={190}>
        {(data) => (
          <Figures
            specs={mainSpecs(specs, known)}
            metrics={data}
            looked={looked}
            range={range}
            onOpen={setOpened}
          />
        )}
      </Await>
      <div className={css.two}>
        <RevenueChart known={known} looked={looked} range={range} />
        <div className={css.column}>
          <Leaving looked={looked} />
          <MiniRfm looked={looked} range={range} />
        </div>
      </div>
      <p style={{ marginTop: 20 }}>
        <Link to="/analytics/$tab" params={{ tab: "metrics" }} search={search}>
          {t.today.allFigures}
        </Link>
      </p>
      <MetricDrawer
        spec={specs.find((spec) => spec.key === opened)}
        value={metrics.data?.items.find((item) => item.key === opened)}
        looked={looked}
        onClose={() => setOpened(null)}
      />
    </>
  );
}

/** The six an owner asks for first; where the registry has not all of them, its own first ones fill the row. */
function mainSpecs(specs: MetricSpec[], known: KnownKeys): MetricSpec[] {
  const wanted = MAIN.map((name) => known[name]).flatMap((key) => specs.filter((spec) => spec.key === key));
  const others = specs.filter((spec) => !wanted.includes(spec));
  return [...wanted, ...others].slice(0, 6);
}

function Sentence(props: {
  metrics: Metrics;
  known: KnownKeys;
  looked: Looked;
  life: LifeCycle | undefined;
}) {
  const { t, f } = useI18n();
  const of = (key: string | undefined) => props.metrics.items.find((item) => item.key === key);
  const when = t.common.period.inWords[props.looked.key];
  const revenue = of(props.known.revenue);
  const orders = of(props.known.orders)?.value ?? 0;
  const retention = of(props.known.retention)?.value;
  const risk = leaving(props.life);

  const before = revenue?.previous;
  const moved = before && revenue?.value != null ? (revenue.value - before) / before : null;
  return (
    <>
      {orders === 0 ? (
        t.today.nothing(when)
      ) : (
        <>
          {t.today.sentence({
            when,
            revenue: f.moneyShort(revenue?.value ?? 0),
            orders: f.count(orders),
            n: orders,
          })}
          {moved !== null &&
            (Math.abs(moved) < 0.005
              ? t.today.same
              : t.today.change({ more: moved > 0, by: f.share(Math.abs(moved), 0) }))}
          .
        </>
      )}
      {retention !== null &&
        retention !== undefined &&
        orders > 0 &&
        t.today.retention({ share: f.share(retention, 0) })}
      {risk && risk.customers > 0 && (
        <b>
          {t.today.risk({
            n: risk.customers,
            people: f.count(risk.customers),
            money: f.moneyShort(risk.money),
          })}
        </b>
      )}
    </>
  );
}
