//! Taking customers out: refused by default, limited, sealed, kept a day, and told whose a leak is.

use crate::imports::import;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::{Cursor, Read};
use vernis_app::Scope;
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

const SECRET: &str = "a password of his own";

fn staff(app: &TestApp, login: &str, role: &str, scope: &Scope) -> Client {
    app.app.add_user(login, login, SECRET, role, scope).unwrap();
    let client = app.stranger();
    client
        .post("/session", &json!({"login": login, "password": SECRET}))
        .expect(204);
    client
}

/// A role like the one given, that may take customers out too.
fn exporting(owner: &Client, like: &str) -> String {
    let roles = owner.get("/roles").expect(200);
    let all = roles["items"].as_array().unwrap().iter();
    let mut may = all.clone().find(|role| role["code"] == like).unwrap()["permissions"].clone();
    may.as_array_mut().unwrap().push(json!("export"));
    let made = owner
        .post(
            "/roles",
            &json!({"name": format!("{like} с выгрузкой"), "permissions": may}),
        )
        .expect(201);
    made["code"].as_str().unwrap().to_owned()
}

/// Customers with phones and e-mails, by a file.
fn people(client: &Client, count: usize) {
    let mut csv = "Фамилия;Имя;Телефон;Почта;Город\n".to_owned();
    for n in 0..count {
        csv += &format!(
            "Фамилия{n};Имя;+7916{:07};p{n}@mail.ru;Омск\n",
            1_234_000 + n
        );
    }
    import(client, "people.csv", csv.into_bytes());
}

fn asked(columns: &[&str], form: &str) -> Value {
    json!({"reason": "рассылка к празднику", "columns": columns, "form": form})
}

/// Asks, waits until it is made; the export and its password.
fn made(client: &Client, body: &Value) -> (Value, String) {
    let begun = client.post("/exports", body).expect(201);
    let password = begun["password"].as_str().expect("a password").to_owned();
    (
        ready(client, begun["export"]["id"].as_str().unwrap()),
        password,
    )
}

fn ready(client: &Client, id: &str) -> Value {
    for _ in 0..2_000 {
        let all = client.get("/exports").expect(200);
        let one = all["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["id"] == id);
        let one = one.expect("it is listed").clone();
        if one["state"] != "making" {
            assert_eq!(one["state"], "ready", "{one}");
            return one;
        }
        std::thread::yield_now();
    }
    panic!("never made");
}

fn sealed(client: &Client, export: &Value) -> Vec<u8> {
    let path = format!("/exports/{}/file", export["id"].as_str().unwrap());
    let answer = client.request(Method::GET, &path).send().unwrap();
    assert_eq!(answer.status(), 200);
    answer.bytes().unwrap().to_vec()
}

fn opened(sealed: Vec<u8>, password: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(sealed)).unwrap();
    assert!(zip.by_index_decrypt(0, b"guess").is_err());
    let mut file = zip.by_index_decrypt(0, password.as_bytes()).unwrap();
    let mut plain = Vec::new();
    file.read_to_end(&mut plain).unwrap();
    plain
}

fn csv_of(client: &Client, export: &Value, password: &str) -> String {
    let plain = String::from_utf8(opened(sealed(client, export), password)).unwrap();
    plain.strip_prefix('\u{feff}').expect("a mark").to_owned()
}

fn path(export: &Value, end: &str) -> String {
    format!("/exports/{}/{end}", export["id"].as_str().unwrap())
}

