use super::catalogue::{Catalogue, Choice, DAYS, Kind, Measure, TIMES, Term, ident};
use super::parse::clashes;
use super::*;
use crate::text::fold;
use crate::{Currency, Language, Text};
use proptest::prelude::*;

/// A small shop's catalogue.
struct Small {
    facts: Vec<Term>,
    measures: Vec<Measure>,
    fields: Vec<Term>,
}

fn term(
    key: &'static str,
    ru: &'static str,
    en: &'static str,
    kind: Kind,
    says: Option<[&'static str; 2]>,
) -> Term {
    Term {
        key,
        label: Text::new(ru, en),
        kind,
        says: says.map(|[ru, en]| Text::new(ru, en)),
    }
}

fn small() -> Small {
    let count = Kind::Number(Some(TIMES));
    let orders = || {
        term(
            "orders",
            "Покупок",
            "Orders",
            count,
            Some(["которые купили {}", "who bought {}"]),
        )
    };
    let revenue = || {
        let says = ["которые потратили {}", "who spent {}"];
        term("revenue", "Выручка", "Revenue", Kind::Money, Some(says))
    };
    let last = || {
        let says = [
            "которые последний раз покупали {}",
            "whose last purchase was {}",
        ];
        term(
            "last_purchase_day",
            "Последняя покупка",
            "Last purchase",
            Kind::Day,
            Some(says),
        )
    };
    let measure = |term| Measure {
        term,
        stream: "purchases",
    };
    Small {
        facts: vec![
            orders(),
            revenue(),
            last(),
            term(
                "days_since",
                "Дней без покупок",
                "Days since",
                Kind::Number(Some(DAYS)),
                None,
            ),
            term(
                "discount_share",
                "Доля скидок",
                "Discount share",
                Kind::Share,
                None,
            ),
            term(
                "overdue_ratio",
                "Опаздывает, раз",
                "Overdue, times",
                Kind::Number(None),
                None,
            ),
            term(
                "rfm_cell",
                "Сегмент RFM",
                "RFM segment",
                Kind::Choice(Choice::RfmCell),
                None,
            ),
            term(
                "store",
                "Магазин регистрации",
                "Store",
                Kind::Choice(Choice::Store),
                None,
            ),
            term(
                "birthday",
                "День рождения",
                "Birthday",
                Kind::Anniversary,
                Some(["у которых день рождения {}", "whose birthday is {}"]),
            ),
            term("city", "Город", "City", Kind::Text, None),
        ],
        measures: vec![measure(orders()), measure(revenue()), measure(last())],
        fields: vec![
            term(
                "store",
                "Магазин",
                "Store",
                Kind::Choice(Choice::Store),
                Some(["в магазине {}", "at {}"]),
            ),
            term(
                "amount",
                "Сумма",
                "Amount",
                Kind::Money,
                Some(["на сумму {}", "for {}"]),
            ),
        ],
    }
}

const STORES: [(&str, &str); 3] = [("main", "Центр"), ("river", "На Речном"), ("333", "Склад")];

impl Catalogue for Small {
    fn facts(&self) -> &[Term] {
        &self.facts
    }
    fn measures(&self) -> &[Measure] {
        &self.measures
    }
    fn fields(&self, _stream: &str) -> &[Term] {
        &self.fields
    }
    fn currency(&self) -> Currency {
        Currency::new("RUB").unwrap()
    }
    fn find(&self, of: Choice, typed: &str) -> Option<String> {
        let typed = fold(typed);
        match of {
            Choice::Store => STORES
                .iter()
                .find(|(code, name)| *code == typed || fold(name) == typed)
                .map(|(code, _)| (*code).to_owned()),
            Choice::Segment => (typed == "vip").then(|| "s1".to_owned()),
            _ => (typed.len() == 3).then_some(typed),
        }
    }
    fn name(&self, of: Choice, code: &str, _: Language) -> Option<String> {
        match of {
            Choice::Store => STORES
                .iter()
                .find(|(own, _)| *own == code)
                .map(|(_, name)| (*name).to_owned()),
            Choice::Segment => (code == "s1").then(|| "VIP".to_owned()),
            _ => Some(code.to_owned()),
        }
    }
    fn names(&self, of: Choice, _: &str, _: Language) -> Vec<String> {
        match of {
            Choice::Store => STORES.iter().map(|(_, name)| (*name).to_owned()).collect(),
            Choice::Segment => vec!["VIP".to_owned()],
            _ => vec!["333".to_owned()],
        }
    }
}

fn read(text: &str) -> Node {
    parse(text, &small()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn both(text: &str) -> [String; 2] {
    let tree = read(text);
    [Language::Ru, Language::En].map(|language| print(&tree, &small(), language))
}

#[test]
fn a_text_reads_like_a_where_clause_in_either_language() {
    let text = "orders in last 180d >= 3 and last_purchase_day before -60d and revenue > 10 000 and not in segment \"VIP\"";
    let [ru, en] = both(text);
    assert_eq!(en, text);
    assert_eq!(
        ru,
        "покупок за последние 180 дн >= 3 и последняя_покупка до -60 дн и выручка > 10 000 и не в сегменте \"VIP\""
    );
    assert_eq!(read(&ru), read(text));
    assert_eq!(
        read("ПОКУПОК за последние 180 дней ≥ 3 и выручка > 10 000,00 ₽"),
        read("orders in last 180d >= 3 and revenue > 10000")
    );
}

#[test]
fn every_kind_of_condition_is_printed_as_it_is_read() {
    for text in [
        "everybody",
        "nobody",
        "not (orders >= 3 or revenue < 10.5)",
        "orders >= 2 and (revenue > 5 000 or birthday in next 7d)",
        "orders in all time >= 3",
        "orders with store = \"Центр\", amount >= 5 000 in last 180d >= 3",
        "revenue from 2026-01-01 to 2026-06-30 > 1 000",
        "bought",
        "bought store in (\"Центр\", \"Склад\") in last 60d",
        "bought amount >= 5 000 then not bought store = \"На Речном\" within 60d",
        "bought in last 365d then bought within 30d",
        "held for 30d (days_since > 60 and orders >= 3)",
        "sample 10%",
        "sample 12.5% key \"b\"",
        "moved since 2026-08-24 from \"333\" to \"23\"",
        "abc \"A\" from 2026-01-01 to 2026-06-30",
        "rfm_cell in (333, 332)",
        "discount_share >= 20%",
        "overdue_ratio >= 2.5",
        "store != \"Центр\"",
        "birthday is empty",
        "city = \"Тверь\"",
        "last_purchase_day is filled",
        "last_purchase_day >= today",
        "not not orders = 1",
    ] {
        let [ru, en] = both(text);
        assert_eq!(en, text, "{ru}");
        assert_eq!(read(&ru), read(text), "{ru}");
        let json = serde_json::to_string(&Definition::of(read(text))).unwrap();
        let back: Definition = serde_json::from_str(&json).unwrap();
        assert_eq!(back.tree, read(text), "{json}");
        assert!(back.check(&small()).is_empty(), "{json}");
    }
}

#[test]
fn an_error_points_at_its_place_and_proposes() {
    let wrong = |text: &str| {
        let error = parse(text, &small()).unwrap_err();
        let place: String = text
            .chars()
            .skip(error.at.start)
            .take(error.at.len())
            .collect();
        (place, error.message.en.into_owned(), error.proposals)
    };
    let (place, _, proposals) = wrong("ordres >= 3");
    assert_eq!(
        (place.as_str(), &proposals[..]),
        ("ordres", &["orders".to_owned()][..])
    );
    let (place, _, proposals) = wrong("выручка > 100 и вырочка < 5");
    assert_eq!(
        (place.as_str(), &proposals[..]),
        ("вырочка", &["выручка".to_owned()][..])
    );
    let (place, _, proposals) = wrong("store = \"Цента\"");
    assert_eq!(
        (place.as_str(), proposals[0].as_str()),
        ("\"Цента\"", "\"Центр\"")
    );
    let (place, message, _) = wrong("orders >= many");
    assert_eq!(
        (place.as_str(), message.as_str()),
        ("many", "a number is wanted")
    );
    let (place, _, proposals) = wrong("orders >= 3 ad revenue > 5");
    assert_eq!((place.as_str(), proposals[0].as_str()), ("ad", "and"));
    let (_, message, proposals) = wrong("orders");
    assert_eq!(message, "something is missing here");
    assert!(
        proposals.contains(&">=".to_owned()) || proposals.contains(&"with".to_owned()),
        "{proposals:?}"
    );
    let (place, message, _) = wrong("city = \"Тверь");
    assert_eq!(
        (place.as_str(), message.as_str()),
        ("\"Тверь", "the quotation mark is not closed")
    );
    let (place, ..) = wrong("store > \"Центр\"");
    assert_eq!(place, ">");
    let (place, ..) = wrong("orders in last 0d >= 1");
    assert_eq!(place, "0");
    let (place, ..) = wrong("(orders >= 3");
    assert_eq!(place, "");
}

#[test]
fn a_definition_past_the_limits_is_refused_with_the_limit_named() {
    let error = |text: &str| parse(text, &small()).unwrap_err().message.en.into_owned();
    assert_eq!(
        error(&vec!["orders = 1"; 101].join(" and ")),
        "conditions: at most 100"
    );
    let deep = format!(
        "{}orders = 1{}",
        "(orders = 2 or (orders = 3 and ".repeat(8),
        "))".repeat(8)
    );
    assert_eq!(error(&deep), "groups within groups: at most 12");
    assert_eq!(
        error(&"(".repeat(4000)),
        "brackets within brackets: at most 12"
    );
    assert_eq!(
        error(&"not ".repeat(2400)),
        "brackets within brackets: at most 12"
    );
    assert_eq!(error(&"a".repeat(10_001)), "at most 10000 characters");
    let list: Vec<String> = (0..201).map(|n| format!("{}", 100 + n)).collect();
    assert_eq!(
        error(&format!("rfm_cell in ({})", list.join(", "))),
        "from 1 to 200 values are wanted"
    );
    assert!(error("held for 400d (orders = 1)").contains("from 1 to 366"));
}

#[test]
fn a_wrong_tree_is_refused_with_the_place_of_each_fault() {
    let json = r#"{"version":1,"where":{"all":[
        {"fact":{"fact":"ordres","op":"ge","value":3}},
        {"any":[{"fact":{"fact":"revenue","op":"ge","value":"much"}}]},
        {"not":{"segment":"gone"}},
        {"event":{"measure":"orders","with":[{"field":"stoer","op":"eq","value":"main"}],"op":"ge","value":1}},
        {"fact":{"fact":"rfm_cell","op":"gt","value":"333"}}]}}"#;
    let definition: Definition = serde_json::from_str(json).unwrap();
    let problems = definition.check(&small());
    let places: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        places,
        [
            "all[0].fact.fact",
            "all[1].any[0].fact.value",
            "all[2].not.segment",
            "all[3].event.with[0].field",
            "all[4].fact.op"
        ]
    );
    assert_eq!(problems[0].proposals, ["orders"]);
    assert_eq!(problems[3].proposals, ["store"]);
    assert!(
        serde_json::from_str::<Definition>(
            r#"{"version":1,"where":{"fact":{"fact":"orders","op":"ge","value":3,"more":1}}}"#
        )
        .is_err()
    );
}

