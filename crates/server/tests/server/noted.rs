//! What a shop notes about its customers: own fields, tags, likes, marks; by the API, in lists, from
//! files, with merges.

use crate::imports::import;
use reqwest::Method;
use serde_json::{Value, json};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

fn make(client: &Client, name: &str, kind: &str, choices: &[&str]) -> Value {
    let choices: Vec<Value> = choices
        .iter()
        .map(|ru| json!({"name": {"ru": ru}}))
        .collect();
    let body = json!({"name": {"ru": name}, "kind": kind, "choices": choices});
    client.post("/custom-fields", &body).expect(201)
}

fn person(client: &Client, phone: &str, noted: &Value) -> String {
    let mut body = noted.clone();
    body["phones"] = json!([phone]);
    let card = client.post("/customers", &body).expect(201);
    card["id"].as_str().unwrap().to_owned()
}

fn patch(client: &Client, id: &str, body: &Value) -> Value {
    client
        .send(Method::PATCH, &format!("/customers/{id}"), body)
        .expect(200)
}

fn listed(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("/customers?{query}")).expect(200);
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

fn rule(problem: &Value) -> (&str, &str) {
    let first = &problem["errors"][0];
    (
        first["field"].as_str().unwrap_or(""),
        first["rule"].as_str().unwrap_or(""),
    )
}

