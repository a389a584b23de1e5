import { SegmentedControl, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import * as calls from "../api/calls.ts";
import { useI18n } from "../i18n/index.tsx";

const NOT = "not:";

/** What people call the segments a text names: `a,not:b` is “A, without B”. */
export function useSegmentName(enabled = true): (text: string) => string {
  const { t, l } = useI18n();
  const words = t.segments.picker;
  const known = useQuery({ ...calls.segmentVocabulary, enabled });
  const name = (key: string) => l(known.data?.choices.find((one) => one.code === key)?.label) || "…";
  return (text) =>
    text
      .split(",")
      .map((part) => (part.startsWith(NOT) ? words.not(name(part.slice(NOT.length))) : name(part)))
      .join(", ");
}

/** The names a picker offers: the shop's own segments, then ready ones; cells of RFM have a page of their own. */
export function useSegmentOptions(): { group: string; items: { value: string; label: string }[] }[] {
  const { t, l } = useI18n();
  const words = t.segments.picker;
  const known = useQuery(calls.segmentVocabulary);
  const of = (list: string) =>
    (known.data?.choices ?? [])
      .filter((one) => one.list === list && !one.code.startsWith("ready:rfm_"))
      .map((one) => ({ value: one.code, label: l(one.label) }));
  return [
    { group: words.mine, items: of("segment") },
    { group: words.ready, items: of("ready") },
  ].filter((group) => group.items.length > 0);
}

/** Narrows a page to the customers of a segment, or to all the others. */
export function SegmentPicker(props: {
  value: string | undefined;
  onChange: (next: string | undefined) => void;
  label?: boolean;
}) {
  const { t } = useI18n();
  const words = t.segments.picker;
  const options = useSegmentOptions();
  const name = useSegmentName(props.value !== undefined);
  if (options.length === 0) return null;
  const { value, onChange } = props;
  const several = value?.includes(",");
  const turned = !several && value?.startsWith(NOT);
  const key = turned ? value?.slice(NOT.length) : value;
  const offered = options.some((group) => group.items.some((one) => one.value === key));
  const own = key && !offered ? [{ group: words.chosen, items: [{ value: key, label: name(key) }] }] : [];
  return (
    <>
      <Select
        {...(props.label ? { label: words.label } : { "aria-label": words.label })}
        w={{ base: 200, xs: 240 }}
        searchable
        clearable
        placeholder={words.all}
        clearButtonProps={{ "aria-label": words.clear }}
        value={key ?? null}
        data={[...own, ...options]}
        onChange={(next) => onChange(next ?? undefined)}
      />
      {key && !several && (
        <>
          <SegmentedControl
            aria-label={words.mode}
            value={turned ? "without" : "only"}
            data={[
              { value: "only", label: words.only },
              { value: "without", label: words.without },
            ]}
            onChange={(next) => onChange(next === "without" ? NOT + key : key)}
          />
          <Link to="/segments/compare" search={{ segment: key }} className="small">
            {words.compare}
          </Link>
        </>
      )}
    </>
  );
}
