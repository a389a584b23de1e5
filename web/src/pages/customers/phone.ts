/** +79161234567 as people read it aloud. Other countries' numbers stay as they are. */
export function phoneText(e164: string): string {
  const own = /^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(e164);
  return own ? `+7 ${own[1]} ${own[2]}-${own[3]}-${own[4]}` : e164;
}
