import { ruPlural } from "../plural.ts";

export const keys = {
  note: "Ключ даёт программе доступ к API: кассе, сайту, учётной системе. Каждой программе — свой ключ и только то, что ей нужно.",
  create: "Создать ключ",
  createTitle: "Новый ключ",
  name: "Для чего ключ",
  nameHint: "Касса на Ленина",
  may: "Что может",
  everything: "Всё, что может программа",
  nothing: "Ничего",
  some: (n: number, all: number) => `${n} из ${all} разрешений`,
  used: "Последний раз",
  never: "не использовался",
  since: (moment: string) => `создан ${moment}`,
  rotatedAt: (moment: string) => `секрет заменён ${moment}`,
  oldUntil: (moment: string) => `прежний работает до ${moment}`,
  pace: (n: number) => `не чаще ${n} ${ruPlural(n, { one: "раза", few: "раз", many: "раз" })} в минуту`,
  perMinute: "Запросов в минуту, не больше",
  perMinuteNote: "Пусто — без ограничения.",
  once: (name: string) => `Ключ «${name}». Сохраните его сейчас: больше он не покажется.`,
  none: "Ключей нет.",
  change: "Изменить",
  rotate: "Заменить секрет",
  remove: "Удалить",
  acts: {
    change: (name: string) => `Ключ «${name}»: что он может`,
    rotate: (name: string) => `Заменить секрет ключа «${name}»`,
    remove: (name: string) => `Удалить ключ «${name}»`,
  },
  rotateNote:
    "Программа получит новый секрет. Прежний проработает ещё немного, чтобы касса не встала, пока вы его меняете.",
  grace: "Прежний секрет",
  graces: (hours: number): string =>
    hours === 0
      ? "перестаёт работать сразу"
      : hours === 168
        ? "работает ещё неделю"
        : hours === 24
          ? "работает ещё сутки"
          : "работает ещё час",
  confirm: (name: string) => `Удалить ключ «${name}»? Программа с этим ключом сразу потеряет доступ.`,
};
