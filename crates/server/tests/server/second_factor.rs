//! Sign-in with a code: set up, asked, never taken twice, required, taken off.

use reqwest::Method;
use serde_json::{Value, json};
use vernis_app::{Caller, Scope, totp};
use vernis_testkit::{Answer, Client, Database, LOGIN, PASSWORD, TestApp, on_both_databases};

fn sign_in(client: &Client, code: Option<&str>) -> Answer {
    let mut body = json!({"login": LOGIN, "password": PASSWORD});
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    client.post("/session", &body)
}

/// Begins the set-up; the secret the phone would read.
fn begin(client: &Client, password: &str) -> Vec<u8> {
    let told = client
        .post("/session/second-factor", &json!({"password": password}))
        .expect(200);
    let key = told["key"].as_str().unwrap().replace(' ', "");
    assert!(told["address"].as_str().unwrap().contains(&key), "{told}");
    assert!(
        told["qr_path"]
            .as_str()
            .unwrap()
            .starts_with("M4 4h7v1h-7z"),
        "{told}"
    );
    data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap()
}

fn set_up(app: &TestApp, client: &Client) -> (Vec<u8>, Vec<String>) {
    let secret = begin(client, PASSWORD);
    let code = totp::code_now(&secret, app.clock.now());
    let codes = client
        .post("/session/second-factor/confirm", &json!({"code": code}))
        .expect(200);
    let codes: Vec<String> = serde_json::from_value(codes["codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

fn newest(app: &TestApp, client: &Client) -> Value {
    app.app.settle_journal().unwrap();
    client.get("/journal?limit=1").expect(200)["items"][0].clone()
}

on_both_databases! {
    fn a_code_is_asked_after_the_set_up_and_taken_once(app: TestApp) {
        let his = app.signed_in();
        let elsewhere = app.stranger();
        sign_in(&elsewhere, None).expect(204);
        let (secret, _) = set_up(&app, &his);
        // The other session ended with the change, this one goes on.
        elsewhere.get("/session").expect(401);
        assert!(his.get("/session/second-factor").expect(200)["since"].is_string());
        assert_eq!(newest(&app, &his)["act"], "second_factor.on");
        let phone = app.stranger();
        assert_eq!(sign_in(&phone, None).refused(401), "code_required");
        // The code the set-up was confirmed with is used up, also for a sign-in.
        let used = totp::code_now(&secret, app.clock.now());
        assert_eq!(sign_in(&phone, Some(&used)).refused(401), "wrong_code");
        app.clock.advance_seconds(30);
        let code = totp::code_now(&secret, app.clock.now());
        sign_in(&phone, Some(&code)).expect(204);
        phone.get("/session").expect(200);
        assert_eq!(sign_in(&app.stranger(), Some(&code)).refused(401), "wrong_code");
        // An older one than that which was taken does not come back either.
        let older = totp::code_now(&secret, vernis_domain::Instant(app.clock.now().0 - 30_000_000));
        assert_eq!(sign_in(&app.stranger(), Some(&older)).refused(401), "wrong_code");
        // A wrong password is a wrong password, whatever the code.
        let wrong = json!({"login": LOGIN, "password": "not this one at all", "code": code});
        assert_eq!(phone.post("/session", &wrong).refused(401), "wrong_password");
    }

    fn a_recovery_code_works_once_and_is_counted(app: TestApp) {
        let his = app.signed_in();
        let (_, codes) = set_up(&app, &his);
        let typed = codes[3].to_uppercase().replace('-', " ");
        sign_in(&app.stranger(), Some(&typed)).expect(204);
        assert_eq!(sign_in(&app.stranger(), Some(&codes[3])).refused(401), "wrong_code");
        assert_eq!(his.get("/session/second-factor").expect(200)["codes_left"], 9);
        let told = newest(&app, &his);
        assert_eq!(told["act"], "session.refused");
        let used = his.get("/journal?what=second_factor.code_used").expect(200);
        assert_eq!(used["items"][0]["facts"][0]["after"]["ru"], "9");
        // New codes take the place of the old ones.
        let fresh = his.post("/session/second-factor/codes", &json!({"password": PASSWORD})).expect(200);
        assert_eq!(sign_in(&app.stranger(), Some(&codes[4])).refused(401), "wrong_code");
        sign_in(&app.stranger(), fresh["codes"][0].as_str()).expect(204);
    }

    fn nothing_is_asked_before_the_set_up_was_shown_to_work(app: TestApp) {
        let his = app.signed_in();
        let wrong = his.post("/session/second-factor", &json!({"password": "not mine"}));
        assert_eq!(wrong.expect(422)["errors"][0]["field"], "password");
        let early = his.post("/session/second-factor/confirm", &json!({"code": "123456"}));
        assert_eq!(early.expect(422)["errors"][0]["rule"], "not_begun");
        let secret = begin(&his, PASSWORD);
        let bad = format!("{:06}", (totp::code_now(&secret, app.clock.now()).parse::<u32>().unwrap() + 1) % 1_000_000);
        his.post("/session/second-factor/confirm", &json!({"code": bad})).expect(422);
        sign_in(&app.stranger(), None).expect(204);
        // Begun anew, the secret before is nothing.
        let again = begin(&his, PASSWORD);
        assert_ne!(again, secret);
        let old = totp::code_now(&secret, app.clock.now());
        his.post("/session/second-factor/confirm", &json!({"code": old})).expect(422);
        let code = totp::code_now(&again, app.clock.now());
        his.post("/session/second-factor/confirm", &json!({"code": code})).expect(200);
        assert_eq!(his.post("/session/second-factor", &json!({"password": PASSWORD})).refused(409), "second_factor_on");
    }

    fn guessing_codes_makes_the_guesser_wait_and_not_the_person(app: TestApp) {
        let his = app.signed_in();
        let (secret, _) = set_up(&app, &his);
        let thief = app.stranger();
        for _ in 0..5 {
            assert_eq!(sign_in(&thief, Some("000000")).refused(401), "wrong_code");
        }
        // A right password does not forgive wrong codes.
        assert_eq!(sign_in(&thief, None).refused(401), "code_required");
        assert_eq!(sign_in(&thief, Some("000000")).refused(429), "too_many_tries");
        app.clock.advance_seconds(1);
        let code = totp::code_now(&secret, vernis_domain::Instant(app.clock.now().0 + 30_000_000));
        sign_in(&his, Some(&code)).expect(204);
    }

    fn whoever_must_have_it_sets_it_up_and_can_do_nothing_else(app: TestApp) {
        let owner = app.signed_in();
        let put = |required: bool| owner.send(Method::PUT, "/staff/second-factor", &json!({"required": required}));
        assert_eq!(put(true).refused(409), "own_second_factor_first");
        let (_, codes) = set_up(&app, &owner);
        let secret = "a password of his own";
        app.app.add_user("boris", "Борис", secret, "administrator", &Scope::All).unwrap();
        let boris = app.stranger();
        boris.post("/session", &json!({"login": "boris", "password": secret})).expect(204);
        boris.get("/customers").expect(200);
        put(true).expect(204);
        assert_eq!(newest(&app, &owner)["act"], "settings.second_factor");
        // Also in a session that is open already.
        assert_eq!(boris.get("/customers").refused(403), "second_factor_setup_required");
        assert_eq!(boris.get("/staff").refused(403), "second_factor_setup_required");
        assert_eq!(boris.get("/sessions").refused(403), "second_factor_setup_required");
        assert_eq!(boris.get("/session").expect(200)["user"]["set_up_first"], true);
        let his = begin(&boris, secret);
        let code = totp::code_now(&his, app.clock.now());
        boris.post("/session/second-factor/confirm", &json!({"code": code})).expect(200);
        boris.get("/customers").expect(200);
        assert_eq!(boris.get("/session").expect(200)["user"]["set_up_first"], false);
        // Nobody takes his own off while it is required; a program with a key is not asked.
        let off = json!({"password": PASSWORD, "code": codes[0]});
        assert_eq!(owner.post("/session/second-factor/remove", &off).refused(409), "second_factor_required");
        app.till("касса").get("/customers").expect(200);
        put(false).expect(204);
        owner.post("/session/second-factor/remove", &off).expect(204);
        sign_in(&app.stranger(), None).expect(204);
    }

    fn a_lost_phone_is_reset_by_whoever_may_and_from_the_command_line(app: TestApp) {
        let owner = app.signed_in();
        let secret = "a password of his own";
        app.app.add_user("boris", "Борис", secret, "administrator", &Scope::All).unwrap();
        let boris = app.stranger();
        boris.post("/session", &json!({"login": "boris", "password": secret})).expect(204);
        let his = begin(&boris, secret);
        let code = totp::code_now(&his, app.clock.now());
        boris.post("/session/second-factor/confirm", &json!({"code": code})).expect(200);
        let staff = owner.get("/staff").expect(200);
        let of = |login: &str| {
            let all = staff["items"].as_array().unwrap();
            let one = all.iter().find(|one| one["login"] == login).unwrap();
            (format!("/staff/{}/second-factor", one["id"].as_str().unwrap()), one["second_factor"].clone())
        };
        assert_eq!((of("boris").1, of(LOGIN).1), (json!(true), json!(false)));
        // An administrator does not reset the owner's.
        assert_eq!(boris.send(Method::DELETE, &of(LOGIN).0, &json!({})).refused(403), "may_more");
        owner.send(Method::DELETE, &of("boris").0, &json!({})).expect(204);
        assert_eq!(newest(&app, &owner)["act"], "staff.second_factor_reset");
        boris.get("/session").expect(401);
        boris.post("/session", &json!({"login": "boris", "password": secret})).expect(204);
        set_up(&app, &owner);
        assert!(app.app.reset_second_factor_by_login(&Caller::shell(), LOGIN).unwrap());
        owner.get("/session").expect(401);
        sign_in(&owner, None).expect(204);
        assert_eq!(newest(&app, &owner)["act"], "session.opened");
        let reset = owner.get("/journal?what=staff.second_factor_reset&who=command").expect(200);
        assert_eq!(reset["items"].as_array().unwrap().len(), 1);
    }
}
