//! What a column of a file may mean: the one list the API, the UI, the guess and the reader share.

use super::Kind;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::OnceLock;
use vernis_domain::text::fold;
use vernis_domain::{CustomField, Text};

/// What part of a row a field describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// The buyer.
    Customer,
    /// The receipt.
    Purchase,
    /// One product of the receipt.
    Line,
}

/// One field.
pub struct FieldSpec {
    /// Stable key.
    pub key: Field,
    /// Its name in the API.
    pub code: &'static str,
    /// Russian label.
    pub ru: &'static str,
    /// English label.
    pub en: &'static str,
    /// What it describes.
    pub group: Group,
    /// Kinds of files it may stand in.
    pub kinds: &'static [Kind],
    /// Several columns may carry it (two phones).
    pub many: bool,
    /// Spellings of column headers, folded, signs as single spaces.
    pub spellings: &'static [&'static str],
}

macro_rules! fields {
    ($($key:ident $code:literal $group:ident $kinds:ident $many:literal $ru:literal / $en:literal : $spellings:literal;)+) => {
        /// Keys of [`REGISTRY`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Field { $($key),+ }

        /// Every field, in the order offered.
        pub static REGISTRY: &[FieldSpec] = &[$(FieldSpec {
            key: Field::$key,
            code: $code,
            ru: $ru,
            en: $en,
            group: Group::$group,
            kinds: $kinds,
            many: $many,
            spellings: &[$spellings],
        }),+];
    };
}

const ALL: &[Kind] = &[Kind::Purchases, Kind::Customers, Kind::Both];
const PEOPLE: &[Kind] = &[Kind::Customers, Kind::Both];
const SALES: &[Kind] = &[Kind::Purchases, Kind::Both];

