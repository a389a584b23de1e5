//! Many customers changed at once: the preview, the run, taking it back.

use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use vernis_app::{Entity, Scope};
use vernis_testkit::{Answer, Client, Database, LOGIN, PASSWORD, TestApp, on_both_databases};

fn person(client: &Client, phone: &str, noted: &Value) -> String {
    let mut body = noted.clone();
    body["phones"] = json!([phone]);
    let card = client.post("/customers", &body).expect(201);
    card["id"].as_str().unwrap().to_owned()
}

fn card(client: &Client, id: &str) -> Value {
    client.get(&format!("/customers/{id}")).expect(200)
}

/// Waits until a bulk edit stands still.
fn settled(client: &Client, edit: &Value) -> Value {
    let begun = Instant::now();
    loop {
        let now = client
            .get(&format!("/bulk-edits/{}", edit["id"].as_str().unwrap()))
            .expect(200);
        if !["running", "undoing", "interrupted"].contains(&now["state"].as_str().unwrap()) {
            return now;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{now}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The owner at a program that was begun again.
fn sign_in(app: &TestApp) -> Client {
    let client = app.stranger();
    client
        .post("/session", &json!({"login": LOGIN, "password": PASSWORD}))
        .expect(204);
    client
}

/// Waits until what was done stands in the journal.
fn settle(app: &TestApp, client: &Client) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        app.app.settle_journal().unwrap();
        let newest = client.get("/journal?limit=1").expect(200);
        if newest["items"][0]["number"].is_number() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the journal is not sealed");
}

fn undo(client: &Client, edit: &Value) -> Value {
    let path = format!("/bulk-edits/{}/undo", edit["id"].as_str().unwrap());
    settled(client, &client.post(&path, &json!({})).expect(202))
}

on_both_databases! {
    fn a_filter_is_previewed_changed_and_taken_back_as_a_whole(app: TestApp) {
        let client = app.signed_in();
        client.post("/custom-fields", &json!({"name": {"ru": "Размер"}, "kind": "number"})).expect(201);
        let ids: Vec<String> = (0..70)
            .map(|n| person(&client, &format!("8916444{n:04}"), &json!({"tags": if n % 2 == 0 { vec!["опт"] } else { vec![] }, "custom": {"razmer": n}})))
            .collect();
        let before: Vec<Value> = ids.iter().map(|id| card(&client, id)).collect();
        let change = json!({"custom": {"razmer": 42}, "add_tags": ["акция"], "remove_tags": ["ОПТ"], "vip": {"set": true, "reason": "весна"}});
        let whom = json!({"filter": ["tags:has:опт"]});
        let told = client.post("/bulk-edits", &json!({"change": change, "customers": whom, "dry_run": true})).expect(200);
        assert_eq!((&told["state"], &told["total"], &told["changed"]), (&json!("preview"), &json!(35), &json!(35)));
        let parts: Vec<_> = told["parts"].as_array().unwrap().iter().map(|one| (one["label"]["ru"].as_str().unwrap(), one["already"].as_u64().unwrap(), one["new"].as_u64().unwrap(), one["replaced"].as_u64().unwrap())).collect();
        // Number 42 of the even ones has the size already.
        assert_eq!(parts, [("Размер", 1, 0, 34), ("Тег", 0, 35, 0), ("Тег «ОПТ»", 0, 0, 35), ("VIP", 0, 35, 0)]);
        let first = &told["sample"][0];
        assert_eq!(first["changes"][1]["gone"][0]["ru"], "опт");
        assert_eq!(first["changes"][1]["came"][0]["ru"], "акция");
        assert!(ids.iter().zip(&before).all(|(id, was)| card(&client, id)["tags"] == was["tags"]), "a preview changes nothing");
        let done = settled(&client, &client.post("/bulk-edits", &json!({"change": change, "customers": whom})).expect(202));
        assert_eq!((&done["state"], &done["looked_at"], &done["changed"]), (&json!("done"), &json!(35), &json!(35)));
        for (n, id) in ids.iter().enumerate() {
            let now = card(&client, id);
            if n % 2 == 0 {
                assert_eq!((&now["tags"], &now["custom"]["razmer"], &now["vip"]["reason"]), (&json!(["акция"]), &json!(42), &json!("весна")));
            } else {
                assert_eq!(now["tags"], before[n]["tags"]);
            }
        }
        // Somebody changes three values since: they stay.
        client.send(Method::PATCH, &format!("/customers/{}", ids[0]), &json!({"custom": {"razmer": 50}})).expect(200);
        client.send(Method::PATCH, &format!("/customers/{}", ids[2]), &json!({"vip": {"set": false}, "remove_tags": ["акция"]})).expect(200);
        let back = undo(&client, &done);
        assert_eq!((&back["state"], &back["kept"]), (&json!("undone"), &json!(3)));
        // Number 42 had the size already: there was nothing to give back.
        assert_eq!(back["restored"], json!(35 * 4 - 3 - 1));
        for (n, id) in ids.iter().enumerate() {
            let (now, was) = (card(&client, id), &before[n]);
            assert_eq!((&now["tags"], &now["vip"]), (&was["tags"], &was["vip"]), "{n}");
            let size = if n == 0 { &json!(50) } else { &was["custom"]["razmer"] };
            assert_eq!(&now["custom"]["razmer"], size);
        }
        assert_eq!(back["what"][0]["ru"], "Размер: 42");
        client.post(&format!("/bulk-edits/{}/undo", done["id"].as_str().unwrap()), &json!({})).refused(409);
        assert_eq!(client.get("/bulk-edits").expect(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn chosen_people_move_to_another_store_and_back_also_when_they_were_merged(app: TestApp) {
        let client = app.signed_in();
        let north = client.post("/stores", &json!({"code": "north", "name": "Север"})).expect(201);
        let anna = person(&client, "89165550001", &json!({}));
        let other = person(&client, "89165550002", &json!({"tags": ["кофе"]}));
        let was = card(&client, &anna)["store"].clone();
        client.post(&format!("/customers/{anna}/merge"), &json!({"other": other})).expect(200);
        let body = json!({"change": {"store": "north", "remove_tags": ["кофе"]}, "customers": {"ids": [other, anna]}});
        let done = settled(&client, &client.post("/bulk-edits", &body).expect(202));
        assert_eq!((&done["total"], &done["changed"]), (&json!(1), &json!(2)));
        let now = card(&client, &anna);
        assert_eq!((&now["store"], &now["tags"]), (&north["id"], &json!([])));
        // Taken apart in between: each record gets back what was taken from it.
        client.post(&format!("/customers/{anna}/unmerge"), &json!({"other": other})).expect(200);
        let back = undo(&client, &done);
        assert_eq!((&back["restored"], &back["kept"]), (&json!(2), &json!(0)));
        assert_eq!(card(&client, &anna)["store"], was);
        assert_eq!(card(&client, &other)["tags"], json!(["кофе"]));
        for (body, status) in [
            (json!({"change": {}, "customers": {}}), 422), (json!({"change": {"custom": {"none": 1}}, "customers": {}}), 422),
            (json!({"change": {"add_tags": ["x"]}, "customers": {"ids": ["made-up"]}}), 404), (json!({"change": {"add_tags": ["x"]}, "customers": {"filter": ["none:eq:1"]}}), 422),
        ] {
            client.post("/bulk-edits", &body).refused(status);
        }
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn people_of_a_segment_get_a_city_a_sex_and_a_manager_once_for_one_request(app: TestApp) {
        let client = app.signed_in();
        let ids: Vec<String> = (0..4).map(|n| person(&client, &format!("8916111{n:04}"), &json!({"city": if n == 0 { "Тверь" } else { "" }}))).collect();
        for (n, id) in ids[..3].iter().enumerate() {
            client.buy(&format!("k{n}"), &json!({"paid_minor": 100, "customer": {"id": id}})).expect(201);
        }
        let segment = client.post("/segments", &json!({"name": "Купили", "text": "orders >= 1"})).expect(201);
        let me = client.get("/customers/managers").expect(200)["items"][0]["id"].clone();
        let change = json!({"city": "Казань", "sex": "female", "manager": me});
        let body = json!({"change": change, "customers": {"segment": segment["id"]}});
        let mut preview = body.clone();
        preview["dry_run"] = json!(true);
        let told = client.post("/bulk-edits", &preview).expect(200);
        let city = &told["parts"][0];
        assert_eq!((&city["label"]["ru"], &city["already"], &city["new"], &city["replaced"]), (&json!("Город"), &json!(0), &json!(2), &json!(1)));
        assert_eq!(told["parts"][2]["value"]["ru"], "Анна");
        let ask = |body: &Value| Answer::of(client.request(Method::POST, "/bulk-edits").header("Idempotency-Key", "spring").json(body));
        let begun = ask(&body).expect(202);
        let done = settled(&client, &begun);
        assert_eq!((&done["total"], &done["changed"]), (&json!(3), &json!(3)));
        assert_eq!(ask(&body).expect(202)["id"], begun["id"], "a repeat begins nothing");
        assert_eq!(client.get("/bulk-edits").expect(200)["items"].as_array().unwrap().len(), 1);
        let mut other = body.clone();
        other["change"]["city"] = json!("Самара");
        assert_eq!(ask(&other).refused(409), "key_is_used");
        // The lists are true right after.
        let women = || {
            let list = client.get("/customers?columns=sex").expect(200);
            list["items"].as_array().unwrap().iter().filter(|row| row["facts"]["sex"] == "female").count()
        };
        assert_eq!(women(), 3);
        let first = card(&client, &ids[0]);
        assert_eq!((&first["manager"]["name"], &first["sex"]), (&json!("Анна"), &json!("female")));
        assert_eq!(card(&client, &ids[3])["manager"], Value::Null);
        // Somebody is given away since: he stays, the others are nobody's again.
        client.post("/customers/managers", &json!({"customers": [ids[1]], "manager": null})).expect(200);
        let back = undo(&client, &done);
        assert_eq!((&back["restored"], &back["kept"]), (&json!(8), &json!(1)));
        let first = card(&client, &ids[0]);
        assert_eq!((&first["manager"], &first["sex"], &first["city"]), (&Value::Null, &Value::Null, &json!("Тверь")));
        assert_eq!(women(), 0);
        // The journal tells of it without a value of anybody.
        settle(&app, &client);
        let journal = client.get("/journal?what=customers").expect(200);
        let acts: Vec<&str> = journal["items"].as_array().unwrap().iter().map(|one| one["act"].as_str().unwrap()).filter(|act| act.contains("bulk")).collect();
        assert_eq!(acts, ["customers.bulk_undone", "customers.bulk_undo", "customers.bulk_ended", "customers.bulk_started"]);
        let text = journal.to_string();
        assert!(!text.contains("Казань") && !text.contains("Тверь"));
        let history = client.get(&format!("/customers/{}/history", ids[0])).expect(200);
        let bulk = history["items"].as_array().unwrap().iter().find(|one| one["source"]["ru"] == "массовое изменение").unwrap();
        assert_eq!(bulk["by"], "Анна");
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn a_program_that_is_ended_in_the_middle_goes_on_where_it_was(app: TestApp) {
        let client = app.signed_in();
        let items: Vec<Value> = (0..400).map(|n| json!({"key": format!("k{n}"), "purchase": {"paid_minor": 100, "customer": {"phone": format!("8916222{n:04}")}}})).collect();
        client.post("/purchases/batch", &json!({"items": items})).expect(200);
        let body = json!({"change": {"add_tags": ["акция"]}, "customers": {}});
        let begun = client.post("/bulk-edits", &body).expect(202);
        // Whatever step it is in: what is done is done as a whole.
        let app = app.again();
        app.clock.advance_seconds(60);
        let client = sign_in(&app);
        let path = format!("/bulk-edits/{}", begun["id"].as_str().unwrap());
        let tagged = |client: &Client| client.get("/customers?filter=tags:has:акция").expect(200)["total"].as_u64().unwrap();
        let stands = client.get(&path).expect(200);
        assert_eq!(stands["state"], "interrupted");
        assert_eq!(stands["changed"], json!(tagged(&client)));
        assert!(tagged(&client) < 400, "it was not ended in its middle");
        client.post(&format!("{path}/resume"), &json!({})).expect(202);
        let done = settled(&client, &begun);
        assert_eq!((&done["state"], &done["changed"], tagged(&client)), (&json!("done"), &json!(400), 400));
        client.post(&format!("{path}/undo"), &json!({})).expect(202);
        let app = app.again();
        app.clock.advance_seconds(60);
        let client = sign_in(&app);
        assert_eq!(client.get(&path).expect(200)["state"], "interrupted");
        client.post(&format!("{path}/resume"), &json!({})).expect(202);
        let back = settled(&client, &begun);
        assert_eq!((&back["restored"], &back["kept"], tagged(&client)), (&json!(400), &json!(0), 0));
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn whoever_sees_a_part_changes_that_part_and_nothing_he_may_not(app: TestApp) {
        let owner = app.signed_in();
        let second = owner.post("/stores", &json!({"code": "b", "name": "Второй"})).expect(201);
        let row = app.app.row_id(Entity::Store, second["id"].as_str().unwrap()).unwrap();
        let own = person(&owner, "89163330001", &json!({"store": "b"}));
        let foreign = person(&owner, "89163330002", &json!({}));
        owner.send(Method::PUT, "/roles/cashier", &json!({"permissions": ["customers_see", "customers_edit"]})).expect(200);
        let scope = Scope::Stores { stores: vec![row] };
        app.app.add_user("nina", "Нина", "a password of his own", "cashier", &scope).unwrap();
        let nina = app.stranger();
        nina.post("/session", &json!({"login": "nina", "password": "a password of his own"})).expect(204);
        let tag = |whom: Value| json!({"change": {"add_tags": ["акция"]}, "customers": whom});
        let done = settled(&nina, &nina.post("/bulk-edits", &tag(json!({}))).expect(202));
        assert_eq!((&done["total"], &done["changed"]), (&json!(1), &json!(1)));
        assert_eq!((&card(&owner, &own)["tags"], &card(&owner, &foreign)["tags"]), (&json!(["акция"]), &json!([])));
        nina.post("/bulk-edits", &tag(json!({"ids": [foreign]}))).refused(404);
        for (change, status) in [(json!({"store": "main"}), 422), (json!({"manager": ""}), 403)] {
            for dry_run in [true, false] {
                nina.post("/bulk-edits", &json!({"change": change, "customers": {}, "dry_run": dry_run})).refused(status);
            }
        }
        // What others do is not hers to see or to take back.
        let all = settled(&owner, &owner.post("/bulk-edits", &json!({"change": {"add_tags": ["весна"]}, "customers": {}})).expect(202));
        assert_eq!(all["changed"], json!(2));
        let path = format!("/bulk-edits/{}", all["id"].as_str().unwrap());
        nina.get(&path).refused(404);
        nina.post(&format!("{path}/undo"), &json!({})).refused(404);
        assert_eq!(nina.get("/bulk-edits").expect(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(owner.get("/bulk-edits").expect(200)["items"].as_array().unwrap().len(), 2);
        // Somebody who left her part in between is left as he is.
        owner.send(Method::PATCH, &format!("/customers/{own}"), &json!({"store": "main"})).expect(200);
        let back = undo(&nina, &done);
        assert_eq!((&back["restored"], &back["kept"]), (&json!(0), &json!(1)));
        assert_eq!(card(&owner, &own)["tags"], json!(["акция", "весна"]));
    }
}
