/** A sentence of its parts: those that have nothing to say fall away. */
export function sentence(parts: (string | false | null)[]): string {
  const text = parts.filter(Boolean).join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
