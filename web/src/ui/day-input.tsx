import { DatePickerInput } from "@mantine/dates";
import type { Day } from "../api/types.ts";
import { useI18n } from "../i18n/index.tsx";

/** One day, written and picked in the language of the page, not of the browser. */
export function DayInput(props: {
  label: string;
  value: Day;
  max?: Day;
  size?: "xs" | "sm";
  /** The label is said but not shown. */
  quiet?: boolean;
  onChange: (day: Day) => void;
}) {
  const { f, language } = useI18n();
  return (
    <DatePickerInput
      label={props.quiet ? undefined : props.label}
      aria-label={props.quiet ? `${props.label}: ${f.day(props.value)}` : undefined}
      size={props.size ?? "sm"}
      w={150}
      locale={language}
      firstDayOfWeek={1}
      value={props.value}
      maxDate={props.max}
      valueFormatter={({ date }) => (typeof date === "string" ? f.day(date) : "")}
      onChange={(value) => value && props.onChange(value.slice(0, 10))}
      popoverProps={{ withinPortal: true }}
    />
  );
}
