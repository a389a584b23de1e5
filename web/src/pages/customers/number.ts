/** «1 234,5» as the API wants it: minor units for money, a fraction for a share. Null when it is no number. */
export function machineNumber(text: string, unit: string, digits: number): string | null {
  const plain = Number(text.replace(/[\s\u202f\u00a0%₽]/g, "").replace(",", "."));
  if (!Number.isFinite(plain)) return null;
  if (unit === "money") return String(Math.round(plain * 10 ** digits));
  if (unit === "share") return String(plain / 100);
  return String(plain);
}
