import { Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import * as calls from "../../api/calls.ts";
import type { WrongPlace } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import css from "./segments.module.css";

/** The definition as text: completed while it is typed, wrong places underlined and told. */
export function TextField(props: {
  value: string;
  problems: WrongPlace[];
  onChange: (text: string) => void;
}) {
  const { t, l, language } = useI18n();
  const words = t.segments.editor;
  const { value, problems, onChange } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [picked, setPicked] = useState(0);
  const [asked] = useDebouncedValue(cursor === null ? null : { text: value, cursor }, 120);
  const found = useQuery(
    calls.segmentCompletions(asked?.text ?? "", asked?.cursor ?? 0, language, asked !== null),
  );
  const open = cursor !== null && asked?.text === value && asked.cursor === cursor;
  const options = open ? (found.data ?? []).slice(0, 8) : [];
  const take = (at: number) => {
    const one = options[at];
    if (!one) return;
    const chars = [...value];
    const next = `${chars.slice(0, one.from).join("")}${one.insert} ${chars.slice(one.to).join("").trimStart()}`;
    const end = one.from + [...one.insert].length + 1;
    onChange(next);
    setPicked(0);
    setCursor(end);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(end, end);
    });
  };
  const look = (element: HTMLTextAreaElement) => {
    const place = element.selectionStart;
    setCursor([...element.value.slice(0, place)].length);
    setPicked(0);
  };
  const chars = [...value];
  const wrong = problems[0];
  const from = wrong?.from ?? 0;
  const to = wrong?.to ?? 0;
  return (
    <div className={css.text}>
      <Textarea
        ref={field}
        label={words.text}
        description={value ? undefined : words.textHint}
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        error={problems.length > 0}
        value={value}
        aria-describedby={wrong ? "segment-wrong" : undefined}
        onChange={(event) => {
          onChange(event.currentTarget.value);
          look(event.currentTarget);
        }}
        onSelect={(event) => look(event.currentTarget)}
        onBlur={() => setTimeout(() => setCursor(null), 150)}
        onKeyDown={(event) => {
          if (options.length === 0) return;
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            const step = event.key === "ArrowDown" ? 1 : -1;
            setPicked((now) => (now + step + options.length) % options.length);
          } else if (event.key === "Tab" && !event.shiftKey) {
            event.preventDefault();
            take(picked);
          } else if (event.key === "Escape") setCursor(null);
        }}
      />
      {options.length > 0 && (
        <div className={css.completions} role="listbox" aria-label={words.completions}>
          {options.map((one, at) => (
            <button
              key={one.insert}
              type="button"
              role="option"
              aria-selected={at === picked}
              tabIndex={-1}
              onMouseDown={(event) => {
                event.preventDefault();
                take(at);
              }}
            >
              {one.insert}
            </button>
          ))}
        </div>
      )}
      {wrong && (
        <div id="segment-wrong" className={css.wrong} role="status">
          {typeof wrong.from === "number" && (
            <p className={css.place}>
              {chars.slice(Math.max(0, from - 30), from).join("")}
              <mark>{chars.slice(from, to).join("") || "…"}</mark>
              {chars.slice(to, to + 30).join("")}
            </p>
          )}
          <p>
            {l(wrong.message)}
            {wrong.proposals.length > 0 && `. ${words.maybe} `}
            {wrong.proposals.map((one) => (
              <button
                key={one}
                type="button"
                className={css.proposal}
                onClick={() => onChange(`${chars.slice(0, from).join("")}${one}${chars.slice(to).join("")}`)}
              >
                {one}
              </button>
            ))}
          </p>
        </div>
      )}
    </div>
  );
}
