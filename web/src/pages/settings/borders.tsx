import { Button, NumberInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import * as calls from "../../api/calls.ts";
import type { Cuts } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { Await, Panel, ProblemNote } from "../../ui/page.tsx";
import css from "./settings.module.css";

const AXES = ["recency_days", "frequency", "monetary_minor"] as const;
type Axis = (typeof AXES)[number];

const outOfOrder = ([first = 0, second = 0]: number[]): boolean => second < first;

/** Borders proposed from thirds of the base once, then frozen as plain numbers with their date. */
export function BordersTab() {
  const { t, f } = useI18n();
  const words = t.settings.borders;
  const { session, range } = useHere();
  const queries = useQueryClient();
  const frozen = useQuery(calls.rfmBorders);
  const [cuts, setCuts] = useState<Cuts | null>(null);
  useEffect(() => {
    if (frozen.data?.recency_days && !cuts) {
      const { recency_days, frequency, monetary_minor } = frozen.data;
      setCuts({ recency_days, frequency, monetary_minor });
    }
  }, [frozen.data, cuts]);
  const propose = useMutation({
    mutationFn: () => queries.fetchQuery(calls.rfm({ as_of: range.asOf, borders: "terciles" })),
    onSuccess: (rfm) => setCuts(rfm.cuts),
  });
  const freeze = useMutation({
    mutationFn: (next: Cuts) => calls.act.freezeBorders(next),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: calls.LIVE });
      notifications.show({ message: t.common.saved });
    },
  });
  const scale = 10 ** session.shop.currency_digits;
  const names: Record<Axis, string> = {
    recency_days: words.recency,
    frequency: words.frequency,
    monetary_minor: words.monetary,
  };
  const explain = (axis: Axis, [a = 0, b = 0]: number[]) =>
    axis === "monetary_minor"
      ? words.groups.monetary(f.money(a), f.money(b))
      : axis === "frequency"
        ? words.groups.frequency(f.number(a), f.number(b))
        : words.groups.recency(f.number(a), f.number(b));
  const wrong = cuts ? AXES.some((axis) => outOfOrder(cuts[axis])) : false;

  return (
    <Panel note={words.note} title={t.settings.tabs.borders}>
      <Await query={frozen} height={200}>
        {(data) => (
          <form
            className={css.form}
            onSubmit={(event) => {
              event.preventDefault();
              if (cuts && !wrong) freeze.mutate(cuts);
            }}
          >
            <p className="soft" style={{ margin: 0 }}>
              {data?.frozen_at ? words.frozenAt(f.day(data.frozen_at)) : words.never}
            </p>
            {cuts &&
              AXES.map((axis) => {
                const by = axis === "monetary_minor" ? scale : 1;
                const set = (place: 0 | 1, value: number | string) => {
                  const next = [...cuts[axis]];
                  next[place] = Math.round(Number(value) * by);
                  setCuts({ ...cuts, [axis]: next });
                };
                return (
                  <div key={axis}>
                    <div className={css.pair}>
                      {([0, 1] as const).map((place) => (
                        <NumberInput
                          key={place}
                          label={place === 0 ? words.first(names[axis]) : words.second(names[axis])}
                          min={0}
                          thousandSeparator={"\u202f"}
                          decimalSeparator=","
                          value={(cuts[axis][place] ?? 0) / by}
                          onChange={(value) => set(place, value)}
                          hideControls
                          error={place === 1 && outOfOrder(cuts[axis]) ? words.order : undefined}
                        />
                      ))}
                    </div>
                    <p className="soft small" style={{ margin: "4px 0 0" }}>
                      {explain(axis, cuts[axis])}
                    </p>
                  </div>
                );
              })}
            {(propose.error || freeze.error) && <ProblemNote error={freeze.error ?? propose.error} kept />}
            <div style={{ display: "flex", gap: 12, flexWrap: "wrap" }}>
              <Button type="submit" disabled={!cuts || wrong} loading={freeze.isPending}>
                {words.freeze}
              </Button>
              <Button variant="default" loading={propose.isPending} onClick={() => propose.mutate()}>
                {words.propose}
              </Button>
            </div>
          </form>
        )}
      </Await>
    </Panel>
  );
}
