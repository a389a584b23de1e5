import { ruPlural } from "../plural.ts";

export const today = {
  title: "Сегодня",
  sentence: (p: { when: string; revenue: string; orders: string; n: number }) =>
    `${p.when} — ${p.revenue} выручки и ${p.orders} ${ruPlural(p.n, { one: "покупка", few: "покупки", many: "покупок" })}`,
  change: (p: { more: boolean; by: string }) =>
    `, на ${p.by} ${p.more ? "больше" : "меньше"}, чем периодом раньше`,
  same: ", столько же, сколько периодом раньше",
  retention: (p: { share: string }) => ` Из покупавших раньше вернулись ${p.share}.`,
  nothing: (when: string) => `${when} покупок не было.`,
  risk: (p: { n: number; people: string; money: string }) =>
    ` ${ruPlural(p.n, { one: "Уходит", few: "Уходят", many: "Уходят" })} ${p.people} ${ruPlural(p.n, { one: "человек", few: "человека", many: "человек" })}, которые принесли ${p.money}.`,
  figures: "Главные числа",
  allFigures: "Все показатели",
  revenue: "Выручка по месяцам",
  revenueNote: "Сколько принесли новые и сколько вернувшиеся",
  newPart: "Новые",
  returningPart: "Вернувшиеся",
  month: "Месяц",
  leaving: "Кто уходит",
  leavingNote: "Деньги, которые эти люди уже принесли",
  leavingEmpty: "Пока никто не уходит.",
  leavingPeople: (n: number, text: string) =>
    `${text} ${ruPlural(n, { one: "человек", few: "человека", many: "человек" })}`,
  toRisk: "Посмотреть, кто это",
  rfm: "База по давности и частоте",
  rfmNote: "Чем гуще цвет, тем больше денег",
  rfmOpen: "Открыть RFM",
  recency: { "3": "недавно", "2": "средне", "1": "давно" } as Record<string, string>,
  frequency: { "1": "разовые", "2": "редкие", "3": "частые" } as Record<string, string>,
  explain: "что это и откуда",
};
