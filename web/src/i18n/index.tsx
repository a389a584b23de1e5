import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { Label } from "../api/types.ts";
import { en } from "./en/index.ts";
import { type Format, type Money, makeFormat } from "./format.ts";
import { currentLanguage, keepLanguage, type Language } from "./language.ts";
import type { Dictionary } from "./ru/index.ts";
import { ru } from "./ru/index.ts";

const dictionaries: Record<Language, Dictionary> = { ru, en };

export interface I18n {
  language: Language;
  setLanguage(next: Language): void;
  /** The dictionary of the page's own words. */
  t: Dictionary;
  f: Format;
  /** The words of a registry entry, which the API gives in both languages. */
  l(label: Label | string | null | undefined): string;
  setMoney(money: Money): void;
}

const Context = createContext<I18n | null>(null);

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(currentLanguage);
  const [money, setMoney] = useState<Money>({ currency: "RUB", digits: 2 });

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  const value = useMemo<I18n>(
    () => ({
      language,
      setLanguage: (next) => {
        keepLanguage(next);
        setLanguage(next);
      },
      t: dictionaries[language],
      f: makeFormat(language, money),
      l: (label) => (typeof label === "string" ? label : (label?.[language] ?? "")),
      setMoney,
    }),
    [language, money],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (!value) throw new Error("useI18n outside I18nProvider");
  return value;
}
