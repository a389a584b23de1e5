import type { MetricSpec } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";

/** How a figure moved, in words fit for its unit: shares move by points, the rest by per cent. */
export function useChange() {
  const { f } = useI18n();
  return (spec: MetricSpec, now: number | null | undefined, before: number | null | undefined) => {
    if (now === null || now === undefined || before === null || before === undefined) return null;
    const difference = now - before;
    const good = verdict(spec, difference);
    if (spec.unit === "share") return { text: f.points(difference), good };
    if (before === 0) return null;
    return { text: f.change(difference / Math.abs(before)), good };
  };
}

/** True: better than before; false: worse; null: the same, or neither way is better. */
export function verdict(spec: MetricSpec, difference: number): boolean | null {
  if (spec.better === "none" || Math.abs(difference) < 1e-9) return null;
  return difference > 0 === (spec.better === "up");
}
