import { Button, Group as Row, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import * as calls from "../../api/calls.ts";
import type { SegmentCount, Vocabulary } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import { Group } from "./builder.tsx";
import css from "./segments.module.css";
import { TextField } from "./text-field.tsx";
import { definition, finished, type Node, rooted, treeOf } from "./tree.ts";
import { WhyDrawer } from "./why.tsx";

/** What was touched last: it says what the segment is, the other form follows. */
type Source = { by: "tree"; tree: Node } | { by: "text"; text: string };

export function Editor(props: {
  vocabulary: Vocabulary;
  start: Source;
  id?: string;
  name?: string;
  onDone?: () => void;
}) {
  const { t, l, language } = useI18n();
  const words = t.segments.editor;
  const go = useNavigate();
  const queries = useQueryClient();
  const [source, setSource] = useState<Source>(props.start);
  const [tree, setTree] = useState<Node>(props.start.by === "tree" ? rooted(props.start.tree) : { all: [] });
  const [text, setText] = useState(props.start.by === "text" ? props.start.text : "");
  const [name, setName] = useState(props.name ?? "");
  const [asked] = useDebouncedValue(source, 180);
  const body =
    asked.by === "text"
      ? { text: asked.text }
      : { definition: definition(finished(asked.tree) ?? { all: [] }) };
  const empty = asked.by === "text" && asked.text.trim() === "";
  const count = useQuery({
    ...calls.segmentCount(body),
    enabled: !empty,
    placeholderData: keepPreviousData,
    refetchInterval: 3_000,
  });
  const answer = count.data;
  const fits = answer && answer.problems.length === 0 ? answer : undefined;

  // The form that was not touched follows the answer, once for each answer.
  const seen = useRef<SegmentCount | undefined>(undefined);
  useEffect(() => {
    if (!answer?.forms || count.isPlaceholderData || seen.current === answer) return;
    seen.current = answer;
    if (source.by === "tree") setText(l(answer.forms.text));
    else setTree(rooted(treeOf(answer.forms.definition)));
  }, [answer, count.isPlaceholderData, source, l]);

  const save = useMutation({
    mutationFn: (asNew: boolean) => {
      const written = fits?.forms?.definition;
      const whole = { name, ...(written ? { definition: written } : { text }) };
      return props.id && !asNew ? calls.act.changeSegment(props.id, whole) : calls.act.addSegment(whole);
    },
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: calls.LIVE });
      notifications.show({ message: words.saved });
      props.onDone?.();
      void go({ to: "/segments/$id", params: { id: saved.id } });
    },
  });
  const [why, setWhy] = useState<{ id: string; name: string } | null>(null);
  const pending = source !== asked || count.isPlaceholderData;

  return (
    <div className={css.editor}>
      <section className={css.panel} aria-label={words.conditions}>
        <Group
          node={tree}
          vocabulary={props.vocabulary}
          onChange={(next) => {
            setTree(next);
            setSource({ by: "tree", tree: next });
          }}
        />
        <TextField
          value={text}
          problems={source.by === "text" && !pending ? (answer?.problems ?? []) : []}
          onChange={(next) => {
            setText(next);
            setSource({ by: "text", text: next });
          }}
        />
      </section>
      <section className={css.panel} aria-label={words.live} aria-busy={pending}>
        <Live answer={fits} />
        {answer && answer.problems.length > 0 && !pending && (
          <p className="soft">
            {words.wrong}: {l(answer.problems[0]?.message)}
          </p>
        )}
        {count.error && <ProblemNote error={count.error} onRetry={() => void count.refetch()} />}
        <form
          className={css.save}
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(false);
          }}
        >
          <TextInput
            label={words.name}
            placeholder={words.namePlaceholder}
            value={name}
            maxLength={120}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Row gap={8}>
            <Button type="submit" loading={save.isPending} disabled={!fits || name.trim() === "" || pending}>
              {words.save}
            </Button>
            {props.id && (
              <Button
                variant="default"
                disabled={!fits || name.trim() === "" || name === props.name || pending}
                onClick={() => save.mutate(true)}
              >
                {words.saveNew}
              </Button>
            )}
          </Row>
          {save.error && <ProblemNote error={save.error} kept />}
        </form>
        {fits && <Sample answer={fits} onWhy={setWhy} />}
      </section>
      <WhyDrawer
        person={why}
        asked={fits?.forms ? { definition: fits.forms.definition } : null}
        onClose={() => setWhy(null)}
      />
      <span className="visually-hidden" aria-live="polite">
        {fits?.forms?.words[language]}
      </span>
    </div>
  );
}

/** The answer while the conditions change: the sentence, how many, how much money. */
function Live({ answer }: { answer: SegmentCount | undefined }) {
  const { t, f, l } = useI18n();
  const words = t.segments.editor;
  if (!answer?.forms) return <p className="soft">{words.counting}</p>;
  return (
    <>
      <p className={css.sentence}>{l(answer.forms.words)}</p>
      <dl className={css.figures}>
        <div>
          <dt>{t.segments.people}</dt>
          <dd data-testid="segment-count">{f.count(answer.customers ?? 0)}</dd>
          {typeof answer.share === "number" && (
            <dd className="soft small">{words.share(f.share(answer.share))}</dd>
          )}
        </div>
        <div>
          <dt>{t.segments.money}</dt>
          <dd>{f.moneyShort(answer.paid_minor ?? 0)}</dd>
        </div>
      </dl>
      {answer.customers === 0 && <p className="soft">{words.nobody}</p>}
    </>
  );
}

/** Some of them; each tells why he is in. */
function Sample(props: { answer: SegmentCount; onWhy: (person: { id: string; name: string }) => void }) {
  const { t, f } = useI18n();
  if (props.answer.sample.length === 0) return null;
  return (
    <>
      <h3 className={css.small}>{t.segments.editor.sample_}</h3>
      <ul className={css.sample}>
        {props.answer.sample.map((one) => (
          <li key={one.id}>
            <button type="button" className="plain-button" onClick={() => props.onWhy(one)}>
              <span>{one.name || t.customers.noName}</span>
              <span className="soft">{f.money(one.paid_minor)}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