#[test]
fn a_half_typed_text_is_completed() {
    let texts = |text: &str| -> Vec<String> {
        let found = complete(text, text.chars().count(), &small(), Language::Ru);
        found.into_iter().map(|one| one.insert).collect()
    };
    assert_eq!(texts("выр")[0], "выручка");
    assert!(texts("").len() > 10);
    assert!(texts("выручка ").contains(&">=".to_owned()));
    assert!(texts("выручка > 100 ").contains(&"и".to_owned()));
    assert_eq!(texts("покупок где магазин = \"Це"), ["\"Центр\""]);
    assert_eq!(texts("в сегменте "), ["\"VIP\""]);
    let place = complete("orders >= 2 and rev", 19, &small(), Language::En);
    assert_eq!(
        (place[0].at.clone(), place[0].insert.as_str()),
        (16..19, "revenue")
    );
}

#[test]
fn a_shopkeeper_would_say_it_so() {
    let mut told = String::new();
    for text in [
        "everybody",
        "orders in last 180d >= 3 and last_purchase_day before -60d and revenue > 10 000 and not in segment \"VIP\"",
        "orders = 1",
        "orders >= 21 or revenue >= 1 000.50",
        "bought store = \"Центр\", amount >= 5 000 in last 60d and not bought in last 30d",
        "bought amount >= 5 000 then not bought store = \"На Речном\" within 61d",
        "discount_share > 20% and (overdue_ratio >= 2.5 or birthday in next 7d)",
        "held for 30d (days_since > 60)",
        "last_purchase_day after 2026-01-01 and not orders >= 5",
        "revenue from 2026-01-01 to 2026-06-30 > 1 000",
        "rfm_cell in (333, 332) and store is empty",
        "sample 12.5%",
        "moved since -90d from \"333\" to \"outside\"",
        "abc \"A\" from 2026-01-01 to 2026-06-30",
    ] {
        let tree = read(text);
        told.push_str(&format!(
            "{text}\n  {}\n  {}\n",
            words(&tree, &small(), Language::Ru),
            words(&tree, &small(), Language::En)
        ));
    }
    let told = told.replace('\u{a0}', " ");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/segment/words.txt");
    if std::env::var_os("VERNIS_GEN").is_some() {
        std::fs::write(path, &told).unwrap();
    }
    assert_eq!(told, std::fs::read_to_string(path).unwrap_or_default());
}

