/** Forms of a countable word. Russian has three for whole numbers and takes the second for fractions. */
export interface RuForms {
  one: string;
  few: string;
  many: string;
}
export interface EnForms {
  one: string;
  other: string;
}

const ruRules = new Intl.PluralRules("ru");
const enRules = new Intl.PluralRules("en");

export function ruPlural(count: number, forms: RuForms): string {
  const rule = ruRules.select(count);
  if (rule === "one") return forms.one;
  return rule === "many" ? forms.many : forms.few;
}

export function enPlural(count: number, forms: EnForms): string {
  return enRules.select(count) === "one" ? forms.one : forms.other;
}
