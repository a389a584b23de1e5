import { ruPlural } from "../plural.ts";

const PEOPLE = { one: "человек", few: "человека", many: "человек" };

export const companies = {
  title: "Компании",
  sentence: (p: { n: number; count: string; money: string }) =>
    `В базе ${p.count} ${ruPlural(p.n, { one: "компания", few: "компании", many: "компаний" })}: их люди потратили ${p.money}.`,
  sentenceNone: "Компаний пока нет.",
  sentenceFound: (p: { n: number; count: string }) =>
    `${ruPlural(p.n, { one: "Нашлась", few: "Нашлись", many: "Нашлось" })} ${p.count} ${ruPlural(p.n, { one: "компания", few: "компании", many: "компаний" })}.`,
  none: "Здесь будут компании ваших клиентов",
  noneDo:
    "Заведите компанию с ИНН и добавьте её людей: покупки сложатся, а в карточке каждого будет видно, откуда он.",
  notFound: "Такой компании нет",
  notFoundDo: "Проверьте название или ИНН.",
  search: "Название или ИНН",
  archivedToo: "Показать и архив",
  archived: "в архиве",
  add: "Новая компания",
  added: "Компания добавлена",
  known: "Такая компания уже была: открыли её",
  name: "Название",
  inn: "ИНН",
  innHint: "10 цифр, у ИП — 12",
  innIs: (inn: string) => `ИНН ${inn}`,
  kpp: "КПП",
  kppIs: (kpp: string) => `КПП ${kpp}`,
  note: "Заметка",
  edit: "Изменить компанию",
  archive: "Убрать в архив",
  restore: "Вернуть из архива",
  people: (n: number, text: string) => `${text} ${ruPlural(n, PEOPLE)}`,
  peopleTitle: "Люди",
  peopleNone: "Добавьте людей компании: их покупки сложатся.",
  addPerson: "Добавить человека",
  find: "Кого добавить",
  role: "Кто он там",
  roleHint: "директор, бухгалтер",
  roleOf: (name: string) => `Кто там ${name}`,
  drop: (name: string) => `Убрать: ${name}`,
  orders: "Покупок",
  money: "Потратили",
  last: "Последняя покупка",
  columnPeople: "Людей",
  together: (p: { n: number; count: string; money: string }) =>
    `Вместе: ${p.count} ${ruPlural(p.n, { one: "покупка", few: "покупки", many: "покупок" })} на ${p.money}`,
  toList: "Все компании",
};

export const circle = {
  title: "Компании и семья",
  home: (p: { n: number; count: string; money: string }) =>
    `Живут вместе, всего ${p.count} ${ruPlural(p.n, { one: "покупка", few: "покупки", many: "покупок" })} на ${p.money}`,
  add: "Добавить",
  addCompany: "Компания",
  addHousehold: "Родные",
  company: "Компания",
  companyFind: "Название или ИНН компании",
  companyNew: (name: string) => `Завести компанию «${name}»`,
  roleHome: "Кем приходится",
  roleHomeHint: "муж, жена, мама, сын",
  findHome: "Кто ещё живёт в этой семье",
  moves: "Если человек был в другой семье, он перейдёт в эту.",
  drop: (name: string) => `Убрать: ${name}`,
};