#[test]
fn no_name_of_a_term_is_a_keyword() {
    let small = small();
    for term in small.facts.iter().chain(&small.fields) {
        assert!(
            !clashes(&term.label.ru) && !clashes(term.key),
            "{}",
            term.key
        );
    }
    assert_eq!(ident("Опаздывает, раз"), "опаздывает_раз");
}

fn numbers() -> impl Strategy<Value = Value> {
    (-5_000_000i64..5_000_000, 0i64..1_000_000)
        .prop_map(|(whole, part)| Value::Number(Decimal(whole * 1_000_000 + part)))
}

fn whens() -> impl Strategy<Value = When> {
    prop_oneof![
        (-999i32..99).prop_map(When::Relative),
        (0i32..60_000).prop_map(|day| When::Date(crate::Day(day)))
    ]
}

fn compare() -> impl Strategy<Value = Op> {
    prop::sample::select(vec![Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge])
}

fn windows() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(Window::ALL),
        (1u32..400).prop_map(|days| Window {
            last: Some(days),
            ..Window::ALL
        }),
        (prop::option::of(whens()), prop::option::of(whens())).prop_map(|(from, to)| Window {
            last: None,
            from,
            to
        }),
    ]
}

fn restrictions() -> impl Strategy<Value = Vec<Restriction>> {
    let store = prop::sample::select(vec!["main", "river", "333"]);
    let stores = prop::collection::vec(store.prop_map(|code| Value::Text(code.to_owned())), 1..3);
    let one = prop_oneof![
        (compare(), -999i64..99_999).prop_map(|(op, minor)| Restriction {
            field: "amount".to_owned(),
            op,
            value: Value::Number(Decimal::whole(minor).unwrap()),
        }),
        stores.prop_map(|values| Restriction {
            field: "store".to_owned(),
            op: Op::In,
            value: Value::List(values)
        }),
    ];
    prop::collection::vec(one, 0..3)
}