on_both_databases! {
    fn a_field_made_on_a_page_is_on_cards_in_lists_and_filters_at_once(app: TestApp) {
        let client = app.signed_in();
        for (name, kind, choices) in [
            ("Порода", "text", &[][..]), ("Размер", "number", &[]), ("Лимит", "money", &[]), ("Свадьба", "date", &[]),
            ("Цвет", "choice", &["Красный", "Зелёный"]), ("Сорта", "choices", &["Арабика", "Робуста"]),
            ("Оптовик", "flag", &[]), ("Страница", "link", &[]),
        ] {
            make(&client, name, kind, choices);
        }
        let whole = json!({
            "poroda": "Дог", "razmer": 42.5, "limit": 150_000, "svadba": "1999-05-01", "tsvet": "zelenyy",
            "sorta": ["arabika", "robusta"], "optovik": true, "stranitsa": "https://vk.com/id1",
        });
        let anna = person(&client, "89160000001", &json!({"custom": whole}));
        let boris = person(&client, "89160000002", &json!({"custom": {"razmer": 40, "sorta": ["robusta"], "optovik": false}}));
        let path = format!("/customers/{anna}");
        assert_eq!(client.get(&path).expect(200)["custom"], whole);
        assert_eq!(client.get("/customers/lookup?phone=89160000001").expect(200)["custom"], whole);
        // Lists: columns, sorting, filters.
        let page = client.get("/customers?columns=x_razmer,x_sorta,x_tsvet&sort=x_razmer").expect(200);
        assert_eq!(page["items"][0]["facts"], json!({"x_razmer": 40.0, "x_sorta": ["robusta"], "x_tsvet": null}));
        assert_eq!(listed(&client, "sort=x_razmer&order=desc"), [anna.clone(), boris.clone()]);
        for (filter, found) in [
            ("x_razmer:ge:42.5", vec![&anna]), ("x_sorta:has:arabika", vec![&anna]), ("x_sorta:has:robusta", vec![&anna, &boris]),
            ("x_tsvet:eq:zelenyy", vec![&anna]), ("x_optovik:eq:no", vec![&boris]), ("x_limit:lt:150001", vec![&anna]),
            ("x_svadba:filled", vec![&anna]), ("x_poroda:has:%D0%B4%D0%BE%D0%B3", vec![&anna]),
        ] {
            let found: Vec<String> = found.into_iter().cloned().collect();
            assert_eq!(listed(&client, &format!("sort=registered&filter={filter}")), found, "{filter}");
        }
        let facts = client.get("/facts/catalogue").expect(200);
        let colour = facts["items"].as_array().unwrap().iter().find(|fact| fact["key"] == "x_tsvet").unwrap();
        assert_eq!((&colour["type"], &colour["own"], &colour["values"][1]["label"]["en"]), (&json!("choice"), &json!(true), &json!("Зелёный")));
        // What does not fit is named and nothing is kept.
        for (key, value) in [
            ("razmer", json!("много")), ("limit", json!("5")), ("limit", json!(5.5)), ("svadba", json!("1999-02-30")), ("tsvet", json!("black")),
            ("sorta", json!(["arabika", "black"])), ("sorta", json!("arabika, black")), ("optovik", json!("maybe")), ("stranitsa", json!("javascript:alert(1)")), ("poroda", json!("x".repeat(501))),
        ] {
            let problem = client.send(Method::PATCH, &path, &json!({"city": "Клин", "custom": {key: value}})).expect(422);
            assert_eq!(rule(&problem), (format!("custom.{key}").as_str(), "not_a_value"), "{value}");
        }
        let unknown = client.send(Method::PATCH, &path, &json!({"custom": {"none": 1}})).expect(422);
        assert_eq!(rule(&unknown), ("custom.none", "unknown"));
        assert_eq!((&client.get(&path).expect(200)["custom"], &client.get(&path).expect(200)["city"]), (&whole, &json!("")));
        // Null takes away, the rest stays.
        let less = patch(&client, &anna, &json!({"custom": {"razmer": null, "sorta": []}}));
        assert_eq!((&less["custom"]["razmer"], &less["custom"]["poroda"]), (&json!(null), &json!("Дог")));
        assert_eq!(listed(&client, "filter=x_razmer:filled"), [boris]);
    }

    fn a_field_is_renamed_moved_and_put_away_and_its_values_stay(app: TestApp) {
        let client = app.signed_in();
        let colour = make(&client, "Цвет", "choice", &["Красный", "Зелёный"]);
        let again = make(&client, "Цвет", "text", &[]);
        assert_eq!((&colour["key"], &again["key"]), (&json!("tsvet"), &json!("tsvet_2")));
        let anna = person(&client, "89160000001", &json!({"custom": {"tsvet": "zelenyy"}}));
        let path = format!("/custom-fields/{}", colour["id"].as_str().unwrap());
        let change = |body: &Value| client.send(Method::PATCH, &path, body);
        // Green is taken away, red is called otherwise, blue comes: who is green stays it.
        let changed = change(&json!({"name": {"ru": "Любимый цвет", "en": "Colour"}, "choices": [{"key": "krasnyy", "name": {"ru": "Алый"}}, {"name": {"ru": "Синий"}}], "before": ""})).expect(200);
        assert_eq!(changed["choices"].as_array().unwrap().iter().map(|c| c["key"].as_str().unwrap()).collect::<Vec<_>>(), ["krasnyy", "siniy"]);
        let fields = client.get("/custom-fields").expect(200);
        assert_eq!(fields["items"][1]["label"], json!({"ru": "Любимый цвет", "en": "Colour"}));
        assert_eq!(client.get(&format!("/customers/{anna}")).expect(200)["custom"]["tsvet"], "zelenyy");
        assert_eq!(listed(&client, "filter=x_tsvet:eq:zelenyy"), std::slice::from_ref(&anna));
        change(&json!({"archived": true})).expect(200);
        assert_eq!(client.get(&format!("/customers/{anna}")).expect(200)["custom"], json!({}));
        assert_eq!(rule(&client.send(Method::PATCH, &format!("/customers/{anna}"), &json!({"custom": {"tsvet": "krasnyy"}})).expect(422)).1, "unknown");
        change(&json!({"archived": false})).expect(200);
        assert_eq!(client.get(&format!("/customers/{anna}")).expect(200)["custom"]["tsvet"], "zelenyy");
        for (body, field) in [
            (json!({"name": {"ru": " "}, "kind": "text"}), "name.ru"), (json!({"name": {"ru": "А"}, "kind": "choice"}), "choices"),
            (json!({"name": {"ru": "А"}, "kind": "choice", "choices": [{"name": {"ru": "Б"}}, {"name": {"ru": "б"}}]}), "choices"),
            (json!({"name": {"ru": "А"}, "kind": "text", "key": "Ключ"}), "key"), (json!({"name": {"ru": "А"}, "kind": "text", "key": "tsvet"}), "key"),
        ] {
            assert_eq!(rule(&client.post("/custom-fields", &body).expect(422)).0, field, "{body}");
        }
        assert!(client.get("/custom-fields").expect(200)["items"].as_array().unwrap().len() == 2);
    }

    fn tags_likes_and_marks_stand_on_the_card_and_in_the_list(app: TestApp) {
        let client = app.signed_in();
        let anna = person(&client, "89160000001", &json!({"tags": ["#Опт", "кофе ", "опт"], "likes": ["зелёное"], "vip": {"set": true, "reason": "директор"}}));
        let boris = person(&client, "89160000002", &json!({"add_tags": ["Кофе"], "problem": {"set": true}}));
        let card = client.get(&format!("/customers/{anna}")).expect(200);
        assert_eq!((&card["tags"], &card["likes"]), (&json!(["кофе", "Опт"]), &json!(["зелёное"])));
        let name = client.get("/session").expect(200)["user"]["name"].clone();
        assert_eq!((&card["vip"]["reason"], &card["vip"]["by"], &card["problem"]), (&json!("директор"), &name, &json!(null)));
        let page = client.get("/customers?sort=registered").expect(200);
        assert_eq!((&page["items"][0]["vip"], &page["items"][1]["problem"], &page["items"][1]["tags"]), (&json!("директор"), &json!(""), &json!(["Кофе"])));
        let known = client.get("/words?q=").expect(200);
        assert_eq!((&known["items"][0]["customers"], known["items"].as_array().unwrap().len()), (&json!(2), 2));
        assert_eq!(listed(&client, "filter=tags:has:%D0%9A%D0%9E%D0%A4%D0%95").len(), 2);
        assert_eq!(listed(&client, "filter=vip:eq:yes"), std::slice::from_ref(&anna));
        let changed = patch(&client, &anna, &json!({"remove_tags": ["ОПТ"], "add_tags": ["чай"], "vip": {"set": false}}));
        assert_eq!((&changed["tags"], &changed["vip"]), (&json!(["кофе", "чай"]), &json!(null)));
        // A known customer told of again keeps what he has and gets what is new.
        let again = client.post("/customers", &json!({"phones": ["89160000002"], "tags": ["чай"], "problem": {"set": true, "reason": "грубит"}})).expect(200);
        assert_eq!((&again["tags"], &again["problem"]["reason"]), (&json!(["Кофе", "чай"]), &json!("")));
        assert_eq!(client.get(&format!("/customers/{boris}")).expect(200)["tags"], again["tags"]);
    }

    fn a_merge_shows_what_both_have_and_taking_apart_gives_it_back(app: TestApp) {
        let client = app.signed_in();
        make(&client, "Порода", "text", &[]);
        make(&client, "Размер", "number", &[]);
        let anna = person(&client, "89160000001", &json!({"tags": ["опт"], "custom": {"poroda": "Дог"}}));
        let other = person(&client, "89160000002", &json!({"tags": ["кофе"], "custom": {"poroda": "Мопс", "razmer": 42}, "vip": {"set": true, "reason": "директор"}}));
        let before = (client.get(&format!("/customers/{anna}")).expect(200), client.get(&format!("/customers/{other}")).expect(200));
        client.post(&format!("/customers/{anna}/merge"), &json!({"other": other})).expect(200);
        let one = client.get(&format!("/customers/{other}")).expect(200);
        assert_eq!((&one["tags"], &one["custom"], &one["vip"]["reason"]), (&json!(["кофе", "опт"]), &json!({"poroda": "Дог", "razmer": 42}), &json!("директор")));
        let edited = patch(&client, &anna, &json!({"add_tags": ["чай"], "remove_tags": ["кофе"], "custom": {"razmer": null}}));
        assert_eq!((&edited["tags"], &edited["custom"]), (&json!(["опт", "чай"]), &json!({"poroda": "Дог"})));
        client.post(&format!("/customers/{anna}/unmerge"), &json!({"other": other})).expect(200);
        let (a, b) = (client.get(&format!("/customers/{anna}")).expect(200), client.get(&format!("/customers/{other}")).expect(200));
        assert_eq!((&a["tags"], &a["custom"], &a["vip"]), (&json!(["опт", "чай"]), &before.0["custom"], &json!(null)));
        assert_eq!((&b["tags"], &b["custom"], &b["vip"]["reason"]), (&json!([]), &json!({"poroda": "Мопс"}), &before.1["vip"]["reason"]));
    }

    fn a_file_brings_tags_likes_vip_and_own_fields(app: TestApp) {
        let client = app.signed_in();
        make(&client, "Порода собаки", "text", &[]);
        make(&client, "Размер", "number", &[]);
        make(&client, "Сорта", "choices", &["Арабика", "Робуста"]);
        let file = "Телефон;ФИО;Теги;Любит;VIP;Порода собаки;Размер;Сорта\n\
            89160000001;Иванова Анна;опт, кофе;зелёное;директор;Дог;42,5;Арабика, робуста\n\
            89160000002;Петров Пётр;;;нет;;много;\n\
            89160000001;Иванова Анна;чай;;;Мопс;;\n";
        let done = import(&client, "base.csv", file.as_bytes().to_vec());
        assert_eq!(done["state"], "done", "{done}");
        let card = client.get("/customers/lookup?phone=89160000001").expect(200);
        assert_eq!((&card["tags"], &card["likes"], &card["vip"]["reason"]), (&json!(["кофе", "опт", "чай"]), &json!(["зелёное"]), &json!("директор")));
        assert_eq!(card["custom"], json!({"poroda_sobaki": "Дог", "razmer": 42.5, "sorta": ["arabika", "robusta"]}));
        let other = client.get("/customers/lookup?phone=89160000002").expect(200);
        assert_eq!((&other["custom"], &other["vip"]), (&json!({}), &json!(null)));
        let text = done.to_string();
        assert!(text.contains("own_field_unreadable"), "{text}");
        let fields = client.get("/import-fields").expect(200);
        assert!(fields["items"].as_array().unwrap().iter().any(|field| field["key"] == "x_razmer"));
        // The live base is what the database says.
        let verified = app.app.verify().unwrap();
        assert_eq!(verified.findings, Vec::<String>::new());
    }

    fn the_history_names_own_fields_in_words_and_what_is_noted_can_be_set_back(app: TestApp) {
        let client = app.signed_in();
        client.post("/custom-fields", &json!({"name": {"ru": "Кофе", "en": "Coffee"}, "kind": "choices", "choices": [{"name": {"ru": "Турка", "en": "Ibrik"}}, {"name": {"ru": "Воронка", "en": "Pour-over"}}]})).expect(201);
        let field = client.get("/custom-fields").expect(200)["items"][0].clone();
        let (key, ways) = (field["key"].as_str().unwrap(), [field["choices"][0]["key"].clone(), field["choices"][1]["key"].clone()]);
        let card = client.post("/customers", &json!({"customer": {"phone": "89165550101"}, "custom": {key: ways}, "tags": ["опт"], "vip": {"set": true, "reason": "свой"}})).expect(201);
        let path = format!("/customers/{}", card["id"].as_str().unwrap());
        client.send(Method::PATCH, &path, &json!({"custom": {key: [ways[1]]}, "tags": [], "vip": {"set": false}})).expect(200);
        let items = || client.get(&format!("{path}/history")).expect(200)["items"].as_array().unwrap().clone();
        let gone: Vec<Value> = items().into_iter().filter(|one| one["change"] == "removed" && one["can_restore"] == true).collect();
        let mut told: Vec<(String, String)> = gone.iter().map(|one| (one["label"]["en"].as_str().unwrap().to_owned(), one["value"]["ru"].as_str().unwrap().to_owned())).collect();
        told.sort();
        assert_eq!(told, [("Coffee", "Турка, Воронка"), ("Tag", "опт"), ("VIP", "свой")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        for one in &gone {
            client.post(&format!("{path}/history/{}/restore", one["id"].as_str().unwrap()), &json!({})).expect(200);
        }
        let now = client.get(&path).expect(200);
        assert_eq!((&now["custom"][key], &now["tags"], &now["vip"]["reason"], &now["vip"]["by"]), (&json!(ways), &json!(["опт"]), &json!("свой"), &json!("Анна")));
        let left = items();
        let left: Vec<&Value> = left.iter().filter(|one| one["can_restore"] == true).collect();
        assert!(!left.is_empty() && left.iter().all(|one| one["value"]["ru"] == "Воронка"), "only what was between");
    }
}