// Spellings of one field are one text separated by `|`, see `spellings()`.
fields! {
    CustomerId "customer_id" Customer ALL false "Код покупателя" / "Customer id":
        "код покупателя|код клиента|id клиента|id покупателя|ид клиента|ид покупателя|клиент id|номер клиента|номер покупателя|клиент код|внешний код|customer id|customerid|customer|client id|client|user id|buyer id|cust id|customer number|customer no|customer code|id customer|member id|household key|individual|visitorid|customer unique id";
    FullName "full_name" Customer ALL false "ФИО" / "Full name":
        "фио|ф и о|имя и фамилия|фамилия имя|фамилия имя отчество|полное имя|покупатель|клиент|контрагент|наименование покупателя|наименование клиента|имя клиента|имя покупателя|фио клиента|фио покупателя|контакт|full name|name|customer name|client name|buyer|buyer name|contact name";
    LastName "last_name" Customer ALL false "Фамилия" / "Last name":
        "фамилия|фамилия клиента|last name|lastname|surname|family name";
    FirstName "first_name" Customer ALL false "Имя" / "First name":
        "имя|first name|firstname|given name";
    MiddleName "middle_name" Customer ALL false "Отчество" / "Middle name":
        "отчество|middle name|middlename|patronymic";
    Sex "sex" Customer PEOPLE false "Пол" / "Sex":
        "пол|пол клиента|sex|gender";
    Birthday "birthday" Customer PEOPLE false "День рождения" / "Birthday":
        "день рождения|дата рождения|д р|др|рождение|дата рожд|birthday|birth date|birthdate|date of birth|dob|bday";
    Child "child_birthday" Customer PEOPLE true "День рождения ребёнка" / "Child's birthday":
        "день рождения ребенка|дата рождения ребенка|др ребенка|др детей|дни рождения детей|child birthday|child s birthday|child birth date|children s birthdays|children birthdays|kid birthday";
    Phone "phone" Customer ALL true "Телефон" / "Phone":
        "телефон|тел|телефоны|номер телефона|телефон клиента|телефон покупателя|мобильный|мобильный телефон|моб телефон|сотовый|контактный телефон|телефон 1|телефон 2|телефон 3|доп телефон|дополнительный телефон|phone|phone number|phones|mobile|mobile phone|cell|cell phone|telephone|tel|phone 1|phone 2";
    Email "email" Customer ALL true "Эл. почта" / "E-mail":
        "email|e mail|почта|эл почта|электронная почта|адрес электронной почты|емейл|имейл|мейл|mail|e mail address|email address";
    Card "card" Customer ALL true "Карта" / "Card":
        "карта|номер карты|дисконтная карта|карта лояльности|бонусная карта|карта клиента|№ карты|n карты|штрихкод карты|код карты|дисконт карта|card|card number|card no|loyalty card|discount card|card code";
    Whatsapp "whatsapp" Customer ALL true "WhatsApp" / "WhatsApp":
        "whatsapp|ватсап|вотсап|ватсапп|вацап|телефон whatsapp|wa";
    Viber "viber" Customer ALL true "Viber" / "Viber":
        "viber|вайбер";
    Telegram "telegram" Customer ALL true "Telegram" / "Telegram":
        "telegram|телеграм|телеграмм|тг|telegram id|id telegram|ник в telegram|ник telegram|tg|tg id";
    Max "max" Customer ALL true "MAX" / "MAX":
        "max|мах|макс|max id|id max|мессенджер max";
    Vk "vk" Customer ALL true "ВКонтакте" / "VK":
        "vk|вк|вконтакте|vkontakte|vk id|id vk|страница вк|ссылка вк|профиль вк";
    City "city" Customer PEOPLE false "Город" / "City":
        "город|город клиента|населенный пункт|city|town|customer city";
    Address "address" Customer PEOPLE false "Адрес" / "Address":
        "адрес|почтовый адрес|адрес доставки|адрес клиента|адрес проживания|address|postal address|street address|delivery address|customer address";
    Tags "tags" Customer PEOPLE true "Теги" / "Tags":
        "теги|тег|метки|метка|ярлыки|ярлык|тэги|тэг|tags|tag|labels|label";
    Likes "likes" Customer PEOPLE true "Любит" / "Likes":
        "любит|предпочтения|предпочтение|вкусы|что любит|likes|preferences|preference|tastes";
    Vip "vip" Customer PEOPLE false "VIP" / "VIP":
        "vip|вип|важный клиент|вип клиент|vip client|vip customer";
    Registered "registered_day" Customer PEOPLE false "Дата регистрации" / "Registered":
        "дата регистрации|зарегистрирован|дата создания|создан|дата добавления|дата анкеты|дата выдачи карты|регистрация|registered|registration date|registered at|created at|created|signup date|date joined";
    Store "store" Purchase ALL false "Магазин" / "Store":
        "магазин|торговая точка|точка|точка продаж|точка продажи|склад|подразделение|филиал|салон|адрес магазина|код магазина|store|shop|branch|location|outlet|store id|store code|store name|point of sale";
    Channel "channel" Purchase ALL false "Канал" / "Channel":
        "канал|канал продаж|источник|источник заказа|площадка|тип продажи|channel|source|sales channel|platform|utm source";
    Date "date" Purchase SALES false "Дата" / "Date":
        "дата|дата покупки|дата продажи|дата чека|дата заказа|дата документа|дата и время|дата время|дата операции|день|период|дата реализации|date|purchase date|order date|sale date|transaction date|datetime|date time|timestamp|invoice date|invoicedate|day|order datetime|order purchase timestamp|occurred at|t dat";
    Time "time" Purchase SALES false "Время" / "Time":
        "время|время покупки|время чека|время продажи|time|purchase time|order time|sale time|transaction time";
    Receipt "receipt" Purchase SALES false "Номер чека" / "Receipt number":
        "номер чека|чек|№ чека|n чека|чек №|чек номер|номер|номер заказа|заказ|№ заказа|номер документа|документ|номер продажи|код чека|номер накладной|накладная|receipt|receipt no|receipt number|receipt id|order|order id|order no|order number|invoice|invoice no|invoiceno|invoice number|transaction id|transaction|basket id|bill no|bill|check no|document no";
    Paid "paid" Purchase SALES false "Оплачено" / "Amount paid":
        "сумма|оплачено|сумма покупки|сумма чека|сумма заказа|сумма продажи|итого|итог|к оплате|сумма со скидкой|сумма с учетом скидки|стоимость|выручка|сумма оплаты|оплата|сумма руб|сумма строки|amount|total|paid|amount paid|sum|revenue|total amount|sales|sales value|order total|grand total|net amount|net sales|spend|purchase amount|dollars|payment value|line total|value";
    ListAmount "list_amount" Purchase SALES false "Сумма без скидки" / "List amount":
        "сумма без скидки|сумма до скидки|полная сумма|без скидки|сумма по прайсу|list amount|gross|gross amount|gross sales|amount before discount|subtotal|full amount";
    Discount "discount" Purchase SALES false "Скидка" / "Discount":
        "скидка|сумма скидки|скидка руб|размер скидки|discount|discount amount|total discount|discount sum";
    Cost "cost" Purchase SALES false "Себестоимость" / "Cost":
        "себестоимость|сумма закупки|закупка|закупочная стоимость|сумма себестоимости|cost|cost of goods|cogs|purchase cost|total cost";
    Cashier "cashier" Purchase SALES false "Кассир" / "Cashier":
        "кассир|продавец|менеджер|сотрудник|оператор|cashier|seller|salesperson|employee|manager|staff";
    Till "till" Purchase SALES false "Касса" / "Till":
        "касса|номер кассы|ккм|кассовый аппарат|терминал|ккт|till|register|pos|terminal|cash register|till no";
    Return "return_marker" Purchase SALES false "Признак возврата" / "Return mark":
        "возврат|признак возврата|тип операции|операция|тип документа|вид операции|тип чека|вид документа|return|is return|refund|type|operation|document type|transaction type|operation type";
    Original "original_receipt" Purchase SALES false "Чек продажи (для возврата)" / "Original receipt":
        "чек продажи|исходный чек|чек основание|документ основание|возврат по чеку|original receipt|original order|refunded order|return for|parent order";
    ProductCode "product_code" Line SALES false "Артикул" / "Product code":
        "артикул|код товара|код номенклатуры|sku|штрихкод|штрих код|товар код|id товара|номенклатура код|product code|product id|productid|item id|item code|item|stockcode|stock code|article|article id|barcode|ean|upc|plu";
    ProductName "product_name" Line SALES false "Товар" / "Product":
        "товар|наименование|наименование товара|название товара|номенклатура|название|продукт|product|product name|item name|description|goods|title";
    Category "category" Line SALES false "Категория" / "Category":
        "категория|группа|группа товаров|категория товара|товарная группа|раздел|category|product category|product group|department|group";
    Quantity "quantity" Line SALES false "Количество" / "Quantity":
        "количество|кол во|кол|количество товара|шт|штук|колво|quantity|qty|count|units|pieces|items|cds|number of items|unit count|amount of items";
    Price "price" Line SALES false "Цена" / "Price":
        "цена|цена за единицу|цена руб|цена продажи|цена со скидкой|стоимость единицы|price|unit price|unitprice|item price|selling price|price each";
}

