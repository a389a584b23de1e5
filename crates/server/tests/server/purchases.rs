//! Recording purchases: answered means in every number.

use serde_json::{Value, json};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

fn metric(client: &Client, key: &str) -> Value {
    let answer = client.get("/metrics").expect(200);
    let items = answer["items"].as_array().unwrap();
    items.iter().find(|item| item["key"] == key).unwrap()["value"].clone()
}

fn sale(paid: i64, phone: &str) -> Value {
    json!({"paid_minor": paid, "customer": {"phone": phone, "name": "Иванова Анна"}, "occurred_at": "2026-11-20"})
}

fn field_and_rule(problem: &Value) -> (&str, &str) {
    let error = &problem["errors"][0];
    (
        error["field"].as_str().unwrap_or(""),
        error["rule"].as_str().unwrap_or(""),
    )
}

on_both_databases! {
    fn an_answered_purchase_is_in_every_number_at_once(app: TestApp) {
        let client = app.signed_in();
        let till = app.till("Касса");
        for n in 1..=20_i64 {
            let bought = till.buy(&format!("k{n}"), &sale(100 * n, &format!("891612345{:02}", n % 5))).expect(201);
            assert_eq!((&bought["recorded"], &bought["day"]), (&json!(true), &json!("2026-11-20")));
            let total = (100 * n * (n + 1) / 2) as f64;
            assert_eq!(metric(&client, "revenue"), json!(total));
            assert_eq!(metric(&client, "orders"), json!(n as f64));
            let card = client.get(&format!("/customers/{}", bought["customer_id"].as_str().unwrap())).expect(200);
            assert_eq!(card["recent_purchases"][0]["paid_minor"], json!(100 * n), "{card}");
            assert_eq!(card["recent_purchases"][0]["id"], bought["id"]);
            let list = client.get("/customers?search=Иванова").expect(200);
            assert_eq!(list["total"], json!(n.min(5)));
            let read = client.get(&format!("/purchases/{}", bought["id"].as_str().unwrap())).expect(200);
            assert_eq!(read["paid_minor"], json!(100 * n));
        }
        let cells = client.get("/rfm").expect(200);
        let people: i64 = cells["cells"].as_array().unwrap().iter().map(|c| c["customers"].as_i64().unwrap()).sum();
        assert_eq!(people, 5);
        let found = client.get("/customers/lookup?phone=%2B7%20916%20123-45-01").expect(200);
        assert_eq!(found["purchases"], 4);
    }

    fn a_known_key_records_nothing_again(app: TestApp) {
        let client = app.signed_in();
        let first = client.buy("k", &sale(100, "89161234567")).expect(201);
        let again = client.buy("k", &sale(100, "89161234567")).expect(200);
        assert_eq!((&again["id"], &again["recorded"]), (&first["id"], &json!(false)));
        assert_eq!(client.buy("k", &sale(101, "89161234567")).refused(422), "idempotency_key_reused");
        assert_eq!(metric(&client, "orders"), json!(1.0));
        // The same key without a time: the repeat arrives later and is the same purchase.
        let body = json!({"paid_minor": 5});
        client.buy("late", &body).expect(201);
        app.clock.advance_seconds(3600);
        client.buy("late", &body).expect(200);
        let no_key = client.post("/purchases", &body);
        assert_eq!(no_key.refused(422), "idempotency_key_required");
    }

    fn one_key_from_many_threads_records_one_purchase(app: TestApp) {
        let client = app.signed_in();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let askers: Vec<_> = (0..8).map(|_| scope.spawn(|| client.buy("same", &sale(100, "89161234567")).status)).collect();
            askers.into_iter().map(|a| a.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 7, "{statuses:?}");
        assert_eq!(metric(&client, "orders"), json!(1.0));
    }

    fn a_batch_is_all_or_none(app: TestApp) {
        let client = app.signed_in();
        let item = |key: &str, paid: i64| json!({"key": key, "purchase": sale(paid, "89161234567")});
        let wrong = client.post("/purchases/batch", &json!({"items": [item("a", 100), item("b", -1)]})).expect(422);
        assert_eq!(field_and_rule(&wrong).1, "out_of_range", "{wrong}");
        assert_eq!(client.get("/session").expect(200)["purchases"], 0);
        // One that only the database can refuse.
        let mut unknown = item("b", 5);
        unknown["purchase"]["store"] = json!("no such store");
        client.post("/purchases/batch", &json!({"items": [item("a", 100), unknown]})).expect(422);
        assert_eq!(client.get("/session").expect(200)["purchases"], 0);
        assert_eq!(client.get("/customers").expect(200)["total"], 0);
        let good = client.post("/purchases/batch", &json!({"items": [item("a", 100), item("b", 200)]})).expect(200);
        assert_eq!(good["items"].as_array().unwrap().len(), 2);
        assert_eq!(client.get("/session").expect(200)["purchases"], 2);
        assert_eq!(client.get("/customers").expect(200)["total"], 1);
        let again = client.post("/purchases/batch", &json!({"items": [item("a", 100), item("c", 300)]})).expect(200);
        assert_eq!((&again["items"][0]["recorded"], &again["items"][1]["recorded"]), (&json!(false), &json!(true)));
        assert_eq!(metric(&client, "revenue"), json!(600.0));
        client.post("/purchases/batch", &json!({"items": []})).expect(422);
        let many: Vec<Value> = (0..1001).map(|n| item(&n.to_string(), 1)).collect();
        client.post("/purchases/batch", &json!({"items": many})).expect(422);
    }

    fn a_wrong_body_names_the_field_and_the_rule(app: TestApp) {
        let client = app.signed_in();
        let line = json!({"product": "A", "quantity_micro": 1_000_000, "list_minor": 100, "paid_minor": 100});
        let mut wrong_line = line.clone();
        wrong_line["quantity_micro"] = json!(0);
        for (body, field, rule) in [
            (json!({}), "", "wrong_type"),
            (json!({"paid_minor": "сто"}), "paid_minor", "wrong_type"),
            (json!({"paid_minor": 1.5}), "paid_minor", "wrong_type"),
            (json!({"paid_minor": 1, "colour": "red"}), "", "wrong_type"),
            (json!({"paid_minor": 1, "kind": "gift"}), "kind", "wrong_type"),
            (json!({"paid_minor": -1}), "paid_minor", "out_of_range"),
            (json!({"paid_minor": i64::MAX}), "paid_minor", "out_of_range"),
            (json!({"paid_minor": 1, "occurred_at": "yesterday"}), "occurred_at", "not_a_time"),
            (json!({"paid_minor": 1, "occurred_at": "2027-11-23"}), "occurred_at", "in_the_future"),
            (json!({"paid_minor": 1, "store": "nowhere"}), "store", "unknown"),
            (json!({"paid_minor": 1, "channel": "nowhere"}), "channel", "unknown"),
            (json!({"paid_minor": 100, "lines": [wrong_line]}), "lines[0].quantity_micro", "out_of_range"),
            (json!({"paid_minor": 90, "lines": [line]}), "paid_minor", "does_not_add_up"),
            (json!({"paid_minor": 100, "customer": {"phone": "1"}}), "customer.phone", ""),
        ] {
            let problem = client.buy("k", &body).expect(422);
            let (found_field, found_rule) = field_and_rule(&problem);
            assert!(field.is_empty() || found_field == field, "{body} → {problem}");
            assert!(rule.is_empty() || found_rule == rule, "{body} → {problem}");
            assert!(!found_rule.is_empty() && !found_field.is_empty(), "{body} → {problem}");
        }
        let till = app.till("Касса");
        let raw = |body: &str| {
            let request = till.request(reqwest::Method::POST, "/purchases").header("Idempotency-Key", "k")
                .header("Content-Type", "application/json").body(body.to_owned());
            vernis_testkit::Answer::of(request)
        };
        for broken in ["", "{", "[]", "null", "{\"paid_minor\": 1e400}", "\u{0}"] {
            assert_eq!(raw(broken).status, 422, "{broken:?}");
        }
        assert_eq!(raw(&"[".repeat(100_000)).status, 422);
        assert_eq!(raw(&" ".repeat(5 << 20)).status, 413);
        assert_eq!(client.get("/session").expect(200)["purchases"], 0);
        for path in ["/metrics?from=soon", "/rfm?borders=guess", "/metrics?store=nowhere", "/customers?sort=luck", "/customers?filter=luck:is:good", "/cohorts?from=2026-13-01"] {
            let problem = client.get(path).expect(422);
            assert!(!field_and_rule(&problem).0.is_empty(), "{path} → {problem}");
        }
    }

    fn a_customer_is_added_by_hand_and_changed_and_a_wrong_field_is_named(app: TestApp) {
        let client = app.signed_in();
        let store = client.post("/stores", &json!({"code": "north", "name": "Северный"})).expect(201)["id"].clone();
        let anna = json!({
            "last_name": "Петрова", "first_name": "Анна", "phones": ["8 916 123-45-67", "89161234568"],
            "emails": ["anna@example.ru"], "birthday": "--03-08", "sex": "female", "city": "Тверь", "store": store,
        });
        let card = client.post("/customers", &anna).expect(201);
        assert_eq!((&card["name"], &card["city"], &card["store"]), (&json!("Петрова Анна"), &json!("Тверь"), &store), "{card}");
        assert_eq!((&card["birthday"], &card["sex"]), (&json!("--03-08"), &json!("female")));
        let values: Vec<&str> = card["contacts"].as_array().unwrap().iter().map(|c| c["value"].as_str().unwrap()).collect();
        assert_eq!(values, ["+79161234567", "+79161234568", "anna@example.ru"]);
        // The same phone again is the same person: nobody is made twice, nothing known is overwritten.
        let again = client.post("/customers", &json!({"phones": ["+79161234568"], "first_name": "Мария", "city": "Псков"})).expect(200);
        assert_eq!((&again["id"], &again["name"], &again["city"]), (&card["id"], &json!("Петрова Анна"), &json!("Тверь")));
        for (body, field) in [
            (json!({"phones": ["89161234560", "12"]}), "phones[1]"),
            (json!({"emails": ["anna"]}), "emails[0]"),
            (json!({"phones": ["89161234560"], "birthday": "1985-13-08"}), "birthday"),
            (json!({"phones": ["89161234560"], "store": "nowhere"}), "store"),
            (json!({"first_name": "Никто"}), "customer"),
        ] {
            let problem = client.post("/customers", &body).expect(422);
            assert_eq!(field_and_rule(&problem).0, field, "{problem}");
        }
        client.post("/customers", &json!({"phones": ["89161234560"], "shoe_size": 42})).expect(422);
        let path = format!("/customers/{}", card["id"].as_str().unwrap());
        let changed = client.send(reqwest::Method::PATCH, &path, &json!({"city": "", "birthday": "", "phones": ["89161234568"], "store": "north"})).expect(200);
        assert_eq!((&changed["city"], &changed["birthday"], &changed["contacts"].as_array().unwrap().len()), (&json!(""), &json!(null), &2));
        // Children: kept in order, read back from the truth, wrong ones named, taken away by an empty list.
        assert_eq!(changed["children"], json!([]));
        let two = json!([{"name": "маша", "birthday": "2019-05-01"}, {"birthday": "--12-31"}]);
        let with = client.send(reqwest::Method::PATCH, &path, &json!({"children": two})).expect(200);
        assert_eq!(with["children"], json!([{"name": "Маша", "birthday": "2019-05-01"}, {"name": "", "birthday": "--12-31"}]));
        client.send(reqwest::Method::PATCH, &path, &json!({"city": "Псков"})).expect(200);
        assert_eq!(client.get(&path).expect(200)["children"], with["children"]);
        for (children, field) in [(json!([{"birthday": "2019-05-01"}, {"birthday": "2019-02-30"}]), "children[1].birthday"), (json!(vec![json!({"birthday": "2019-05-01"}); 13]), "children")] {
            let problem = client.send(reqwest::Method::PATCH, &path, &json!({"children": children})).expect(422);
            assert_eq!(field_and_rule(&problem).0, field, "{problem}");
        }
        assert_eq!(client.send(reqwest::Method::PATCH, &path, &json!({"children": []})).expect(200)["children"], json!([]));
        let other = client.post("/customers", &json!({"phones": ["89161234567"], "last_name": "Новая"})).expect(201);
        let taken = client.send(reqwest::Method::PATCH, &format!("/customers/{}", other["id"].as_str().unwrap()), &json!({"phones": ["89161234568"]})).expect(422);
        assert_eq!(field_and_rule(&taken), ("phones", "belongs_to_another"));
    }

    fn search_finds_people_receipts_and_products(app: TestApp) {
        let client = app.signed_in();
        let mut sold = sale(300, "89161234567");
        sold["receipt_no"] = json!("Ч-000123");
        sold["lines"] = json!([{"product": "TEA-7", "name": "Чай Улун тёмный", "category": "Чай", "quantity_micro": 1_000_000, "list_minor": 300, "paid_minor": 300}]);
        let bought = client.buy("k", &sold).expect(201);
        let found = |q: &str| client.get(&format!("/search?q={q}")).expect(200);
        let receipt = &found("№Ч-000123")["purchases"][0];
        assert_eq!((&receipt["id"], &receipt["customer_id"]), (&bought["id"], &bought["customer_id"]));
        assert_eq!((&receipt["customer_name"], &receipt["paid_minor"]), (&json!("Иванова Анна"), &json!(300)));
        assert_eq!(found("Ч-00012")["purchases"], json!([]), "a receipt is found by its whole number");
        for q in ["улун", "темный%20чай", "tea-7"] {
            assert_eq!(found(q)["products"][0]["code"], json!("TEA-7"), "{q}");
        }
        assert_eq!(found("улун")["customers"], json!([]));
        let none = found("кофе");
        assert_eq!((&none["purchases"], &none["products"]), (&json!([]), &json!([])));
        assert_eq!(client.get("/products?search=улун").expect(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(client.get("/products?search=кофе").expect(200)["items"], json!([]));
    }

    fn every_contact_on_the_card_knows_where_it_came_from_and_when(app: TestApp) {
        let client = app.signed_in();
        let who = json!({"customer": {"external_id": "000:42", "external_source": "1c", "phone": "89161234567", "email": "anna@example.ru"}});
        let card = client.post("/customers", &who).expect(201);
        let contacts = card["contacts"].as_array().unwrap();
        assert_eq!(contacts.len(), 3, "{card}");
        for contact in contacts {
            assert_eq!(contact["source_label"], json!({"ru": "введено вручную", "en": "entered by hand"}), "{contact}");
            assert!(contact["recorded_at"].is_string(), "{contact}");
        }
    }

    fn no_more_comes_back_than_was_sold(app: TestApp) {
        let client = app.signed_in();
        let line = json!({"product": "A", "quantity_micro": 2_000_000, "list_minor": 200, "paid_minor": 200});
        let mut sold = sale(200, "89161234567");
        sold["lines"] = json!([line]);
        sold["receipt_no"] = json!("Ч-17");
        let sold = client.buy("s", &sold).expect(201)["id"].clone();
        let back = |paid: i64, pieces: i64| json!({
            "kind": "return", "paid_minor": paid, "returned_purchase_id": sold, "customer": {"phone": "89161234567"},
            "lines": [{"product": "A", "quantity_micro": pieces * 1_000_000, "list_minor": paid, "paid_minor": paid, "returned_line_no": 1}],
        });
        client.buy("r0", &back(300, 3)).expect(422);
        client.buy("r0", &back(100, 3)).expect(422);
        client.buy("r1", &back(100, 1)).expect(201);
        assert_eq!(metric(&client, "revenue"), json!(100.0));
        let told = |bought: &Value| (bought["receipt_no"].clone(), bought["taken_back_minor"].clone(), bought["taken_back"].clone());
        let read = || {
            let bought = client.get(&format!("/purchases/{}", sold.as_str().unwrap())).expect(200);
            let card = client.get(&format!("/customers/{}", bought["customer_id"].as_str().unwrap())).expect(200);
            let brief = card["recent_purchases"].as_array().unwrap().iter().find(|one| one["id"] == sold).unwrap();
            assert_eq!(told(brief), told(&bought), "the card and the receipt say the same");
            told(&bought)
        };
        assert_eq!(read(), (json!("Ч-17"), json!(100), json!(false)), "in part");
        client.buy("r2", &back(200, 2)).expect(422);
        client.buy("r2", &back(100, 1)).expect(201);
        client.buy("r3", &back(100, 1)).expect(422);
        assert_eq!(read(), (json!("Ч-17"), json!(200), json!(true)), "in whole");
        assert_eq!(metric(&client, "revenue"), json!(0.0));
        let of_a_sale = json!({"paid_minor": 1, "returned_purchase_id": sold});
        assert_eq!(field_and_rule(&client.buy("r4", &of_a_sale).expect(422)).1, "only_for_returns");
    }
}
