//! Who comes in, and who does not.

use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use vernis_app::Scope;
use vernis_testkit::{
    Answer, Client, Database, LOGIN, PASSWORD, TestApp, first_run_form, on_both_databases,
};

fn sign_in(client: &Client, login: &str, password: &str) -> Answer {
    client.post("/session", &json!({"login": login, "password": password}))
}

on_both_databases! {
    fn the_first_run_link_works_once(app: TestApp) {
        let link = format!("/first-run/{}", app.app.first_run_link().unwrap());
        let client = app.stranger();
        let page = client.get(&link).expect(200);
        assert!(page["currencies"].as_array().unwrap().contains(&json!("RUB")));
        let mut weak = first_run_form("RUB");
        weak["password"] = json!("short");
        let refused = client.post(&link, &weak).expect(422);
        assert_eq!(refused["errors"][0]["field"], "password", "{refused}");
        client.post(&link, &first_run_form("RUB")).expect(204);
        let session = client.get("/session").expect(200);
        assert_eq!((&session["user"]["login"], &session["shop"]["name"]), (&json!(LOGIN), &json!("Ромашка")));
        assert_eq!(session["as_of"], "2026-11-23");
        let second = app.stranger();
        assert_eq!(second.get(&link).refused(404), "not_found");
        let mut other = first_run_form("RUB");
        other["login"] = json!("boris");
        assert_eq!(second.post(&link, &other).refused(404), "not_found");
        assert_eq!(app.app.users().unwrap().len(), 1);
    }

    fn a_first_run_link_dies_after_a_day(app: TestApp) {
        let link = format!("/first-run/{}", app.app.first_run_link().unwrap());
        app.clock.advance_seconds(24 * 3600 + 1);
        assert_eq!(app.stranger().post(&link, &first_run_form("RUB")).refused(404), "not_found");
    }

    fn a_wrong_password_and_an_unknown_login_get_the_same_answer(app: TestApp) {
        app.signed_in();
        let client = app.stranger();
        let wrong = sign_in(&client, LOGIN, "not this one at all");
        let unknown = sign_in(&client, "nobody", "not this one at all");
        assert_eq!((wrong.status, unknown.status), (401, 401));
        assert_eq!(wrong.text, unknown.text);
        client.get("/session").expect(401);
        sign_in(&client, LOGIN, PASSWORD).expect(204);
        client.get("/session").expect(200);
        client.send(Method::DELETE, "/session", &json!({})).expect(204);
        client.get("/session").expect(401);
    }

    fn a_stranger_who_guesses_does_not_make_the_person_wait_in_his_own_browser(app: TestApp) {
        let his = app.signed_in();
        his.send(Method::DELETE, "/session", &json!({})).expect(204);
        let stranger = app.stranger();
        for _ in 0..8 {
            sign_in(&stranger, LOGIN, "wrong wrong wrong");
        }
        assert_eq!(sign_in(&stranger, LOGIN, PASSWORD).refused(429), "too_many_tries");
        sign_in(&his, LOGIN, PASSWORD).expect(204);
        // Inside, one's own password may be asked for again whatever goes on outside.
        let change = json!({"old_password": "wrong wrong wrong", "password": "a quite long new one"});
        assert_eq!(his.send(Method::PUT, "/session/password", &change).status, 422);
        // His own wrong tries make his browser wait too, and only it.
        his.send(Method::DELETE, "/session", &json!({})).expect(204);
        for _ in 0..5 {
            sign_in(&his, LOGIN, "wrong wrong wrong");
        }
        assert_eq!(sign_in(&his, LOGIN, PASSWORD).refused(429), "too_many_tries");
        app.clock.advance_seconds(60);
        sign_in(&his, LOGIN, PASSWORD).expect(204);
        // The mark of one login is none for another one, and a made-up one is none at all.
        let forged = app.stranger();
        let forged = |login: &str| {
            let body = json!({"login": login, "password": "wrong wrong wrong"});
            let cookie = format!("vernis-device=made-up.{}", "0".repeat(64));
            Answer::of(forged.request(Method::POST, "/session").header("Cookie", cookie).json(&body))
        };
        for _ in 0..5 {
            forged("somebody");
        }
        assert_eq!(forged("somebody").refused(429), "too_many_tries");
    }

    fn one_sees_where_one_is_signed_in_and_signs_out_from_afar(app: TestApp) {
        let laptop = app.signed_in();
        let phone = app.stranger();
        let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1";
        let body = json!({"login": LOGIN, "password": PASSWORD});
        Answer::of(phone.request(Method::POST, "/session").header("User-Agent", agent).json(&body)).expect(204);
        let tablet = app.stranger();
        sign_in(&tablet, LOGIN, PASSWORD).expect(204);
        let open = laptop.get("/sessions").expect(200);
        let items = open["items"].as_array().unwrap();
        assert_eq!(items.len(), 3, "{open}");
        assert_eq!(items.iter().filter(|one| one["this"] == true).count(), 1);
        let afar = items.iter().find(|one| one["browser"]["ru"] == "Safari, iPhone").expect("the phone");
        // Only one's own, and only by a person: a key has no sessions.
        let key = laptop.post("/api-keys", &json!({"name": "Касса"})).expect(201)["key"].as_str().unwrap().to_owned();
        let till = app.stranger().with_key(&key);
        assert_eq!(till.get("/sessions").refused(403), "people_only");
        app.app.add_user("boris", "Борис", "a password of his own", "owner", &Scope::All).unwrap();
        let boris = app.stranger();
        sign_in(&boris, "boris", "a password of his own").expect(204);
        let path = format!("/sessions/{}", afar["id"].as_str().unwrap());
        boris.send(Method::DELETE, &path, &json!({})).expect(404);
        phone.get("/session").expect(200);
        laptop.send(Method::DELETE, &path, &json!({})).expect(204);
        phone.get("/session").expect(401);
        laptop.send(Method::DELETE, &path, &json!({})).expect(404);
        laptop.send(Method::DELETE, "/sessions", &json!({})).expect(204);
        tablet.get("/session").expect(401);
        laptop.get("/session").expect(200);
        boris.get("/session").expect(200);
    }

    fn wrong_passwords_are_paced_and_nobody_is_locked_out(app: TestApp) {
        let open = app.signed_in();
        let client = app.stranger();
        for _ in 0..5 {
            assert_eq!(sign_in(&client, LOGIN, "wrong wrong wrong").refused(401), "wrong_password");
        }
        assert_eq!(sign_in(&client, LOGIN, PASSWORD).refused(429), "too_many_tries");
        open.get("/session").expect(200);
        app.clock.advance_seconds(3);
        sign_in(&client, LOGIN, PASSWORD).expect(204);
    }

    fn an_api_key_opens_until_it_is_revoked(app: TestApp) {
        let client = app.signed_in();
        let made = client.post("/api-keys", &json!({"name": "Касса 1"})).expect(201);
        let till = app.stranger().with_key(made["key"].as_str().unwrap());
        till.get("/metrics").expect(200);
        let listed = client.get("/api-keys").expect(200);
        assert_eq!(listed["items"][0]["name"], "Касса 1");
        assert!(!listed.to_string().contains(made["key"].as_str().unwrap()), "shown once only");
        assert_eq!(till.post("/api-keys", &json!({"name": "ещё"})).status, 403, "a key makes no keys");
        let path = format!("/api-keys/{}", made["id"].as_str().unwrap());
        client.send(Method::DELETE, &path, &json!({})).expect(204);
        till.get("/metrics").expect(401);
        app.stranger().with_key("vk_guessed").get("/metrics").expect(401);
    }

    fn a_request_from_another_site_is_refused(app: TestApp) {
        let client = app.signed_in();
        let body = json!({"paid_minor": 100});
        let from = |name: &str, value: &str| {
            let request = client.request(Method::POST, "/purchases")
                .header("Idempotency-Key", "k").header(name, value).json(&body);
            Answer::of(request)
        };
        assert_eq!(from("Sec-Fetch-Site", "cross-site").refused(403), "cross_site");
        assert_eq!(from("Sec-Fetch-Site", "same-site").refused(403), "cross_site");
        assert_eq!(from("Origin", "https://evil.example").refused(403), "cross_site");
        assert_eq!(client.get("/session").expect(200)["purchases"], 0);
        assert_eq!(from("Sec-Fetch-Site", "same-origin").status, 201);
    }

    fn guessed_ids_get_the_same_answer(app: TestApp) {
        let client = app.signed_in();
        let bought = client.buy("k", &json!({"paid_minor": 100, "customer": {"phone": "89161234567"}})).expect(201);
        let purchase = bought["id"].as_str().unwrap();
        let customer = bought["customer_id"].as_str().unwrap();
        client.get(&format!("/customers/{customer}")).expect(200);
        let known = client.get("/customers/1");
        assert_eq!(known.status, 404);
        let mut guessed = customer.to_owned();
        let last = if guessed.pop() == Some('a') { 'b' } else { 'a' };
        guessed.push(last);
        for path in [
            format!("/customers/{guessed}"), format!("/customers/{purchase}"), "/customers/0".to_owned(),
            format!("/customers/{customer}/../0"), format!("/customers/{guessed}/purchases"),
            format!("/purchases/{customer}"), "/purchases/1".to_owned(), "/imports/1".to_owned(),
            "/imports/1/rejected.csv".to_owned(), "/customers/%00".to_owned(), "/no-such-thing".to_owned(),
        ] {
            let answer = client.get(&path);
            assert_eq!((answer.status, &answer.text), (404, &known.text), "{path}");
        }
    }

    fn names_of_markup_come_back_as_text(app: TestApp) {
        let client = app.signed_in();
        let name = "<script>alert(1)</script>";
        let bought = client.buy("k", &json!({"paid_minor": 100, "customer": {"phone": "89161234567", "name": name}})).expect(201);
        let request = client.request(Method::GET, &format!("/customers/{}", bought["customer_id"].as_str().unwrap()));
        let answer = request.send().unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("default-src"));
        let text = answer.text().unwrap();
        assert!(text.contains(name), "{text}");
        assert_eq!(client.get("/customers?search=script").expect(200)["total"], 1);
    }
}

/// Every path and method of the OpenAPI document, so that a new one cannot be forgotten.
#[test]
fn every_endpoint_needs_a_sign_in() {
    let app = TestApp::new(Database::Sqlite).unwrap();
    app.signed_in();
    let stranger = app.stranger();
    let document = stranger.get("/openapi.json").expect(200);
    let operations = crate::powers::operations(&document);
    let open: Vec<_> = operations
        .iter()
        .filter(|(.., policy)| policy == "stranger")
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let meant = [
        "POST /session",
        "DELETE /session",
        "GET /first-run/1",
        "POST /first-run/1",
        "GET /invitations/1",
        "POST /invitations/1",
    ];
    assert_eq!(BTreeSet::from_iter(open), meant.map(str::to_owned).into());
    for (method, path, policy) in &operations {
        if policy == "stranger" {
            continue;
        }
        for client in [stranger.clone(), stranger.with_key("guessed")] {
            let answer = client.send(method.clone(), path, &json!({}));
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text);
        }
    }
    assert!(
        operations.len() >= 55,
        "only {} endpoints",
        operations.len()
    );
}