fn leaves() -> impl Strategy<Value = Node> {
    let fact = |key: &'static str| {
        move |(op, value): (Op, Value)| {
            Node::Fact(FactLeaf {
                fact: key.to_owned(),
                op,
                value: Some(value),
            })
        }
    };
    prop_oneof![
        (compare(), numbers()).prop_map(fact("overdue_ratio")),
        (
            compare(),
            (0i64..1_000_000).prop_map(|n| Value::Number(Decimal(n)))
        )
            .prop_map(fact("discount_share")),
        (
            compare(),
            (-99_999i64..9_999_999).prop_map(|n| Value::Number(Decimal::whole(n).unwrap()))
        )
            .prop_map(fact("revenue")),
        (
            compare(),
            whens().prop_map(|when| Value::Text(when.to_string()))
        )
            .prop_map(fact("last_purchase_day")),
        "[а-яА-Я «».,()a-z-]{0,12}"
            .prop_map(|text| (Op::Eq, Value::Text(text)))
            .prop_map(fact("city")),
        prop::sample::select(vec![Op::Empty, Op::Filled]).prop_map(|op| Node::Fact(FactLeaf {
            fact: "store".to_owned(),
            op,
            value: None
        })),
        (restrictions(), windows(), compare(), 0i64..5).prop_map(|(with, window, op, n)| {
            Node::Event(EventLeaf {
                measure: "orders".to_owned(),
                with,
                window,
                op,
                value: Decimal::whole(n).map(Value::Number),
            })
        }),
        (
            restrictions(),
            windows(),
            any::<bool>(),
            restrictions(),
            1u32..400
        )
            .prop_map(|(first, window, bought, then, within)| Node::Sequence(
                SequenceLeaf {
                    first,
                    window,
                    bought,
                    then,
                    within
                }
            )),
        Just(Node::Segment("s1".to_owned())),
        (0i64..100_000_000, "[a-z]{0,3}").prop_map(|(n, key)| Node::Sample(Sample {
            percent: Decimal(n),
            key
        })),
    ]
}

