import { useQuery } from "@tanstack/react-query";
import * as calls from "../../api/calls.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { defined, writeFilter } from "../../lib/url.ts";
import { Door, useGoal } from "../../ui/door.tsx";
import { heatStyle } from "../../ui/heat.ts";
import { Await, Empty, PageHead, Panel } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import { SegmentPicker } from "../../ui/segment-picker.tsx";
import css from "./analytics.module.css";
import { useAnalyticsSearch } from "./page.tsx";

/** Days of silence by number of purchases: where people are and where the money is. */
export function RfMapTab() {
  const { t, f } = useI18n();
  const words = t.analytics.rfMap;
  const { range } = useHere();
  const [search, setSearch] = useAnalyticsSearch();
  const { goal, control } = useGoal();
  const map = useQuery(calls.rfMap(defined({ as_of: range.asOf, segment: search.segment })));
  const flat = map.data?.cells.flatMap((row, r) => row.map((cell, c) => ({ ...cell, r, c }))) ?? [];
  const best = flat.reduce<(typeof flat)[number] | null>(
    (top, cell) => (!top || cell.revenue_minor > top.revenue_minor ? cell : top),
    null,
  );
  const most = Math.max(1, best?.revenue_minor ?? 1);
  return (
    <>
      <PageHead
        title={t.analytics.tabs["rf-map"]}
        sentence={
          map.data &&
          (best && best.customers > 0
            ? words.sentence({
                n: best.customers,
                people: f.count(best.customers),
                money: f.moneyShort(best.revenue_minor),
              })
            : words.nothing)
        }
        tools={
          <SegmentPicker value={search.segment} onChange={(segment) => setSearch({ ...search, segment })} />
        }
      />
      <Await query={map} height={360}>
        {(data) =>
          !best || best.customers === 0 ? (
            <Empty title={words.nothing} />
          ) : (
            <Panel
              title={t.analytics.tabs["rf-map"]}
              note={`${t.today.rfmNote} ${t.segments.goal.note}`}
              tools={control}
            >
              <Scroll label={t.analytics.tabs["rf-map"]}>
                <table className={css.heat} style={{ width: "100%", tableLayout: "fixed", minWidth: 560 }}>
                  <thead>
                    <tr>
                      <td style={{ textAlign: "left" }} className="small soft">
                        {words.rows} ↓
                      </td>
                      <th colSpan={data.columns.length} scope="colgroup" style={{ textAlign: "center" }}>
                        {words.columns}
                      </th>
                    </tr>
                    <tr>
                      <td />
                      {data.columns.map((column) => (
                        <th key={column} scope="col" style={{ textAlign: "center" }}>
                          {column.replace("-", "–")}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {data.rows.map((row, r) => (
                      <tr key={row}>
                        <th scope="row">{row.replace("-", "–")}</th>
                        {data.columns.map((column, c) => {
                          const cell = data.cells[r]?.[c];
                          const people = cell?.customers ?? 0;
                          return (
                            <td
                              key={column}
                              style={{
                                ...heatStyle(people ? (cell?.revenue_minor ?? 0) / most : 0),
                                padding: 0,
                              }}
                              data-best={best.r === r && best.c === c ? "" : undefined}
                            >
                              {people > 0 ? (
                                <Door
                                  goal={goal}
                                  search={defined({
                                    as_of: range.asOf,
                                    segment: search.segment,
                                    filter: [
                                      writeFilter({ fact: "rf_map", op: "eq", value: `${row}x${column}` }),
                                    ],
                                  })}
                                  className={css.mapCell}
                                  title={words.who({
                                    row: row.replace("-", "–"),
                                    column: column.replace("-", "–"),
                                    people: t.common.people(people, f.count(people)),
                                  })}
                                >
                                  <b>{f.count(people)}</b>
                                  <span style={{ fontSize: "0.76rem" }}>
                                    {f.moneyShort(cell?.revenue_minor ?? 0)}
                                  </span>
                                </Door>
                              ) : (
                                <span className={css.mapCell}>
                                  <b>0</b>
                                  <span style={{ fontSize: "0.76rem" }}>{f.moneyShort(0)}</span>
                                </span>
                              )}
                            </td>
                          );
                        })}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            </Panel>
          )
        }
      </Await>
    </>
  );
}
