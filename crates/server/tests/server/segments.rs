//! Segments: said in three ways, counted, explained, saved, and true to the last purchase.

use reqwest::Method;
use serde_json::{Value, json};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

const DAY: i64 = 86_400;

fn buy(client: &Client, key: &str, phone: &str, day: &str, paid: i64) -> String {
    let body = json!({"paid_minor": paid, "occurred_at": day, "customer": {"phone": phone}});
    client.buy(key, &body).expect(201)["customer_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Three regulars who went quiet, of whom one spent little, and one who came yesterday.
pub fn shop(app: &TestApp) -> (Client, [String; 4]) {
    let client = app.signed_in();
    let people = [1, 2, 3, 4].map(|who| {
        let phone = format!("8916000000{who}");
        let paid = if who == 3 { 100_00 } else { 5_000_00 };
        let mut id = String::new();
        for (n, day) in ["2026-07-01", "2026-08-01", "2026-09-01"]
            .iter()
            .enumerate()
        {
            id = buy(&client, &format!("{who}-{n}"), &phone, day, paid);
        }
        if who == 4 {
            buy(&client, "4-late", &phone, "2026-11-22", paid);
        }
        id
    });
    (client, people)
}

pub const QUIET: &str = "orders >= 3 and days_since > 60 and revenue > 10 000";

pub fn ids(answer: &Value) -> Vec<&str> {
    let mut ids: Vec<&str> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

fn path(segment: &Value, rest: &str) -> String {
    format!("/segments/{}{rest}", segment["id"].as_str().unwrap())
}

on_both_databases! {
    fn a_segment_is_counted_told_and_saved_and_loses_who_buys_at_once(app: TestApp) {
        let (client, people) = shop(&app);
        let count = client.post("/segments/count", &json!({"text": QUIET})).expect(200);
        assert_eq!((&count["customers"], &count["paid_minor"]), (&json!(2), &json!(30_000_00)), "{count}");
        assert_eq!(count["sample"].as_array().unwrap().len(), 2);
        let ru = count["forms"]["words"]["ru"].as_str().unwrap().replace('\u{a0}', " ");
        assert_eq!(ru, "Клиенты, которые купили не меньше 3 раз, не покупают больше 60 дней и потратили больше 10 000 ₽.");
        // The same by JSON and by the Russian text.
        for asked in [json!({"definition": count["forms"]["definition"]}), json!({"text": count["forms"]["text"]["ru"]})] {
            let again = client.post("/segments/count", &asked).expect(200);
            assert_eq!((&again["customers"], &again["forms"]), (&json!(2), &count["forms"]));
        }
        let saved = client.post("/segments", &json!({"name": "Замолчали", "text": QUIET})).expect(201);
        assert_eq!((&saved["customers"], &saved["version"]), (&json!(2), &json!(1)));
        let two = client.post("/segments", &json!({"name": "замолчали ", "text": QUIET})).expect(422);
        assert_eq!(two["errors"][0]["field"], "name", "{two}");
        let mut expected = vec![people[0].as_str(), people[1].as_str()];
        expected.sort_unstable();
        let members = client.get(&path(&saved, "/members?sort=revenue&order=desc")).expect(200);
        assert_eq!((ids(&members), &members["total"]), (expected, &json!(2)));
        app.app.keep_segments().unwrap();
        // A purchase by the API: he is out in the very next answer.
        buy(&client, "back", "89160000001", "2026-11-23", 10_00);
        let members = client.get(&path(&saved, "/members")).expect(200);
        assert_eq!(ids(&members), [people[1].as_str()]);
        let list = client.get("/segments").expect(200);
        assert_eq!((&list["items"][0]["customers"], &list["items"][0]["paid_minor"]), (&json!(1), &json!(15_000_00)));
        // It is written down that he left.
        let moves = client.get(&path(&saved, "/moves")).expect(200);
        assert_eq!(moves.as_array().unwrap().len(), 1, "{moves}");
        assert_eq!((&moves[0]["customer"], &moves[0]["came"]), (&json!(people[0]), &json!(false)));
        let after = client.get(&path(&saved, &format!("/moves?after={}", moves[0]["number"]))).expect(200);
        assert_eq!(after, json!([]));
        let history = client.get(&path(&saved, "/history")).expect(200);
        assert_eq!(history["days"], json!([{"day": "2026-11-23", "customers": 1, "paid_minor": 15_000_00}]));
        assert!(app.app.verify().unwrap().findings.is_empty());
    }

    fn time_alone_brings_people_in_and_a_stop_in_between_loses_nothing(app: TestApp) {
        let (client, people) = shop(&app);
        // A key outlives two months, a session does not.
        let client = { drop(client); app.till("Отчёты") };
        let saved = client.post("/segments", &json!({"name": "Тихие", "text": "days_since > 60"})).expect(201);
        assert_eq!(saved["customers"], 3);
        app.app.keep_segments().unwrap();
        // 2026-11-22 and 60 days: on 2027-01-21 it is 60, a day later 61.
        app.clock.advance_seconds(59 * DAY);
        assert_eq!(client.get(&path(&saved, "")).expect(200)["customers"], 3);
        app.clock.advance_seconds(DAY);
        assert_eq!(client.get(&path(&saved, "")).expect(200)["customers"], 4);
        let moves = client.get(&path(&saved, "/moves")).expect(200);
        assert_eq!((&moves[0]["customer"], &moves[0]["came"], moves.as_array().unwrap().len()), (&json!(people[3]), &json!(true), 1));
        let days = client.get(&path(&saved, "/history")).expect(200)["days"].clone();
        assert_eq!(days.as_array().unwrap().last().unwrap()["customers"], 4, "{days}");
        assert!(app.app.verify().unwrap().findings.is_empty());
    }

    fn why_names_the_values_since_when_and_what_would_change_it(app: TestApp) {
        let (client, people) = shop(&app);
        let why = |who: usize, text: &str| {
            client.post("/segments/explain", &json!({"customer": people[who], "text": text})).expect(200)
        };
        let is_in = why(0, QUIET);
        assert_eq!((&is_in["is_in"], &is_in["since"]), (&json!(true), &json!("2026-11-01")), "{is_in}");
        let values: Vec<(&Value, &Value)> = is_in["root"]["below"].as_array().unwrap().iter().map(|one| (&one["value"], &one["value_kind"])).collect();
        assert_eq!(values, [(&json!(3), &json!("times")), (&json!(83), &json!("days")), (&json!(15_000_00), &json!("money"))]);
        assert_eq!(is_in["changes"][0]["kind"], "buys");
        let out = why(3, QUIET);
        assert_eq!((&out["is_in"], &out["root"]["below"][1]["holds"]), (&json!(false), &json!(false)));
        assert_eq!(out["changes"], json!([{"kind": "waits", "purchases": null, "amount_minor": null, "until": "2027-01-22"}]));
        let poor = why(2, "revenue >= 1 000");
        assert_eq!((&poor["changes"][0]["purchases"], &poor["changes"][0]["amount_minor"]), (&json!(1), &json!(700_00)));
        assert_eq!(client.post("/segments/explain", &json!({"customer": "nobody", "text": QUIET})).refused(404), "not_found");
    }

    fn a_wrong_text_is_answered_with_its_place_and_what_may_be_meant(app: TestApp) {
        let client = app.signed_in();
        let wrong = client.post("/segments/count", &json!({"text": "выручка > 100 и вырочка < 5"})).expect(200);
        assert_eq!((&wrong["problems"][0]["from"], &wrong["problems"][0]["to"], &wrong["problems"][0]["proposals"]), (&json!(16), &json!(23), &json!(["выручка"])));
        assert_eq!(wrong["customers"], json!(null));
        let tree = json!({"version": 1, "where": {"all": [{"fact": {"fact": "luck", "op": "ge", "value": 1}}]}});
        let wrong = client.post("/segments/count", &json!({"definition": tree})).expect(200);
        assert_eq!(wrong["problems"][0]["path"], "all[0].fact.fact");
        let refused = client.post("/segments", &json!({"name": "x", "definition": tree})).expect(422);
        assert_eq!(refused["errors"][0]["field"], "definition.all[0].fact.fact");
        client.post("/segments", &json!({"name": "x", "text": "orders >="})).expect(422);
        client.post("/segments/count", &json!({})).expect(422);
        client.post("/segments/count", &json!({"definition": {"version": 1, "where": {"some": []}}})).expect(422);
        let deep = format!("{}{{\"all\":[]}}{}", "{\"not\":".repeat(4000), "}".repeat(4000));
        let raw = client.request(Method::POST, "/segments/count").header("Content-Type", "application/json")
            .body(format!("{{\"definition\":{{\"version\":1,\"where\":{deep}}}}}"));
        assert_eq!(vernis_testkit::Answer::of(raw).status, 422);
        let found = client.post("/segments/complete", &json!({"text": "выр", "cursor": 3, "language": "ru"})).expect(200);
        assert_eq!(found[0], json!({"from": 0, "to": 3, "insert": "выручка"}));
    }

    fn a_saved_segment_narrows_lists_and_reports(app: TestApp) {
        let (client, people) = shop(&app);
        let saved = client.post("/segments", &json!({"name": "Замолчали", "text": QUIET})).expect(201);
        let id = saved["id"].as_str().unwrap();
        let list = client.get(&format!("/customers?segment={id}&filter=orders:ge:3")).expect(200);
        let mut expected = vec![people[0].as_str(), people[1].as_str()];
        expected.sort_unstable();
        assert_eq!(ids(&list), expected);
        let metrics = client.get(&format!("/metrics?segment={id}&from=2026-07-01&to=2026-12-01")).expect(200);
        let metric = |key: &str| metrics["items"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap()["value"].clone();
        assert_eq!((metric("orders").as_f64(), metric("revenue").as_f64()), (Some(6.0), Some(30_000_00.0)));
        let cohorts = client.get(&format!("/cohorts?segment={id}&from=2026-07-01")).expect(200);
        assert_eq!((&cohorts["months"][0]["size"], &cohorts["months"][0]["customers"][1]), (&json!(2), &json!(2)));
        let rfm = client.get(&format!("/rfm?segment={id}")).expect(200);
        let people: u64 = rfm["cells"].as_array().unwrap().iter().map(|cell| cell["customers"].as_u64().unwrap()).sum();
        assert_eq!(people, 2);
        assert_eq!(client.get("/customers?segment=nothing").refused(404), "not_found");
    }

    fn segments_refer_to_one_another_and_say_when_one_is_gone(app: TestApp) {
        let (client, _) = shop(&app);
        let regular = client.post("/segments", &json!({"name": "Постоянные", "text": "orders >= 3"})).expect(201);
        let quiet = client.post("/segments", &json!({"name": "Тихие", "text": "в сегменте \"постоянные\" и дней_без_покупок > 60"})).expect(201);
        assert_eq!(quiet["customers"], 3);
        assert_eq!(quiet["forms"]["text"]["ru"], "в сегменте \"Постоянные\" и дней_без_покупок > 60");
        // A circle is refused; a renamed one is followed; an archived one is said, and nobody is in.
        let circle = client.send(Method::PATCH, &path(&regular, ""), &json!({"text": "in segment \"Тихие\""})).expect(422);
        assert_eq!(circle["errors"][0]["rule"], "broken", "{circle}");
        client.send(Method::PATCH, &path(&regular, ""), &json!({"name": "Верные", "text": "orders >= 4"})).expect(200);
        let now = client.get(&path(&quiet, "")).expect(200);
        assert_eq!((&now["customers"], &now["forms"]["text"]["en"]), (&json!(0), &json!("in segment \"Верные\" and days_since > 60")));
        client.send(Method::PATCH, &path(&regular, ""), &json!({"archived": true})).expect(200);
        let now = client.get(&path(&quiet, "")).expect(200);
        assert!(now["broken"]["ru"].as_str().unwrap().contains("удалён"), "{now}");
        assert_eq!(client.get("/segments").expect(200)["items"].as_array().unwrap().len(), 1);
        let versions = client.get(&path(&regular, "/history")).expect(200)["versions"].as_array().unwrap().len();
        assert_eq!(versions, 2);
        client.send(Method::PATCH, &path(&regular, ""), &json!({"archived": false})).expect(200);
        assert_eq!(client.get(&path(&quiet, "")).expect(200)["broken"], json!(null));
    }

    fn the_conditions_of_a_list_and_the_cells_of_reports_become_the_same_people(app: TestApp) {
        let (client, _) = shop(&app);
        for (body, query) in [
            (json!({"filter": ["orders:ge:3", "revenue:lt:50000"]}), "filter=orders:ge:3&filter=revenue:lt:50000"),
            (json!({"filter": ["cohort:eq:2026-07"]}), "filter=cohort:eq:2026-07"),
            (json!({"filter": ["bought:eq:2026-11"]}), "filter=bought:eq:2026-11"),
            (json!({"filter": ["bought:eq:2026-11"], "store": "main"}), "filter=bought:eq:2026-11&store=main"),
            (json!({"filter": ["rf_map:eq:31-90x3-4"]}), "filter=rf_map:eq:31-90x3-4"),
            (json!({"filter": ["rf_map:eq:0-30x3-4"]}), "filter=rf_map:eq:0-30x3-4"),
            (json!({"filter": ["moved:eq:2026-10-24~33~23"]}), "filter=moved:eq:2026-10-24~33~23"),
            (json!({"filter": ["abc:eq:2026-07-01~2026-12-01~A"]}), "filter=abc:eq:2026-07-01~2026-12-01~A"),
            (json!({"filter": ["life_cycle:eq:active"]}), "filter=life_cycle:eq:active"),
            (json!({"filter": ["first_store:eq:main"]}), "filter=first_store:eq:main"),
            (json!({"cell": "333"}), "cell=333"),
        ] {
            let forms = client.post("/segments/from-list", &body).expect(200);
            let count = client.post("/segments/count", &json!({"text": forms["text"]["ru"]})).expect(200);
            assert_eq!(count["forms"], forms, "{body}");
            let list = client.get(&format!("/customers?{query}")).expect(200);
            assert_eq!(count["customers"], list["total"], "{body}");
        }
        client.post("/segments/from-list", &json!({"filter": ["luck:eq:1"]})).expect(422);
    }

    fn ready_segments_can_all_be_counted(app: TestApp) {
        let (client, _) = shop(&app);
        let ready = client.get("/segments/ready").expect(200);
        let ready = ready.as_array().unwrap();
        assert_eq!(ready.len(), 13 + 6 + 27);
        for one in ready {
            let count = client.post("/segments/count", &json!({"definition": one["forms"]["definition"]})).expect(200);
            assert_eq!((&count["customers"], &count["forms"]), (&one["customers"], &one["forms"]), "{one}");
        }
        assert_eq!(ready.iter().find(|one| one["key"] == "regular_gone_quiet").unwrap()["customers"], 2);
        let schema = client.get("/segments/schema").expect(200);
        assert_eq!(schema["properties"]["version"]["const"], 1);
        let catalogue = client.get("/segments/catalogue").expect(200);
        assert!(catalogue["choices"].as_array().unwrap().iter().any(|one| one["list"] == "store"));
    }

    fn own_fields_tags_and_marks_are_conditions_too(app: TestApp) {
        let client = app.signed_in();
        for (name, kind, choices) in [
            ("Порода", "text", &[][..]), ("Размер", "number", &[]), ("Город", "text", &[]), ("Свадьба", "date", &[]),
            ("Цвет", "choice", &["Красный", "Зелёный"]), ("Сорта", "choices", &["Арабика", "Робуста", "Либерика"]), ("Оптовик", "flag", &[]),
        ] {
            let choices: Vec<Value> = choices.iter().map(|ru| json!({"name": {"ru": ru}})).collect();
            client.post("/custom-fields", &json!({"name": {"ru": name}, "kind": kind, "choices": choices})).expect(201);
        }
        let person = |phone: &str, custom: Value, tags: Value| {
            client.post("/customers", &json!({"phones": [phone], "custom": custom, "tags": tags})).expect(201)["id"].as_str().unwrap().to_owned()
        };
        let anna = person("89160000001", json!({"poroda": "Дог", "razmer": 42.5, "svadba": "1999-05-01", "tsvet": "zelenyy", "sorta": ["arabika", "robusta"], "optovik": true, "gorod": "Тула"}), json!(["Опт", "Соседи"]));
        person("89160000002", json!({"razmer": 40, "sorta": ["robusta"], "optovik": false}), json!(["соседи"]));
        person("89160000003", json!({}), json!([]));
        let count = |text: &str| {
            let count = client.post("/segments/count", &json!({"text": text})).expect(200);
            assert_eq!(count["problems"], json!([]), "{text}");
            for language in ["ru", "en"] {
                let again = client.post("/segments/count", &json!({"text": count["forms"]["text"][language]})).expect(200);
                assert_eq!(again["forms"], count["forms"], "{text}");
            }
            (count["customers"].as_i64().unwrap(), count["forms"]["words"]["ru"].as_str().unwrap().replace('\u{a0}', " "))
        };
        for (text, found) in [
            ("порода = \"дог\"", 1), ("x_razmer >= 42,5", 1), ("размер > 30", 2), ("свадьба до 01.01.2000", 1), ("цвет = \"Зелёный\"", 1),
            ("цвет != \"Зелёный\"", 0), ("цвет пусто", 2), ("сорта = \"Робуста\"", 2), ("сорта из (\"Арабика\", \"Либерика\")", 1), ("сорта != \"Арабика\"", 1),
            ("оптовик = \"да\"", 1), ("оптовик = \"no\"", 1), ("теги = \"соседи\"", 2), ("не теги = \"Опт\"", 2), ("теги != \"опт\"", 1), ("vip = \"нет\"", 3),
            ("x_gorod = \"тула\"", 1), ("вид_последнего_контакта пусто", 3),
        ] {
            assert_eq!(count(text).0, found, "{text}");
        }
        assert_eq!(count("оптовик = \"да\"").1, "Клиенты, у которых оптовик да.");
        let unknown = client.post("/segments/count", &json!({"text": "цвет = \"Синий\""})).expect(200);
        assert_eq!(unknown["problems"][0]["proposals"].as_array().unwrap().len(), 2, "{unknown}");
        let catalogue = client.get("/segments/catalogue").expect(200);
        let colours: Vec<&Value> = catalogue["choices"].as_array().unwrap().iter().filter(|one| one["list"] == "x_tsvet").map(|one| &one["code"]).collect();
        assert_eq!(colours, ["krasnyy", "zelenyy"]);
        let forms = client.post("/segments/from-list", &json!({"filter": ["x_sorta:has:arabika", "tags:hasnot:гость", "x_poroda:eq:Дог"]})).expect(200);
        assert_eq!(forms["text"]["ru"], "сорта = \"Арабика\" и не теги = \"гость\" и порода = \"Дог\"");
        let why = client.post("/segments/explain", &json!({"customer": anna, "text": "сорта = \"Арабика\" и цвет = \"Красный\""})).expect(200);
        assert_eq!((&why["root"]["below"][0]["value"], &why["root"]["below"][1]["value"]), (&json!(["arabika", "robusta"]), &json!("zelenyy")), "{why}");
        // Saved, it follows the card at once, and says so when the field is given up.
        let saved = client.post("/segments", &json!({"name": "Арабика", "text": "сорта = \"Арабика\""})).expect(201);
        client.send(Method::PATCH, &format!("/customers/{anna}"), &json!({"custom": {"sorta": ["robusta"]}})).expect(200);
        assert_eq!(client.get(&path(&saved, "")).expect(200)["customers"], 0);
        let fields = client.get("/custom-fields").expect(200);
        let sorts = fields["items"].as_array().unwrap_or_else(|| fields.as_array().unwrap()).iter().find(|one| one["key"] == "sorta").unwrap();
        client.send(Method::PATCH, &format!("/custom-fields/{}", sorts["id"].as_str().unwrap_or("sorta")), &json!({"archived": true})).expect(200);
        assert!(client.get(&path(&saved, "")).expect(200)["broken"]["ru"].is_string());
    }

    fn what_was_in_the_receipts_makes_segments_and_moves_people_at_once(app: TestApp) {
        let client = app.signed_in();
        let line = |article: &str, pieces: i64, paid: i64| {
            let (name, category) = match article {
                "007" => ("Эспрессо", "Напитки;Кофе"),
                _ => ("Сенча", "Напитки;Чай"),
            };
            json!({"product": article, "name": name, "category": category, "quantity_micro": pieces * 1_000_000, "list_minor": paid, "paid_minor": paid})
        };
        let sell = |key: &str, who: i32, lines: Value| {
            let paid: i64 = lines.as_array().unwrap().iter().map(|one| one["paid_minor"].as_i64().unwrap()).sum();
            let body = json!({"paid_minor": paid, "occurred_at": "2026-11-01", "customer": {"phone": format!("8916000000{who}")}, "lines": lines});
            client.buy(key, &body).expect(201)
        };
        let both = sell("1", 1, json!([line("007", 2, 600), line("8", 1, 200)]));
        sell("2", 2, json!([line("8", 3, 600)]));
        buy(&client, "3", "89160000003", "2026-11-01", 600);
        let count = |text: &str| {
            let count = client.post("/segments/count", &json!({"text": text})).expect(200);
            assert_eq!(count["problems"], json!([]), "{text}");
            (count["customers"].as_i64().unwrap(), count["forms"].clone())
        };
        let (customers, forms) = count("купил категория \"кофе\" за последние 60 дней");
        assert_eq!(customers, 1);
        assert_eq!(forms["text"], json!({"ru": "купил категория = \"Кофе\" за последние 60 дн", "en": "bought category = \"Кофе\" in last 60d"}));
        let words = |forms: &Value, language: &str| forms["words"][language].as_str().unwrap().replace('\u{a0}', " ");
        assert_eq!(words(&forms, "ru"), "Клиенты, которые покупали из категории «Напитки / Кофе» за последние 60 дней.");
        assert_eq!(words(&forms, "en"), "Customers who bought from the category “Напитки / Кофе” in the last 60 days.");
        assert_eq!(count(forms["text"]["en"].as_str().unwrap()), (1, forms));
        assert_eq!(count("bought category \"Напитки\"").0, 2);
        assert_eq!(count("not bought category \"Кофе\"").0, 2);
        assert_eq!(count("revenue with category \"Кофе\" >= 6").0, 1);
        let (pieces, forms) = count("quantity with product \"Сенча\" > 2");
        assert_eq!((pieces, words(&forms, "ru")), (1, "Клиенты, которые купили больше 2 штук товар «Сенча».".to_owned()));
        assert_eq!(count("bought product \"007\" then not bought product \"Сенча\" within 7 d").0, 1);
        assert_eq!(client.post("/segments/count", &json!({"text": "bought category \"Кафе\""})).expect(200)["problems"][0]["proposals"], json!(["\"Кофе\""]));
        let found = client.post("/segments/complete", &json!({"text": "купил товар \"эсп", "cursor": 16, "language": "ru"})).expect(200);
        assert_eq!(found[0]["insert"], "\"Эспрессо\"");
        let named = client.get("/segments/names?list=product&typed=сен").expect(200);
        assert_eq!(named, json!([{"list": "product", "code": "8", "label": {"ru": "Сенча", "en": "Сенча"}}]));
        assert_eq!(client.get("/segments/names?list=category&code=Напитки;Кофе").expect(200)[0]["label"]["ru"], "Напитки / Кофе");
        // Saved, it follows a purchase and a return of a part.
        let saved = client.post("/segments", &json!({"name": "Кофе", "text": "bought category \"Кофе\""})).expect(201);
        let now = || client.get(&path(&saved, "")).expect(200);
        assert_eq!(now()["customers"], 1);
        sell("4", 2, json!([line("007", 1, 300)]));
        assert_eq!(now()["customers"], 2);
        let back = json!({"kind": "return", "paid_minor": 600, "occurred_at": "2026-11-02", "customer": {"phone": "89160000001"}, "returned_purchase_id": both["id"], "lines": [
            {"product": "007", "quantity_micro": 2_000_000, "list_minor": 600, "paid_minor": 600, "returned_line_no": 1}]});
        client.buy("5", &back).expect(201);
        assert_eq!(now()["customers"], 1);
        assert_eq!(count("orders >= 1 and bought category \"Чай\"").0, 2);
        let why = client.post("/segments/explain", &json!({"customer": both["customer_id"], "text": "revenue with category \"Напитки\" > 5"})).expect(200);
        assert_eq!((&why["is_in"], &why["root"]["value"]), (&json!(false), &json!(200)), "{why}");
        assert!(app.app.verify().unwrap().findings.is_empty());
        // The category is given up: whoever asks for it is told so, and nobody is in.
        let products = app.app.truth().read(|tx| tx.products_after(vernis_domain::ProductId(0), 9)).unwrap();
        for one in products {
            let moved = vernis_domain::Product { category: "Напитки;Чай".to_owned(), ..one };
            app.app.truth().write(move |tx| tx.update_product(&moved)).unwrap();
        }
        let gone = now();
        assert_eq!((&gone["customers"], gone["broken"]["ru"].as_str().unwrap()), (&json!(0), "«Напитки;Кофе» больше нет: измените условие"), "{gone}");
        assert_eq!(count("bought category \"Чай\"").0, 2);
        assert!(app.app.verify().unwrap().findings.is_empty());
    }
}
