import {
  Button,
  Checkbox,
  Group,
  Modal,
  MultiSelect,
  SegmentedControl,
  Select,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { asProblem } from "../../api/problem.ts";
import type { CustomerCard, CustomField, CustomValue } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import css from "./noted.module.css";
import { machineNumber } from "./number.ts";

/** What stands in an input, as text or list. */
type Typed = string | string[];

/** Own fields, tags, tastes and marks, changed at once. */
export function NotedForm(props: { card: CustomerCard; fields: CustomField[]; onClose: () => void }) {
  const { t, l } = useI18n();
  const words = t.noted;
  const { session } = useHere();
  const queries = useQueryClient();
  const { card } = props;
  const digits = session.shop.currency_digits;
  const fields = props.fields.filter((field) => !field.archived);
  const [tags, setTags] = useState(card.tags);
  const [likes, setLikes] = useState(card.likes);
  const [marks, setMarks] = useState({
    vip: { set: Boolean(card.vip), reason: card.vip?.reason ?? "" },
    problem: { set: Boolean(card.problem), reason: card.problem?.reason ?? "" },
  });
  const custom = card.custom as Record<string, CustomValue>;
  const [own, setOwn] = useState<Record<string, Typed>>(() =>
    Object.fromEntries(fields.map((field) => [field.key, typedOf(field, custom[field.key], digits)])),
  );
  const save = useMutation({
    mutationFn: () =>
      calls.act.changeCustomer(card.id, {
        tags,
        likes,
        vip: marks.vip,
        problem: marks.problem,
        custom: Object.fromEntries(
          fields.map((field) => [field.key, sentOf(field, own[field.key] ?? "", digits)]),
        ),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      notifications.show({ message: t.common.saved });
      props.onClose();
    },
  });
  const problem = save.error ? asProblem(save.error) : null;
  const wrong = (key: string) => {
    const found = problem?.errors?.find((one) => one.field === `custom.${key}`);
    return found && l(found.message);
  };
  const shown = problem?.errors?.length && problem.errors.every((one) => one.field.startsWith("custom."));
  const set = (key: string, value: Typed) => {
    save.reset();
    setOwn((now) => ({ ...now, [key]: value }));
  };
  return (
    <Modal opened onClose={props.onClose} title={words.title} size="lg">
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Words of="tags" label={words.tags} hint={words.tagsHint} value={tags} onChange={setTags} />
        <Words of="likes" label={words.likes} hint={words.likesHint} value={likes} onChange={setLikes} />
        {(["vip", "problem"] as const).map((kind) => (
          <div key={kind}>
            <Checkbox
              label={kind === "vip" ? words.setVip : words.setProblem}
              checked={marks[kind].set}
              onChange={(event) => {
                const { checked } = event.currentTarget;
                setMarks((now) => ({ ...now, [kind]: { ...now[kind], set: checked } }));
              }}
            />
            {marks[kind].set && (
              <TextInput
                mt={6}
                aria-label={words.reason}
                placeholder={words.reason}
                maxLength={300}
                value={marks[kind].reason}
                onChange={(event) => {
                  const reason = event.currentTarget.value;
                  setMarks((now) => ({ ...now, [kind]: { ...now[kind], reason } }));
                }}
              />
            )}
          </div>
        ))}
        {fields.map((field) => (
          <OwnInput
            key={field.id}
            field={field}
            value={own[field.key] ?? ""}
            error={wrong(field.key)}
            onChange={(value) => set(field.key, value)}
          />
        ))}
        {save.error && !shown && <ProblemNote error={save.error} kept />}
        <Group gap={8}>
          <Button type="submit" loading={save.isPending}>
            {t.common.act.save}
          </Button>
          <Button variant="default" onClick={props.onClose}>
            {t.common.act.cancel}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

/** Words typed with those in use offered. */
export function Words(props: {
  of: "tags" | "likes";
  label: string;
  hint: string;
  value: string[];
  onChange: (next: string[]) => void;
}) {
  const known = useQuery(calls.knownWords(props.of));
  return (
    <TagsInput
      label={props.label}
      placeholder={props.hint}
      value={props.value}
      maxTags={50}
      splitChars={[",", ";"]}
      clearable
      data={(known.data?.items ?? []).map((one) => one.word)}
      onChange={props.onChange}
    />
  );
}

/** One own field as an input of its kind. */
export function OwnInput(props: {
  field: CustomField;
  value: Typed;
  error?: string | undefined;
  onChange: (next: Typed) => void;
}) {
  const { t, l } = useI18n();
  const { field, value, error, onChange } = props;
  const label = l(field.label);
  const choices = field.choices.map((one) => ({ value: one.key, label: l(one.label) }));
  if (field.kind === "choice")
    return (
      <Select
        label={label}
        clearable
        searchable
        placeholder={t.noted.none}
        error={error}
        data={choices}
        value={(value as string) || null}
        onChange={(next) => onChange(next ?? "")}
      />
    );
  if (field.kind === "choices")
    return (
      <MultiSelect
        label={label}
        clearable
        searchable
        error={error}
        data={choices}
        value={value as string[]}
        onChange={onChange}
      />
    );
  if (field.kind === "flag")
    return (
      <div role="group" aria-label={label}>
        <div style={{ fontSize: "var(--mantine-font-size-sm)", fontWeight: 500, marginBottom: 4 }}>
          {label}
        </div>
        <SegmentedControl
          value={value as string}
          data={[
            { value: "", label: t.noted.none },
            { value: "yes", label: t.noted.yes },
            { value: "no", label: t.noted.no },
          ]}
          onChange={onChange}
        />
      </div>
    );
  return (
    <TextInput
      label={label}
      error={error}
      type={field.kind === "date" ? "date" : field.kind === "link" ? "url" : "text"}
      inputMode={field.kind === "number" || field.kind === "money" ? "decimal" : undefined}
      maxLength={500}
      value={value as string}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** A value of the API as it is typed. */
export function typedOf(field: CustomField, value: CustomValue | undefined, digits: number): Typed {
  if (field.kind === "choices") return Array.isArray(value) ? value : [];
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (field.kind === "money") return String(Number(value) / 10 ** digits);
  return String(value);
}

/** What is typed, as the API takes it; what is no number goes as text, so that the server names it. */
export function sentOf(field: CustomField, typed: Typed, digits: number): CustomValue {
  if (Array.isArray(typed)) return typed;
  const text = typed.trim();
  if (text === "") return null;
  if (field.kind === "flag") return text === "yes";
  if (field.kind === "money" || field.kind === "number") {
    const plain = machineNumber(text, field.kind, digits);
    return plain === null ? text : Number(plain);
  }
  return text;
}
