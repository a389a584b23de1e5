import { Button, SegmentedControl } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { DuplicateCase } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await, Empty, PageHead, Panel, ProblemNote } from "../../ui/page.tsx";
import css from "./duplicates.module.css";
import { Sides } from "./merge.tsx";

type Sort = "score" | "money";
type Decision = "same" | "different" | "later";

const pairOf = (one: DuplicateCase) => `${one.one.id} ${one.other.id}`;

/** People who may be one: the queue on the left, both cards on the right, three answers. */
export function DuplicatesPage() {
  const { t, f, l } = useI18n();
  const words = t.duplicates;
  const queries = useQueryClient();
  const [sort, setSort] = useState<Sort>("score");
  const [picked, setPicked] = useState<string>();
  const [last, setLast] = useState<string[]>([]);
  const queue = useQuery(calls.duplicates(sort));
  const items = queue.data?.items ?? [];
  const shown = items.find((one) => pairOf(one) === picked) ?? items[0];
  const refresh = () => queries.invalidateQueries();
  const decide = useMutation({
    mutationFn: (p: { one: string; other: string; decision: Decision }) => calls.act.decideDuplicate(p),
    onSuccess: async (made, { decision }) => {
      setLast((all) => [...all, made.decision]);
      // The next one stands there at once: the one behind takes the place of what was decided.
      const at = items.findIndex((one) => shown && pairOf(one) === pairOf(shown));
      const next = items[at + 1] ?? items[at - 1];
      setPicked(next && pairOf(next));
      notifications.show({ message: words.done[decision] });
      await refresh();
    },
  });
  const undo = useMutation({
    mutationFn: (decision: string) => calls.act.undoDuplicate(decision),
    onSuccess: async () => {
      setLast((all) => all.slice(0, -1));
      notifications.show({ message: words.undone });
      await refresh();
    },
  });
  const busy = decide.isPending || undo.isPending;
  const [turned, setTurned] = useState<string>();
  const sides =
    shown &&
    (turned === pairOf(shown) ? ([shown.other, shown.one] as const) : ([shown.one, shown.other] as const));
  const say = (decision: Decision) => {
    if (!sides || busy) return;
    decide.mutate({ one: sides[0].id, other: sides[1].id, decision });
  };
  const back = () => {
    const made = last.at(-1);
    if (made && !busy) undo.mutate(made);
  };
  useHotkeys([
    ["M", () => say("same")],
    ["N", () => say("different")],
    ["L", () => say("later")],
    ["U", back],
  ]);
  const total = queue.data?.total;
  return (
    <>
      <PageHead
        title={words.title}
        sentence={total !== undefined && (total > 0 ? words.sentence(total, f.count(total)) : words.none)}
        tools={
          <>
            <SegmentedControl
              aria-label={words.sort}
              value={sort}
              onChange={(next) => setSort(next as Sort)}
              data={(["score", "money"] as const).map((value) => ({ value, label: words.sorts[value] }))}
            />
            {last.length > 0 && (
              <Button variant="default" loading={undo.isPending} onClick={back}>
                {words.undo}
              </Button>
            )}
          </>
        }
      />
      <Await query={queue} height={360}>
        {(data) => (
          <>
            {data.state === "searching" && <p className="soft">{words.searching}</p>}
            {data.put_off > 0 && (
              <p className="soft small">{words.putOff(data.put_off, f.count(data.put_off))}</p>
            )}
            {shown && sides ? (
              <div className={css.page}>
                <Panel label={words.queue}>
                  <ul className={css.queue} aria-label={words.queue}>
                    {data.items.map((one) => (
                      <li key={pairOf(one)}>
                        <button
                          type="button"
                          aria-current={one === shown}
                          onClick={() => setPicked(pairOf(one))}
                        >
                          <b>{one.one.name || t.customers.noName}</b>
                          <span>{one.other.name || t.customers.noName}</span>
                          <span className="small soft">
                            {[
                              one.conflict ? words.conflict : words.likely(one.score),
                              f.money(one.paid_minor),
                            ].join(" · ")}
                          </span>
                        </button>
                      </li>
                    ))}
                  </ul>
                </Panel>
                <Panel title={shown.conflict ? words.conflict : words.likely(shown.score)}>
                  {shown.conflict && (
                    <p style={{ marginTop: 0 }}>
                      {words.conflictWhy({
                        one: l(shown.conflict.one_label),
                        other: l(shown.conflict.other_label),
                        source: l(shown.conflict.source),
                        day: f.moment(shown.conflict.recorded_at),
                      })}
                    </p>
                  )}
                  <ul className={css.why} aria-label={words.why}>
                    {shown.reasons.map((reason) => (
                      <li key={reason.label.ru} data-against={reason.against || undefined}>
                        {reason.against && `${words.against}: `}
                        {l(reason.label)}
                      </li>
                    ))}
                  </ul>
                  <Compared one={sides[0].id} other={sides[1].id} />
                  {decide.error && <ProblemNote error={decide.error} />}
                  <div className={css.acts}>
                    <Button loading={decide.isPending} onClick={() => say("same")}>
                      {words.same} <kbd>M</kbd>
                    </Button>
                    <Button variant="default" disabled={busy} onClick={() => say("different")}>
                      {words.different} <kbd>N</kbd>
                    </Button>
                    <Button variant="default" disabled={busy} onClick={() => say("later")}>
                      {words.later} <kbd>L</kbd>
                    </Button>
                    <Button
                      variant="subtle"
                      disabled={busy}
                      onClick={() => setTurned(turned === pairOf(shown) ? undefined : pairOf(shown))}
                    >
                      {words.swap}
                    </Button>
                  </div>
                  <p className="small soft">{words.keys}</p>
                </Panel>
              </div>
            ) : (
              data.state === "ready" && (
                <Empty title={words.emptyTitle}>
                  <p>{words.emptyDo}</p>
                </Empty>
              )
            )}
          </>
        )}
      </Await>
    </>
  );
}

function Compared(props: { one: string; other: string }) {
  const told = useQuery(calls.mergePreview(props.one, props.other));
  return (
    <Await query={told} height={260}>
      {(pair) => <Sides pair={pair} />}
    </Await>
  );
}
