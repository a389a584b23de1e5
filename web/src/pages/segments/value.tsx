import { MultiSelect, NumberInput, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import * as calls from "../../api/calls.ts";
import type { Term, Vocabulary } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { DayInput } from "../../ui/day-input.tsx";
import { machineNumber } from "../customers/number.ts";
import css from "./segments.module.css";
import type { Value } from "./tree.ts";

/** Words of the comparisons a term takes. */
export function useOps() {
  const { t } = useI18n();
  const words = t.segments.editor.ops;
  return (term: Term): { value: string; label: string }[] => {
    const own =
      term.kind === "day"
        ? words.day
        : term.kind === "choice" || term.kind === "text"
          ? words.name
          : words.number;
    return term.ops.map((op) => ({ value: op, label: own?.[op] ?? words.rest?.[op] ?? op }));
  };
}

/** A comparison and its value, by the kind of the term: nothing here knows a fact by its key. */
export function Comparison(props: {
  term: Term;
  op: string;
  value: Value | undefined;
  vocabulary: Vocabulary;
  onChange: (op: string, value: Value | undefined) => void;
}) {
  const { t } = useI18n();
  const ops = useOps();
  const { term, op, value, onChange } = props;
  const bare = op === "empty" || op === "filled";
  return (
    <>
      {term.ops.length > 1 && (
        <Select
          aria-label={t.segments.editor.op}
          className={css.op}
          allowDeselect={false}
          value={op}
          data={ops(term)}
          onChange={(next) => {
            if (!next) return;
            const list = next === "in";
            const kept =
              next === "empty" || next === "filled"
                ? undefined
                : list && value !== undefined && !Array.isArray(value)
                  ? [value]
                  : !list && Array.isArray(value)
                    ? value[0]
                    : value;
            onChange(next, kept as Value | undefined);
          }}
        />
      )}
      {!bare && <ValueInput {...props} onChange={(next) => onChange(op, next)} />}
      {op === "next" && <span className="soft">{t.segments.editor.days}</span>}
    </>
  );
}

function ValueInput(props: {
  term: Term;
  op: string;
  value: Value | undefined;
  vocabulary: Vocabulary;
  onChange: (value: Value | undefined) => void;
}) {
  const { t, l } = useI18n();
  const words = t.segments.editor;
  const { term, op, value, vocabulary, onChange } = props;
  if (term.kind === "choice") {
    const listed = vocabulary.choices.filter((one) => one.list === term.choice);
    if (listed.length >= MOST_LISTED && op !== "in")
      return (
        <LongListInput
          list={term.choice ?? ""}
          value={typeof value === "string" ? value : null}
          onChange={(next) => onChange(next ?? undefined)}
        />
      );
    const data = listed.map((one) => ({
      value: one.code,
      label: one.list === "rfm_cell" ? `${one.code} ${l(one.label)}` : l(one.label),
    }));
    return op === "in" ? (
      <MultiSelect
        aria-label={words.values}
        className={css.wide}
        searchable
        data={data}
        value={(Array.isArray(value) ? value : []).map(String)}
        onChange={(next) => onChange(next)}
      />
    ) : (
      <Select
        aria-label={words.value}
        className={css.wide}
        placeholder={words.pick}
        searchable
        data={data}
        value={typeof value === "string" ? value : null}
        onChange={(next) => onChange(next ?? undefined)}
      />
    );
  }
  if (term.kind === "day")
    return <WhenInput value={typeof value === "string" ? value : undefined} onChange={onChange} />;
  if (term.kind === "text")
    return (
      <TextInput
        aria-label={words.value}
        className={css.wide}
        value={typeof value === "string" ? value : ""}
        onChange={(event) => onChange(event.currentTarget.value || undefined)}
      />
    );
  return (
    <FigureInput kind={term.kind} value={typeof value === "number" ? value : undefined} onChange={onChange} />
  );
}

/** The vocabulary tells so many names of a list; what is longer is looked for while typing. */
const MOST_LISTED = 500;

function LongListInput(props: {
  list: string;
  value: string | null;
  onChange: (value: string | null) => void;
}) {
  const { t, l } = useI18n();
  const words = t.segments.editor;
  const [typed, setTyped] = useState("");
  const [asked] = useDebouncedValue(typed, 150);
  const found = useQuery(calls.segmentNames({ list: props.list, typed: asked }));
  const own = useQuery(
    calls.segmentNames({ list: props.list, code: props.value ?? "" }, props.value !== null),
  );
  const names = new Map(
    [...(props.value ? (own.data ?? []) : []), ...(found.data ?? [])].map((one) => [one.code, l(one.label)]),
  );
  return (
    <Select
      aria-label={words.value}
      className={css.wide}
      placeholder={words.pick}
      searchable
      data={[...names].map(([value, label]) => ({ value, label }))}
      // The server has looked already, also by code.
      filter={({ options }) => options}
      value={props.value}
      onSearchChange={setTyped}
      onChange={props.onChange}
    />
  );
}

/** A number as people write it: money in roubles, a share in percent. */
function FigureInput(props: {
  kind: string;
  value: number | undefined;
  onChange: (value: number | undefined) => void;
}) {
  const { t, f } = useI18n();
  const { session } = useHere();
  const digits = session.shop.currency_digits;
  const shown = (value: number | undefined) => {
    if (value === undefined) return "";
    if (props.kind === "money") return f.number(value / 10 ** digits);
    return props.kind === "share" ? f.number(value * 100, 4) : f.number(value, 6);
  };
  const [typed, setTyped] = useState(shown(props.value));
  const read = (text: string) => {
    if (text.trim() === "") return undefined;
    const number = machineNumber(text, props.kind, digits);
    return number === null ? undefined : Number(number);
  };
  // A value from elsewhere (the text, a ready segment) is shown; what is typed stays as typed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another value moves the field
  useEffect(() => {
    if (read(typed) !== props.value) setTyped(shown(props.value));
  }, [props.value]);
  const unit = props.kind === "money" ? "₽" : props.kind === "share" ? "%" : undefined;
  return (
    <TextInput
      aria-label={t.segments.editor.value}
      className={css.figure}
      inputMode="decimal"
      rightSection={
        unit && (unit !== "₽" || session.shop.currency === "RUB") ? (
          <span className="soft">{unit}</span>
        ) : undefined
      }
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        props.onChange(read(event.currentTarget.value));
      }}
    />
  );
}

