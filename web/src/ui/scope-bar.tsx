import { Button, Group, Popover, Select } from "@mantine/core";
import { DatePicker } from "@mantine/dates";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../api/calls.ts";
import { useI18n } from "../i18n/index.tsx";
import { addDays, PERIODS, type PeriodKey } from "../lib/period.ts";
import type { Looked } from "../lib/scope.ts";
import type { ScopeSearch } from "../lib/url.ts";
import { SegmentPicker } from "./segment-picker.tsx";

/** Period, store, channel and segment. What is chosen stands in the address. */
export function ScopeBar(props: {
  looked: Looked;
  search: ScopeSearch;
  onChange: (next: ScopeSearch) => void;
  noPlace?: boolean;
  noSegment?: boolean;
}) {
  const { t, f, language } = useI18n();
  const { looked, search, onChange } = props;
  const words = t.common.period;
  const [picking, setPicking] = useState(false);
  const [dates, setDates] = useState<[string | null, string | null]>([null, null]);
  const stores = useQuery({ ...calls.stores, enabled: !props.noPlace });
  const channels = useQuery({ ...calls.channels, enabled: !props.noPlace });
  const last = addDays(looked.scope.to, -1);

  const pickDates = (value: [string | null, string | null]) => {
    setDates(value);
    const [from, to] = value;
    if (from && to) {
      setPicking(false);
      onChange({ ...search, period: undefined, from: from.slice(0, 10), to: addDays(to.slice(0, 10), 1) });
    }
  };

  return (
    <>
      <Popover opened={picking} onChange={setPicking} position="bottom-start" trapFocus withinPortal>
        <Group gap={6} wrap="nowrap">
          <Select
            aria-label={words.label}
            w={{ base: 132, xs: 164 }}
            value={looked.key}
            allowDeselect={false}
            data={[
              ...PERIODS.map((key) => ({ value: key as string, label: words[key] })),
              { value: "custom", label: words.custom },
            ]}
            onChange={(value) => {
              if (value === "custom") {
                setDates([looked.scope.from, last]);
                setPicking(true);
              } else
                onChange({
                  ...search,
                  from: undefined,
                  to: undefined,
                  period: (value ?? undefined) as PeriodKey,
                });
            }}
          />
          <Popover.Target>
            <Button
              variant="subtle"
              color="gray"
              px={4}
              c="var(--ink-soft)"
              fw={450}
              onClick={() => {
                setDates([null, null]);
                setPicking((now) => !now);
              }}
              title={words.custom}
            >
              {looked.scope.from < "1971" ? f.day(last) : `${f.day(looked.scope.from)} – ${f.day(last)}`}
            </Button>
          </Popover.Target>
        </Group>
        <Popover.Dropdown>
          <p className="small soft" style={{ margin: "0 0 8px" }}>
            {words.pick}
          </p>
          <DatePicker
            type="range"
            locale={language}
            firstDayOfWeek={1}
            value={dates}
            defaultDate={looked.scope.from < "1971" ? last : looked.scope.from}
            onChange={pickDates}
            allowSingleDateInRange
          />
        </Popover.Dropdown>
      </Popover>
      {!props.noPlace && (stores.data?.items.length ?? 0) > 1 && (
        <Select
          aria-label={words.store}
          w={{ base: 162, xs: 180 }}
          value={search.store ?? ""}
          allowDeselect={false}
          data={[
            { value: "", label: words.allStores },
            ...(stores.data?.items ?? []).map((s) => ({ value: s.id, label: s.name })),
          ]}
          onChange={(value) => onChange({ ...search, store: value || undefined })}
        />
      )}
      {!props.noPlace && (channels.data?.items.length ?? 0) > 1 && (
        <Select
          aria-label={words.channel}
          w={{ base: 162, xs: 160 }}
          value={search.channel ?? ""}
          allowDeselect={false}
          data={[
            { value: "", label: words.allChannels },
            ...(channels.data?.items ?? []).map((c) => ({ value: c.id, label: c.name })),
          ]}
          onChange={(value) => onChange({ ...search, channel: value || undefined })}
        />
      )}
      {!props.noSegment && (
        <SegmentPicker value={search.segment} onChange={(segment) => onChange({ ...search, segment })} />
      )}
    </>
  );
}
