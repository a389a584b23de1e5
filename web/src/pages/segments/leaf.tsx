import { ActionIcon, Button, Menu, NumberInput, Select } from "@mantine/core";
import type { Term, Vocabulary } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { AddIcon, CloseIcon } from "../../ui/icons.tsx";
import css from "./segments.module.css";
import type { EventLeaf, FactLeaf, Node, Restriction, SequenceLeaf, Value, Window } from "./tree.ts";
import { Comparison, WhenInput } from "./value.tsx";

/** What a fresh condition about a term begins with. */
export function fresh(what: string, vocabulary: Vocabulary): Node {
  const [kind, key = ""] = what.split(":");
  const begin = (term: Term | undefined): { op: string; value?: Value } => ({
    op: term?.ops[0] ?? "ge",
    value: term?.kind === "day" ? "-60d" : term?.kind === "anniversary" ? 7 : undefined,
  });
  if (kind === "event") {
    const term = vocabulary.measures.find((one) => one.key === key);
    return { event: { measure: key, in: { last: 90 }, ...begin(term) } };
  }
  if (kind === "segment") return { segment: "" };
  if (kind === "sample") return { sample: { percent: 10 } };
  if (kind === "sequence") return { sequence: { first: [], bought: false, second: [], within: 60 } };
  if (kind === "held") return { held: { days: 30, what: { all: [] } } };
  const term = vocabulary.facts.find((one) => one.key === key);
  return { fact: { fact: key, ...begin(term) } };
}

const whatOf = (node: Node): string => {
  if ("fact" in node) return `fact:${node.fact.fact}`;
  if ("event" in node) return `event:${node.event.measure}`;
  return Object.keys(node)[0] ?? "";
};

/** One condition: what it is about, how it is compared, with what. */
export function Leaf(props: { node: Node; vocabulary: Vocabulary; onChange: (node: Node) => void }) {
  const { t, l } = useI18n();
  const words = t.segments.editor;
  const { node, vocabulary, onChange } = props;
  const option = (kind: string) => (term: Term) => ({ value: `${kind}:${term.key}`, label: l(term.label) });
  const fixed = "moved" in node || "abc" in node;
  return (
    <>
      {fixed ? (
        <span className={css.fixed}>
          {words.fixed[Object.keys(node)[0] ?? ""]}:{" "}
          {"moved" in node && `${node.moved.from} → ${node.moved.to}`}
          {"abc" in node && node.abc.class}
        </span>
      ) : (
        <Select
          aria-label={words.what}
          className={css.what}
          searchable
          allowDeselect={false}
          value={whatOf(node)}
          data={[
            { group: words.facts, items: vocabulary.facts.map(option("fact")) },
            { group: words.measures, items: vocabulary.measures.map(option("event")) },
            {
              group: words.other,
              items: [
                { value: "sequence", label: words.sequence },
                { value: "segment", label: words.segment },
                { value: "held", label: words.held },
                { value: "sample", label: words.sample },
              ],
            },
          ].map((group) => ({
            ...group,
            // The same name may stand for a fact and for a measure: the group tells them apart.
            items: group.items,
          }))}
          onChange={(next) => next && next !== whatOf(node) && onChange(fresh(next, vocabulary))}
        />
      )}
      {"fact" in node && <OfFact leaf={node.fact} {...props} />}
      {"event" in node && <OfEvent leaf={node.event} {...props} />}
      {"sequence" in node && <OfSequence leaf={node.sequence} {...props} />}
      {"segment" in node && (
        <Select
          aria-label={words.segment}
          className={css.wide}
          placeholder={words.pick}
          searchable
          data={vocabulary.choices
            .filter((one) => one.list === "segment")
            .map((one) => ({ value: one.code, label: l(one.label) }))}
          value={node.segment || null}
          onChange={(next) => onChange({ segment: next ?? "" })}
        />
      )}
      {"sample" in node && (
        <NumberInput
          aria-label={words.percent}
          className={css.days}
          hideControls
          min={0}
          max={100}
          suffix="%"
          value={node.sample.percent}
          onChange={(next) => onChange({ sample: { ...node.sample, percent: Number(next) } })}
        />
      )}
    </>
  );
}

interface Of {
  vocabulary: Vocabulary;
  onChange: (node: Node) => void;
}

function OfFact({ leaf, vocabulary, onChange }: Of & { leaf: FactLeaf }) {
  const term = vocabulary.facts.find((one) => one.key === leaf.fact);
  if (!term) return null;
  return (
    <Comparison
      term={term}
      op={leaf.op}
      value={leaf.value}
      vocabulary={vocabulary}
      onChange={(op, value) => onChange({ fact: { ...leaf, op, value } })}
    />
  );
}

