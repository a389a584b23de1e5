import { useQuery } from "@tanstack/react-query";
import * as calls from "../../api/calls.ts";
import type { FactSpec, FactValue } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { NONE } from "../../i18n/format.ts";
import { useI18n } from "../../i18n/index.tsx";
import { placeGroup } from "../../lib/known.ts";

const NUMBERS = new Set(["count", "money", "share", "days", "ratio", "int", "number", "float"]);
export const kindOf = (spec: FactSpec): string =>
  spec.unit && NUMBERS.has(spec.unit) ? spec.unit : spec.type;
export const isNumber = (spec: FactSpec): boolean => NUMBERS.has(kindOf(spec));

const CELL = /^[1-3]{3}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** How a fact's value is written: by its type from the catalogue, never by its key. */
export function useFactText() {
  const { t, f, l } = useI18n();
  const cellText = useCellText();
  return (spec: FactSpec, value: FactValue | undefined): string => {
    if (value === null || value === undefined || value === "") return NONE;
    const named = (key: string) => {
      const found = spec.values?.find((one) => one.key === key);
      return found ? l(found.label) : key;
    };
    if (Array.isArray(value)) return value.length ? value.map(named).join(", ") : NONE;
    if (typeof value === "boolean") return value ? t.common.yes : t.common.no;
    if (typeof value === "number") return f.unit(value, kindOf(spec));
    if (spec.type === "rfm_cell" || CELL.test(value)) return cellText(value);
    if (spec.values?.some((one) => one.key === value)) return named(value);
    if (spec.type === "text") return value;
    if (spec.type === "birthday") return f.birthday(value);
    return DAY.test(value) ? f.day(value) : value;
  };
}

/** Bare digits say nothing: a segment is written with its name. */
export function useCellText() {
  const { l } = useI18n();
  const { range } = useHere();
  const rfm = useQuery(calls.rfm({ as_of: range.asOf }));
  return (cell: string): string => {
    const name = rfm.data?.cells.find((one) => one.cell === cell)?.name;
    return name ? `${cell} ${l(name)}` : cell;
  };
}

/** Where somebody stood in RFM: a segment, a group of three, or none. */
export function usePlaceText() {
  const { t } = useI18n();
  const cellText = useCellText();
  return (place: string): string => (CELL.test(place) ? cellText(place) : placeGroup(place, t.analytics.rfm));
}
