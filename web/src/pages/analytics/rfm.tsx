import { SegmentedControl, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import * as calls from "../../api/calls.ts";
import type { Borders, Rfm, RfmQuery } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { type I18n, useI18n } from "../../i18n/index.tsx";
import { BORDERS, defined } from "../../lib/url.ts";
import { DayInput } from "../../ui/day-input.tsx";
import { useGoal } from "../../ui/door.tsx";
import { Await, PageHead, Panel } from "../../ui/page.tsx";
import { SegmentPicker } from "../../ui/segment-picker.tsx";
import css from "./analytics.module.css";
import { useAnalyticsSearch } from "./page.tsx";
import { RfmCellDrawer } from "./rfm-cell.tsx";
import { RfmGrid } from "./rfm-grid.tsx";
import { RfmTable } from "./rfm-table.tsx";
import { RfmTransitionsPanel } from "./rfm-transitions.tsx";

const WINDOWS = ["all", "365", "180", "90"];

/** The 27 segments: who they are, what they bring, what to do with each, and who moved. */
export function RfmTab() {
  const i18n = useI18n();
  const { t, f, l } = i18n;
  const words = t.analytics.rfm;
  const { range } = useHere();
  const [search, setSearch] = useAnalyticsSearch();
  const asked: RfmQuery = defined({
    as_of: search.as_of ?? range.asOf,
    borders: search.borders ?? ("terciles" as Borders),
    window: search.window ?? "all",
    store: search.store,
    channel: search.channel,
    segment: search.segment,
  });
  const rfm = useQuery(calls.rfm(asked));
  const { goal, control, open } = useGoal();
  const opened = rfm.data?.cells.find((cell) => cell.cell === search.open);

  return (
    <>
      <PageHead
        title={t.analytics.tabs.rfm}
        sentence={rfm.data && sentence(rfm.data, i18n)}
        tools={
          <div className={css.controls}>
            <Select
              label={words.borders}
              w={190}
              allowDeselect={false}
              value={asked.borders}
              data={BORDERS.map((value) => ({ value, label: words.bordersOf[value] ?? value }))}
              onChange={(value) => setSearch({ ...search, borders: (value ?? undefined) as Borders })}
            />
            <Select
              label={words.window}
              w={150}
              allowDeselect={false}
              value={asked.window}
              data={[...new Set([...WINDOWS, asked.window ?? "all"])].map((value) => ({
                value,
                label: words.windows[value] ?? value,
              }))}
              onChange={(value) => setSearch({ ...search, window: value ?? undefined })}
            />
            <DayInput
              label={words.asOf}
              max={range.today}
              value={asked.as_of ?? range.asOf}
              onChange={(as_of) => setSearch({ ...search, as_of })}
            />
            <div>
              <div className="small" style={{ fontWeight: 600, marginBottom: 4 }}>
                {words.color}
              </div>
              <SegmentedControl
                aria-label={words.color}
                value={search.color ?? "money"}
                onChange={(value) => setSearch({ ...search, color: value as "money" | "change" })}
                data={[
                  { value: "money", label: words.colorMoney },
                  { value: "change", label: words.colorChange },
                ]}
              />
            </div>
            <SegmentPicker
              label
              value={search.segment}
              onChange={(segment) => setSearch({ ...search, segment })}
            />
          </div>
        }
      />
      <Await query={rfm} height={520}>
        {(data) => (
          <div className={css.stack}>
            {data.warnings.map((warning) => (
              <p key={warning.ru} className="soft" style={{ margin: 0 }} role="note">
                {l(warning)}
              </p>
            ))}
            <Panel title={words.grid} note={words.gridNote} tools={control}>
              <RfmGrid
                rfm={data}
                color={search.color ?? "money"}
                onOpen={(cell) =>
                  goal === "segment" ? open({ ...asked, cell }) : setSearch({ ...search, open: cell })
                }
              />
              {data.outside > 0 && (
                <p className="soft small" style={{ margin: "12px 0 0" }}>
                  {words.outside(data.outside, f.count(data.outside))}
                </p>
              )}
            </Panel>
            <RfmTable rfm={data} asked={asked} onOpen={(cell) => setSearch({ ...search, open: cell })} />
            <RfmTransitionsPanel
              to={data.as_of}
              borders={data.borders}
              window={asked.window ?? "all"}
              segment={search.segment}
              since={search.since}
              cells={data.cells}
              onSince={(since) => setSearch({ ...search, since })}
            />
          </div>
        )}
      </Await>
      <RfmCellDrawer cell={opened} asked={asked} onClose={() => setSearch({ ...search, open: undefined })} />
    </>
  );
}

function sentence(data: Rfm, { t, f }: I18n) {
  const best = data.cells.find((cell) => cell.cell === "333");
  const going = data.cells.filter((cell) => cell.cell.startsWith("2") && cell.cell[1] !== "1");
  const people = going.reduce((sum, cell) => sum + cell.customers, 0);
  const money = going.reduce((sum, cell) => sum + cell.revenue_minor, 0);
  return (
    <>
      {best &&
        best.customers > 0 &&
        t.analytics.rfm.sentence({
          n: best.customers,
          people: f.count(best.customers),
          share: f.share(best.share_revenue ?? 0, 0),
          money: f.moneyShort(best.revenue_minor),
        })}
      {people > 0 && (
        <b>{t.analytics.rfm.leaving({ n: people, people: f.count(people), money: f.moneyShort(money) })}</b>
      )}
    </>
  );
}