fn trees() -> impl Strategy<Value = Node> {
    leaves().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::All),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::Any),
            inner.clone().prop_map(|node| Node::Not(Box::new(node))),
            (1u32..300, inner).prop_map(|(days, what)| Node::Held(Held {
                days,
                what: Box::new(what)
            })),
        ]
    })
}

proptest! {
    #[test]
    fn text_and_json_give_the_same_tree_back(tree in trees()) {
        let tree = tree.normal();
        let small = small();
        prop_assert_eq!(check(&tree, &small), vec![]);
        for language in [Language::Ru, Language::En] {
            let text = print(&tree, &small, language);
            prop_assert_eq!(parse(&text, &small), Ok(tree.clone()), "{}", text);
            prop_assert!(!words(&tree, &small, language).is_empty());
        }
        let json = serde_json::to_string(&tree).unwrap();
        prop_assert_eq!(serde_json::from_str::<Node>(&json).unwrap(), tree, "{}", json);
    }

    #[test]
    fn no_text_makes_the_parser_panic_or_point_outside(
        words in prop::collection::vec(prop_oneof![
            "[ а-яa-z0-9\"«»().,;%<>=!+-]{0,6}",
            prop::sample::select(vec!["orders", "and", "or", "not", "(", ")", ">=", "3", "bought", "store", "\"Центр\"",
                "in", "last", "180d", "then", "within", "with", "held for", "выручка", "за последние", "-60d", ","]).prop_map(str::to_owned),
        ], 0..20),
        cursor in 0usize..80,
    ) {
        let text = words.join(" ");
        let length = text.chars().count();
        if let Err(error) = parse(&text, &small()) {
            prop_assert!(error.at.start <= error.at.end && error.at.end <= length);
        }
        for completion in complete(&text, cursor, &small(), Language::En) {
            prop_assert!(completion.at.end <= length);
        }
    }
}
