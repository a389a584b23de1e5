//! What a role lets somebody do, and what it does not.

use reqwest::Method;
use serde_json::{Value, json};
use vernis_app::permission::PERMISSIONS;
use vernis_app::{Permission, Scope};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

const SECRET: &str = "a password of his own";

fn staff(app: &TestApp, login: &str, role: &str) -> Client {
    app.app
        .add_user(login, login, SECRET, role, &Scope::All)
        .unwrap();
    let client = app.stranger();
    client
        .post("/session", &json!({"login": login, "password": SECRET}))
        .expect(204);
    client
}

/// Every operation of the OpenAPI document: method, path with made-up ids, who may reach it.
pub fn operations(document: &Value) -> Vec<(Method, String, String)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Ok(verb) = Method::from_bytes(method.to_uppercase().as_bytes()) else {
                continue;
            };
            if !["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                continue;
            }
            let policy = operation["x-permission"].as_str();
            let policy = policy.unwrap_or_else(|| panic!("{method} {path} has no policy"));
            let parts: Vec<_> = path
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part })
                .collect();
            all.push((verb, parts.join("/"), policy.to_owned()));
        }
    }
    all
}

/// An endpoint lets through exactly those whose role has its permission: every endpoint of the
/// document with every given role and with a key, refusals before anything is read.
#[test]
fn every_endpoint_lets_through_whom_its_policy_names() {
    let app = TestApp::new(Database::Sqlite).unwrap();
    app.signed_in();
    let document = app.stranger().get("/openapi.json").expect(200);
    let operations = operations(&document);
    assert!(
        operations.len() >= 55,
        "only {} operations",
        operations.len()
    );
    let mut asked = (0, 0);
    for role in vernis_app::permission::GIVEN {
        let client = staff(&app, role.code, role.code);
        for (method, path, policy) in &operations {
            // Signing out would end the story, and whoever tries wrong passwords has to wait.
            if policy == "stranger"
                || *path == "/session/password"
                || (*method == Method::DELETE && *path == "/sessions")
            {
                continue;
            }
            let may = match policy.as_str() {
                "signed_in" | "person" => true,
                code => role.set().has(Permission::of_code(code).unwrap()),
            };
            let answer = client.send(method.clone(), path, &json!({}));
            let refused = answer.status == 403 && answer.json["code"] == "not_allowed";
            assert_eq!(
                refused, !may,
                "{} {method} {path}: {}",
                role.code, answer.text
            );
            assert_ne!(answer.status, 401, "{} {method} {path}", role.code);
            if may { asked.0 += 1 } else { asked.1 += 1 }
        }
    }
    assert!(asked.0 > 150 && asked.1 > 100, "{asked:?}");
    let key = app.till("Касса");
    for (method, path, policy) in &operations {
        let people = policy == "person"
            || PERMISSIONS
                .iter()
                .any(|entry| entry.people_only && entry.code == policy);
        let answer = key.send(method.clone(), path, &json!({}));
        assert_eq!(
            answer.json["code"] == "people_only",
            people,
            "{method} {path}: {}",
            answer.text
        );
    }
}

