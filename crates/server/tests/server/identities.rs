//! Typed contacts: who is found by what, values that say nobody, and two ids that point to two
//! people.

use reqwest::Method;
use serde_json::{Value, json};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

fn add(client: &Client, body: &Value) -> String {
    let card = client.post("/customers", body).expect(201);
    card["id"].as_str().unwrap().to_owned()
}

fn kinds(card: &Value) -> Vec<(&str, &str)> {
    card["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["kind"].as_str().unwrap(),
                one["value"].as_str().unwrap(),
            )
        })
        .collect()
}

on_both_databases! {
    fn messengers_find_by_their_number_and_never_by_a_name_that_can_pass_on(app: TestApp) {
        let (client, till) = (app.signed_in(), app.till("Касса"));
        let anna = add(&client, &json!({
            "customer": {"phone": "+79161234501", "name": "Анна"},
            "messengers": [
                {"kind": "telegram", "value": "https://t.me/Anna_K"},
                {"kind": "telegram", "value": "777000111"},
                {"kind": "whatsapp", "value": "8 916 123-45-99"},
                {"kind": "vk", "value": "vk.com/id42"},
            ],
        }));
        let found = |query: &str| client.get(&format!("/customers/lookup?{query}"));
        for query in [
            "messenger=telegram&account=777000111",
            "messenger=vk&account=42",
            "messenger=whatsapp&account=%2B79161234599",
            "phone=%2B79161234599",
        ] {
            assert_eq!(found(query).expect(200)["id"], json!(anna), "{query}");
        }
        assert_eq!(found("messenger=telegram&account=@anna_k").refused(404), "not_found");
        // A till that knows only the account.
        let sale = json!({"paid_minor": 100, "customer": {"messengers": [{"kind": "telegram", "value": "777000111"}]}});
        assert_eq!(till.buy("t-1", &sale).expect(201)["customer_id"], json!(anna));
        let named = json!({"paid_minor": 100, "customer": {"messengers": [{"kind": "telegram", "value": "@anna_k"}]}});
        assert_eq!(till.buy("t-2", &named).expect(422)["errors"][0]["rule"], "no_contact");
        let card = client.get(&format!("/customers/{anna}")).expect(200);
        assert!(kinds(&card).contains(&("telegram", "@anna_k")));
        // The phone goes, the WhatsApp of the same number stays and finds her.
        let path = format!("/customers/{anna}");
        client.send(Method::PATCH, &path, &json!({"phones": ["+79161234501", "+79161234599"]})).expect(200);
        client.send(Method::PATCH, &path, &json!({"phones": ["+79161234501"]})).expect(200);
        assert_eq!(found("phone=%2B79161234599").expect(200)["id"], json!(anna));
        assert!(app.app.verify().unwrap().findings.is_empty());
    }

    fn a_value_that_says_nobody_is_told_in_words_and_joins_nobody(app: TestApp) {
        let (client, till) = (app.signed_in(), app.till("Касса"));
        // By hand: refused at its field.
        for (body, field) in [
            (json!({"customer": {"email": "test@test.ru"}}), "customer.email"),
            (json!({"phones": ["+70000000000"]}), "phones[0]"),
            (json!({"phones": ["+79161234501", "9999999999"]}), "phones[1]"),
        ] {
            let told = client.post("/customers", &body).expect(422);
            assert_eq!(told["errors"][0]["rule"], "blocked_contact");
            assert_eq!(told["errors"][0]["field"], field);
        }
        // At the till: the sale is kept, of nobody when nothing else is known, and the answer says so.
        let sale = json!({"paid_minor": 100, "customer": {"phone": "+70000000000", "name": "Анна"}});
        let told = till.buy("b-1", &sale).expect(201);
        assert_eq!(told["customer_id"], Value::Null);
        assert_eq!(told["notes"][0]["code"], "blocked_contact");
        assert_eq!(till.buy("b-1", &sale).expect(200)["recorded"], json!(false));
        // The shop's own list: who has the value keeps it and is no longer found by it.
        let anna = add(&client, &json!({"phones": ["+79161234501", "+74950001122"]}));
        let blocked = client.post("/blocked-contacts", &json!({"kind": "phone", "value": "8 495 000-11-22"})).expect(201);
        assert_eq!(client.post("/blocked-contacts", &json!({"kind": "phone", "value": "+74950001122"})).refused(409), "blocked_already");
        assert_eq!(client.get("/customers/lookup?phone=%2B74950001122").refused(404), "not_found");
        let told = till.buy("b-2", &json!({"paid_minor": 100, "customer": {"phone": "+74950001122", "card": "К-5"}})).expect(201);
        assert_ne!(told["customer_id"], json!(anna));
        assert_eq!(told["notes"][0]["code"], "blocked_contact");
        let other = told["customer_id"].as_str().unwrap().to_owned();
        let card = client.get(&format!("/customers/{other}")).expect(200);
        assert_eq!(kinds(&card), [("card", "К-5")]);
        let path = format!("/customers/{other}");
        let put = client.send(Method::PATCH, &path, &json!({"phones": ["+74950001122"]})).expect(422);
        assert_eq!(put["errors"][0]["rule"], "blocked_contact");
        // Who had it before may be edited as before.
        client.send(Method::PATCH, &format!("/customers/{anna}"), &json!({"phones": ["+79161234501", "+74950001122"], "city": "Тверь"})).expect(200);
        assert!(app.app.verify().unwrap().findings.is_empty());
        // Let go, it finds her again.
        let path = format!("/blocked-contacts/{}", blocked["id"].as_str().unwrap());
        client.send(Method::DELETE, &path, &json!({})).expect(204);
        assert_eq!(client.get("/customers/lookup?phone=%2B74950001122").expect(200)["id"], json!(anna));
        assert!(app.app.verify().unwrap().findings.is_empty());
    }

    fn how_a_contact_was_verified_stands_on_the_card(app: TestApp) {
        let client = app.signed_in();
        let anna = add(&client, &json!({"phones": ["+79161234501"]}));
        let path = format!("/customers/{anna}/verify-contact");
        let body = json!({"kind": "phone", "value": "+79161234501", "how": "code"});
        let card = client.post(&path, &body).expect(200);
        assert_eq!(card["contacts"][0]["verified"]["how"], "code");
        assert_eq!(card["contacts"][0]["source_label"]["ru"], "введено вручную");
        let wrong = json!({"kind": "phone", "value": "+79161234501", "how": "guess"});
        assert_eq!(client.post(&path, &wrong).expect(422)["errors"][0]["field"], "how");
        let strange = json!({"kind": "phone", "value": "+79161234502", "how": "code"});
        assert_eq!(client.post(&path, &strange).refused(404), "not_found");
        // Taken away and put back, it has to be verified anew.
        let path = format!("/customers/{anna}");
        client.send(Method::PATCH, &path, &json!({"phones": ["+79161234503"]})).expect(200);
        let card = client.send(Method::PATCH, &path, &json!({"phones": ["+79161234501"]})).expect(200);
        assert_eq!(card["contacts"][0]["verified"], Value::Null);
        assert!(app.app.verify().unwrap().findings.is_empty());
    }
}

