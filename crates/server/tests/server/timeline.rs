//! A customer's timeline: notes and contacts, and everything that happened, filtered and paged.

use reqwest::Method;
use serde_json::{Value, json};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

fn person(client: &Client, phone: &str) -> String {
    let card = client
        .post(
            "/customers",
            &json!({"phones": [phone], "last_name": "Иванова"}),
        )
        .expect(201);
    card["id"].as_str().unwrap().to_owned()
}

fn timeline(client: &Client, id: &str, query: &str) -> Value {
    client
        .get(&format!("/customers/{id}/timeline?{query}"))
        .expect(200)
}

fn kinds(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["kind"].as_str().unwrap()).collect()
}

fn count(page: &Value, kind: &str) -> u64 {
    let kinds = page["kinds"].as_array().unwrap();
    let found = kinds.iter().find(|one| one["key"] == kind).unwrap();
    found["count"].as_u64().unwrap()
}

fn note(client: &Client, id: &str, body: &Value) -> String {
    let written = client
        .post(&format!("/customers/{id}/notes"), body)
        .expect(201);
    written["id"].as_str().unwrap().to_owned()
}

fn sale(client: &Client, key: &str, phone: &str, at: &str) {
    let sold = json!({"occurred_at": at, "customer": {"phone": phone}, "paid_minor": 500, "discount_minor": 0, "lines": [], "receipt_no": key});
    client.buy(key, &sold).expect(201);
}

