import type { MetricSpec } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";

/** How a figure moved, in words fit for its unit: shares move by points, the rest by per cent. */
export function useChange() {
  const { f } = useI18n();
  return (spec: MetricSpec, now: number | null | undefined, before: number | null | undefined) => {
    if (now === null || now === undefined || before === null || before === undefined) return null;
    const difference = now - before;
    if (spec.unit !== "share" && before === 0) return null;
    const text = spec.unit === "share" ? f.points(difference) : f.change(difference / Math.abs(before));
    // What is read as nothing is neither good nor bad.
    return { text, good: /[1-9]/.test(text) ? verdict(spec, difference) : null };
  };
}

/** True: better than before; false: worse; null: the same, or neither way is better. */
export function verdict(spec: MetricSpec, difference: number): boolean | null {
  if (spec.better === "none" || Math.abs(difference) < 1e-9) return null;
  return difference > 0 === (spec.better === "up");
}
