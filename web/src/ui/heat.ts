/** Seven steps of one colour, each with an ink that keeps 4.5:1 on it, in both themes. */
export function heatStyle(share: number | null): { background: string; color: string } {
  if (share === null || Number.isNaN(share)) return { background: "transparent", color: "inherit" };
  const step = Math.max(0, Math.min(6, Math.ceil(share * 6)));
  return {
    background: `var(--heat-${step})`,
    color: step >= 4 ? "var(--heat-ink-deep)" : "var(--heat-ink)",
  };
}
