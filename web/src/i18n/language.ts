/** Which language the person reads. Russian first; the choice is kept in the browser. */

export type Language = "ru" | "en";
const KEY = "vernis-language";

function remembered(): Language | null {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "ru" || kept === "en" ? kept : null;
  } catch {
    return null; // Storage can be forbidden; the choice then lasts until the page is closed.
  }
}

function guessed(): Language {
  const wanted = typeof navigator === "undefined" ? [] : (navigator.languages ?? []);
  const first = wanted.find((tag) => /^(ru|be|kk|uk|en)/i.test(tag));
  return first && /^en/i.test(first) ? "en" : "ru";
}

let language: Language = remembered() ?? guessed();

/** Outside React (the API client) the language is asked for here. */
export const currentLanguage = (): Language => language;

export function keepLanguage(next: Language): void {
  language = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // See above.
  }
}