on_both_databases! {
    fn a_note_is_written_changed_and_taken_away_and_the_history_knows(app: TestApp) {
        let client = app.signed_in();
        let anna = person(&client, "89160000001");
        let written = note(&client, &anna, &json!({"text": "  Просила \u{202e}позвонить\n\nпосле праздников "}));
        let shown = timeline(&client, &anna, "kind=note");
        assert_eq!(shown["items"][0]["note"]["text"], "Просила позвонить\n\nпосле праздников");
        assert!(!shown["items"][0]["note"]["by"].as_str().unwrap().is_empty());
        let path = format!("/customers/{anna}/notes/{written}");
        client.send(Method::PUT, &path, &json!({"text": "Позвонить в январе"})).expect(204);
        let shown = timeline(&client, &anna, "kind=note");
        assert_eq!((&shown["items"][0]["note"]["text"], &shown["items"][0]["note"]["edited"], count(&shown, "note")), (&json!("Позвонить в январе"), &json!(true), 1));
        // Another's note is nobody's: the same answer as for one that does not exist.
        let other = person(&client, "89160000002");
        client.send(Method::PUT, &format!("/customers/{other}/notes/{written}"), &json!({"text": "x"})).refused(404);
        client.send(Method::DELETE, &path, &json!(null)).expect(204);
        client.send(Method::DELETE, &path, &json!(null)).refused(404);
        let shown = timeline(&client, &anna, "kind=note");
        assert_eq!((&shown["items"][0]["note"]["removed"], &shown["items"][0]["note"]["text"]), (&json!(true), &json!("")));
        for (body, field) in [
            (json!({"text": " "}), "text"), (json!({"text": "x".repeat(4001)}), "text"), (json!({"text": "x", "outcome": "done"}), "outcome"),
            (json!({"text": "x", "contact": "dance"}), "contact"), (json!({"contact": "call", "at": "2126-01-01T00:00:00Z"}), "at"),
        ] {
            let problem = client.post(&format!("/customers/{anna}/notes"), &body).expect(422);
            assert_eq!(problem["errors"][0]["field"], field, "{body}");
        }
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn the_last_contact_is_a_fact_that_follows_the_notes(app: TestApp) {
        let client = app.signed_in();
        let anna = person(&client, "89160000001");
        let facts = |id: &str| client.get(&format!("/customers/{id}")).expect(200)["facts"].clone();
        assert_eq!(facts(&anna)["last_contact_day"], json!(null));
        // 22:30 UTC is the next day in Moscow.
        let late = note(&client, &anna, &json!({"contact": "call", "outcome": "agreed", "at": "2025-03-01T22:30:00Z"}));
        note(&client, &anna, &json!({"text": "заходила", "contact": "visit", "at": "2025-02-01T10:00:00Z"}));
        note(&client, &anna, &json!({"text": "просто заметка"}));
        let now = facts(&anna);
        assert_eq!((&now["last_contact_day"], &now["last_contact_kind"]), (&json!("2025-03-02"), &json!("call")));
        let listed = client.get("/customers?filter=last_contact_day:ge:2025-03-02&filter=last_contact_kind:eq:call").expect(200);
        assert_eq!(listed["total"], 1);
        // The latest is taken away: the one before it is the last.
        client.send(Method::DELETE, &format!("/customers/{anna}/notes/{late}"), &json!(null)).expect(204);
        assert_eq!(facts(&anna)["last_contact_kind"], "visit");
        // A merge shows the later of both, taking apart gives each his own.
        let other = person(&client, "89160000002");
        note(&client, &other, &json!({"contact": "message", "at": "2025-04-01T10:00:00Z"}));
        client.post(&format!("/customers/{anna}/merge"), &json!({"other": other})).expect(200);
        assert_eq!(facts(&anna)["last_contact_kind"], "message");
        assert_eq!(count(&timeline(&client, &anna, ""), "contact"), 3);
        client.post(&format!("/customers/{anna}/unmerge"), &json!({"other": other})).expect(200);
        assert_eq!((&facts(&anna)["last_contact_kind"], &facts(&other)["last_contact_kind"]), (&json!("visit"), &json!("message")));
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn everything_is_there_newest_first_by_kind_and_by_page(app: TestApp) {
        let client = app.signed_in();
        let anna = person(&client, "89160000001");
        for day in 1..=5 {
            sale(&client, &format!("r{day}"), "89160000001", &format!("2025-01-0{day}T12:00:00Z"));
        }
        app.clock.advance_seconds(60);
        client.send(Method::PATCH, &format!("/customers/{anna}"), &json!({"city": "Клин", "tags": ["опт"], "vip": {"set": true, "reason": "директор"}})).expect(200);
        app.clock.advance_seconds(60);
        client.send(Method::PATCH, &format!("/customers/{anna}"), &json!({"city": "Тверь", "vip": {"set": false}})).expect(200);
        note(&client, &anna, &json!({"text": "заметка"}));
        let other = person(&client, "89160000002");
        client.post(&format!("/customers/{anna}/merge"), &json!({"other": other})).expect(200);
        let whole = timeline(&client, &anna, "limit=100");
        let total: u64 = whole["kinds"].as_array().unwrap().iter().map(|one| one["count"].as_u64().unwrap()).sum();
        assert_eq!((whole["items"].as_array().unwrap().len() as u64, &whole["next_cursor"]), (total, &json!(null)));
        for (kind, expected) in [("purchase", 5), ("note", 1), ("merge", 1), ("registered", 1)] {
            assert_eq!(count(&whole, kind), expected, "{kind}");
        }
        assert!(count(&whole, "edit") >= 3 && count(&whole, "mark") == 2);
        let moments: Vec<&str> = whole["items"].as_array().unwrap().iter().map(|item| item["at"].as_str().unwrap()).collect();
        assert!(moments.is_sorted_by(|a, b| a >= b), "{moments:?}");
        // Page by page it is the same.
        let mut paged = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = timeline(&client, &anna, &format!("limit=2&cursor={cursor}"));
            paged.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(&json!(paged), &whole["items"]);
        let only = timeline(&client, &anna, "kind=purchase,merge");
        assert!(kinds(&only).iter().all(|kind| ["purchase", "merge"].contains(kind)) && kinds(&only).len() == 6);
        let bought = &timeline(&client, &anna, "kind=purchase")["items"][0]["purchase"];
        assert_eq!((&bought["receipt_no"], &bought["paid_minor"]), (&json!("r5"), &json!(500)));
        let edits = timeline(&client, &anna, "kind=edit").to_string();
        assert!(edits.contains("Клин") && edits.contains("Тверь") && edits.contains("опт"), "{edits}");
        client.get(&format!("/customers/{anna}/timeline?cursor=5.1.made-up")).refused(404);
    }

    fn an_erased_person_has_no_timeline_and_his_notes_cannot_be_opened(app: TestApp) {
        let client = app.signed_in();
        let anna = person(&client, "89160000001");
        note(&client, &anna, &json!({"text": "тайна"}));
        let view = app.app.whole_base();
        let id = view.shards()[0].id(0);
        drop(view);
        app.app.truth().write(move |tx| tx.erase_customer(id)).unwrap();
        client.get(&format!("/customers/{anna}/timeline")).refused(404);
        assert!(app.app.truth().read(|tx| tx.notes_of(id)).is_err());
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }
}
