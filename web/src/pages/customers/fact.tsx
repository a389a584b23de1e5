import type { FactSpec, FactValue } from "../../api/types.ts";
import { NONE } from "../../i18n/format.ts";
import { useI18n } from "../../i18n/index.tsx";

const NUMBERS = new Set(["count", "money", "share", "days", "ratio", "int", "number", "float"]);
export const kindOf = (spec: FactSpec): string =>
  spec.unit && NUMBERS.has(spec.unit) ? spec.unit : spec.type;
export const isNumber = (spec: FactSpec): boolean => NUMBERS.has(kindOf(spec));

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** How a fact's value is written: by its type from the catalogue, never by its key. */
export function useFactText() {
  const { t, f } = useI18n();
  return (spec: FactSpec, value: FactValue | undefined): string => {
    if (value === null || value === undefined || value === "") return NONE;
    if (typeof value === "boolean") return value ? t.common.yes : t.common.no;
    if (typeof value === "number") return f.unit(value, kindOf(spec));
    return DAY.test(value) ? f.day(value) : value;
  };
}
