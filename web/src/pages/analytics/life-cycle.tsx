import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import * as calls from "../../api/calls.ts";
import type { LifeCycle } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { leaving, stateMeaning } from "../../lib/known.ts";
import { addDays } from "../../lib/period.ts";
import { lookAt, withoutPlace } from "../../lib/scope.ts";
import { defined, writeFilter } from "../../lib/url.ts";
import { MakeSegment } from "../../ui/door.tsx";
import { heatStyle } from "../../ui/heat.ts";
import { Await, Dot, Empty, PageHead, Panel } from "../../ui/page.tsx";
import { ScopeBar } from "../../ui/scope-bar.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import css from "./analytics.module.css";
import { useAnalyticsSearch } from "./page.tsx";

/** New, buying, going quiet, gone; and who moved between them in the period. */
export function LifeCycleTab() {
  const { t, f, l } = useI18n();
  const words = t.analytics.lifeCycle;
  const { range } = useHere();
  const [search, setSearch] = useAnalyticsSearch();
  const looked = lookAt(search, range, "90d");
  const life = useQuery(calls.lifeCycle(withoutPlace(looked)));
  const last = addDays(looked.scope.to, -1);
  // biome-ignore lint/complexity/useMathMinMax: these are days written as text
  const seen = last < range.asOf ? last : range.asOf;
  // People of a state are one click away where the registry has the state as a fact.
  const facts = useQuery(calls.factCatalogue);
  const byState = facts.data?.items.find((fact) => fact.type === "life_cycle" && fact.filterable);
  const buying = life.data?.states
    .filter((state) => ["new", "returning"].includes(stateMeaning(state.key)))
    .reduce((sum, state) => sum + state.customers, 0);
  const risk = leaving(life.data);
  const behind = (fact: string, state: string) =>
    defined({
      as_of: seen,
      segment: search.segment,
      filter: [writeFilter({ fact, op: "eq", value: state })],
    });
  return (
    <>
      <PageHead
        title={t.analytics.tabs["life-cycle"]}
        sentence={
          life.data &&
          (buying !== undefined && risk
            ? words.sentence({
                active: f.count(buying),
                n: buying,
                risk: t.common.people(risk.customers, f.count(risk.customers)),
                money: f.moneyShort(risk.money),
              })
            : words.nothing)
        }
        tools={
          <ScopeBar
            looked={looked}
            search={search}
            noPlace
            onChange={(next) => setSearch({ ...search, ...next })}
          />
        }
      />
      <Await query={life} height={360}>
        {(data) => {
          const total = data.states.reduce((sum, state) => sum + state.customers, 0);
          if (total === 0) return <Empty title={words.nothing} />;
          return (
            <div className={css.stack}>
              <Panel title={words.states}>
                <div className={css.life} aria-hidden="true">
                  {data.states
                    .filter((state) => state.customers > 0)
                    .map((state) => (
                      <span
                        key={state.key}
                        style={{ flexGrow: state.customers, background: shade(state.key) }}
                      />
                    ))}
                </div>
                <ul className={css.lifeList}>
                  {data.states.map((state) => (
                    <li key={state.key}>
                      <Dot color={shade(state.key)} />
                      {l(state.label)}
                      <b>
                        {byState && state.customers > 0 ? (
                          <>
                            <Link to="/customers" search={behind(byState.key, state.key)}>
                              {f.count(state.customers)}
                            </Link>{" "}
                            <MakeSegment search={behind(byState.key, state.key)} of={l(state.label)} />
                          </>
                        ) : (
                          f.count(state.customers)
                        )}
                      </b>
                      <span className="soft small">
                        {f.share(state.customers / total)} · {f.moneyShort(state.paid_minor)}
                      </span>
                    </li>
                  ))}
                </ul>
              </Panel>
              <Panel title={words.transitions} note={words.same}>
                <TransitionTable life={data} />
              </Panel>
            </div>
          );
        }}
      </Await>
    </>
  );
}

/** Sleeping is further gone than at risk, and so paler, but of the same meaning. */
const shade = (key: string) => {
  const meaning = stateMeaning(key);
  const color = meaning === "none" ? "var(--line)" : `var(--seg-${meaning})`;
  return /sleep/.test(key) ? `color-mix(in srgb, ${color} 55%, var(--seg-gone))` : color;
};

function TransitionTable({ life }: { life: LifeCycle }) {
  const { t, f, l } = useI18n();
  const words = t.analytics.lifeCycle;
  const count = (from: string, to: string) =>
    life.transitions.find((one) => one.from === from && one.to === to)?.customers ?? 0;
  const keys = life.states.map((state) => state.key);
  const shown = keys.filter((from) => keys.some((to) => count(from, to) > 0));
  const extra = [...new Set(life.transitions.map((one) => one.from))].filter((key) => !keys.includes(key));
  const most = Math.max(1, ...life.transitions.map((one) => one.customers));
  const name = (key: string) => l(life.states.find((state) => state.key === key)?.label) || key;
  return (
    <Scroll label={words.transitions}>
      <table className={css.heat}>
        <thead>
          <tr>
            <th scope="col" style={{ textAlign: "left" }}>
              {words.from} ↓ · {words.to} →
            </th>
            {keys.map((key) => (
              <th key={key} scope="col" style={{ textAlign: "center" }}>
                {name(key)}
              </th>
            ))}
            <th scope="col">{words.total}</th>
          </tr>
        </thead>
        <tbody>
          {[...shown, ...extra].map((from) => (
            <tr key={from}>
              <th scope="row">{name(from)}</th>
              {keys.map((to) => {
                const people = count(from, to);
                return (
                  <td key={to} style={heatStyle(people / most)}>
                    {people ? f.count(people) : ""}
                  </td>
                );
              })}
              <td data-size>{f.count(keys.reduce((sum, to) => sum + count(from, to), 0))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