/// Number of fields.
pub const COUNT: usize = REGISTRY_LEN;
const REGISTRY_LEN: usize = Field::Price as usize + 1;

/// One item of `GET /import-fields`.
#[derive(Clone, Debug, Serialize)]
pub struct FieldItem {
    /// Key used in mappings.
    pub key: &'static str,
    /// Label in both languages.
    pub label: Text,
    /// What it describes.
    pub group: Group,
    /// Kinds of files it may stand in.
    pub kinds: &'static [Kind],
    /// Several columns may carry it.
    pub many: bool,
}

/// The registry as the API shows it.
pub fn items() -> Vec<FieldItem> {
    REGISTRY
        .iter()
        .map(|spec| FieldItem {
            key: spec.code,
            label: Text::owned(spec.ru, spec.en),
            group: spec.group,
            kinds: spec.kinds,
            many: spec.many,
        })
        .collect()
}

/// What codes of the shop's own fields begin with: they are called as the facts are.
pub const OWN: &str = "x_";

/// The own field of a code in a mapping.
pub fn own<'a>(code: &str, fields: &'a [CustomField]) -> Option<&'a CustomField> {
    let key = code.strip_prefix(OWN)?;
    let mut offered = fields.iter().filter(|field| field.archived_at.is_none());
    offered.find(|field| field.key == key)
}

