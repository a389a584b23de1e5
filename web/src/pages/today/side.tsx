import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import * as calls from "../../api/calls.ts";
import { useI18n } from "../../i18n/index.tsx";
import { stateMeaning } from "../../lib/known.ts";
import { type Looked, type Range, withoutPlace } from "../../lib/scope.ts";
import { defined } from "../../lib/url.ts";
import { heatStyle } from "../../ui/heat.ts";
import { Await, Dot, Panel } from "../../ui/page.tsx";
import css from "./today.module.css";

/** Who is leaving, in people and in the money they have brought. */
export function Leaving({ looked }: { looked: Looked }) {
  const { t, f, l } = useI18n();
  const life = useQuery(calls.lifeCycle(withoutPlace(looked)));
  return (
    <Panel
      title={t.today.leaving}
      note={t.today.leavingNote}
      tools={
        <Link
          to="/analytics/$tab"
          params={{ tab: "life-cycle" }}
          search={{ segment: looked.scope.segment }}
          className="small"
        >
          {t.today.toRisk}
        </Link>
      }
    >
      <Await query={life} height={140}>
        {(data) => {
          const states = data.states.filter((state) => ["risk", "gone"].includes(stateMeaning(state.key)));
          const most = Math.max(1, ...states.map((state) => state.paid_minor));
          if (!states.some((state) => state.customers > 0))
            return <p className="soft">{t.today.leavingEmpty}</p>;
          return states.map((state) => {
            const color = `var(--seg-${stateMeaning(state.key)})`;
            return (
              <div key={state.key} className={css.leavingRow}>
                <span>
                  <Dot color={color} />
                  {l(state.label)}
                </span>
                <span className="soft small">
                  {t.today.leavingPeople(state.customers, f.count(state.customers))}
                </span>
                <b>{f.moneyShort(state.paid_minor)}</b>
                <span className={css.bar}>
                  <span style={{ width: `${(state.paid_minor / most) * 100}%`, background: color }} />
                </span>
              </div>
            );
          });
        }}
      </Await>
    </Panel>
  );
}

/** Nine groups of the base; all 27 are one click away. */
export function MiniRfm({ looked, range }: { looked: Looked; range: Range }) {
  const { t, f } = useI18n();
  const rfm = useQuery(
    calls.rfm(
      defined({
        as_of: range.asOf,
        store: looked.scope.store,
        channel: looked.scope.channel,
        segment: looked.scope.segment,
      }),
    ),
  );
  return (
    <Panel
      title={t.today.rfm}
      note={t.today.rfmNote}
      tools={
        <Link
          to="/analytics/$tab"
          params={{ tab: "rfm" }}
          search={{ segment: looked.scope.segment }}
          className="small"
        >
          {t.today.rfmOpen}
        </Link>
      }
    >
      <Await query={rfm} height={170}>
        {(data) => {
          const sum = (prefix: string, of: "customers" | "revenue_minor") =>
            data.cells
              .filter((cell) => cell.cell.startsWith(prefix))
              .reduce((total, cell) => total + cell[of], 0);
          const most = Math.max(
            1,
            ...["3", "2", "1"].flatMap((r) => ["1", "2", "3"].map((n) => sum(r + n, "revenue_minor"))),
          );
          return (
            <div className={css.mini}>
              <span />
              {["1", "2", "3"].map((n) => (
                <span key={n} className={css.miniHead}>
                  {t.today.frequency[n]}
                </span>
              ))}
              {["3", "2", "1"].map((r) => [
                <span key={r} className={css.miniHead} data-row>
                  {t.today.recency[r]}
                </span>,
                ...["1", "2", "3"].map((n) => {
                  const people = sum(r + n, "customers");
                  const money = sum(r + n, "revenue_minor");
                  return (
                    <Link
                      key={r + n}
                      to="/analytics/$tab"
                      params={{ tab: "rfm" }}
                      search={{ segment: looked.scope.segment }}
                      className={css.miniCell}
                      style={heatStyle(money / most)}
                    >
                      <span className="visually-hidden">
                        {t.today.recency[r]}, {t.today.frequency[n]}
                      </span>
                      <b>{f.countShort(people)}</b>
                      <span>{f.moneyShort(money)}</span>
                    </Link>
                  );
                }),
              ])}
            </div>
          );
        }}
      </Await>
    </Panel>
  );
}
