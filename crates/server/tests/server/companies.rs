//! Companies with their people, and households.

use reqwest::Method;
use serde_json::{Value, json};
use vernis_app::{Entity, Scope};
use vernis_testkit::{Client, Database, LOGIN, PASSWORD, TestApp, on_both_databases};

fn person(client: &Client, phone: &str, name: &str, more: &Value) -> String {
    let mut body = more.clone();
    body["customer"] = json!({"phone": phone, "name": name});
    client.post("/customers", &body).expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The owner at a program that was begun again.
fn sign_in(app: &TestApp) -> Client {
    let client = app.stranger();
    client
        .post("/session", &json!({"login": LOGIN, "password": PASSWORD}))
        .expect(204);
    client
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

on_both_databases! {
    fn a_company_has_people_with_roles_and_what_they_bought_together(app: TestApp) {
        let client = app.signed_in();
        let anna = person(&client, "89165550001", "Иванова Анна", &json!({}));
        let oleg = person(&client, "89165550002", "Петров Олег", &json!({}));
        for (n, (who, paid)) in [(&anna, 100), (&anna, 250), (&oleg, 1_000)].into_iter().enumerate() {
            client.buy(&format!("k{n}"), &json!({"paid_minor": paid, "occurred_at": format!("2026-11-1{n}T12:00:00+03:00"), "customer": {"id": who}})).expect(201);
        }
        let new = json!({"name": "ООО «Ромашка»", "inn": "7707 083-893", "kpp": "773601001", "note": "звонить 8 916 765-43-21", "people": [{"customer": anna, "role": "директор"}]});
        let made = client.post("/companies", &new).expect(201);
        assert_eq!((&made["inn"], &made["people"][0]["role"], &made["together"]["revenue_minor"]), (&json!("7707083893"), &json!("директор"), &json!(350)));
        let path = format!("/companies/{}", id(&made));
        // The same number is the same company: who comes joins it.
        let again = client.post("/companies", &json!({"name": "Ромашка", "inn": "7707083893", "kpp": "773601001", "people": [{"customer": oleg, "role": "бухгалтер"}]})).expect(200);
        assert_eq!((&again["id"], &again["name"], &again["people_count"]), (&made["id"], &json!("ООО «Ромашка»"), &json!(2)));
        assert_eq!(again["together"], json!({"orders": 3, "revenue_minor": 1_350, "last_day": "2026-11-12"}));
        let other = client.post("/companies", &json!({"name": "ИП Сидоров", "inn": "500100732259"})).expect(201);
        let list = client.get("/companies").expect(200);
        let names: Vec<&str> = list["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["ООО «Ромашка»", "ИП Сидоров"], "those who paid most first");
        for (search, found) in [("ромаш", 1), ("770708", 1), ("5001", 1), ("нет такой", 0)] {
            assert_eq!(client.get(&format!("/companies?search={search}")).expect(200)["total"], found, "{search}");
            assert_eq!(client.get(&format!("/search?q={search}")).expect(200)["companies"].as_array().unwrap().len(), found as usize);
        }
        for (change, field) in [
            (json!({"inn": "7707083894"}), "inn"), (json!({"kpp": "1"}), "kpp"), (json!({"name": " "}), "name"), (json!({"inn": "500100732259"}), "kpp"), (json!({"inn": "500100732259", "kpp": ""}), "inn"),
        ] {
            assert_eq!(client.send(Method::PATCH, &path, &change).expect(422)["errors"][0]["field"], field, "{change}");
        }
        // The card tells; merged, the person belongs to what either belongs to, once.
        let circle = client.get(&format!("/customers/{anna}/circle")).expect(200);
        assert_eq!((&circle["companies"][0]["name"], &circle["companies"][0]["role"], &circle["household"]), (&json!("ООО «Ромашка»"), &json!("директор"), &Value::Null));
        client.post(&format!("/customers/{anna}/merge"), &json!({"other": oleg})).expect(200);
        let merged = client.get(&path).expect(200);
        assert_eq!((&merged["people_count"], &merged["together"]["revenue_minor"]), (&json!(1), &json!(1_350)));
        client.post(&format!("/customers/{anna}/unmerge"), &json!({"other": oleg})).expect(200);
        assert_eq!(client.get(&path).expect(200)["people_count"], 2);
        client.send(Method::PUT, &format!("{path}/people/{oleg}"), &json!({"role": "снабженец"})).expect(200);
        assert_eq!(client.get(&format!("/customers/{oleg}/circle")).expect(200)["companies"][0]["role"], "снабженец");
        client.send(Method::DELETE, &format!("{path}/people/{oleg}"), &json!({})).expect(204);
        client.send(Method::DELETE, &format!("{path}/people/{oleg}"), &json!({})).expect(204);
        assert_eq!(client.get(&path).expect(200)["people_count"], 1);
        client.send(Method::PATCH, &format!("/companies/{}", id(&other)), &json!({"archived": true})).expect(200);
        assert_eq!((&client.get("/companies").expect(200)["total"], &client.get("/companies?archived=true").expect(200)["total"]), (&json!(1), &json!(2)));
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
        // Nothing of it stands readable in the database.
        let mut raw = app.raw_rows();
        for file in std::fs::read_dir(app.dir()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                raw.extend(std::fs::read(path).unwrap());
            }
        }
        for word in ["Ромашка»", "7707083893", "директор", "снабженец"] {
            assert!(!raw.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
        }
    }

    fn whoever_sees_a_part_sees_the_companies_of_that_part(app: TestApp) {
        let owner = app.signed_in();
        let second = owner.post("/stores", &json!({"code": "b", "name": "Второй"})).expect(201);
        let row = app.app.row_id(Entity::Store, second["id"].as_str().unwrap()).unwrap();
        let own = person(&owner, "89163330001", "Иванова Анна", &json!({"store": "b"}));
        let foreign = person(&owner, "89163330002", "Петров Олег", &json!({}));
        app.app.add_user("nina", "Нина", "a password of his own", "manager", &Scope::Stores { stores: vec![row] }).unwrap();
        let nina = app.stranger();
        nina.post("/session", &json!({"login": "nina", "password": "a password of his own"})).expect(204);
        let theirs = owner.post("/companies", &json!({"name": "Чужая", "inn": "7707083893", "people": [{"customer": foreign}]})).expect(201);
        let path = format!("/companies/{}", id(&theirs));
        nina.get(&path).refused(404);
        nina.send(Method::PATCH, &path, &json!({"name": "Моя"})).refused(404);
        nina.send(Method::PUT, &format!("{path}/people/{own}"), &json!({})).refused(404);
        assert_eq!(nina.get("/companies").expect(200)["total"], 0);
        assert_eq!(nina.get("/search?q=7707083893").expect(200)["companies"], json!([]));
        assert_eq!(nina.post("/companies", &json!({"name": "Пустая"})).expect(422)["errors"][0]["field"], "people");
        nina.post("/companies", &json!({"name": "x", "people": [{"customer": foreign}]})).refused(404);
        // What is outside does not stand in the way, and does not show.
        let mine = nina.post("/companies", &json!({"name": "Своя", "inn": "7707083893", "people": [{"customer": own, "role": "директор"}]})).expect(201);
        assert_ne!(mine["id"], theirs["id"]);
        assert_eq!(owner.get("/companies").expect(200)["total"], 2);
        // Of a company of both parts she sees her people and what they bought.
        owner.buy("k1", &json!({"paid_minor": 700, "customer": {"id": foreign}})).expect(201);
        owner.send(Method::PUT, &format!("/companies/{}/people/{foreign}", id(&mine)), &json!({"role": "сосед"})).expect(200);
        let seen = nina.get(&format!("/companies/{}", id(&mine))).expect(200);
        assert_eq!((&seen["people_count"], &seen["together"]["revenue_minor"]), (&json!(1), &json!(0)));
        assert!(!seen.to_string().contains("Петров") && !seen.to_string().contains("сосед"));
        // A household shows of itself who is seen.
        owner.send(Method::PUT, &format!("/customers/{own}/household/{foreign}"), &json!({"role": "муж"})).expect(200);
        assert_eq!(nina.get(&format!("/customers/{own}/circle")).expect(200)["household"], Value::Null);
        nina.send(Method::PUT, &format!("/customers/{own}/household/{foreign}"), &json!({})).refused(404);
    }

    fn a_household_is_joined_left_and_one_at_a_time(app: TestApp) {
        let client = app.signed_in();
        let all: Vec<String> = ["Иванова Анна", "Иванов Олег", "Иванов Пётр", "Сидорова Мария"].into_iter().enumerate()
            .map(|(n, name)| person(&client, &format!("8916777000{n}"), name, &json!({}))).collect();
        let (anna, oleg, petr, maria) = (&all[0], &all[1], &all[2], &all[3]);
        let join = |one: &str, other: &str, role: &str| client.send(Method::PUT, &format!("/customers/{one}/household/{other}"), &json!({"role": role}));
        let people = |one: &str| -> Vec<(String, String)> {
            let circle = client.get(&format!("/customers/{one}/circle")).expect(200);
            let empty = Vec::new();
            let list = circle["household"]["people"].as_array().unwrap_or(&empty).clone();
            list.iter().map(|one| (id(one), one["role"].as_str().unwrap().to_owned())).collect()
        };
        join(anna, anna, "жена").refused(422);
        join(anna, oleg, "муж").expect(200);
        join(anna, anna, "жена").expect(200);
        join(oleg, petr, "сын").expect(200);
        client.buy("k1", &json!({"paid_minor": 300, "customer": {"id": anna}})).expect(201);
        client.buy("k2", &json!({"paid_minor": 200, "customer": {"id": petr}})).expect(201);
        let told = client.get(&format!("/customers/{oleg}/circle")).expect(200);
        assert_eq!(told["household"]["together"]["revenue_minor"], 500);
        let mut three = people(petr);
        three.sort_by(|a, b| a.1.cmp(&b.1));
        assert_eq!(three, [(anna.clone(), "жена".to_owned()), (oleg.clone(), "муж".to_owned()), (petr.clone(), "сын".to_owned())]);
        // Who marries leaves the house he was in.
        join(maria, petr, "муж").expect(200);
        assert_eq!((people(maria).len(), people(anna).len()), (2, 2));
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
        // Two part: neither is left alone in a house.
        client.send(Method::DELETE, &format!("/customers/{anna}/household/{oleg}"), &json!({})).expect(204);
        assert_eq!((people(anna).len(), people(oleg).len()), (0, 0));
        join(oleg, anna, "").expect(200);
        assert_eq!(people(anna).len(), 2);
        client.send(Method::DELETE, &format!("/customers/{anna}/household/{maria}"), &json!({})).expect(204);
        assert_eq!(people(maria).len(), 2, "somebody else's household is not touched");
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn birthdays_and_ages_of_children_are_facts_that_move_with_the_days(app: TestApp) {
        let client = app.signed_in();
        let born = |days: &[&str]| json!({"children": days.iter().map(|day| json!({"name": "Ваня", "birthday": day})).collect::<Vec<_>>()});
        let two = person(&client, "89165551111", "Иванова Анна", &born(&["2020-11-25", "2015-03-08"]));
        let no_year = person(&client, "89165551112", "Петров Олег", &born(&["--11-30"]));
        person(&client, "89165551113", "Сидоров Пётр", &json!({}));
        let row = |client: &Client, id: &str| -> Value {
            let list = client.get("/customers?columns=children,child_birthday,child_age,eldest_age").expect(200);
            list["items"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["facts"].clone()
        };
        // It is the 23rd of November 2026.
        assert_eq!(row(&client, &two), json!({"children": 2, "child_birthday": "--11-25", "child_age": 5, "eldest_age": 11}));
        assert_eq!(row(&client, &no_year), json!({"children": 1, "child_birthday": "--11-30", "child_age": null, "eldest_age": null}));
        let count = |client: &Client, text: &str| client.post("/segments/count", &json!({"text": text})).expect(200)["customers"].clone();
        for (text, found) in [("child_birthday in next 1d", 0), ("child_birthday in next 2d", 1), ("child_birthday in next 7d", 2), ("children >= 2", 1), ("child_age < 6", 1), ("eldest_age >= 11", 1), ("children is empty", 1)] {
            assert_eq!(count(&client, text), found, "{text}");
        }
        assert_eq!(client.get("/customers?filter=children:ge:2").expect(200)["total"], 1);
        let saved = client.post("/segments", &json!({"name": "Шестилетние", "text": "child_age = 6"})).expect(201);
        let members = |client: &Client| client.get(&format!("/segments/{}/members", id(&saved))).expect(200)["total"].clone();
        assert_eq!(members(&client), 0);
        // The program begins again: what it knows of children comes from the truth or its snapshot.
        let app = app.again();
        app.clock.advance_seconds(2 * 24 * 3600);
        let client = sign_in(&app);
        assert_eq!(row(&client, &two), json!({"children": 2, "child_birthday": "--11-25", "child_age": 6, "eldest_age": 11}));
        assert_eq!(members(&client), 1, "a day has passed");
        client.send(Method::PATCH, &format!("/customers/{two}"), &json!({"children": []})).expect(200);
        assert_eq!((members(&client), &row(&client, &two)["children"]), (json!(0), &Value::Null));
        app.clock.advance_seconds(24 * 3600);
        assert_eq!(count(&client, "child_birthday in next 30d"), 1);
        // Names stay in the truth: no list tells them.
        assert!(!client.get("/customers?columns=children,child_birthday").expect(200).to_string().contains("Ваня"));
    }
}
