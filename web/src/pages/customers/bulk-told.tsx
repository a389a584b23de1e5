import { Button, Progress } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import * as calls from "../../api/calls.ts";
import type { BulkEdit } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await, ProblemNote } from "../../ui/page.tsx";
import css from "./bulk.module.css";

/** What a change would do: value by value, and some people. */
export function Told({ told }: { told: BulkEdit }) {
  const { t, f, l } = useI18n();
  const words = t.bulk;
  if (told.changed === 0)
    return (
      <section className={css.told} aria-live="polite">
        <p>{words.nothing(f.count(told.total))}</p>
      </section>
    );
  return (
    <section className={css.told} aria-live="polite">
      <p>
        <b>{words.changes(f.count(told.changed), f.count(told.total))}</b>
      </p>
      <ul className={css.parts}>
        {told.parts.map((part) => (
          <li key={`${l(part.label)} ${l(part.value)}`}>
            {l(part.label)}: <b>{part.value ? l(part.value) : words.gone}</b>
            <div className={`${css.counts} soft small`}>
              {part.already > 0 && <span>{words.already(f.count(part.already))}</span>}
              {part.new > 0 && <span>{words.new(f.count(part.new))}</span>}
              {part.replaced > 0 && (
                <span>{(part.value ? words.replaced : words.removed)(f.count(part.replaced))}</span>
              )}
            </div>
          </li>
        ))}
      </ul>
      <div>
        <div className="soft small">{words.sample}</div>
        <ul className={css.sample}>
          {told.sample.map((one) => (
            <li key={one.id}>
              <span>{one.name || t.customers.noName}</span>
              {one.changes.map((change) => (
                <span key={l(change.label)} className="small">
                  <span className="soft">{l(change.label)}: </span>
                  {change.gone.length > 0 && (
                    <s className="soft">{change.gone.map((word) => l(word)).join(", ")}</s>
                  )}
                  {change.gone.length > 0 && change.came.length > 0 && " → "}
                  <b>{change.came.map((word) => l(word)).join(", ")}</b>
                </span>
              ))}
            </li>
          ))}
          {told.changed > told.sample.length && (
            <li className="soft small">{words.more(f.count(told.changed - told.sample.length))}</li>
          )}
        </ul>
      </div>
      <p className="soft small">{words.canUndo}</p>
    </section>
  );
}

/** How far one is, followed until it stands; when it is done, it can be taken back. */
export function Standing({ id }: { id: string }) {
  const edit = useQuery(calls.bulkEditState(id));
  if (!edit.data) return edit.error ? <ProblemNote error={edit.error} /> : null;
  return <State edit={edit.data} />;
}

function State({ edit }: { edit: BulkEdit }) {
  const { t, f } = useI18n();
  const words = t.bulk;
  const queries = useQueryClient();
  const id = edit.id ?? "";
  const again = () => queries.invalidateQueries({ queryKey: ["bulk-edits"] });
  const undo = useMutation({ mutationFn: () => calls.act.undoBulkEdit(id), onSuccess: again });
  const resume = useMutation({ mutationFn: () => calls.act.resumeBulkEdit(id), onSuccess: again });
  return (
    <div className={css.form} aria-live="polite">
      {edit.state === "running" && (
        <>
          <Progress value={(edit.looked_at / Math.max(1, edit.total)) * 100} aria-label={words.title} />
          <p>{words.running(f.count(edit.looked_at), f.count(edit.total))}</p>
        </>
      )}
      {edit.state === "done" && <p>{words.done(f.count(edit.changed))}</p>}
      {edit.state === "undoing" && <p>{words.undoing}</p>}
      {edit.state === "undone" && <p>{words.undone(f.count(edit.restored), f.count(edit.kept))}</p>}
      {edit.state === "interrupted" && (
        <>
          <p>{words.interrupted}</p>
          <div>
            <Button size="xs" loading={resume.isPending} onClick={() => resume.mutate()}>
              {words.resume}
            </Button>
          </div>
        </>
      )}
      {edit.state === "done" && edit.changed > 0 && (
        <div>
          <Button size="xs" variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
            {words.undo}
          </Button>
        </div>
      )}
      {(undo.error ?? resume.error) && <ProblemNote error={undo.error ?? resume.error} />}
    </div>
  );
}

/** What was changed before, each with its undo. */
export function Past() {
  const { t, f, l } = useI18n();
  const words = t.bulk;
  const all = useQuery(calls.bulkEdits);
  return (
    <Await query={all} height={120}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="soft">{words.pastNone}</p>
        ) : (
          <ul className={css.past}>
            {items.map((one) => (
              <li key={one.id}>
                <b>{one.what.map((word) => l(word)).join("; ")}</b>
                <span className="soft small">
                  {words.pastBy({ by: one.by, when: one.created_at ? f.moment(one.created_at) : "" })}
                </span>
                {["running", "undoing"].includes(one.state) ? (
                  <Standing id={one.id ?? ""} />
                ) : (
                  <State edit={one} />
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Await>
  );
}
