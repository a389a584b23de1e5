//! Segments as a filter of everything, beside one another, and over time.

use crate::segments::{QUIET, ids, shop};
use serde_json::{Value, json};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

fn metric(list: &Value, key: &str) -> Value {
    let all = list.as_array().unwrap();
    all.iter().find(|one| one["key"] == key).unwrap().clone()
}

/// Two saved segments: those who went quiet (1 and 2), and those who spent much (1, 2 and 4).
fn saved(client: &Client) -> [String; 2] {
    [("Замолчали", QUIET), ("Щедрые", "revenue >= 10 000")].map(|(name, text)| {
        let saved = client
            .post("/segments", &json!({"name": name, "text": text}))
            .expect(201);
        saved["id"].as_str().unwrap().to_owned()
    })
}

fn total(client: &Client, segment: &str) -> Value {
    client
        .get(&format!("/customers?segment={segment}"))
        .expect(200)["total"]
        .clone()
}

on_both_databases! {
    fn segments_are_compared_with_the_rest_and_every_part_opens_exactly_its_people(app: TestApp) {
        let (client, people) = shop(&app);
        let [quiet, large] = saved(&client);
        let compared = client.get(&format!("/segments/compare?segment={quiet},{large}&from=2026-07-01&to=2026-12-01")).expect(200);
        let names: Vec<&Value> = compared["columns"].as_array().unwrap().iter().map(|one| &one["name"]["ru"]).collect();
        assert_eq!(names, ["Замолчали", "Щедрые", "Остальные", "Вся база"]);
        // 1 and 2 bought three times for 5 000, 4 four times, 3 three times for 100.
        let values = |key: &str| -> Vec<Option<f64>> {
            metric(&compared["metrics"], key)["values"].as_array().unwrap().iter().map(|one| one["value"].as_f64()).collect()
        };
        assert_eq!(values("orders"), [Some(6.0), Some(10.0), Some(3.0), Some(13.0)]);
        assert_eq!(values("revenue"), [Some(30_000_00.0), Some(50_000_00.0), Some(300_00.0), Some(50_300_00.0)]);
        assert_eq!(values("mean_order")[2], Some(100_00.0));
        let parts: Vec<(Value, Value, Value)> = compared["parts"].as_array().unwrap().iter()
            .map(|part| (part["inside"].clone(), part["customers"].clone(), part["paid_minor"].clone())).collect();
        assert_eq!(parts, [
            (json!([true, true]), json!(2), json!(30_000_00)),
            (json!([false, false]), json!(1), json!(300_00)),
            (json!([false, true]), json!(1), json!(20_000_00)),
        ]);
        let opened = compared["parts"].as_array().unwrap().iter().map(|part| {
            let names = part["segment"].as_str().unwrap();
            // The same people as a list and as a segment to be saved.
            let forms = client.post("/segments/from-list", &json!({"segment": names})).expect(200);
            let count = client.post("/segments/count", &json!({"definition": forms["definition"]})).expect(200);
            assert_eq!(count["customers"], part["customers"], "{forms}");
            client.get(&format!("/customers?segment={names}")).expect(200)
        });
        let opened: Vec<Value> = opened.collect();
        assert_eq!(ids(&opened[1]), [people[2].as_str()]);
        assert_eq!(ids(&opened[2]), [people[3].as_str()]);
        let refused = client.get("/segments/compare?segment=").expect(422);
        assert_eq!(refused["errors"][0]["rule"], "wanted", "{refused}");
        client.get(&format!("/segments/compare?segment=not:{quiet}")).expect(422);
    }

    fn ready_segments_and_their_opposites_narrow_everything(app: TestApp) {
        let (client, _) = shop(&app);
        let [quiet, _] = saved(&client);
        let ready = "ready:regular_gone_quiet";
        assert_eq!((total(&client, ready), total(&client, &format!("not:{ready}"))), (json!(2), json!(2)));
        assert_eq!(total(&client, &format!("{quiet},{ready}")), 2);
        assert_eq!(total(&client, &format!("{quiet},not:{ready}")), 0);
        let orders = |segment: &str| {
            let found = client.get(&format!("/metrics?from=2026-07-01&to=2026-12-01&segment={segment}")).expect(200);
            metric(&found["items"], "orders")["value"].as_f64()
        };
        assert_eq!((orders(ready), orders(&format!("not:{quiet}"))), (Some(6.0), Some(7.0)));
        let sum = |found: &Value| -> u64 {
            found.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap()).map(|cell| cell["customers"].as_u64().unwrap()).sum()
        };
        assert_eq!(sum(&client.get(&format!("/rf-map?segment={ready}")).expect(200)["cells"]), 2);
        let moves = client.get(&format!("/rfm/transitions?from=2026-08-15&segment=not:{ready}")).expect(200);
        let moved: u64 = moves["links"].as_array().unwrap().iter().map(|link| link["customers"].as_u64().unwrap()).sum();
        assert_eq!(moved, 2);
        for path in ["/cohorts?from=2026-07-01", "/life-cycle?x=1", "/pareto?from=2026-07-01"] {
            client.get(&format!("{path}&segment={ready}")).expect(200);
        }
        let pareto = client.get(&format!("/pareto?from=2026-07-01&segment={ready}")).expect(200);
        assert_eq!(pareto["customers"], 2);
        let refused = client.get("/customers?segment=ready:lucky").expect(422);
        assert_eq!(refused["errors"][0]["rule"], "unknown", "{refused}");
        let refused = client.get(&format!("/metrics?segment={}", [ready; 11].join(","))).expect(422);
        assert_eq!(refused["errors"][0]["rule"], "too_many", "{refused}");
    }

    fn a_trend_tells_how_a_segment_went_before_it_was_made(app: TestApp) {
        let (client, _) = shop(&app);
        let id = client.post("/segments", &json!({"name": "Дважды", "text": "orders >= 2"})).expect(201)["id"].as_str().unwrap().to_owned();
        let points = client.get(&format!("/segments/trend?segment={id}")).expect(200);
        let told: Vec<(&str, u64, i64)> = points.as_array().unwrap().iter()
            .map(|one| (one["day"].as_str().unwrap(), one["customers"].as_u64().unwrap(), one["revenue_minor"].as_i64().unwrap())).collect();
        assert_eq!(told, [
            ("2026-07-31", 0, 0),
            ("2026-08-31", 4, 30_200_00),
            ("2026-09-30", 4, 45_300_00),
            ("2026-10-31", 4, 45_300_00),
            ("2026-11-23", 4, 50_300_00),
        ]);
        assert_eq!(client.get("/segments/trend?segment=nothing").refused(404), "not_found");
    }
}