on_both_databases! {
    fn nobody_exports_unless_he_may_and_only_with_a_reason(app: TestApp) {
        let owner = app.signed_in();
        people(&owner, 3);
        for role in ["administrator", "manager", "auditor"] {
            let one = staff(&app, role, role, &Scope::All);
            assert_eq!(one.post("/exports", &asked(&["name"], "csv")).refused(403), "not_allowed");
            assert_eq!(one.get("/exports").refused(403), "not_allowed");
        }
        assert_eq!(app.till("Касса").post("/exports", &asked(&["name"], "csv")).refused(403), "people_only");
        for (body, field) in [
            (json!({"reason": "", "columns": ["name"], "form": "csv"}), "reason"),
            (json!({"reason": "для +7 916 123-45-67", "columns": ["name"], "form": "csv"}), "reason"),
            (json!({"reason": "рассылка", "columns": [], "form": "csv"}), "columns"),
            (json!({"reason": "рассылка", "columns": ["fly"], "form": "csv"}), "columns"),
            (json!({"reason": "рассылка", "columns": ["name"], "form": "csv", "question": {"search": "никого"}}), "question"),
        ] {
            assert_eq!(owner.post("/exports", &body).expect(422)["errors"][0]["field"], field);
        }
        let (export, password) = made(&owner, &asked(&["name", "phone"], "csv"));
        assert_eq!((&export["people"], &export["downloads"]), (&json!(3), &json!(0)));
        assert_eq!(password.len(), 19);
        let text = csv_of(&owner, &export, &password);
        assert!(text.starts_with("Код строки;Имя целиком;Телефон\r\n"), "{text}");
        assert!(text.contains(";Фамилия2 Имя;+7 (916) 123-40-02\r\n"), "{text}");
        // The plain file is nowhere, and the password neither.
        for file in std::fs::read_dir(app.dir().join("exports")).unwrap().flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            assert!(memchr::memmem::find(&bytes, "Фамилия2".as_bytes()).is_none());
        }
        app.app.settle_journal().unwrap();
        let journal = owner.get("/journal?what=files").expect(200);
        let acts: Vec<_> = journal["items"].as_array().unwrap().iter().map(|one| one["act"].as_str().unwrap()).collect();
        for act in ["export.asked", "export.made", "export.downloaded"] {
            assert!(acts.contains(&act), "{acts:?}");
        }
        assert!(!journal.to_string().contains(&password));
        assert!(memchr::memmem::find(&app.raw_rows(), password.as_bytes()).is_none());
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn a_link_ends_after_a_day_and_opens_for_nobody_else(app: TestApp) {
        let owner = app.signed_in();
        people(&owner, 3);
        let second = staff(&app, "vera", "owner", &Scope::All);
        let (export, password) = made(&owner, &asked(&["name"], "xlsx"));
        let file = path(&export, "file");
        assert_eq!(second.get(&file).refused(404), "not_found");
        assert_eq!(app.stranger().get(&file).refused(401), "sign_in_required");
        // Opened here, for a machine that has no program for it.
        let open = path(&export, "opened");
        let wrong = owner.post(&open, &json!({"password": "aaaa-aaaa-aaaa-aaaa"})).expect(422);
        assert_eq!(wrong["errors"][0]["field"], "password");
        assert_eq!(owner.post(&open, &json!({"password": password})).status, 200);
        app.clock.advance_seconds(24 * 3_600 - 1);
        assert!(!sealed(&owner, &export).is_empty());
        let listed = owner.get("/exports").expect(200);
        assert_eq!(listed["items"][0]["downloads"], 2);
        app.clock.advance_seconds(1);
        assert_eq!(owner.get(&file).refused(404), "export_gone");
        app.app.tidy_exports().unwrap();
        assert_eq!(std::fs::read_dir(app.dir().join("exports")).unwrap().count(), 0);
        assert_eq!(owner.get("/exports").expect(200)["items"][0]["state"], "removed");
        // By hand it goes at once.
        let (export, _) = made(&owner, &asked(&["name"], "csv"));
        owner.send(Method::DELETE, &path(&export, "file"), &json!({})).expect(204);
        assert_eq!(owner.get(&path(&export, "file")).refused(404), "export_gone");
    }

    fn columns_and_people_are_those_he_sees_himself(app: TestApp) {
        let owner = app.signed_in();
        people(&owner, 4);
        let store = owner.post("/stores", &json!({"code": "omsk", "name": "Омск"})).expect(201);
        owner.post("/custom-fields", &json!({"name": {"ru": "Мама"}, "kind": "text", "personal": false})).expect(201);
        owner.post("/custom-fields", &json!({"name": {"ru": "Диета"}, "kind": "text"})).expect(201);
        let card = owner.post("/customers", &json!({
            "phones": ["89031112233"], "last_name": "Омская", "store": "omsk", "address": "Мира, 1",
            "custom": {"mama": "звонить 8 903 444-55-66", "dieta": "без сахара"},
        })).expect(201);
        assert!(card["id"].is_string());
        let id = app.app.store_of(store["id"].as_str().unwrap()).unwrap().0;
        let role = exporting(&owner, "manager");
        let manager = staff(&app, "misha", &role, &Scope::Stores { stores: vec![id] });
        let outlook = manager.post("/exports/outlook", &json!({})).expect(200);
        assert_eq!((&outlook["people"], &outlook["masked"]), (&json!(1), &json!(true)));
        let phone = outlook["columns"].as_array().unwrap().iter().find(|one| one["key"] == "phone").unwrap();
        assert_eq!(phone["masked"], true);
        let (export, password) = made(&manager, &asked(&["last_name", "phone", "address", "x_mama", "x_dieta"], "csv"));
        let text = csv_of(&manager, &export, &password);
        let rows: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(rows.len(), 1);
        assert!(rows[0].ends_with(";Омская;'+7 *** ***-22-33;***;звонить +7 *** ***-55-66;***"), "{text}");
        // By a phone he sees masked nobody is found piece by piece.
        let body = json!({"reason": "рассылка", "columns": ["name"], "form": "csv", "question": {"search": "90311"}});
        assert_eq!(manager.post("/exports", &body).expect(422)["errors"][0]["field"], "question");
    }

    fn many_small_files_asked_for_at_one_moment_are_one_large_one(app: TestApp) {
        let owner = app.signed_in();
        people(&owner, 30);
        owner.send(Method::PUT, "/export-rules", &json!({"approve_over": 45, "second_person": true, "confirmation": ""})).expect(200);
        let alone: usize = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| usize::from(owner.post("/exports", &asked(&["name"], "csv")).expect(201)["password"].is_string())))
                .collect();
            asking.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(alone, 1);
        assert!(app.app.verify().unwrap().findings.is_empty());
    }

    fn over_the_limit_a_second_person_decides(app: TestApp) {
        let owner = app.signed_in();
        people(&owner, 30);
        let rules = |limit, second, words: &str| json!({"approve_over": limit, "second_person": second, "confirmation": words});
        owner.send(Method::PUT, "/export-rules", &rules(20, true, "")).expect(200);
        let outlook = owner.post("/exports/outlook", &json!({})).expect(200);
        assert_eq!((&outlook["needs_second"], &outlook["second_exists"]), (&json!(true), &json!(false)));
        let admin = staff(&app, "petr", "administrator", &Scope::All);
        let auditor = staff(&app, "oleg", "auditor", &Scope::All);
        let begun = owner.post("/exports", &asked(&["name"], "csv")).expect(201);
        assert_eq!((&begun["password"], &begun["export"]["state"]), (&Value::Null, &json!("waiting")));
        let export = &begun["export"];
        assert_eq!(owner.post(&path(export, "make"), &json!({})).refused(409), "export_not_ready");
        let (yes, no) = (json!({"approve": true}), json!({"approve": false}));
        assert_eq!(owner.post(&path(export, "decision"), &yes).refused(403), "own_export");
        assert_eq!(auditor.post(&path(export, "decision"), &yes).refused(403), "not_allowed");
        // The second person sees who asks for what and why.
        let seen = admin.get("/export-requests").expect(200);
        assert_eq!((&seen["items"][0]["reason"], &seen["items"][0]["asked_by"]), (&json!("рассылка к празднику"), &json!("Анна")));
        assert_eq!(admin.post(&path(export, "decision"), &yes).expect(200)["state"], "approved");
        assert_eq!(admin.post(&path(export, "decision"), &no).refused(409), "export_decided");
        let begun = owner.post(&path(export, "make"), &json!({})).expect(200);
        let made_it = ready(&owner, export["id"].as_str().unwrap());
        let text = csv_of(&owner, &made_it, begun["password"].as_str().unwrap());
        assert_eq!(text.lines().count(), 31);
        // Approved, it is not carried by the one who approved, and is made once.
        assert_eq!(admin.get(&path(export, "file")).refused(403), "not_allowed");
        assert_eq!(owner.post(&path(export, "make"), &json!({})).refused(409), "export_not_ready");
        // Refused is refused; taken back is taken back; an approval holds a day.
        for (step, state) in [("refused", "refused"), ("withdrawn", "withdrawn"), ("lapsed", "lapsed")] {
            let begun = owner.post("/exports", &asked(&["name"], "csv")).expect(201);
            let export = &begun["export"];
            match step {
                "refused" => drop(admin.post(&path(export, "decision"), &no).expect(200)),
                "withdrawn" => drop(owner.post(&path(export, "withdrawal"), &json!({})).expect(204)),
                _ => {
                    admin.post(&path(export, "decision"), &yes).expect(200);
                    app.clock.advance_seconds(24 * 3_600);
                }
            }
            assert_eq!(owner.get("/exports").expect(200)["items"][0]["state"], state);
            assert_eq!(owner.post(&path(export, "make"), &json!({})).refused(409), "export_not_ready");
        }
        // Many small files are one large one.
        let ten = |name: &str| json!({"reason": "рассылка", "columns": ["name"], "form": "csv", "question": {"search": name}});
        made(&owner, &ten("Фамилия1"));
        let next = owner.post("/exports", &ten("Фамилия2")).expect(201);
        assert_eq!(next["export"]["state"], "waiting");
        // Who is alone says so in writing.
        let wrong = owner.send(Method::PUT, "/export-rules", &rules(20, false, "да")).expect(422);
        assert_eq!(wrong["errors"][0]["field"], "confirmation");
        owner.send(Method::PUT, "/export-rules", &rules(20, false, "Я один отвечаю за выгрузки")).expect(200);
        made(&owner, &asked(&["name"], "csv"));
        assert_eq!(admin.send(Method::PUT, "/export-rules", &rules(20, true, "")).refused(403), "not_allowed");
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn a_leaked_file_names_its_maker_also_shuffled_and_cut(app: TestApp) {
        let owner = app.signed_in();
        people(&owner, 60);
        let rules = json!({"approve_over": 1000, "second_person": true, "canary_mail": "shop-romashka.ru"});
        assert_eq!(owner.send(Method::PUT, "/export-rules", &rules).expect(200)["canary_mail"], "@shop-romashka.ru");
        let second = staff(&app, "vera", "owner", &Scope::All);
        let columns = ["last_name", "first_name", "middle_name", "phone", "email"];
        made(&second, &asked(&columns, "csv"));
        let (export, password) = made(&owner, &asked(&columns, "csv"));
        assert_eq!(export["canaries"], 2);
        let text = csv_of(&owner, &export, &password);
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(';').collect()).collect();
        assert_eq!(rows.len(), 62);
        let canaries: Vec<_> = rows.iter().filter(|row| row[5].ends_with("@shop-romashka.ru")).collect();
        assert_eq!(canaries.len(), 2);
        let trace = |text: String| -> Value {
            let told = second.post("/exports/trace", &json!({"text": text})).expect(200);
            told["found"].clone()
        };
        let named = |found: &Value| {
            assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
            assert_eq!((&found[0]["export"]["id"], &found[0]["export"]["asked_by"]), (&export["id"], &json!("Анна")));
            found[0]["evidence"].clone()
        };
        let join = |rows: &[Vec<&str>], columns: &[usize]| -> String {
            let line = |row: &Vec<&str>| columns.iter().map(|at| row[*at]).collect::<Vec<_>>().join(";");
            rows.iter().map(line).collect::<Vec<_>>().join("\n")
        };
        // One line is enough while its code is there.
        let told = named(&trace(join(&rows[7..8], &[0, 1, 2, 3, 4, 5])));
        assert_eq!((&told["row_codes"], &told["certain"]), (&json!(1), &json!(true)));
        // Sorted, without the codes: the addresses of those who do not exist.
        let mut sorted = rows.clone();
        sorted.sort_by_key(|row| row[4]);
        let told = named(&trace(join(&sorted, &[5, 4])));
        assert_eq!((&told["row_codes"], &told["addresses"]), (&json!(0), &json!(2)));
        // Names alone: those who do not exist, perhaps a namesake's.
        let told = named(&trace(join(&sorted, &[1, 2, 3])));
        assert_eq!((&told["names"], &told["certain"]), (&json!(2), &json!(false)));
        // Phones alone, a part of the file without the invented ones: its order.
        let real: Vec<_> = rows.iter().filter(|row| !row[5].ends_with("@shop-romashka.ru")).cloned().collect();
        let told = named(&trace(join(&real[10..40], &[4])));
        assert_eq!((&told["ordered_rows"], &told["certain"]), (&json!(30), &json!(true)));
        // A whole file, as a workbook, by its upload.
        let (book, password) = made(&owner, &asked(&columns, "xlsx"));
        let plain = opened(sealed(&owner, &book), &password);
        let part = reqwest::blocking::multipart::Part::bytes(plain).file_name("leak.xlsx");
        let form = reqwest::blocking::multipart::Form::new().part("file", part);
        let told = second.request(Method::POST, "/exports/trace-file").multipart(form).send().unwrap();
        let told: Value = told.json().unwrap();
        assert_eq!(told["found"][0]["export"]["id"], book["id"], "{told}");
        assert_eq!((&told["found"][0]["evidence"]["row_codes"], told["found"].as_array().unwrap().len()), (&json!(62), 1));
        // Sorted phones without any of it name nobody: it is said, not guessed.
        let mut phones = real.clone();
        phones.sort_by_key(|row| row[4]);
        assert_eq!(trace(join(&phones, &[4])), json!([]));
        assert_eq!(trace("ничего нашего".to_owned()), json!([]));
    }

    fn an_erased_person_does_not_stay_in_a_kept_file(app: TestApp) {
        let owner = app.signed_in();
        people(&owner, 5);
        let (export, _) = made(&owner, &asked(&["name"], "csv"));
        let page = owner.get("/customers?limit=1").expect(200);
        let view = app.app.base(&vernis_app::Caller::shell()).unwrap();
        let id = app.app.customer_id(&view, page["items"][0]["id"].as_str().unwrap()).unwrap();
        app.app.truth().write(move |tx| tx.erase_customer(id)).unwrap();
        assert_eq!(owner.get(&path(&export, "file")).refused(404), "export_gone");
        app.app.tidy_exports().unwrap();
        assert_eq!(std::fs::read_dir(app.dir().join("exports")).unwrap().count(), 0);
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn whoever_pages_through_the_base_is_frozen_and_the_owner_told(app: TestApp) {
        let owner = app.signed_in();
        people(&owner, 60);
        owner.send(Method::PUT, "/people-a-day", &json!({"staff": 10, "keys": 10})).expect(200);
        let seeing = staff(&app, "sveta", "administrator", &Scope::All);
        let masked = staff(&app, "misha", "manager", &Scope::All);
        // The same people again are not more people; masked rows are not counted.
        for _ in 0..5 {
            seeing.get("/customers?limit=20").expect(200);
            masked.get("/customers?limit=60").expect(200);
        }
        assert_eq!(seeing.get("/customers?limit=20&cursor=20").refused(403), "account_frozen");
        assert_eq!(seeing.get("/customers?limit=1").refused(401), "sign_in_required");
        let again = json!({"login": "sveta", "password": SECRET});
        assert_eq!(app.stranger().post("/session", &again).refused(401), "wrong_password");
        let told = owner.get("/frozen").expect(200);
        assert_eq!((&told["items"][0]["name"], &told["items"][0]["people"]), (&json!("sveta"), &json!(40)));
        assert_eq!(masked.get("/frozen").refused(403), "not_allowed");
        // A key the same.
        let key = app.till("Сайт");
        assert_eq!(key.get("/customers?limit=30").refused(403), "account_frozen");
        assert_eq!(key.get("/customers?limit=1").refused(401), "sign_in_required");
        // An owner is told of himself and goes on.
        owner.get("/customers?limit=60").expect(200);
        let told = owner.get("/frozen").expect(200);
        let all = told["items"].as_array().unwrap();
        assert_eq!(all.iter().filter(|one| one["frozen"] == true).count(), 2);
        assert_eq!(all.len(), 3);
        for one in all {
            owner.send(Method::DELETE, &format!("/frozen/{}", one["id"].as_str().unwrap()), &json!({})).expect(204);
        }
        assert_eq!(owner.get("/frozen").expect(200)["items"], json!([]));
        // Let in again, they are shown three budgets more, not frozen by the next page.
        let seeing = app.stranger();
        seeing.post("/session", &again).expect(204);
        seeing.get("/customers?limit=20").expect(200);
        key.get("/customers?limit=20").expect(200);
        app.app.settle_journal().unwrap();
        let journal = owner.get("/journal?what=powers").expect(200).to_string();
        for act in ["account.frozen", "account.warned", "account.thawed"] {
            assert!(journal.contains(act), "{act}");
        }
    }

    fn a_restart_does_not_forget_what_was_shown(app: TestApp) {
        let owner = app.signed_in();
        people(&owner, 60);
        owner.send(Method::PUT, "/people-a-day", &json!({"staff": 0, "keys": 45})).expect(200);
        let key = app.till("Сайт");
        key.get("/customers?limit=20").expect(200);
        // Everything written so far is in the base once this is.
        owner.send(Method::PUT, "/people-a-day", &json!({"staff": 0, "keys": 30})).expect(200);
        if !app.is_postgres() {
            return;
        }
        // The base was told of a hundred ahead: a program that begins now counts these.
        let other = app.beside();
        let answer = other.stranger().with_key(key.key().unwrap()).get("/customers?limit=5");
        assert_eq!(answer.refused(403), "account_frozen");
    }
}
