import type { MetricUnit } from "../api/types.ts";
import type { Language } from "./language.ts";

/** U+202F, the thin space that does not break: between thousands and before a sign. */
const THIN = "\u202f";
/** U+00A0: between a number and its unit. */
const NBSP = "\u00a0";
const MINUS = "\u2212";
export const NONE = "—";

export interface Money {
  currency: string;
  digits: number;
}

export interface Format {
  /** 12 345 */
  count(value: number): string;
  /** Up to `digits` decimals, none that are not needed. */
  number(value: number, digits?: number): string;
  /** A fraction as a share: 0.4123 is «41,2 %». */
  share(value: number, digits?: number): string;
  /** A difference of two fractions in percentage points, with its sign. */
  points(value: number): string;
  /** A relative change with its sign: 0.08 is «+8 %». */
  change(value: number): string;
  /** Whole minor units as money. Kopecks only where they matter. */
  money(minor: number, options?: { exact?: boolean; signed?: boolean }): string;
  /** The same shortened: «1,3 млн ₽». */
  moneyShort(minor: number): string;
  countShort(value: number): string;
  /** 23 ноя 2026 */
  day(day: string): string;
  /** A birthday, with or without its year. */
  birthday(text: string): string;
  /** ноябрь 2026 */
  month(day: string): string;
  /** A month's name alone, from 1. */
  monthName(month: number): string;
  /** ноя 26 */
  monthShort(day: string): string;
  /** 23 ноя 2026, 14:05; today only the time */
  moment(instant: string, zone?: string): string;
  size(bytes: number): string;
  duration(seconds: number): string;
  /** A metric's or a fact's value by its unit. */
  unit(value: number | null | undefined, unit: MetricUnit | string, short?: boolean): string;
}

const clean = (text: string) => text.replace(/[\u2009\u202f ]/g, THIN).replace(/^-/, MINUS);

const UNITS = {
  ru: { kb: "КБ", mb: "МБ", gb: "ГБ", b: "Б", s: "с", m: "мин", h: "ч", d: "дн." },
  en: { kb: "KB", mb: "MB", gb: "GB", b: "B", s: "s", m: "min", h: "h", d: "d" },
} as const;

const RU_MONTHS = ["янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"];
const EN_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const RU_MONTHS_ALONE = ["янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"];

