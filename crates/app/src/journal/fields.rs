//! What an entry can say was changed or is worth knowing. A personal field is only named; the values of
//! others may stand in the journal too.

use vernis_domain::Text;

/// Something an entry can name.
pub struct Field {
    /// Stable code; on disk.
    pub code: &'static str,
    /// In words.
    pub label: Text,
    /// Its values say something of a customer: they are never written down.
    pub personal: bool,
}

macro_rules! fields {
    ($($name:ident = $code:literal, $personal:literal, $ru:literal, $en:literal;)+) => {
        $(
            #[doc = $en]
            pub static $name: Field = Field {
                code: $code,
                label: Text::new($ru, $en),
                personal: $personal,
            };
        )+
        /// All fields.
        pub static FIELDS: &[&Field] = &[$(&$name),+];
    };
}

fields! {
    LAST_NAME = "last_name", true, "фамилия", "last name";
    FIRST_NAME = "first_name", true, "имя", "first name";
    MIDDLE_NAME = "middle_name", true, "отчество", "middle name";
    BIRTHDAY = "birthday", true, "день рождения", "birthday";
    SEX = "sex", true, "пол", "sex";
    CITY = "city", true, "город", "city";
    ADDRESS = "address", true, "адрес", "address";
    PHONES = "phones", true, "телефоны", "phones";
    EMAILS = "emails", true, "почта", "e-mails";
    CARDS = "cards", true, "карты", "cards";
    EXTERNAL_IDS = "external_ids", true, "внешние коды", "external ids";
    CHILDREN = "children", true, "дети", "children";
    ABOUT = "about", true, "свои поля, метки, предпочтения", "own fields, tags, tastes";
    COMPANY_NAME = "company_name", true, "название компании", "name of the company";
    INN = "inn", true, "ИНН", "taxpayer number";
    KPP = "kpp", true, "КПП", "КПП";
    NOTE = "note", true, "заметка", "note";
    MANAGER = "manager", false, "ответственный", "who looks after them";
    RECORDS = "records", false, "карточек изменено", "records changed";
    RESTORED = "restored", false, "значений возвращено", "values given back";
    KEPT = "kept", false, "значений оставлено", "values left as they are";
    REGISTERED_IN = "registered_in", false, "точка регистрации", "store of registration";
    SHOP_NAME = "shop_name", false, "название магазина", "name of the shop";
    CURRENCY = "currency", false, "валюта", "currency";
    TIME_ZONE = "time_zone", false, "часовой пояс", "time zone";
    CODE = "code", false, "код", "code";
    NAME = "name", false, "название", "name";
    LOGIN = "login", false, "логин", "login";
    REVEALS_A_DAY = "reveals_a_day", false, "показов в день", "contacts shown a day";
    SCOPE = "scope", false, "кого видит", "whom one sees";
    MAY = "may", false, "что можно", "may do";
    ROLE = "role", false, "роль", "role";
    REQUIRED = "required", false, "обязательно", "required";
    CELL = "cell", false, "ячейка", "cell";
    DEFINITION = "definition", false, "условия", "definition";
    ARCHIVED = "archived", false, "в архиве", "archived";
    STRATEGY = "strategy", false, "что делать", "what to do";
    CAUSE = "cause", false, "причина", "cause";
    CONTACT_KIND = "contact_kind", false, "вид контакта", "kind of contact";
    HOW = "how", false, "как", "how";
    DECISION = "decision", false, "решение", "decision";
    OUTCOME = "outcome", false, "итог", "outcome";
    ROWS = "rows", false, "строк", "rows";
    REJECTED = "rejected", false, "отклонено строк", "rows rejected";
    CUSTOMERS = "customers", false, "клиентов", "customers";
    PURCHASES = "purchases", false, "покупок", "purchases";
    FINDINGS = "findings", false, "замечаний", "findings";
    TIMES = "times", false, "раз", "times";
    CODES_LEFT = "codes_left", false, "осталось запасных кодов", "recovery codes left";
    FREEZE = "freeze", false, "закреплены", "frozen";
    PEOPLE_A_DAY = "people_a_day", false, "клиентов в день", "customers a day";
    PEOPLE_A_DAY_KEYS = "people_a_day_keys", false, "клиентов в день на ключ API", "customers a day for an API key";
    COLUMNS = "columns", false, "столбцы", "columns";
    APPROVE_OVER = "approve_over", false, "без второго человека до, клиентов", "without a second person up to, customers";
    SECOND_PERSON = "second_person", false, "нужен второй человек", "a second person is needed";
    CANARY_MAIL = "canary_mail", false, "почта подставных клиентов", "mail of invented customers";
    CANARY_PHONE = "canary_phone", false, "телефон подставных клиентов", "phone of invented customers";
    MADE_AT = "made_at", false, "копия сделана", "backup made at";
}

/// The field of a code.
pub fn field(code: &str) -> Option<&'static Field> {
    FIELDS.iter().copied().find(|field| field.code == code)
}
