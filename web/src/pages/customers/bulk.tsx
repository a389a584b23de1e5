import { Button, Group, Modal, SegmentedControl, Select, Tabs, TagsInput, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { BulkChange, BulkWhom } from "../../api/types.ts";
import { useMay } from "../../app/may.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import css from "./bulk.module.css";
import { Past, Standing, Told } from "./bulk-told.tsx";
import { OwnInput, sentOf, Words } from "./noted-form.tsx";

/** Changing many people: what, a look at what it would do, the run, and taking it back. */
export function BulkDialog(props: {
  whom: BulkWhom;
  count: number;
  onDone: () => void;
  onClose: () => void;
}) {
  const { t, f } = useI18n();
  const words = t.bulk;
  const queries = useQueryClient();
  const [id, setId] = useState<string | null>(null);
  const close = () => {
    // Something may have been changed, or taken back: every list is asked anew.
    void queries.invalidateQueries();
    if (id) props.onDone();
    props.onClose();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={id ? words.title : words.titleOf(f.count(props.count))}
      size="lg"
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      {id ? (
        <Standing id={id} />
      ) : (
        <Tabs defaultValue="new" keepMounted={false}>
          <Tabs.List mb={14}>
            <Tabs.Tab value="new">{words.tabNew}</Tabs.Tab>
            <Tabs.Tab value="past">{words.tabPast}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="new">
            <ChangeForm whom={props.whom} onBegun={setId} onClose={close} />
          </Tabs.Panel>
          <Tabs.Panel value="past">
            <Past />
          </Tabs.Panel>
        </Tabs>
      )}
    </Modal>
  );
}

/** Everything that was typed; only what is chosen is sent. */
const NOTHING = {
  add: [] as string[],
  remove: [] as string[],
  mark: "set",
  reason: "",
  store: null as string | null,
  city: "",
  sex: "",
  manager: "",
  own: "" as string | string[],
};

function ChangeForm(props: { whom: BulkWhom; onBegun: (id: string) => void; onClose: () => void }) {
  const { t, f, l } = useI18n();
  const words = t.bulk;
  const { session } = useHere();
  const gives = useMay()("managers_set");
  const fields = useQuery(calls.customFields);
  const stores = useQuery(calls.stores);
  const managers = useQuery({ ...calls.possibleManagers, enabled: gives });
  const [what, setWhat] = useState("tags");
  const [typed, setTyped] = useState(NOTHING);
  const [key] = useState(() => Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-"));
  const own = (fields.data?.items ?? []).filter((field) => !field.archived);
  const field = own.find((one) => what === `x:${one.key}`);
  const change = (): BulkChange => {
    const nothing = { add_tags: [], remove_tags: [] };
    if (what === "tags") return { add_tags: typed.add, remove_tags: typed.remove };
    if (what === "vip" || what === "problem")
      return { ...nothing, [what]: { set: typed.mark === "set", reason: typed.reason } };
    if (what === "store") return { ...nothing, store: typed.store };
    if (what === "city") return { ...nothing, city: typed.city };
    if (what === "sex") return { ...nothing, sex: typed.sex };
    if (what === "manager") return { ...nothing, manager: typed.manager };
    if (!field) return nothing;
    const sent = sentOf(field, typed.own, session.shop.currency_digits);
    const value = Array.isArray(sent) && sent.length === 0 ? null : sent;
    // The document of the API knows own fields only as an object.
    return { ...nothing, custom: { [field.key]: value } as never };
  };
  const ready =
    what === "tags"
      ? typed.add.length + typed.remove.length > 0
      : what === "store"
        ? Boolean(typed.store)
        : true;
  const preview = useMutation({ mutationFn: () => calls.act.bulkEdit(props.whom, change()) });
  const run = useMutation({
    mutationFn: () => calls.act.bulkEdit(props.whom, change(), key),
    onSuccess: (edit) => edit.id && props.onBegun(edit.id),
  });
  const put = (next: Partial<typeof NOTHING>) => {
    preview.reset();
    run.reset();
    setTyped((now) => ({ ...now, ...next }));
  };
  const told = preview.data;
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (told) run.mutate();
        else preview.mutate();
      }}
    >
      <Select
        label={words.what}
        allowDeselect={false}
        searchable
        value={what}
        data={[
          {
            group: t.noted.title,
            items: [
              { value: "tags", label: t.noted.tags },
              { value: "vip", label: t.noted.vip },
              { value: "problem", label: t.noted.problem },
            ],
          },
          {
            group: words.ofOwn,
            items: own.map((one) => ({ value: `x:${one.key}`, label: l(one.label) })),
          },
          {
            group: words.ofCard,
            items: [
              ...(gives ? [{ value: "manager", label: words.manager }] : []),
              { value: "city", label: words.city },
              { value: "sex", label: words.sex },
              { value: "store", label: t.customers.form.store },
            ],
          },
        ].filter((group) => group.items.length > 0)}
        onChange={(next) => {
          if (!next) return;
          setWhat(next);
          put({ own: own.find((one) => next === `x:${one.key}`)?.kind === "choices" ? [] : "" });
        }}
      />
      {what === "tags" && (
        <>
          <Words
            of="tags"
            label={words.addTags}
            hint={t.noted.tagsHint}
            value={typed.add}
            onChange={(add) => put({ add })}
          />
          <TagsInput
            label={words.removeTags}
            placeholder={t.noted.tagsHint}
            value={typed.remove}
            onChange={(remove) => put({ remove })}
          />
        </>
      )}
      {(what === "vip" || what === "problem") && (
        <>
          <SegmentedControl
            value={typed.mark}
            data={[
              { value: "set", label: words.set },
              { value: "clear", label: words.clear },
            ]}
            onChange={(mark) => put({ mark })}
          />
          {typed.mark === "set" && (
            <TextInput
              label={t.noted.reason}
              value={typed.reason}
              maxLength={300}
              onChange={(event) => put({ reason: event.currentTarget.value })}
            />
          )}
        </>
      )}
      {what === "store" && (
        <Select
          label={t.customers.form.store}
          value={typed.store}
          data={(stores.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
          onChange={(store) => put({ store })}
        />
      )}
      {what === "city" && (
        <TextInput
          label={words.city}
          description={words.emptyClears}
          value={typed.city}
          maxLength={100}
          onChange={(event) => put({ city: event.currentTarget.value })}
        />
      )}
      {what === "sex" && (
        <SegmentedControl
          value={typed.sex}
          data={[
            { value: "", label: t.noted.none },
            { value: "female", label: t.customers.form.female },
            { value: "male", label: t.customers.form.male },
          ]}
          onChange={(sex) => put({ sex })}
        />
      )}
      {what === "manager" && (
        <Select
          label={words.manager}
          placeholder={words.nobody}
          clearable
          value={typed.manager || null}
          data={(managers.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
          onChange={(manager) => put({ manager: manager ?? "" })}
        />
      )}
      {field && (
        <>
          <OwnInput field={field} value={typed.own} onChange={(next) => put({ own: next })} />
          <p className="soft small">{words.emptyClears}</p>
        </>
      )}
      {told && <Told told={told} />}
      {(preview.error ?? run.error) && <ProblemNote error={preview.error ?? run.error} kept />}
      <Group gap={8}>
        {told ? (
          <Button type="submit" loading={run.isPending} disabled={told.changed === 0}>
            {words.run(f.count(told.changed))}
          </Button>
        ) : (
          <Button type="submit" loading={preview.isPending} disabled={!ready}>
            {words.look}
          </Button>
        )}
        <Button variant="default" onClick={props.onClose}>
          {t.common.act.cancel}
        </Button>
      </Group>
    </form>
  );
}
