import type { Language } from "../i18n/language.ts";

/** Currencies a shop that reads Russian or English most likely counts in, then every other the browser knows. */
const FIRST = ["RUB", "KZT", "BYN", "AMD", "KGS", "UZS", "GEL", "USD", "EUR", "GBP", "CNY", "TRY", "AED"];

interface Choice {
  value: string;
  label: string;
}

/** Hundreds of names and offsets: made once a language, not at every key pressed. */
function once(make: (language: Language) => Choice[]): (language: Language) => Choice[] {
  const made = new Map<Language, Choice[]>();
  return (language) => {
    const known = made.get(language) ?? make(language);
    made.set(language, known);
    return known;
  };
}

export const currencyChoices = once((language) => {
  const names = new Intl.DisplayNames([language], { type: "currency" });
  const rest = Intl.supportedValuesOf("currency").filter((code) => !FIRST.includes(code));
  return [...FIRST, ...rest].map((code) => ({ value: code, label: `${names.of(code) ?? code} · ${code}` }));
});

export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "Europe/Moscow";

const RU_CITIES: Record<string, string> = {
  "Europe/Moscow": "Москва",
  "Europe/Kaliningrad": "Калининград",
  "Europe/Samara": "Самара",
  "Asia/Yekaterinburg": "Екатеринбург",
  "Asia/Omsk": "Омск",
  "Asia/Krasnoyarsk": "Красноярск",
  "Asia/Irkutsk": "Иркутск",
  "Asia/Yakutsk": "Якутск",
  "Asia/Vladivostok": "Владивосток",
  "Asia/Magadan": "Магадан",
  "Asia/Kamchatka": "Камчатка",
};

function offset(zone: string): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts();
  const text = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  return text === "GMT" ? "UTC" : text.replace("GMT", "UTC");
}

export const zoneChoices = once((language) => {
  const russian = Object.keys(RU_CITIES);
  const all = new Set([...russian, ownZone(), ...Intl.supportedValuesOf("timeZone"), "UTC"]);
  return [...all].map((zone) => {
    const city = zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone;
    return {
      value: zone,
      label: `${language === "ru" ? (RU_CITIES[zone] ?? city) : city} · ${offset(zone)}`,
    };
  });
});
