import { Button, Group, Modal, SegmentedControl, Select, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote } from "../../ui/page.tsx";

/** Chosen customers into a list, a new or an old one, or into a segment whatever its conditions say. */
export function PutIntoDialog(props: { people: string[]; onDone: () => void; onClose: () => void }) {
  const { t, f } = useI18n();
  const words = t.segments.people_;
  const queries = useQueryClient();
  const go = useNavigate();
  const segments = useQuery(calls.segments);
  const items = segments.data?.items ?? [];
  const [mode, setMode] = useState<"new" | "old">("new");
  const [name, setName] = useState("");
  const [into, setInto] = useState<string | null>(null);
  const kind = items.find((one) => one.id === into)?.kind;
  const put = useMutation({
    mutationFn: () =>
      mode === "new"
        ? calls.act.addList({ name, customers: props.people })
        : calls.act.changeSegmentPeople(into ?? "", { pin: props.people, exclude: [], release: [] }),
    onSuccess: async (segment) => {
      await queries.invalidateQueries({ queryKey: calls.LIVE });
      notifications.show({ message: words.put(segment.name, f.count(segment.customers)) });
      void go({ to: "/segments/$id", params: { id: segment.id } });
      props.onDone();
      props.onClose();
    },
  });
  const of = (wanted: string) =>
    items.filter((one) => one.kind === wanted).map((one) => ({ value: one.id, label: one.name }));
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={words.titleOf(f.count(props.people.length))}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      <form
        style={{ display: "grid", gap: 14 }}
        onSubmit={(event) => {
          event.preventDefault();
          put.mutate();
        }}
      >
        {items.length > 0 && (
          <SegmentedControl
            aria-label={words.where}
            value={mode}
            onChange={(next) => setMode(next as typeof mode)}
            data={[
              { value: "new", label: words.newList },
              { value: "old", label: words.old },
            ]}
          />
        )}
        {mode === "new" || items.length === 0 ? (
          <TextInput
            label={words.listName}
            placeholder={words.listPlaceholder}
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        ) : (
          <Select
            label={words.where}
            placeholder={words.pick}
            searchable
            data={[
              { group: words.lists, items: of("list") },
              { group: words.segments, items: of("live") },
            ].filter((group) => group.items.length > 0)}
            value={into}
            onChange={setInto}
          />
        )}
        {mode === "old" && kind === "live" && <p className="soft small">{words.pinNote}</p>}
        {put.error && <ProblemNote error={put.error} kept />}
        <Group>
          <Button
            type="submit"
            loading={put.isPending}
            disabled={mode === "new" ? name.trim() === "" : into === null}
          >
            {words.add}
          </Button>
          <Button variant="default" onClick={props.onClose}>
            {t.common.act.cancel}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

/** The people of a segment as they are now, kept as a list that does not change by itself. */
export function SnapshotDialog(props: { segment: string; name: string; onClose: () => void }) {
  const { t, f } = useI18n();
  const words = t.segments.people_;
  const queries = useQueryClient();
  const go = useNavigate();
  const today = f.day(useHere().range.today);
  const [name, setName] = useState(`${props.name}, ${today}`);
  const keep = useMutation({
    mutationFn: () => calls.act.addList({ name, segment: props.segment }),
    onSuccess: async (list) => {
      await queries.invalidateQueries({ queryKey: calls.LIVE });
      notifications.show({ message: words.put(list.name, f.count(list.customers)) });
      void go({ to: "/segments/$id", params: { id: list.id } });
      props.onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={words.snapshot}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      <form
        style={{ display: "grid", gap: 14 }}
        onSubmit={(event) => {
          event.preventDefault();
          keep.mutate();
        }}
      >
        <p className="soft" style={{ margin: 0 }}>
          {words.snapshotNote}
        </p>
        <TextInput
          label={words.listName}
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {keep.error && <ProblemNote error={keep.error} kept />}
        <Group>
          <Button type="submit" loading={keep.isPending} disabled={name.trim() === ""}>
            {words.snapshot}
          </Button>
          <Button variant="default" onClick={props.onClose}>
            {t.common.act.cancel}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