on_both_databases! {
    fn a_session_tells_what_one_may_do(app: TestApp) {
        let owner = app.signed_in().get("/session").expect(200);
        assert_eq!(owner["user"]["role"], "owner");
        assert_eq!(owner["user"]["permissions"].as_array().unwrap().len(), PERMISSIONS.len());
        let cashier = staff(&app, "olga", "cashier");
        let told = cashier.get("/session").expect(200);
        assert_eq!(told["user"]["permissions"], json!(["customers_see", "customers_edit", "purchases_record"]));
        cashier.buy("k", &json!({"paid_minor": 100, "customer": {"phone": "89161234567"}})).expect(201);
        let refused = cashier.get("/metrics?keys=revenue").expect(403);
        assert_eq!(refused["message"]["en"], "Your role may not: \"See reports\". Nothing was changed.");
        let roles = cashier.get("/roles").expect(200);
        assert_eq!(roles["items"].as_array().unwrap().len(), 7);
    }

    fn a_key_does_what_it_was_made_for_and_no_more(app: TestApp) {
        let owner = app.signed_in();
        let made = owner.post("/api-keys", &json!({"name": "Сайт", "permissions": ["customers_see"], "per_minute": 3})).expect(201);
        let site = app.stranger().with_key(made["key"].as_str().unwrap());
        site.get("/customers").expect(200);
        assert_eq!(site.buy("k", &json!({"paid_minor": 100})).refused(403), "not_allowed");
        site.get("/customers").expect(200);
        assert_eq!(site.get("/customers").refused(429), "too_many_requests");
        app.clock.advance_seconds(20);
        site.get("/customers").expect(200);
        assert_eq!(site.get("/customers").refused(429), "too_many_requests");
        // What only people may do cannot be given to a key.
        let wrong = owner.post("/api-keys", &json!({"name": "x", "permissions": ["staff_manage"]})).expect(422);
        assert_eq!(wrong["errors"][0]["rule"], "people_only");
        let wrong = owner.post("/api-keys", &json!({"name": "x", "permissions": ["fly"]})).expect(422);
        assert_eq!(wrong["errors"][0]["rule"], "unknown");
        let path = format!("/api-keys/{}", made["id"].as_str().unwrap());
        let changed = owner.send(Method::PATCH, &path, &json!({"permissions": ["purchases_record"], "per_minute": 0})).expect(200);
        assert_eq!((&changed["name"], &changed["per_minute"]), (&json!("Сайт"), &Value::Null));
        site.buy("k", &json!({"paid_minor": 100})).expect(201);
        assert_eq!(site.get("/customers").refused(403), "not_allowed");
    }

    fn a_new_secret_of_a_key_lets_the_old_one_work_as_long_as_was_said(app: TestApp) {
        let owner = app.signed_in();
        let made = owner.post("/api-keys", &json!({"name": "Касса"})).expect(201);
        let first = app.stranger().with_key(made["key"].as_str().unwrap());
        first.get("/customers").expect(200);
        let path = format!("/api-keys/{}/rotate", made["id"].as_str().unwrap());
        let rotated = owner.post(&path, &json!({"grace_hours": 1})).expect(200);
        assert_eq!(rotated["old_works_until"], "2026-11-23T10:00:00Z");
        let second = app.stranger().with_key(rotated["key"].as_str().unwrap());
        first.get("/customers").expect(200);
        second.get("/customers").expect(200);
        app.clock.advance_seconds(3_599);
        first.get("/customers").expect(200);
        app.clock.advance_seconds(1);
        first.get("/customers").expect(401);
        second.get("/customers").expect(200);
        owner.post(&path, &json!({"grace_hours": 0})).expect(200);
        second.get("/customers").expect(401);
        owner.post(&path, &json!({"grace_hours": 100_000})).expect(422);
    }

    fn nobody_gives_a_key_more_than_he_has(app: TestApp) {
        let owner = app.signed_in();
        let administrator = staff(&app, "igor", "administrator");
        let full = owner.post("/api-keys", &json!({"name": "Всё"})).expect(201);
        let made = administrator.post("/api-keys", &json!({"name": "Касса"})).expect(201);
        assert_eq!(made["permissions"], full["permissions"]);
        owner.send(Method::PATCH, &format!("/api-keys/{}", made["id"].as_str().unwrap()), &json!({"scope": {"kind": "own"}})).expect(422);
    }
}

/// The id of a member of staff by his login.
fn member(owner: &Client, login: &str) -> String {
    let all = owner.get("/staff").expect(200);
    let found = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["login"] == login);
    format!(
        "/staff/{}",
        found.expect("a member")["id"].as_str().unwrap()
    )
}