function OfEvent({ leaf, vocabulary, onChange }: Of & { leaf: EventLeaf }) {
  const term = vocabulary.measures.find((one) => one.key === leaf.measure);
  if (!term) return null;
  return (
    <>
      <Comparison
        term={term}
        op={leaf.op}
        value={leaf.value}
        vocabulary={vocabulary}
        onChange={(op, value) => onChange({ event: { ...leaf, op, value } })}
      />
      <WindowInput
        window={leaf.in ?? {}}
        onChange={(window) => onChange({ event: { ...leaf, in: window } })}
      />
      <Restrictions
        list={leaf.with ?? []}
        vocabulary={vocabulary}
        onChange={(list) => onChange({ event: { ...leaf, with: list } })}
      />
    </>
  );
}

function OfSequence({ leaf, vocabulary, onChange }: Of & { leaf: SequenceLeaf }) {
  const { t } = useI18n();
  const words = t.segments.editor;
  const put = (part: Partial<SequenceLeaf>) => onChange({ sequence: { ...leaf, ...part } });
  return (
    <>
      <span className="soft">{words.sequenceFirst}</span>
      <Restrictions list={leaf.first ?? []} vocabulary={vocabulary} onChange={(first) => put({ first })} />
      <WindowInput window={leaf.in ?? {}} onChange={(window) => put({ in: window })} />
      <Select
        aria-label={words.sequence}
        className={css.op}
        allowDeselect={false}
        data={Object.entries(words.sequenceThen).map(([value, label]) => ({ value, label }))}
        value={leaf.bought ? "yes" : "no"}
        onChange={(next) => put({ bought: next === "yes" })}
      />
      <Restrictions list={leaf.second ?? []} vocabulary={vocabulary} onChange={(second) => put({ second })} />
      <span className="soft">{words.within}</span>
      <NumberInput
        aria-label={words.within}
        className={css.days}
        hideControls
        min={1}
        value={leaf.within}
        onChange={(next) => put({ within: Number(next) })}
      />
    </>
  );
}

function WindowInput(props: { window: Window; onChange: (window: Window) => void }) {
  const { t } = useI18n();
  const words = t.segments.editor;
  const { window, onChange } = props;
  const mode = window.last !== undefined ? "last" : window.from || window.to ? "between" : "all";
  return (
    <>
      <Select
        aria-label={words.window}
        className={css.mode}
        allowDeselect={false}
        data={Object.entries(words.windows).map(([value, label]) => ({ value, label }))}
        value={mode}
        onChange={(next) =>
          onChange(next === "last" ? { last: 90 } : next === "between" ? { from: "-365d", to: "today" } : {})
        }
      />
      {mode === "last" && (
        <>
          <NumberInput
            aria-label={words.lastDays}
            className={css.days}
            hideControls
            min={1}
            max={36_500}
            value={window.last ?? ""}
            onChange={(next) => onChange({ last: Number(next) || 0 })}
          />
          <span className="soft">{words.days}</span>
        </>
      )}
      {mode === "between" && (
        <>
          <WhenInput
            label={words.from}
            value={window.from}
            onChange={(from) => onChange({ ...window, from })}
          />
          <WhenInput label={words.to} value={window.to} onChange={(to) => onChange({ ...window, to })} />
        </>
      )}
    </>
  );
}

function Restrictions(props: {
  list: Restriction[];
  vocabulary: Vocabulary;
  onChange: (list: Restriction[]) => void;
}) {
  const { t, l } = useI18n();
  const words = t.segments.editor;
  const { list, vocabulary, onChange } = props;
  return (
    <>
      {list.map((one, at) => {
        const term = vocabulary.fields.find((field) => field.key === one.field);
        if (!term) return null;
        const put = (next: Restriction[]) => onChange(next);
        return (
          <span key={at} className={css.restriction}>
            <span>{l(term.label)}</span>
            <Comparison
              term={{ ...term, ops: term.ops.filter((op) => op !== "empty" && op !== "filled") }}
              op={one.op}
              value={one.value}
              vocabulary={vocabulary}
              onChange={(op, value) => put(list.map((own, i) => (i === at ? { ...own, op, value } : own)))}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${words.dropRestriction}: ${l(term.label)}`}
              onClick={() => put(list.filter((_, i) => i !== at))}
            >
              <CloseIcon size={16} />
            </ActionIcon>
          </span>
        );
      })}
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<AddIcon size={14} />}
            aria-label={words.restrictWhat}
          >
            {words.restrict}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {vocabulary.fields.map((field) => (
            <Menu.Item
              key={field.key}
              onClick={() => onChange([...list, { field: field.key, op: field.ops[0] ?? "eq" }])}
            >
              {l(field.label)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