export function makeFormat(language: Language, money: Money): Format {
  const locale = language === "ru" ? "ru-RU" : "en-GB";
  const cache = new Map<string, Intl.NumberFormat>();
  const with_ = (options: Intl.NumberFormatOptions) => {
    const key = JSON.stringify(options);
    let made = cache.get(key);
    if (!made) {
      // Four figures are grouped too, so that a column of numbers reads evenly.
      // What rounds to nothing has no sign.
      made = new Intl.NumberFormat(locale, {
        useGrouping: "always",
        signDisplay: "negative",
        ...options,
      } as Intl.NumberFormatOptions);
      cache.set(key, made);
    }
    return made;
  };
  const plain = (value: number, options: Intl.NumberFormatOptions) => {
    const parts = with_(options).formatToParts(value);
    const text = parts.map((part) => (part.type === "group" ? THIN : part.value)).join("");
    return clean(text);
  };
  const symbol =
    new Intl.NumberFormat(locale, {
      style: "currency",
      currency: money.currency,
      currencyDisplay: "narrowSymbol",
    })
      .formatToParts(0)
      .find((part) => part.type === "currency")?.value ?? money.currency;
  const scale = 10 ** money.digits;
  const percent = (value: number, digits: number, fixed = false) =>
    `${plain(value * 100, { minimumFractionDigits: fixed ? digits : 0, maximumFractionDigits: digits })}${language === "ru" ? NBSP : ""}%`;
  const signed = (value: number, text: string) => (value > 0 && /[1-9]/.test(text) ? `+${text}` : text);
  // In Russian the sign of the currency follows the number; in English it stands where the trade puts it.
  const place = (text: string) => {
    if (language === "ru" || symbol.length > 1 || symbol === "₽") return `${text}${NBSP}${symbol}`;
    return text.startsWith(MINUS) ? `${MINUS}${symbol}${text.slice(1)}` : `${symbol}${text}`;
  };
  const short = (value: number) =>
    clean(
      with_({ notation: "compact", maximumFractionDigits: Math.abs(value) >= 1000 ? 1 : 0 })
        .formatToParts(value)
        .map((part) => (part.type === "group" ? THIN : part.value))
        .join(""),
    );

  const parts = (day: string) => {
    const [year = "", month = "1", date = "1"] = day.slice(0, 10).split("-");
    return { year, month: Number(month) - 1, date: Number(date) };
  };

  const format: Format = {
    count: (value) => plain(value, { maximumFractionDigits: 0 }),
    number: (value, digits = 2) => plain(value, { maximumFractionDigits: digits }),
    share: (value, digits = 1) => percent(value, digits, true),
    points: (value) => {
      const text = plain(value * 100, { maximumFractionDigits: 1 });
      return signed(value, `${text}${NBSP}${language === "ru" ? "п.\u202fп." : "pp"}`);
    },
    change: (value) => signed(value, percent(value, Math.abs(value) < 0.1 ? 1 : 0)),
    money: (minor, options) => {
      const major = minor / scale;
      const fine = options?.exact ?? Math.abs(major) < 1000;
      const digits = fine && minor % scale !== 0 ? money.digits : 0;
      const text = place(plain(major, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
      return options?.signed ? signed(minor, text) : text;
    },
    moneyShort: (minor) => {
      const major = minor / scale;
      return Math.abs(major) < 10_000 ? format.money(Math.round(major) * scale) : place(short(major));
    },
    countShort: (value) => (Math.abs(value) < 10_000 ? format.count(value) : short(value)),
    day: (day) => {
      const { year, month, date } = parts(day);
      return `${date}\u00a0${(language === "ru" ? RU_MONTHS : EN_MONTHS)[month]}\u00a0${year}`;
    },
    birthday: (text) => {
      if (!text.startsWith("--")) return format.day(text);
      const { month, date } = parts(`2000-${text.slice(2)}`);
      return `${date}\u00a0${(language === "ru" ? RU_MONTHS : EN_MONTHS)[month]}`;
    },
    monthName: (month) =>
      new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" }).format(
        new Date(Date.UTC(2024, month - 1, 1)),
      ),
    month: (day) => {
      const { year, month } = parts(day);
      const name = new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" });
      return `${name.format(new Date(Date.UTC(2024, month, 1)))}\u00a0${year}`;
    },
    monthShort: (day) => {
      const { year, month } = parts(day);
      return `${(language === "ru" ? RU_MONTHS_ALONE : EN_MONTHS)[month]}\u00a0${year.slice(2)}`;
    },
    moment: (instant, zone) => {
      const at = new Date(instant);
      const dayOf = (date: Date) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(date);
      const time = new Intl.DateTimeFormat(locale, {
        hour: "2-digit",
        minute: "2-digit",
        timeZone: zone,
      }).format(at);
      const day = dayOf(at);
      return day === dayOf(new Date()) ? time : `${format.day(day)}, ${time}`;
    },
    size: (bytes) => {
      const u = UNITS[language];
      if (bytes < 1000) return `${format.count(bytes)}${NBSP}${u.b}`;
      if (bytes < 1e6) return `${format.number(bytes / 1e3, 0)}${NBSP}${u.kb}`;
      if (bytes < 1e9) return `${format.number(bytes / 1e6, 1)}${NBSP}${u.mb}`;
      return `${format.number(bytes / 1e9, 1)}${NBSP}${u.gb}`;
    },
    duration: (seconds) => {
      const u = UNITS[language];
      const s = Math.max(0, Math.round(seconds));
      if (s < 60) return `${s}${NBSP}${u.s}`;
      if (s < 3600) return `${Math.floor(s / 60)}${NBSP}${u.m}${NBSP}${s % 60}${NBSP}${u.s}`;
      return `${Math.floor(s / 3600)}${NBSP}${u.h}${NBSP}${Math.floor((s % 3600) / 60)}${NBSP}${u.m}`;
    },
    unit: (value, unit, isShort) => {
      if (value === null || value === undefined || Number.isNaN(value)) return NONE;
      switch (unit) {
        case "money":
          return isShort ? format.moneyShort(value) : format.money(value);
        case "share":
          return format.share(value, isShort ? 1 : 2);
        case "days":
          return `${format.number(value, 1)}${NBSP}${UNITS[language].d}`;
        case "ratio":
          return format.number(value, 2);
        case "count":
          return isShort ? format.countShort(value) : format.number(value, 1);
        default:
          return format.number(value, 2);
      }
    },
  };
  return format;
}