/** A day: so many days ago, or of the calendar. */
export function WhenInput(props: {
  value: string | undefined;
  label?: string;
  onChange: (value: string | undefined) => void;
}) {
  const { t } = useI18n();
  const { range } = useHere();
  const words = t.segments.editor;
  const date = props.value !== undefined && /^\d{4}-/.test(props.value);
  const ago = props.value === "today" ? 0 : props.value ? -Number.parseInt(props.value, 10) : undefined;
  return (
    <>
      {date ? (
        <DayInput
          label={props.label ?? words.day}
          quiet
          value={props.value as string}
          onChange={props.onChange}
        />
      ) : (
        <NumberInput
          aria-label={props.label ?? words.lastDays}
          className={css.days}
          hideControls
          allowDecimal={false}
          max={36_500}
          min={-36_500}
          value={ago ?? ""}
          onChange={(next) =>
            props.onChange(
              next === ""
                ? undefined
                : Number(next) === 0
                  ? "today"
                  : `${Number(next) > 0 ? "-" : "+"}${Math.abs(Number(next))}d`,
            )
          }
        />
      )}
      <Select
        aria-label={words.whenLabel}
        className={css.mode}
        allowDeselect={false}
        data={Object.entries(words.whens).map(([value, label]) => ({ value, label }))}
        value={date ? "date" : "ago"}
        onChange={(next) => props.onChange(next === "date" ? range.today : "-30d")}
      />
    </>
  );
}
