import { ActionIcon, Button, Chip, Group, Select, Textarea } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import * as calls from "../../api/calls.ts";
import type { NoteBody, TimelineEntry } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { CloseIcon, EditIcon } from "../../ui/icons.tsx";
import { Await, Panel, ProblemNote } from "../../ui/page.tsx";
import css from "./timeline.module.css";

/** Everything that happened with somebody, newest first, and a place to write a note or a contact. */
export function Timeline({ id }: { id: string }) {
  const { t, l } = useI18n();
  const words = t.timeline;
  const [kinds, setKinds] = useState<string[]>([]);
  const list = useInfiniteQuery({
    queryKey: calls.timelineKey(id, kinds),
    queryFn: ({ pageParam }) => calls.timeline(id, kinds, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const there = (list.data?.pages[0]?.kinds ?? []).filter((kind) => kind.count > 0);
  return (
    <Panel title={words.title}>
      <NoteForm id={id} />
      {there.length > 1 && (
        <Chip.Group multiple value={kinds} onChange={setKinds}>
          <Group gap={6} mt={16} role="group" aria-label={words.filter}>
            {there.map((kind) => (
              <Chip key={kind.key} value={kind.key} size="xs" variant="light">
                {l(kind.label)} {kind.count}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      )}
      <Await query={{ ...list, data: list.data }} height={120}>
        {(data) => (
          <ol className={css.list}>
            {data.pages
              .flatMap((page) => page.items)
              .map((entry) => (
                <Row key={entry.id} id={id} entry={entry} />
              ))}
          </ol>
        )}
      </Await>
      {list.hasNextPage && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t.common.act.more}
        </Button>
      )}
    </Panel>
  );
}

function Row({ id, entry }: { id: string; entry: TimelineEntry }) {
  const { t, f, l } = useI18n();
  const { session } = useHere();
  const words = t.timeline;
  const [editing, setEditing] = useState(false);
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: (note: string) => calls.act.removeNote(id, note),
    onSuccess: () => queries.invalidateQueries(),
  });
  const when = entry.kind === "registered" ? f.day(entry.at) : f.moment(entry.at, session.shop.time_zone);
  const { note, purchase, mark, merge } = entry;
  let title: ReactNode = words.kinds[entry.kind] ?? entry.kind;
  let body: ReactNode = null;
  if (purchase) {
    title = (
      <>
        {title} <b className="num">{f.money(purchase.paid_minor)}</b>
      </>
    );
    body = [purchase.store, purchase.receipt_no && t.customers.card.receipt(purchase.receipt_no)]
      .filter(Boolean)
      .join(" · ");
  } else if (note) {
    title = note.contact
      ? [words.contacts[note.contact], note.outcome && words.outcomes[note.outcome]]
          .filter(Boolean)
          .join(": ")
      : words.kinds.note;
    if (note.removed) body = words.removed;
    else if (editing)
      body = (
        <NoteForm
          id={id}
          note={{ id: note.id, text: note.text, contact: note.contact, outcome: note.outcome }}
          onDone={() => setEditing(false)}
        />
      );
    else body = <span className={css.text}>{note.text}</span>;
  } else if (mark) {
    title = words.mark({ kind: mark.kind === "vip" ? t.noted.vip : t.noted.problem, set: mark.set });
    body = [mark.reason, mark.by].filter(Boolean).join(" · ");
  } else if (merge) {
    title = merge.undone ? words.unmerged : words.merged;
    body = [merge.survivor, merge.joined].filter(Boolean).join(" + ");
  } else if (entry.changes.length > 0) {
    title = l(entry.source);
    body = (
      <ul className={css.changes}>
        {entry.changes.map((change) => (
          <li key={l(change.label)}>
            <span className="soft">{l(change.label)}:</span>{" "}
            {change.gone.length > 0 && <s className="soft">{change.gone.map((one) => l(one)).join(", ")}</s>}
            {change.gone.length > 0 && change.came.length > 0 && " → "}
            {change.came.map((one) => l(one)).join(", ")}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <li className={css.row} data-kind={entry.kind}>
      <div className={css.head}>
        <span className={css.title}>{title}</span>
        <span className="soft small">
          {[note?.by, note?.edited && words.edited, when].filter(Boolean).join(" · ")}
        </span>
        {note && !note.removed && !editing && (
          <span className={css.acts}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={26}
              aria-label={words.edit}
              title={words.edit}
              onClick={() => setEditing(true)}
            >
              <EditIcon size={14} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={26}
              aria-label={words.remove}
              title={words.remove}
              loading={remove.isPending}
              onClick={() => remove.mutate(note.id)}
            >
              <CloseIcon size={14} />
            </ActionIcon>
          </span>
        )}
      </div>
      {body && <div className={css.body}>{body}</div>}
      {remove.error && <ProblemNote error={remove.error} kept />}
    </li>
  );
}

/** A new note or contact, or the changes of one. */
function NoteForm(props: {
  id: string;
  note?: { id: string; text: string; contact?: string | null; outcome?: string | null };
  onDone?: () => void;
}) {
  const { t } = useI18n();
  const words = t.timeline;
  const queries = useQueryClient();
  const { note } = props;
  const [text, setText] = useState(note?.text ?? "");
  const [contact, setContact] = useState<string | null>(note?.contact ?? null);
  const [outcome, setOutcome] = useState<string | null>(note?.outcome ?? null);
  const save = useMutation({
    mutationFn: () => {
      const body: NoteBody = {
        text,
        ...(contact ? { contact } : {}),
        ...(contact && outcome ? { outcome } : {}),
      };
      return note ? calls.act.changeNote(props.id, note.id, body) : calls.act.addNote(props.id, body);
    },
    onSuccess: async () => {
      setText("");
      setContact(null);
      setOutcome(null);
      await queries.invalidateQueries();
      props.onDone?.();
    },
  });
  const options = (all: Record<string, string>) =>
    Object.entries(all).map(([value, label]) => ({ value, label }));
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Textarea
        aria-label={words.write}
        placeholder={words.write}
        autosize
        minRows={2}
        maxRows={10}
        maxLength={4000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className={css.row2}>
        <Select
          aria-label={words.contact}
          placeholder={words.contact}
          clearable
          value={contact}
          data={options(words.contacts)}
          onChange={setContact}
        />
        {contact && (
          <Select
            aria-label={words.outcome}
            placeholder={words.outcome}
            clearable
            value={outcome}
            data={options(words.outcomes)}
            onChange={setOutcome}
          />
        )}
        <Button type="submit" disabled={!text.trim() && !contact} loading={save.isPending}>
          {props.onDone ? t.common.act.save : words.add}
        </Button>
        {props.onDone && (
          <Button variant="default" onClick={props.onDone}>
            {t.common.act.cancel}
          </Button>
        )}
      </div>
      {save.error && <ProblemNote error={save.error} kept />}
    </form>
  );
}
