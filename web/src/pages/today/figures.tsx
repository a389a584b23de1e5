import { useQuery } from "@tanstack/react-query";
import * as calls from "../../api/calls.ts";
import type { MetricSpec, Metrics, MetricValue } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import type { Looked, Range } from "../../lib/scope.ts";
import { historyOf } from "../../lib/scope.ts";
import { Delta, Sparkline } from "../../ui/page.tsx";
import { useChange } from "../analytics/change.ts";
import css from "./today.module.css";

/** The main figures: now, against the previous period and a year ago, and how it went. Each is a door. */
export function Figures(props: {
  specs: MetricSpec[];
  metrics: Metrics;
  looked: Looked;
  range: Range;
  onOpen: (key: string) => void;
}) {
  const { t } = useI18n();
  const keys = props.specs.map((spec) => spec.key);
  const history = useQuery(
    calls.series(keys, "month", { ...props.looked.scope, ...historyOf(props.looked.scope, props.range) }),
  );
  return (
    <section className={css.figures} aria-label={t.today.figures}>
      {props.specs.map((spec) => (
        <Figure
          key={spec.key}
          spec={spec}
          value={props.metrics.items.find((item) => item.key === spec.key)}
          history={history.data?.series.find((one) => one.key === spec.key)?.values ?? []}
          onOpen={() => props.onOpen(spec.key)}
        />
      ))}
    </section>
  );
}

function Figure(props: {
  spec: MetricSpec;
  value?: MetricValue;
  history: (number | null)[];
  onOpen: () => void;
}) {
  const { t, f, l } = useI18n();
  const { spec, value } = props;
  const change = useChange();
  const name = l(spec.label);
  const previous = change(spec, value?.value, value?.previous);
  const year = change(spec, value?.value, value?.year_ago);
  return (
    <button type="button" className={css.figure} onClick={props.onOpen}>
      <span className={css.label}>{name}</span>
      <span className={css.value}>{f.unit(value?.value, spec.unit, true)}</span>
      <span className={css.deltas}>
        {value?.value == null && value?.reason ? (
          <span className="soft">{l(value.reason)}</span>
        ) : previous || year ? (
          <>
            {previous && (
              <>
                <Delta {...previous} /> <span className="soft">{t.common.compare.previous}</span>
                <br />
              </>
            )}
            {year && (
              <>
                <Delta {...year} /> <span className="soft">{t.common.compare.yearAgo}</span>
              </>
            )}
          </>
        ) : (
          <span className="soft">{t.common.compare.nothing}</span>
        )}
      </span>
      <Sparkline values={props.history} />
      <span className="visually-hidden">{t.analytics.metrics.door(name)}</span>
    </button>
  );
}
