import { useQuery } from "@tanstack/react-query";
import * as calls from "../../api/calls.ts";
import type { MetricSpec } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { lookAt } from "../../lib/scope.ts";
import { Await, Delta, PageHead } from "../../ui/page.tsx";
import { ScopeBar } from "../../ui/scope-bar.tsx";
import css from "./analytics.module.css";
import { useChange, verdict } from "./change.ts";
import { MetricDrawer } from "./metric-drawer.tsx";
import { useAnalyticsSearch } from "./page.tsx";

/** Every figure of the registry, in its groups; each is a door. */
export function MetricsTab() {
  const { t, f, l } = useI18n();
  const { range } = useHere();
  const [search, setSearch] = useAnalyticsSearch();
  const looked = lookAt(search, range);
  const catalogue = useQuery(calls.metricCatalogue);
  const metrics = useQuery(calls.metrics(looked.scope));
  const change = useChange();
  const specs = catalogue.data?.items ?? [];
  const values = new Map(metrics.data?.items.map((item) => [item.key, item]));
  const groups = new Map<string, { name: string; specs: MetricSpec[] }>();
  for (const spec of specs) {
    const key = spec.group;
    const group = groups.get(key) ?? { name: t.analytics.metrics.groups[key] ?? key, specs: [] };
    group.specs.push(spec);
    groups.set(key, group);
  }
  const moves = specs.map((spec) => {
    const value = values.get(spec.key);
    if (value?.value == null || value.previous == null) return null;
    return verdict(spec, value.value - value.previous);
  });
  const better = moves.filter((move) => move === true).length;
  const worse = moves.filter((move) => move === false).length;

  return (
    <>
      <PageHead
        title={t.analytics.tabs.metrics}
        sentence={
          metrics.data &&
          (better + worse > 0
            ? t.analytics.metrics.sentence({
                n: specs.length,
                better: f.count(better),
                worse: f.count(worse),
              })
            : t.analytics.metrics.sentenceNothing)
        }
        tools={
          <ScopeBar looked={looked} search={search} onChange={(next) => setSearch({ ...search, ...next })} />
        }
      />
      <Await query={catalogue} height={300}>
        {() => (
          <Await query={metrics} height={300}>
            {() =>
              [...groups].map(([key, group]) => (
                <section key={key} className={css.group} aria-label={group.name}>
                  <h2>{group.name}</h2>
                  <div className={css.grid}>
                    {group.specs.map((spec) => {
                      const value = values.get(spec.key);
                      const moved = change(spec, value?.value, value?.previous);
                      const reason = value?.value == null ? value?.reason : null;
                      return (
                        <button
                          key={spec.key}
                          type="button"
                          className={css.metric}
                          onClick={() => setSearch({ ...search, metric: spec.key })}
                        >
                          <span className={css.metricName}>{l(spec.label)}</span>
                          <span className={css.metricValue}>{f.unit(value?.value, spec.unit)}</span>
                          <span className={css.metricDelta}>
                            {reason ? (
                              <span className="soft">{l(reason)}</span>
                            ) : moved ? (
                              <>
                                <Delta {...moved} /> <span className="soft">{t.common.compare.previous}</span>
                              </>
                            ) : (
                              <span className="soft">{t.common.compare.nothing}</span>
                            )}
                          </span>
                        </button>
                      );
                    })}
                  </div>
                </section>
              ))
            }
          </Await>
        )}
      </Await>
      <MetricDrawer
        spec={specs.find((spec) => spec.key === search.metric)}
        value={search.metric ? values.get(search.metric) : undefined}
        looked={looked}
        onClose={() => setSearch({ ...search, metric: undefined })}
      />
    </>
  );
}
