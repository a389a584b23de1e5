import { ActionIcon, Badge, Button, Checkbox, Group, Modal, Select, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { CustomField, FieldKind } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { AddIcon, CloseIcon, EditIcon, UpIcon } from "../../ui/icons.tsx";
import { Await, Empty, Panel, ProblemNote } from "../../ui/page.tsx";
import css from "./fields.module.css";

/** The shop's own fields: made, named, ordered, put away. */
export function FieldsTab() {
  const { t } = useI18n();
  const words = t.fields;
  const fields = useQuery(calls.customFields);
  const [open, setOpen] = useState<CustomField | "new" | null>(null);
  const change = useFieldChange();
  return (
    <Panel
      note={words.note}
      title={t.settings.tabs.fields}
      tools={
        <Button leftSection={<AddIcon size={18} />} onClick={() => setOpen("new")}>
          {words.add}
        </Button>
      }
    >
      <Await query={fields}>
        {(data) => {
          const shown = data.items.filter((one) => !one.archived);
          const away = data.items.filter((one) => one.archived);
          return (
            <>
              {shown.length === 0 && (
                <Empty title={words.none}>
                  <p className="soft">{words.noneDo}</p>
                </Empty>
              )}
              <ul className={css.list}>
                {shown.map((field, at) => (
                  <Row key={field.id} field={field}>
                    {at > 0 && (
                      <ActionIcon
                        variant="subtle"
                        aria-label={words.up(field.label.ru)}
                        title={words.up(field.label.ru)}
                        onClick={() =>
                          change.mutate({ id: field.id, body: { before: shown[at - 1]?.id ?? "" } })
                        }
                      >
                        <UpIcon size={16} />
                      </ActionIcon>
                    )}
                    <ActionIcon
                      variant="subtle"
                      aria-label={words.edit(field.label.ru)}
                      title={words.edit(field.label.ru)}
                      onClick={() => setOpen(field)}
                    >
                      <EditIcon size={16} />
                    </ActionIcon>
                  </Row>
                ))}
              </ul>
              {away.length > 0 && (
                <>
                  <h3 className={css.away}>{words.archived}</h3>
                  <p className="soft small">{words.archivedNote}</p>
                  <ul className={css.list}>
                    {away.map((field) => (
                      <Row key={field.id} field={field}>
                        <Button
                          size="compact-sm"
                          variant="default"
                          onClick={() => change.mutate({ id: field.id, body: { archived: false } })}
                        >
                          {words.restore}
                        </Button>
                      </Row>
                    ))}
                  </ul>
                </>
              )}
              {change.error && <ProblemNote error={change.error} kept />}
            </>
          );
        }}
      </Await>
      {open && <FieldForm field={open === "new" ? null : open} onClose={() => setOpen(null)} />}
    </Panel>
  );
}

function Row({ field, children }: { field: CustomField; children: React.ReactNode }) {
  const { t, l } = useI18n();
  const words = t.fields;
  return (
    <li className={css.row}>
      <div className={css.what}>
        <b>{l(field.label)}</b>
        <span className="soft small">
          {words.kinds[field.kind]}
          {field.choices.length > 0 && `: ${field.choices.map((one) => l(one.label)).join(", ")}`}
          {" · "}
          {words.key(`x_${field.key}`)}
        </span>
      </div>
      {field.personal && (
        <Badge variant="light" color="gray" tt="none" radius="sm">
          {words.personal}
        </Badge>
      )}
      {children}
    </li>
  );
}

function useFieldChange(done?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: Parameters<typeof calls.act.changeField>[1] }) =>
      calls.act.changeField(id, body),
    onSuccess: async () => {
      await queries.invalidateQueries();
      done?.();
    },
  });
}

interface Row2 {
  key: string | null;
  ru: string;
  en: string;
}