/// The queue as (one's name, other's name, conflict?).
fn queue(client: &Client) -> Vec<(String, String, bool)> {
    let queue = client.get("/duplicates").expect(200);
    assert_eq!(queue["state"], "ready");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = queue["items"].as_array().unwrap();
    assert_eq!(queue["total"], json!(items.len()));
    items
        .iter()
        .map(|one| {
            (
                text(&one["one"]["name"]),
                text(&one["other"]["name"]),
                !one["conflict"].is_null(),
            )
        })
        .collect()
}

fn decide(client: &Client, one: &str, other: &str, decision: &str) -> String {
    let body = json!({"one": one, "other": other, "decision": decision});
    let done = client.post("/duplicates/decide", &body).expect(200);
    done["decision"].as_str().unwrap().to_owned()
}

on_both_databases! {
    fn two_ids_of_two_people_wait_in_the_queue(app: TestApp) {
        let (client, till) = (app.signed_in(), app.till("Касса"));
        let anna = add(&client, &json!({"customer": {"card": "7701", "name": "Белова Анна"}}));
        let ivan = add(&client, &json!({"customer": {"phone": "+79161234501", "name": "Котов Иван"}}));
        let sale = json!({"paid_minor": 500, "customer": {"phone": "+79161234501", "card": "7701", "email": "new@kofe.ru"}});
        let told = till.buy("c-1", &sale).expect(201);
        assert_eq!(told["customer_id"], json!(anna));
        assert_eq!((&told["notes"][0]["code"], &told["notes"][0]["field"]), (&json!("conflicting_ids"), &json!("customer.phone")));
        // The e-mail is new and the buyer's; the phone stays whose it was.
        let card = client.get(&format!("/customers/{anna}")).expect(200);
        assert_eq!(kinds(&card), [("card", "7701"), ("email", "new@kofe.ru")]);
        let none_twice = till.buy("c-2", &sale).expect(201);
        assert_eq!(none_twice["notes"][0]["code"], "conflicting_ids");
        let case = &client.get("/duplicates").expect(200)["items"][0];
        assert_eq!((&case["conflict"]["one_kind"], &case["conflict"]["other_kind"]), (&json!("card"), &json!("phone")));
        assert_eq!((&case["one"]["id"], &case["other"]["id"]), (&json!(anna), &json!(ivan)));
        assert_eq!(queue(&client).len(), 1);
        // Not the same: never again, also after each was merged with somebody else.
        let parted = decide(&client, &anna, &ivan, "different");
        assert_eq!(queue(&client), []);
        let third = add(&client, &json!({"customer": {"card": "7702", "name": "Белова А."}}));
        let merged = client.post(&format!("/customers/{third}/merge"), &json!({"other": anna}));
        merged.expect(200);
        till.buy("c-3", &sale).expect(201);
        assert_eq!(queue(&client), []);
        // Taken back, the case waits again, for the people as they stand now.
        client.post("/duplicates/undo", &json!({"decision": parted})).expect(204);
        assert_eq!(client.post("/duplicates/undo", &json!({"decision": parted})).refused(409), "undone_already");
        assert_eq!(queue(&client), [("Белова А.".to_owned(), "Котов Иван".to_owned(), true)]);
        // The same person after all; and back again.
        let same = decide(&client, &third, &ivan, "same");
        assert_eq!(queue(&client), []);
        assert_eq!(client.get(&format!("/customers/{ivan}")).expect(200)["id"], json!(third));
        client.post("/duplicates/undo", &json!({"decision": same})).expect(204);
        assert_eq!(client.get(&format!("/customers/{ivan}")).expect(200)["id"], json!(ivan));
        assert_eq!(queue(&client).len(), 1);
        // Somebody who is erased or gone is no case.
        assert!(app.app.verify().unwrap().findings.is_empty());
    }

    fn likely_duplicates_wait_with_reasons_and_stay_decided(app: TestApp) {
        let client = app.signed_in();
        let one = json!({"phones": ["+79161234501"], "last_name": "Семёнова", "first_name": "Наталья", "birthday": "1985-03-08"});
        let other = json!({"phones": ["+79261234588"], "last_name": "Семенова", "first_name": "Наталия", "birthday": "1985-03-08"});
        let (one, other) = (add(&client, &one), add(&client, &other));
        let case = &client.get("/duplicates").expect(200)["items"][0];
        assert!(case["score"].as_u64().unwrap() >= 60);
        let said: Vec<&str> = case["reasons"].as_array().unwrap().iter().map(|r| r["label"]["ru"].as_str().unwrap()).collect();
        assert!(said.contains(&"день рождения совпадает"), "{said:?}");
        decide(&client, &one, &other, "later");
        let waiting = client.get("/duplicates").expect(200);
        assert_eq!((&waiting["total"], &waiting["put_off"]), (&json!(0), &json!(1)));
        app.clock.advance_seconds(8 * 86_400);
        assert_eq!(queue(&client).len(), 1);
        decide(&client, &other, &one, "different");
        assert_eq!(queue(&client), []);
        // A program that starts anew knows it too.
        if app.is_postgres() {
            let second = app.beside();
            let view = second.app.base(&vernis_app::caller::Caller::shell()).unwrap();
            let cases = second.app.duplicate_cases(&view, vernis_app::duplicates::Order::Likely, 0, 10).unwrap();
            assert_eq!((cases.likely, cases.put_off), (0, 0));
        }
        assert!(app.app.verify().unwrap().findings.is_empty());
    }
}

