import { Tabs } from "@mantine/core";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { useTabInSight } from "../../ui/tabs.ts";
import { EmptyBase } from "../welcome/empty-base.tsx";
import { CohortsTab } from "./cohorts.tsx";
import { LifeCycleTab } from "./life-cycle.tsx";
import { MetricsTab } from "./metrics.tsx";
import { ParetoTab } from "./pareto.tsx";
import { RfMapTab } from "./rf-map.tsx";
import { RfmTab } from "./rfm.tsx";
import { type AnalyticsSearch, TABS, type Tab } from "./search.ts";

const TAB: Record<Tab, ComponentType> = {
  metrics: MetricsTab,
  cohorts: CohortsTab,
  rfm: RfmTab,
  "rf-map": RfMapTab,
  "life-cycle": LifeCycleTab,
  pareto: ParetoTab,
};

export function AnalyticsPage() {
  const { t } = useI18n();
  const { session, range } = useHere();
  const { tab } = useParams({ from: "/app/analytics/$tab" });
  const go = useNavigate();
  const Shown = TAB[tab];
  const row = useTabInSight(tab);
  if (session.purchases === 0) return <EmptyBase title={t.analytics.title} />;
  return (
    <Tabs
      value={tab}
      onChange={(next) =>
        next && void go({ to: "/analytics/$tab", params: { tab: next as Tab }, search: keepScope })
      }
      keepMounted={false}
    >
      <Tabs.List
        ref={row}
        mb={24}
        aria-label={t.analytics.title}
        style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}
      >
        {TABS.map((one) => (
          <Tabs.Tab key={one} value={one} style={{ flex: "none" }}>
            {t.analytics.tabs[one]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={tab}>{range.ready && <Shown />}</Tabs.Panel>
    </Tabs>
  );
}

/** Moving between tabs keeps what is looked at, not what was open. */
const keepScope = ({ period, from, to, store, channel, segment }: AnalyticsSearch): AnalyticsSearch => ({
  segment,
  period,
  from,
  to,
  store,
  channel,
});

/** The address of the analytics page as state: what it says now, and how to change it. */
export function useAnalyticsSearch(): [AnalyticsSearch, (next: AnalyticsSearch) => void] {
  const search = useSearch({ from: "/app/analytics/$tab" });
  const { tab } = useParams({ from: "/app/analytics/$tab" });
  const go = useNavigate();
  return [search, (next) => void go({ to: "/analytics/$tab", params: { tab }, search: next, replace: true })];
}
