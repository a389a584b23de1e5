import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import * as calls from "../../api/calls.ts";
import type { Borders, Day, RfmCell, RfmTransitions } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { cellMeaning, placeGroup } from "../../lib/known.ts";
import { addMonths } from "../../lib/period.ts";
import { defined, writeFilter } from "../../lib/url.ts";
import { type ChartColors, ChartPanel, useChartColors } from "../../ui/chart.tsx";
import { DayInput } from "../../ui/day-input.tsx";
import { MakeSegment, useGoal } from "../../ui/door.tsx";
import { Await, Panel } from "../../ui/page.tsx";
import type { CustomersSearch } from "../customers/search.ts";

/** Who moved from which segment to which between two days. */
export function RfmTransitionsPanel(props: {
  to: Day;
  borders: Borders;
  window: string;
  segment: string | undefined;
  since: Day | undefined;
  cells: RfmCell[];
  onSince: (day: Day) => void;
}) {
  const { t, f, l } = useI18n();
  const words = t.analytics.rfm;
  const colors = useChartColors();
  const { control, open } = useGoal();
  const from = props.since ?? addMonths(props.to, -3);
  const moves = useQuery(
    calls.rfmTransitions(
      defined({
        from,
        to: props.to,
        borders: props.borders,
        window: props.window,
        segment: props.segment,
      }),
    ),
  );
  const picker = (
    <DayInput
      quiet
      size="xs"
      label={words.from}
      max={props.to}
      value={from}
      onChange={(picked) => picked < props.to && props.onSince(picked)}
    />
  );
  const name = useMemo(() => {
    const names = new Map(props.cells.map((cell) => [cell.cell, cell.name]));
    return (cell: string) =>
      words.special[cell] ?? (names.has(cell) ? `${cell} ${l(names.get(cell))}` : cell);
  }, [props.cells, words, l]);
  const made = useMemo(
    () => moves.data && sankey(moves.data, colors, (group) => placeGroup(group, words), f.count),
    [moves.data, colors, words, f],
  );

  /** The people of a link, seen by the same borders. */
  const movers = (was: string, is: string): CustomersSearch =>
    defined({
      as_of: props.to,
      borders: props.borders,
      window: props.window,
      segment: props.segment,
      filter: [writeFilter({ fact: "moved", op: "eq", value: `${from}~${was}~${is}` })],
    });

  return (
    <Await query={moves} height={420}>
      {(data) => {
        const changed = data.links.filter((link) => link.from !== link.to && link.customers > 0);
        if (!made || changed.length === 0) {
          return (
            <Panel title={words.transitions} note={words.transitionsNote} tools={picker}>
              <p className="soft">{words.noMoves}</p>
            </Panel>
          );
        }
        const rank = (cell: string) => (/^\d{3}$/.test(cell) ? Number(cell[0]) * 10 + Number(cell[1]) : null);
        const moved = (way: 1 | -1) =>
          changed
            .filter((link) => {
              const a = rank(link.from);
              const b = rank(link.to);
              return a !== null && b !== null && Math.sign(b - a) === way;
            })
            .reduce((sum, link) => sum + link.customers, 0);
        const up = moved(1);
        const down = moved(-1);
        return (
          <ChartPanel
            title={words.transitions}
            note={
              <>
                {words.moved({ n: up + down, up: f.count(up), upN: up, down: f.count(down), downN: down })}{" "}
                {f.day(from)} → {f.day(props.to)}. {words.fold}
              </>
            }
            tools={
              <>
                {control}
                {picker}
              </>
            }
            option={made}
            height={520}
            onPick={({ data }) => {
              const edge = data as Partial<Edge>;
              if (edge.source && edge.target) open(movers(edge.source.slice(1), edge.target.slice(1)));
            }}
            tableFirst={window.innerWidth < 700}
            table={{
              head: [words.fromCell, words.toCell, words.people, words.money, ""],
              rows: [...changed]
                .sort((a, b) => b.customers - a.customers)
                .map((link) => [
                  name(link.from),
                  name(link.to),
                  <Link
                    key="people"
                    to="/customers"
                    search={movers(link.from, link.to)}
                    aria-label={words.whoMoved({
                      from: name(link.from),
                      to: name(link.to),
                      people: t.common.people(link.customers, f.count(link.customers)),
                    })}
                  >
                    {f.count(link.customers)}
                  </Link>,
                  f.moneyShort(link.revenue_minor),
                  <MakeSegment
                    key="make"
                    search={movers(link.from, link.to)}
                    of={`${name(link.from)} → ${name(link.to)}`}
                  />,
                ]),
            }}
          />
        );
      }}
    </Await>
  );
}

/** A link of the picture; `a` and `b` before a place tell the two days apart. */
interface Edge {
  source: string;
  target: string;
  value: number;
}

const fold = (cell: string) => (/^\d{3}$/.test(cell) ? cell.slice(0, 2) : cell);

/** 27 by 27 is a tangle: the picture folds money away and keeps recency and frequency. */
function sankey(
  data: RfmTransitions,
  colors: ChartColors,
  name: (group: string) => string,
  count: (n: number) => string,
) {
  const flows = new Map<string, number>();
  for (const link of data.links) {
    if (link.customers <= 0) continue;
    const key = `${fold(link.from)}>${fold(link.to)}`;
    flows.set(key, (flows.get(key) ?? 0) + link.customers);
  }
  const color = (group: string) =>
    /^\d/.test(group) ? colors[cellMeaning(`${group}1`)] : group === "new" ? colors.new : colors.gone;
  const nodes = new Map<
    string,
    { name: string; itemStyle: { color: string }; depth: number; label: object }
  >();
  const totals = new Map<string, number>();
  const add = (id: string, group: string, depth: number, people: number) => {
    totals.set(id, (totals.get(id) ?? 0) + people);
    nodes.set(id, {
      name: id,
      itemStyle: { color: color(group) },
      depth,
      label: {
        position: depth === 0 ? "right" : "left",
        formatter: () => `${name(group)} ${count(totals.get(id) ?? 0)}`,
      },
    });
  };
  const links = [...flows].map(([key, value]) => {
    const [from = "", to = ""] = key.split(">");
    add(`a${from}`, from, 0, value);
    add(`b${to}`, to, 1, value);
    return { source: `a${from}`, target: `b${to}`, value };
  });
  const order = (id: string) => (/^.\d/.test(id) ? -Number(id.slice(1)) : 100);
  return {
    aria: { enabled: true },
    tooltip: {
      backgroundColor: colors.surface,
      borderColor: colors.line,
      textStyle: { color: colors.text, fontFamily: "inherit" },
      formatter: (p: { dataType: string; data: Edge; name: string }) =>
        p.dataType === "edge"
          ? `${name(p.data.source.slice(1))} → ${name(p.data.target.slice(1))}: ${count(p.data.value)}`
          : `${name(p.name.slice(1))}: ${count(totals.get(p.name) ?? 0)}`,
    },
    series: [
      {
        type: "sankey",
        data: [...nodes.values()].sort((a, b) => order(a.name) - order(b.name)),
        links,
        left: 0,
        right: 0,
        top: 4,
        bottom: 4,
        nodeWidth: 12,
        nodeGap: 12,
        layoutIterations: 0,
        draggable: false,
        emphasis: { focus: "adjacency" },
        label: { color: colors.text, fontFamily: "inherit", fontSize: 12 },
        lineStyle: { color: "source", opacity: 0.28, curveness: 0.5 },
      },
    ],
  };
}