on_both_databases! {
    fn one_address_in_two_spellings_is_a_reason_and_the_merged_are_found_by_all_their_names(app: TestApp) {
        let client = app.signed_in();
        let one = json!({"phones": ["+79161234501"], "last_name": "Иванова", "first_name": "Мария", "city": "Тверь", "address": "г. Тверь, ул. Ленина, д. 5, кв. 12"});
        let other = json!({"phones": ["+79261239977"], "last_name": "Смирнова", "first_name": "Мария", "city": "Тверь", "address": "Ленина 5-12"});
        let (one, other) = (add(&client, &one), add(&client, &other));
        let third = json!({"phones": ["+79261230000"], "last_name": "Иванова", "first_name": "Мария", "address": "Тверь Ленина 5 12"});
        let third = add(&client, &third);
        let queue = client.get("/duplicates").expect(200);
        let case = &queue["items"][0];
        let said: Vec<&str> = case["reasons"].as_array().unwrap().iter().map(|r| r["label"]["ru"].as_str().unwrap()).collect();
        assert!(said.contains(&"один адрес") && said.contains(&"имя и фамилия совпадают"), "{said:?}");
        assert_eq!(queue["total"], 1, "a family lives at one address: {queue}");
        let ids = |query: &str| -> Vec<String> {
            let found = client.get(&format!("/search?q={query}")).expect(200);
            found["customers"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
        };
        client.post(&format!("/customers/{one}/merge"), &json!({"other": other})).expect(200);
        assert_eq!(ids("смирн"), std::slice::from_ref(&one));
        assert_eq!(ids("мария смирнова"), std::slice::from_ref(&one));
        assert_eq!(ids("иванова").len(), 2);
        client.post(&format!("/customers/{one}/unmerge"), &json!({"other": other})).expect(200);
        assert_eq!(ids("смирн"), std::slice::from_ref(&other));
        let card = client.get(&format!("/customers/{one}")).expect(200);
        assert_eq!(card["address"], "г. Тверь, ул. Ленина, д. 5, кв. 12");
        let path = format!("/customers/{third}");
        client.send(Method::PATCH, &path, &json!({"address": "Мира, 1"})).expect(200);
        let history = client.get(&format!("{path}/history")).expect(200);
        let was = history["items"].as_array().unwrap().iter().find(|one| one["field"] == "address" && one["value"]["ru"] == "Тверь Ленина 5 12").unwrap().clone();
        let back = client.post(&format!("{path}/history/{}/restore", was["id"].as_str().unwrap()), &json!(null)).expect(200);
        assert_eq!(back["address"], "Тверь Ленина 5 12");
        assert!(app.app.verify().unwrap().findings.is_empty());
    }
}

on_both_databases! {
    fn a_card_tells_who_changed_what_and_a_field_is_set_back(app: TestApp) {
        let (client, till) = (app.signed_in(), app.till("Касса 3"));
        let told = till.buy("h-1", &json!({"paid_minor": 100, "customer": {"phone": "+79161234501", "name": "Иванова Анна"}})).expect(201);
        let id = told["customer_id"].as_str().unwrap().to_owned();
        let store = client.post("/stores", &json!({"code": "two", "name": "На Лесной"})).expect(201)["id"].clone();
        let path = format!("/customers/{id}");
        client.send(Method::PATCH, &path, &json!({"last_name": "Петрова", "city": "Клин", "birthday": "1985-03-08", "phones": ["+79161234502"], "store": store})).expect(200);
        client.send(Method::PATCH, &path, &json!({"city": "Тверь", "birthday": "1986-03-08"})).expect(200);
        let history = || client.get(&format!("{path}/history")).expect(200)["items"].as_array().unwrap().clone();
        let lines: Vec<Value> = history();
        let line = |field: &str, value: &str, change: &str| {
            lines
                .iter()
                .find(|one| one["field"] == field && one["value"]["ru"] == value && one["change"] == change)
                .unwrap_or_else(|| panic!("{field} {value} {change} in {lines:#?}"))
                .clone()
        };
        let first = line("last_name", "Иванова", "set");
        assert_eq!((&first["by"], &first["current"], &first["can_restore"]), (&json!("Касса 3"), &json!(false), &json!(true)));
        assert_eq!(line("last_name", "Петрова", "set")["by"], "Анна");
        assert_eq!(line("last_name", "Петрова", "set")["current"], true);
        assert_eq!(line("store", "На Лесной", "set")["current"], true);
        line("phone", "+79161234501", "removed");
        // Set back: a name, a birthday, a phone, a store; each a new fact of who did it.
        let back = |one: &Value| client.post(&format!("{path}/history/{}/restore", one["id"].as_str().unwrap()), &json!({}));
        back(&first).expect(200);
        back(&line("birthday", "1985-03-08", "set")).expect(200);
        back(&line("store", "Основной магазин", "removed")).expect(200);
        let card = back(&line("phone", "+79161234501", "set")).expect(200);
        assert_eq!((&card["last_name"], &card["birthday"]), (&json!("Иванова"), &json!("1985-03-08")));
        assert_eq!(kinds(&card), [("phone", "+79161234502"), ("phone", "+79161234501")]);
        assert_eq!(back(&first).refused(409), "value_is_current");
        let newest = &history()[0];
        assert_eq!((&newest["field"], &newest["by"]), (&json!("phone"), &json!("Анна")));
        // A phone that is somebody else's by now stays his.
        client.send(Method::PATCH, &path, &json!({"phones": ["+79161234502"]})).expect(200);
        add(&client, &json!({"phones": ["+79161234501"]}));
        assert_eq!(back(&line("phone", "+79161234501", "set")).expect(422)["errors"][0]["rule"], "belongs_to_another");
        let stranger = add(&client, &json!({"phones": ["+79161234509"]}));
        let foreign = format!("/customers/{stranger}/history/{}/restore", first["id"].as_str().unwrap());
        assert_eq!(client.post(&foreign, &json!({})).refused(404), "not_found");
        assert!(app.app.verify().unwrap().findings.is_empty());
    }
}
