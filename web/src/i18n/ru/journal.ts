import type { Format } from "../format.ts";
import { ruPlural } from "../plural.ts";

const COUNTED = new Set(["rows", "rejected", "customers", "purchases", "findings", "times"]);

export const journal = {
  note: "Кто, что, с чьей карточкой, откуда и когда сделал. Записи нельзя ни изменить, ни удалить: они связаны в цепочку, и проверка базы найдёт любую правку.",
  when: "Когда",
  who: "Кто",
  what: "Что сделано",
  where: "Откуда",
  anybody: "Кто угодно",
  anything: "Что угодно",
  always: "За всё время",
  everybody: "О любом клиенте",
  oneCustomer: "Только об одном клиенте",
  allOf: (group: string) => `${group}: всё`,
  none: "Таких записей нет",
  noneDo: "Измените условия: другой сотрудник, другое действие, больше дней.",
  changed: "Изменено:",
  because: (reason: string) => `Зачем: ${reason}`,
  andMore: (count: number) =>
    `и ещё ${count} ${ruPlural(count, { one: "запись", few: "записи", many: "записей" })}`,
  nameless: {
    customer: "Клиент без имени",
    purchase: "покупка",
    import: "файл",
    staff: "сотрудник",
    key: "ключ",
    store: "точка продаж",
    channel: "канал",
    export: "выгрузка",
  },
  fact: (code: string, value: string, f: Format) => {
    if (code === "made_at") return f.moment(value);
    return COUNTED.has(code) ? f.count(Number(value)) : value;
  },
  chain: (p: { count: string; link: string; anchored: string | null }) =>
    `В цепочке записей: ${p.count}. Последнее звено ${p.link}…${
      p.anchored ? `; отмечено в файле journal-anchors: ${p.anchored}` : ""
    }. Проверка — команда vernis verify.`,
};
