//! What is done stands in the journal, and only those who may read it do.

use reqwest::Method;
use serde_json::{Value, json};
use vernis_app::Scope;
use vernis_testkit::{Client, Database, LOGIN, PASSWORD, TestApp, on_both_databases};

/// The acts of the journal, newest first, after everything so far is in it.
fn acts(app: &TestApp, client: &Client, query: &str) -> Vec<String> {
    entries(app, client, query)
        .iter()
        .map(|entry| entry["act"].as_str().unwrap().to_owned())
        .collect()
}

fn entries(app: &TestApp, client: &Client, query: &str) -> Vec<Value> {
    settle(app, client);
    let page = client
        .get(&format!("/journal?limit=200{query}"))
        .expect(200);
    page["items"].as_array().unwrap().clone()
}

/// Until all is chained: another test's transaction on the same PostgreSQL holds the horizon back for a
/// moment.
fn settle(app: &TestApp, client: &Client) {
    for _ in 0..2_000 {
        app.app.settle_journal().unwrap();
        let newest = client.get("/journal?limit=1").expect(200);
        if newest["items"][0]["number"].is_number() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("the journal is not chained");
}

fn somebody(app: &TestApp, login: &str, role: &str, scope: &Scope) -> Client {
    let secret = "a password of his own";
    app.app.add_user(login, login, secret, role, scope).unwrap();
    let client = app.stranger();
    client
        .post("/session", &json!({"login": login, "password": secret}))
        .expect(204);
    client
}

on_both_databases! {
    fn coming_in_and_going_out_stand_in_the_journal_with_their_place(app: TestApp) {
        let client = app.signed_in();
        let stranger = app.stranger();
        stranger.post("/session", &json!({"login": LOGIN, "password": "not this one at all"})).expect(401);
        for _ in 0..5 {
            stranger.post("/session", &json!({"login": "my secret password", "password": "x"})).expect(401);
        }
        client.send(Method::DELETE, "/session", &json!({})).expect(204);
        client.post("/session", &json!({"login": LOGIN, "password": PASSWORD})).expect(204);
        assert_eq!(
            acts(&app, &client, ""),
            ["session.opened", "session.closed", "session.refused", "session.refused", "shop.opened", "staff.link_made"]
        );
        let refused = entries(&app, &client, "&what=session.refused");
        assert_eq!(refused[1]["who"]["kind"], "stranger");
        assert_eq!(refused[1]["subjects"][0]["items"][0]["name"], "Анна");
        assert_eq!(refused[1]["address"], "127.0.0.1");
        // Five guesses at a login nobody has are one entry, and what was typed is nowhere.
        assert_eq!(refused[0]["subjects"], json!([]));
        assert!(!refused[0].to_string().contains("secret"), "{refused:?}");
        let opened = &entries(&app, &client, "&what=session.opened")[0];
        assert_eq!((&opened["who"]["kind"], &opened["who"]["name"]["ru"]), (&json!("staff"), &json!("Анна")));
        assert_eq!(opened["number"], 6);
        assert!(app.app.verify().unwrap().findings.is_empty());
    }

    fn who_may_do_what_stands_in_the_journal(app: TestApp) {
        let owner = app.signed_in();
        let key = owner.post("/api-keys", &json!({"name": "касса", "permissions": ["customers_see"]})).expect(201);
        let id = key["id"].as_str().unwrap().to_owned();
        owner.send(Method::DELETE, &format!("/api-keys/{id}"), &json!({})).expect(204);
        let invited = owner.post("/staff/invitations", &json!({"role": "manager"})).expect(201);
        let token = invited["token"].as_str().unwrap();
        let boris = app.stranger();
        let who = json!({"login": "boris", "name": "Борис", "password": "a password of his own"});
        boris.post(&format!("/invitations/{token}"), &who).expect(204);
        let staff = owner.get("/staff").expect(200);
        let member = staff["items"].as_array().unwrap().iter().find(|one| one["login"] == "boris").unwrap();
        let path = format!("/staff/{}", member["id"].as_str().unwrap());
        owner.send(Method::PATCH, &path, &json!({"role": "cashier"})).expect(200);
        assert_eq!(
            acts(&app, &owner, "&what=powers"),
            ["staff.changed", "staff.added", "staff.invited", "key.revoked", "key.made", "shop.opened", "staff.link_made"]
        );
        let changed = &entries(&app, &owner, "&what=staff.changed")[0];
        let role = changed["changed"].as_array().unwrap().iter().find(|one| one["code"] == "role").unwrap();
        assert_eq!((&role["before"]["ru"], &role["after"]["ru"]), (&json!("Менеджер"), &json!("Кассир")));
        // By the person who did it.
        let who = owner.get("/journal/catalogue").expect(200);
        let boris = who["who"].as_array().unwrap().iter().find(|one| one["name"]["ru"] == "Борис").unwrap();
        let his = acts(&app, &owner, &format!("&who={}", boris["id"].as_str().unwrap()));
        assert_eq!(his, ["staff.added"]);
    }

    fn the_journal_is_read_by_whom_the_role_lets_and_who_sees_everybody(app: TestApp) {
        let owner = app.signed_in();
        let auditor = somebody(&app, "auditor", "auditor", &Scope::All);
        auditor.get("/journal").expect(200);
        let manager = somebody(&app, "manager", "manager", &Scope::All);
        assert_eq!(manager.get("/journal").refused(403), "not_allowed");
        assert_eq!(manager.get("/journal/catalogue").refused(403), "not_allowed");
        let store = app.app.stores().unwrap()[0].id;
        let narrow = somebody(&app, "narrow", "auditor", &Scope::Stores { stores: vec![store.0] });
        assert_eq!(narrow.get("/journal").refused(403), "whole_shop_only");
        for (query, code) in [("what=fly", 422), ("who=staff:x", 422), ("from=yesterday", 422), ("limit=0", 422), ("cursor=1", 422)] {
            assert_eq!(owner.get(&format!("/journal?{query}")).status, code, "{query}");
        }
        assert_eq!(owner.get("/journal?customer=nobody").status, 404);
    }

    fn what_is_done_to_customers_and_the_shop_stands_in_the_journal(app: TestApp) {
        let owner = app.signed_in();
        let anna = json!({"last_name": "Иванова<script>", "phones": ["+7 916 123-45-67"]});
        let card = owner.post("/customers", &anna).expect(201);
        let id = card["id"].as_str().unwrap();
        owner.get(&format!("/customers/{id}")).expect(200);
        owner.get(&format!("/customers/{id}")).expect(200);
        let change = json!({"phones": ["+79160000001"], "city": "Омск"});
        owner.send(Method::PATCH, &format!("/customers/{id}"), &change).expect(200);
        let other = owner.post("/customers", &json!({"last_name": "Иванова", "emails": ["a@example.ru"]})).expect(201);
        let other = other["id"].as_str().unwrap();
        owner.post(&format!("/customers/{id}/merge"), &json!({"other": other, "dry_run": false})).expect(200);
        owner.post(&format!("/customers/{id}/unmerge"), &json!({"other": other})).expect(200);
        owner.send(Method::PATCH, "/shop", &json!({"name": "Василёк", "time_zone": "Asia/Omsk"})).expect(200);
        let bought = json!({"customer": {"id": id}, "lines": [{"name": "Кофе", "quantity": "1", "paid_minor": 100}]});
        owner.buy("k1", &bought);
        app.till("касса").get("/customers/lookup?phone=%2B79160000001").expect(200);
        let his = acts(&app, &owner, &format!("&customer={other}"));
        assert_eq!(his, ["customer.unmerged", "customer.merged", "customer.added"]);
        let mut hers = acts(&app, &owner, &format!("&customer={id}"));
        hers.retain(|act| act != "purchase.recorded");
        hers.sort();
        hers.dedup();
        assert_eq!(
            hers,
            ["customer.added", "customer.changed", "customer.looked_up", "customer.merged", "customer.opened", "customer.unmerged"]
        );
        // Fields are named, values of a person never; those of the shop are.
        let changed = &entries(&app, &owner, "&what=customer.changed")[0];
        let codes: Vec<&str> = changed["changed"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["city", "phones"]);
        assert!(changed["changed"].as_array().unwrap().iter().all(|one| one["before"].is_null() && one["after"].is_null()));
        let shop = &entries(&app, &owner, "&what=settings.shop")[0];
        assert_eq!(shop["changed"][0]["after"]["ru"], "Василёк");
        // A hostile name is text, and stands in the page only because the customer is still there.
        let opened = &entries(&app, &owner, "&what=customer.opened")[0];
        assert_eq!(opened["subjects"][0]["items"][0]["name"], "Иванова<script>");
        let looked = &entries(&app, &owner, "&what=customer.looked_up")[0];
        assert_eq!((&looked["who"]["kind"], &looked["who"]["name"]["ru"]), (&json!("key"), &json!("Ключ «касса»")));
        assert!(app.app.verify().unwrap().findings.is_empty());
    }

    fn nothing_of_a_person_lies_readable_in_the_journal(app: TestApp) {
        let owner = app.signed_in();
        for name in ["Невидимова", "=cmd|' /C calc'!A0", "\u{202e}Перевёртова"] {
            let card = owner.post("/customers", &json!({"last_name": name, "emails": [format!("x{}@hidden.example", name.len())]})).expect(201);
            let id = card["id"].as_str().unwrap();
            owner.get(&format!("/customers/{id}")).expect(200);
            owner.send(Method::PATCH, &format!("/customers/{id}"), &json!({"city": "Тайный"})).expect(200);
        }
        owner.post("/customers", &json!({"last_name": "Я".repeat(10_000), "phones": ["+79161112233"]})).expect(201);
        app.app.settle_journal().unwrap();
        let mut raw = app.raw_rows();
        for file in ["vernis.db", "vernis.db-wal", "journal-anchors", "journal-head"] {
            raw.extend(std::fs::read(app.dir().join(file)).unwrap_or_default());
        }
        assert!(memchr::memmem::find(&raw, b"customer.changed").is_some());
        for hidden in ["Невидимова", "Перевёртова", "hidden.example", "Тайный", "cmd|", "9161112233"] {
            assert!(memchr::memmem::find(&raw, hidden.as_bytes()).is_none(), "{hidden}");
        }
    }

    fn pages_of_the_journal_end_at_its_first_entry(app: TestApp) {
        let owner = app.signed_in();
        for n in 0..7 {
            owner.post("/api-keys", &json!({"name": format!("ключ {n}"), "permissions": []})).expect(201);
        }
        settle(&app, &owner);
        let (mut numbers, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = owner.get(&format!("/journal?limit=3{cursor}")).expect(200);
            numbers.extend(page["items"].as_array().unwrap().iter().map(|one| one["number"].as_i64().unwrap()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(numbers, (1..=9).rev().collect::<Vec<_>>());
        // Days: `to` is the first that does not belong.
        assert_eq!(acts(&app, &owner, "&from=2026-11-23&to=2026-11-24").len(), 9);
        assert_eq!(acts(&app, &owner, "&to=2026-11-23").len(), 0);
        assert_eq!(acts(&app, &owner, "&from=2026-11-24").len(), 0);
    }

    fn notes_fillers_proofs_and_decisions_stand_in_the_journal_without_what_they_say(app: TestApp) {
        let owner = app.signed_in();
        let add = |body: &Value| owner.post("/customers", body).expect(201)["id"].as_str().unwrap().to_owned();
        let anna = add(&json!({"phones": ["89161112201"], "last_name": "Похожева", "first_name": "Анна", "birthday": "1990-02-03"}));
        let other = add(&json!({"phones": ["89161112202"], "last_name": "Похожева", "first_name": "Анна", "birthday": "1990-02-03"}));
        let note = owner.post(&format!("/customers/{anna}/notes"), &json!({"text": "звонить маме 89165554433"})).expect(201);
        let path = format!("/customers/{anna}/notes/{}", note["id"].as_str().unwrap());
        owner.send(Method::PUT, &path, &json!({"text": "не звонить"})).expect(204);
        owner.send(Method::DELETE, &path, &json!(null)).expect(204);
        owner.post(&format!("/customers/{anna}/verify-contact"), &json!({"kind": "phone", "value": "+79161112201", "how": "code"})).expect(200);
        owner.post(&format!("/customers/{anna}/reveal"), &json!(null)).expect(200);
        let decided = owner.post("/duplicates/decide", &json!({"one": anna, "other": other, "decision": "different"})).expect(200);
        owner.post("/duplicates/undo", &json!({"decision": decided["decision"]})).expect(204);
        let blocked = owner.post("/blocked-contacts", &json!({"kind": "phone", "value": "89160007788"})).expect(201);
        owner.send(Method::DELETE, &format!("/blocked-contacts/{}", blocked["id"].as_str().unwrap()), &json!(null)).expect(204);
        let all = entries(&app, &owner, "");
        let of = |act: &str| all.iter().find(|one| one["act"] == act).unwrap_or_else(|| panic!("{act}"));
        for act in ["customer.note_added", "customer.note_changed", "customer.note_removed", "customer.contact_verified", "customer.revealed"] {
            assert!(of(act).to_string().contains(&anna), "{act}");
        }
        for act in ["customer.duplicate_decided", "customer.duplicate_undone"] {
            let told = of(act).to_string();
            assert!(told.contains(&anna) && told.contains(&other) && told.contains("разные люди"), "{told}");
        }
        for act in ["settings.contact_blocked", "settings.contact_unblocked"] {
            assert!(of(act).to_string().contains("Телефон"), "{act}");
        }
        let text = Value::from(all.clone()).to_string();
        for hidden in ["5554433", "1112201", "0007788", "звонить"] {
            assert!(!text.contains(hidden), "{hidden}");
        }
    }
}
