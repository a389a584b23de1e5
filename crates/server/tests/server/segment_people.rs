//! People in segments by hand, and static lists.

use serde_json::{Value, json};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

fn buy(client: &Client, key: &str, who: i32, paid: i64) -> String {
    let body = json!({"paid_minor": paid, "occurred_at": "2026-11-01", "customer": {"phone": format!("8916000000{who}")}});
    client.buy(key, &body).expect(201)["customer_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Four customers; the first two spent much.
fn shop(app: &TestApp) -> (Client, [String; 4]) {
    let client = app.signed_in();
    let people = [1, 2, 3, 4].map(|who| {
        buy(
            &client,
            &who.to_string(),
            who,
            if who < 3 { 5_000_00 } else { 100_00 },
        )
    });
    (client, people)
}

fn members(client: &Client, segment: &Value) -> Vec<String> {
    let path = format!("/segments/{}/members", segment["id"].as_str().unwrap());
    let mut ids: Vec<String> = client.get(&path).expect(200)["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

fn sorted<const N: usize>(ids: [&String; N]) -> Vec<String> {
    let mut ids = ids.map(String::clone).to_vec();
    ids.sort();
    ids
}

fn people_of(segment: &Value) -> String {
    format!("/segments/{}/people", segment["id"].as_str().unwrap())
}

on_both_databases! {
    fn people_are_put_in_and_kept_out_by_hand_and_left_to_the_conditions_again(app: TestApp) {
        let (client, [a, b, c, d]) = shop(&app);
        let rich = client.post("/segments", &json!({"name": "Щедрые", "text": "revenue > 1 000"})).expect(201);
        assert_eq!((&rich["kind"], members(&client, &rich)), (&json!("live"), sorted([&a, &b])));
        app.app.keep_segments().unwrap();
        let changed = client.post(&people_of(&rich), &json!({"pin": [c], "exclude": [a]})).expect(200);
        assert_eq!((&changed["customers"], &changed["pinned"], &changed["excluded"]), (&json!(2), &json!(1), &json!(1)));
        assert_eq!(members(&client, &rich), sorted([&b, &c]));
        // The excluded one stays out whatever he buys; others follow the conditions.
        buy(&client, "a2", 1, 9_000_00);
        buy(&client, "d2", 4, 9_000_00);
        assert_eq!(members(&client, &rich), sorted([&b, &c, &d]));
        let named = client.get(&people_of(&rich)).expect(200);
        assert_eq!((&named["pinned"][0]["id"], &named["excluded"][0]["id"], &named["pinned_total"]), (&json!(c), &json!(a), &json!(1)));
        let id = rich["id"].as_str().unwrap();
        let why = client.post("/segments/explain", &json!({"customer": a, "segment": id})).expect(200);
        assert_eq!((&why["is_in"], &why["by_hand"], &why["root"]["holds"], &why["changes"]), (&json!(false), &json!("excluded"), &json!(true), &json!([])));
        // Another segment that refers to it sees the same people; so does a list of customers.
        let count = client.post("/segments/count", &json!({"text": "в сегменте \"Щедрые\""})).expect(200);
        assert_eq!(count["customers"], 3);
        assert_eq!(client.get(&format!("/customers?segment={id}")).expect(200)["total"], 3);
        // Written down before it is taken back.
        app.app.keep_segments().unwrap();
        client.post(&people_of(&rich), &json!({"release": [a, c]})).expect(200);
        assert_eq!(members(&client, &rich), sorted([&a, &b, &d]));
        let named = client.get(&people_of(&rich)).expect(200);
        assert_eq!((&named["pinned_total"], &named["excluded_total"]), (&json!(0), &json!(0)));
        let moves = client.get(&format!("/segments/{id}/moves")).expect(200);
        let moves: Vec<(&Value, &Value)> = moves.as_array().unwrap().iter().map(|one| (&one["customer"], &one["came"])).collect();
        let (yes, no) = (json!(true), json!(false));
        let [a, c, d] = [a, c, d].map(|id| json!(id));
        for one in [(&a, &no), (&c, &yes), (&d, &yes), (&a, &yes), (&c, &no)] {
            assert!(moves.contains(&one), "{one:?} of {moves:?}");
        }
        assert_eq!(client.post(&people_of(&rich), &json!({"pin": ["nobody"]})).refused(404), "not_found");
        assert!(app.app.verify().unwrap().findings.is_empty());
    }

    fn a_static_list_is_a_segment_of_those_who_were_put_on_it(app: TestApp) {
        let (client, [a, b, c, d]) = shop(&app);
        let list = client.post("/segments/lists", &json!({"name": "На дегустацию", "customers": [a, c, a]})).expect(201);
        assert_eq!((&list["kind"], &list["customers"], &list["forms"]["text"]["en"]), (&json!("list"), &json!(2), &json!("nobody")));
        // A snapshot of a live one stays as it was.
        let rich = client.post("/segments", &json!({"name": "Щедрые", "text": "revenue > 1 000"})).expect(201);
        let kept = client.post("/segments/lists", &json!({"name": "Щедрые в ноябре", "segment": rich["id"]})).expect(201);
        let told = client.post("/segments/lists", &json!({"name": "Скромные", "text": "revenue < 1 000"})).expect(201);
        buy(&client, "d2", 4, 9_000_00);
        assert_eq!(members(&client, &rich), sorted([&a, &b, &d]));
        assert_eq!((members(&client, &kept), members(&client, &told)), (sorted([&a, &b]), sorted([&c, &d])));
        client.post(&people_of(&list), &json!({"pin": [d], "release": [a]})).expect(200);
        assert_eq!(members(&client, &list), sorted([&c, &d]));
        let count = client.post("/segments/count", &json!({"text": "в списке \"На дегустацию\" и не в списке \"Скромные\""})).expect(200);
        assert_eq!((&count["customers"], &count["problems"]), (&json!(0), &json!([])));
        for (path, body, field) in [
            (people_of(&list), json!({"exclude": [d]}), "exclude"),
            ("/segments/lists".to_owned(), json!({"name": "скромные"}), "name"),
        ] {
            assert_eq!(client.post(&path, &body).expect(422)["errors"][0]["field"], field);
        }
        let path = format!("/segments/{}", list["id"].as_str().unwrap());
        let refused = client.send(reqwest::Method::PATCH, &path, &json!({"text": "orders > 1"})).expect(422);
        assert_eq!(refused["errors"][0]["rule"], "is_list");
        // Who is merged into another one takes his place on the list.
        client.post(&format!("/customers/{b}/merge"), &json!({"other": c})).expect(200);
        assert_eq!(members(&client, &list), sorted([&b, &d]));
        assert!(app.app.verify().unwrap().findings.is_empty());
    }
}