/// The own field that a column of this name holds.
pub fn own_named<'a>(header: &str, fields: &'a [CustomField]) -> Option<&'a CustomField> {
    let header = fold_header(header);
    let mut offered = fields.iter().filter(|field| field.archived_at.is_none());
    offered.find(|field| {
        let names = [&field.ru, &field.en, &field.key];
        !header.is_empty() && names.into_iter().any(|name| fold_header(name) == header)
    })
}

impl Field {
    /// By its name in the API.
    pub fn from_code(code: &str) -> Option<Field> {
        REGISTRY
            .iter()
            .find(|spec| spec.code == code)
            .map(|spec| spec.key)
    }

    /// Its entry in the registry.
    pub fn spec(self) -> &'static FieldSpec {
        &REGISTRY[self as usize]
    }
}

impl FieldSpec {
    /// Known spellings of the column header, folded.
    pub fn all_spellings(&self) -> impl Iterator<Item = &'static str> {
        self.spellings.iter().flat_map(|text| text.split('|'))
    }
}

/// A header as it is compared: folded, signs as single spaces, units and currency left out.
pub fn fold_header(header: &str) -> String {
    let folded = fold(header);
    let mut words: Vec<&str> = folded
        .split(|c: char| !(c.is_alphanumeric() || c == '№'))
        .filter(|word| !word.is_empty())
        .collect();
    while words.len() > 1
        && matches!(
            words.last(),
            Some(&("руб" | "rub" | "р" | "р1" | "usd" | "eur" | "тг" | "шт" | "коп"))
        )
    {
        words.pop();
    }
    words.join(" ")
}

/// The field a header names exactly, if any.
pub fn by_spelling(folded_header: &str) -> Option<Field> {
    static SPELLINGS: OnceLock<HashMap<String, Field>> = OnceLock::new();
    SPELLINGS
        .get_or_init(|| {
            let mut map = HashMap::new();
            for spec in REGISTRY {
                for spelling in spec.all_spellings() {
                    map.entry(fold_header(spelling)).or_insert(spec.key);
                }
                map.entry(fold_header(spec.code)).or_insert(spec.key);
            }
            map
        })
        .get(folded_header)
        .copied()
}

/// True when a cell is the name of a column we know.
pub fn is_known_spelling(cell: &str) -> bool {
    cell.len() <= 80 && by_spelling(&fold_header(cell)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_already_folded_and_belongs_to_one_field() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (index, spec) in REGISTRY.iter().enumerate() {
            assert_eq!(spec.key as usize, index);
            for spelling in spec.all_spellings() {
                if let Some(other) = seen.insert(fold_header(spelling), spec.code) {
                    assert_eq!(other, spec.code, "“{spelling}” names two fields");
                }
            }
        }
        assert_eq!(COUNT, REGISTRY.len());
    }

    #[test]
    fn headers_are_recognised_whatever_their_signs() {
        assert_eq!(by_spelling(&fold_header(" E-Mail ")), Some(Field::Email));
        assert_eq!(by_spelling(&fold_header("Сумма, руб.")), Some(Field::Paid));
        assert_eq!(
            by_spelling(&fold_header("CUSTOMER_ID")),
            Some(Field::CustomerId)
        );
        assert_eq!(
            by_spelling(&fold_header("Кол-во, шт")),
            Some(Field::Quantity)
        );
        assert_eq!(by_spelling(&fold_header("№ чека")), Some(Field::Receipt));
        assert_eq!(by_spelling(&fold_header("слон")), None);
    }
}
