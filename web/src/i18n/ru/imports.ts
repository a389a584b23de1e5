import { ruPlural } from "../plural.ts";
import { sentence } from "../sentence.ts";

/** What a file brought or would bring, in words with their numbers; nothing stands for none. */
interface Told {
  added: string[];
  changed: string | null;
  rejected: string | null;
}

export const imports = {
  title: "Сбор",
  sentence: (p: { n: number; text: string; purchases: string; customers: string }) =>
    `Загружено ${p.text} ${ruPlural(p.n, { one: "файл", few: "файла", many: "файлов" })}: ${p.purchases} и ${p.customers}.`,
  sentenceNone: "Файлов ещё не загружали. Начните с выгрузки покупок из кассы или таблицы.",
  drop: "Перетащите файл сюда",
  dropOr: "или",
  choose: "Выбрать файл",
  dropNote: "CSV, TSV или Excel (XLSX). Кодировку, разделитель и столбцы определим сами, вы проверите.",
  dropNow: "Отпустите, чтобы загрузить",
  uploading: (share: string) => `Передаём файл: ${share}`,
  history: "Что загружали",
  file: "Файл",
  when: "Когда",
  state: "Состояние",
  rows: "Строк",
  states: {
    uploaded: "Загружен, ждёт разметки",
    checking: "Проверяем",
    checked: "Проверен",
    importing: "Загружаем",
    done: "Готово",
    cancelled: "Отменён",
    failed: "Не получилось",
    interrupted: "Прерван, можно продолжить",
  },
  kind: "Что в файле",
  kinds: { purchases: "Покупки", customers: "Клиенты", both: "Клиенты и покупки" },
  encoding: "Кодировка",
  delimiter: "Разделитель",
  delimiters: { ";": "точка с запятой", ",": "запятая", "\t": "табуляция", "|": "черта |" } as Record<
    string,
    string
  >,
  sheet: "Лист",
  headerRow: "Строка заголовка",
  noHeader: "нет заголовка",
  preview: "Первые строки файла",
  previewNote: "Над каждым столбцом — что мы в нём поняли. Поправьте, если не так.",
  field: (column: string) => `Что в столбце «${column}»`,
  skip: "Не загружать",
  groups: { customer: "О клиенте", purchase: "О покупке", line: "О товаре в чеке" } as Record<string, string>,
  check: "Проверить без записи",
  run: "Загрузить",
  keepGood: "Если часть строк с ошибками, загрузить остальные",
  mappingSentence: (p: { known: number; all: number }) =>
    `Поняли ${p.known} из ${p.all} ${ruPlural(p.all, { one: "столбца", few: "столбцов", many: "столбцов" })}.`,
  dryTitle: "Что получится",
  drySentence: (p: Told) =>
    sentence([
      p.added.length > 0 && `добавится ${p.added.join(" и ")}`,
      p.changed && `дополнится ${p.changed}`,
      p.rejected ? `не подойдёт ${p.rejected}` : "подойдут все строки",
    ]),
  doneSentence: (p: Told) =>
    sentence([
      p.added.length > 0 && `загружено ${p.added.join(" и ")}`,
      p.changed && `дополнено ${p.changed}`,
      p.rejected ? `не подошло ${p.rejected}` : "подошли все строки",
    ]),
  nothingNew: "Всё из этого файла уже в базе: ничего не изменилось.",
  counts: {
    rows: "Строк в файле",
    purchases_new: "Новых покупок",
    purchases_known: "Уже были в базе",
    lines_new: "Строк с товарами",
    customers_new: "Новых клиентов",
    customers_changed: "Дополнено клиентов",
    products_new: "Новых товаров",
    stores_new: "Новых магазинов",
    rejected: "Не подошло строк",
    skipped_service_rows: "Служебных строк пропущено",
    amount_minor: "Сумма покупок",
  },
  span: "Покупки за",
  reasons: "Почему не подошли",
  warnings: "Что замечено в подошедших строках",
  rejected: "Скачать неподошедшие строки с причинами",
  progress: (p: { done: string; total: string | null }) =>
    p.total ? `${p.done} из ${p.total} строк` : `${p.done} строк`,
  speed: (text: string) => `${text} строк/с`,
  left: (text: string) => `осталось ${text}`,
  interruptedSentence: "Загрузка прервалась.",
  interruptedNote:
    "Всё, что успело записаться, цело. Продолжите — загрузка пойдёт с того же места, и ничего не задвоится.",
  silent:
    "Программа не отвечает. Всё, что уже записано, цело; когда она снова заработает, загрузку можно продолжить здесь.",
  background: "Можно уйти со страницы: загрузка продолжится.",
  cancel: "Остановить",
  resume: "Продолжить",
  again: "Загрузить ещё файл",
  toToday: "Посмотреть, что получилось",
  toCustomers: "К клиентам",
  notFound: "Такой загрузки нет",
  size: "Размер",
  cancelledNote:
    "Загрузка остановлена. Записанное до остановки осталось; файл можно загрузить снова, повторов не будет.",
};