on_both_databases! {
    fn an_invitation_makes_a_member_of_staff_once(app: TestApp) {
        let owner = app.signed_in();
        let made = owner.post("/staff/invitations", &json!({"name": "Ольга", "role": "manager"})).expect(201);
        let link = format!("/invitations/{}", made["token"].as_str().unwrap());
        let olga = app.stranger();
        let told = olga.get(&link).expect(200);
        assert_eq!((&told["shop"], &told["role"]["ru"], &told["name"]), (&json!("Ромашка"), &json!("Менеджер"), &json!("Ольга")));
        let form = |login: &str, password: &str| json!({"login": login, "password": password});
        let weak = olga.post(&link, &form("olga", "Manchester-2026")).expect(422);
        assert_eq!(weak["errors"][0]["rule"], "common");
        assert_eq!(olga.post(&link, &form("anna", SECRET)).expect(422)["errors"][0]["rule"], "taken");
        olga.post(&link, &form("olga", SECRET)).expect(204);
        let session = olga.get("/session").expect(200);
        assert_eq!((&session["user"]["role"], &session["user"]["name"]), (&json!("manager"), &json!("Ольга")));
        assert_eq!(app.stranger().post(&link, &form("second", SECRET)).refused(404), "not_found");
        assert_eq!(owner.get("/staff").expect(200)["invitations"], json!([]));
        // Taken back, too old, of somebody who was blocked: all the same to a stranger.
        let invite = |by: &Client| {
            let made = by.post("/staff/invitations", &json!({"role": "cashier"})).expect(201);
            (format!("/invitations/{}", made["token"].as_str().unwrap()), made["id"].as_str().unwrap().to_owned())
        };
        let (back, id) = invite(&owner);
        owner.send(Method::DELETE, &format!("/staff/invitations/{id}"), &json!({})).expect(204);
        let boss = staff(&app, "igor", "administrator");
        let (of_igor, _) = invite(&boss);
        app.stranger().get(&of_igor).expect(200);
        owner.send(Method::PATCH, &member(&owner, "igor"), &json!({"blocked": true})).expect(200);
        let (old, _) = invite(&owner);
        app.clock.advance_seconds(24 * 3600);
        let never = app.stranger().get("/invitations/never");
        assert_eq!(never.status, 404);
        for link in [back, of_igor, old] {
            assert_eq!(app.stranger().get(&link).text, never.text, "{link}");
            assert_eq!(app.stranger().post(&link, &form("x-1", SECRET)).refused(404), "not_found");
        }
    }

    fn another_role_scope_or_a_block_ends_all_sessions_at_once(app: TestApp) {
        let owner = app.signed_in();
        let come = || {
            let client = app.stranger();
            client.post("/session", &json!({"login": "olga", "password": SECRET})).expect(204);
            client
        };
        let first = staff(&app, "olga", "manager");
        let path = member(&owner, "olga");
        owner.send(Method::PATCH, &path, &json!({"name": "Ольга П."})).expect(200);
        assert_eq!(first.get("/session").expect(200)["user"]["login"], "olga");
        owner.send(Method::PATCH, &path, &json!({"role": "cashier"})).expect(200);
        first.get("/session").expect(401);
        let second = come();
        assert_eq!(second.get("/metrics").refused(403), "not_allowed");
        owner.send(Method::PATCH, &path, &json!({"scope": {"kind": "own"}})).expect(200);
        second.get("/session").expect(401);
        let third = come();
        owner.send(Method::PUT, "/roles/cashier", &json!({"permissions": ["customers_see", "numbers_see"]})).expect(200);
        third.get("/session").expect(401);
        let fourth = come();
        fourth.get("/metrics").expect(200);
        owner.send(Method::DELETE, &format!("{path}/sessions"), &json!({})).expect(204);
        fourth.get("/session").expect(401);
        let fifth = come();
        owner.send(Method::PATCH, &path, &json!({"blocked": true})).expect(200);
        fifth.get("/session").expect(401);
        let login = app.stranger().post("/session", &json!({"login": "olga", "password": SECRET}));
        assert_eq!(login.refused(401), "wrong_password");
        owner.send(Method::PATCH, &path, &json!({"blocked": false})).expect(200);
        come().get("/session").expect(200);
    }

    fn an_owner_always_remains_and_nobody_changes_his_own_powers(app: TestApp) {
        let owner = app.signed_in();
        let path = member(&owner, "anna");
        for change in [json!({"role": "manager"}), json!({"blocked": true}), json!({"scope": {"kind": "own"}})] {
            assert_eq!(owner.send(Method::PATCH, &path, &change).refused(403), "oneself");
        }
        owner.send(Method::PATCH, &path, &json!({"name": "Анна Первая"})).expect(200);
        // Two owners who take each other's role: one of them stays.
        let second = staff(&app, "boris", "owner");
        let other = member(&owner, "boris");
        owner.send(Method::PATCH, &other, &json!({"role": "manager"})).expect(200);
        second.get("/session").expect(401);
        assert_eq!(owner.send(Method::PUT, "/roles/owner", &json!({"permissions": []})).refused(409), "owner_stays");
        assert_eq!(owner.send(Method::DELETE, "/roles/owner", &json!({})).refused(409), "owner_stays");
        let shell = vernis_app::Caller::shell();
        let anna = app.app.users().unwrap().into_iter().find(|user| user.login == "anna").unwrap();
        let block = vernis_app::staff::StaffPatch { blocked: Some(true), ..Default::default() };
        assert_eq!(app.app.change_staff(&shell, anna.id, block).unwrap_err().code, "last_owner");
        owner.get("/session").expect(200);
    }

    fn nobody_gives_or_touches_more_than_he_has(app: TestApp) {
        let owner = app.signed_in();
        let administrator = staff(&app, "igor", "administrator");
        let invite = |role: &str| administrator.post("/staff/invitations", &json!({"role": role}));
        assert_eq!(invite("owner").expect(422)["errors"][0]["rule"], "more_than_own");
        assert_eq!(invite("nobody").expect(422)["errors"][0]["rule"], "unknown");
        invite("manager").expect(201);
        let anna = member(&owner, "anna");
        assert_eq!(administrator.send(Method::PATCH, &anna, &json!({"name": "x"})).refused(403), "may_more");
        assert_eq!(administrator.send(Method::DELETE, &format!("{anna}/sessions"), &json!({})).refused(403), "may_more");
        // Whoever may edit roles cannot make himself an owner by it.
        let role = owner.post("/roles", &json!({"name": "Кадры", "permissions": ["staff_manage", "roles_manage", "customers_see"]})).expect(201);
        let code = role["code"].as_str().unwrap();
        let clerk = staff(&app, "nina", code);
        let edit = |code: &str, permissions: Value| clerk.send(Method::PUT, &format!("/roles/{code}"), &json!({"name": "Кадры", "permissions": permissions}));
        assert_eq!(edit(code, json!(["staff_manage", "roles_manage", "settings_change"])).expect(422)["errors"][0]["rule"], "more_than_own");
        assert_eq!(edit("manager", json!(["customers_see"])).expect(422)["errors"][0]["rule"], "more_than_own");
        assert_eq!(owner.send(Method::DELETE, &format!("/roles/{code}"), &json!({})).refused(409), "role_in_use");
        owner.send(Method::PATCH, &member(&owner, "nina"), &json!({"role": "cashier"})).expect(200);
        owner.send(Method::DELETE, &format!("/roles/{code}"), &json!({})).expect(204);
        assert_eq!(owner.send(Method::DELETE, &format!("/roles/{code}"), &json!({})).refused(404), "not_found");
    }
}