function FieldForm({ field, onClose }: { field: CustomField | null; onClose: () => void }) {
  const { t } = useI18n();
  const words = t.fields;
  const queries = useQueryClient();
  const same = (label: { ru: string; en: string }) => (label.en === label.ru ? "" : label.en);
  const [ru, setRu] = useState(field?.label.ru ?? "");
  const [en, setEn] = useState(field ? same(field.label) : "");
  const [kind, setKind] = useState<FieldKind>(field?.kind ?? "text");
  const [personal, setPersonal] = useState(field?.personal ?? true);
  const [choices, setChoices] = useState<Row2[]>(
    field?.choices.map((one) => ({ key: one.key, ru: one.label.ru, en: same(one.label) })) ?? [],
  );
  const listed = kind === "choice" || kind === "choices";
  const rows = choices.length > 0 ? choices : [{ key: null, ru: "", en: "" }];
  const done = () => {
    notifications.show({ message: words.saved });
    onClose();
  };
  const change = useFieldChange(done);
  const add = useMutation({
    mutationFn: () => calls.act.addField({ name: { ru, en }, kind, choices: wanted(), personal }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      done();
    },
  });
  const wanted = () =>
    listed
      ? rows
          .filter((one) => one.ru.trim())
          .map((one) => ({ ...(one.key ? { key: one.key } : {}), name: { ru: one.ru, en: one.en } }))
      : [];
  const save = () =>
    field
      ? change.mutate({
          id: field.id,
          body: { name: { ru, en }, personal, ...(listed ? { choices: wanted() } : {}) },
        })
      : add.mutate();
  const error = add.error ?? change.error;
  const setRow = (at: number, part: Partial<Row2>) =>
    setChoices(rows.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <Modal opened onClose={onClose} title={field ? words.edit(field.label.ru) : words.new}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextInput
          label={words.ru}
          value={ru}
          required
          withAsterisk={false}
          maxLength={100}
          onChange={(event) => setRu(event.currentTarget.value)}
        />
        <TextInput
          label={words.en}
          placeholder={words.enHint}
          value={en}
          maxLength={100}
          onChange={(event) => setEn(event.currentTarget.value)}
        />
        {!field && (
          <Select
            label={words.kind}
            description={words.kindStays}
            allowDeselect={false}
            value={kind}
            data={Object.entries(words.kinds).map(([value, label]) => ({ value, label }))}
            onChange={(next) => next && setKind(next as FieldKind)}
          />
        )}
        {listed && (
          <fieldset className={css.choices}>
            <legend>{words.choices}</legend>
            {rows.map((row, at) => (
              <div key={at} className={css.choice}>
                <TextInput
                  aria-label={words.choiceNumber(at + 1)}
                  placeholder={words.choiceNumber(at + 1)}
                  value={row.ru}
                  onChange={(event) => setRow(at, { ru: event.currentTarget.value })}
                />
                <TextInput
                  aria-label={`${words.choiceNumber(at + 1)}, ${words.en}`}
                  placeholder="English"
                  value={row.en}
                  onChange={(event) => setRow(at, { en: event.currentTarget.value })}
                />
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={36}
                  aria-label={words.drop(row.ru)}
                  onClick={() => setChoices(rows.filter((_, index) => index !== at))}
                >
                  <CloseIcon size={16} />
                </ActionIcon>
              </div>
            ))}
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<AddIcon size={14} />}
              onClick={() => setChoices([...rows, { key: null, ru: "", en: "" }])}
            >
              {words.moreChoices}
            </Button>
          </fieldset>
        )}
        <Checkbox
          label={words.personal}
          description={words.personalHint}
          checked={personal}
          onChange={(event) => setPersonal(event.currentTarget.checked)}
        />
        {error && <ProblemNote error={error} kept />}
        <Group gap={8} justify="space-between">
          <Group gap={8}>
            <Button type="submit" disabled={!ru.trim()} loading={add.isPending || change.isPending}>
              {t.common.act.save}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t.common.act.cancel}
            </Button>
          </Group>
          {field && (
            <Button
              variant="subtle"
              color="gray"
              onClick={() => change.mutate({ id: field.id, body: { archived: true } })}
            >
              {words.archive}
            </Button>
          )}
        </Group>
      </form>
    </Modal>
  );
}
