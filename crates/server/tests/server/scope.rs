//! Who sees a part of the base sees nothing of the rest: not in lists, search, counts, sums, errors
//! or by id; and whatever is changed outside, no answer of his changes.

use crate::powers::operations;
use reqwest::Method;
use serde_json::{Value, json};
use vernis_app::{Entity, Scope};
use vernis_testkit::{Answer, Client, Database, TestApp, on_both_databases};

const SECRET: &str = "a password of his own";

/// A shop of two stores: who bought where, and who looks after whom.
struct World {
    app: TestApp,
    owner: Client,
    /// Row of the second store.
    second: i64,
    made: u64,
}

impl World {
    fn new(app: TestApp) -> World {
        let owner = app.signed_in();
        owner
            .post("/stores", &json!({"code": "b", "name": "Второй"}))
            .expect(201);
        let stores = owner.get("/stores").expect(200);
        let id = stores["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["code"] == "b")
            .unwrap();
        let second = app
            .app
            .row_id(Entity::Store, id["id"].as_str().unwrap())
            .unwrap();
        World {
            app,
            owner,
            second,
            made: 0,
        }
    }

    fn of_second(&self) -> Scope {
        Scope::Stores {
            stores: vec![self.second],
        }
    }

    /// A purchase; gives (customer, purchase).
    fn buy(&mut self, phone: &str, name: &str, store: &str, paid: i64) -> (String, String) {
        self.made += 1;
        let body = json!({
            "paid_minor": paid, "store": store, "receipt_no": format!("R{}", self.made % 7),
            "occurred_at": format!("2026-{:02}-{:02}T12:00:00+03:00", 1 + self.made % 11, 1 + self.made % 20),
            "customer": {"phone": phone, "name": name},
        });
        let bought = self
            .owner
            .buy(&format!("key {}", self.made), &body)
            .expect(201);
        let text = |key: &str| bought[key].as_str().unwrap().to_owned();
        (text("customer_id"), text("id"))
    }

    fn staff(&self, login: &str, role: &str, scope: &Scope) -> Client {
        self.app
            .app
            .add_user(login, login, SECRET, role, scope)
            .unwrap();
        let client = self.app.stranger();
        client
            .post("/session", &json!({"login": login, "password": SECRET}))
            .expect(204);
        client
    }
}

fn total(client: &Client, query: &str) -> u64 {
    client.get(&format!("/customers{query}")).expect(200)["total"]
        .as_u64()
        .unwrap()
}

on_both_databases! {
    fn a_manager_of_one_store_sees_its_customers_with_what_they_bought_there(app: TestApp) {
        let mut world = World::new(app);
        let (other, foreign) = world.buy("89160000001", "Иванова Анна", "main", 1_000);
        let (own, _) = world.buy("89160000002", "Петрова Мария", "b", 2_000);
        let (both, elsewhere) = world.buy("89160000003", "Иванова Ольга", "main", 4_000);
        let (_, here) = world.buy("89160000003", "Иванова Ольга", "b", 8_000);
        let scope = world.of_second();
        let manager = world.staff("nina", "manager", &scope);
        // Lists, counts, search, sums.
        assert_eq!(total(&manager, ""), 2);
        assert_eq!(total(&manager, "?search=Иванова"), 1);
        assert_eq!(total(&manager, "?search=0000001"), 0);
        let session = manager.get("/session").expect(200);
        assert_eq!((&session["customers"], &session["purchases"]), (&json!(2), &json!(2)));
        let stores = manager.get("/stores").expect(200);
        assert_eq!(stores["items"].as_array().unwrap().len(), 1);
        let revenue = |client: &Client| {
            let all = client.get("/metrics?from=2026-01-01&to=2027-01-01").expect(200);
            let items = all["items"].as_array().unwrap().clone();
            items.into_iter().find(|one| one["key"] == "revenue").unwrap()["value"].as_f64().unwrap()
        };
        assert_eq!((revenue(&manager), revenue(&world.owner)), (10_000.0, 15_000.0));
        // By id: what he bought elsewhere is not there.
        let card = manager.get(&format!("/customers/{both}")).expect(200);
        assert_eq!((&card["purchases"], &card["facts"]["revenue"]), (&json!(1), &json!(8_000)));
        let bought = manager.get(&format!("/customers/{both}/purchases")).expect(200);
        assert_eq!(bought["items"].as_array().unwrap().len(), 1);
        manager.get(&format!("/customers/{own}")).expect(200);
        manager.get(&format!("/purchases/{here}")).expect(200);
        let none = manager.get("/customers/none");
        for path in [
            format!("/customers/{other}"), format!("/customers/{other}/purchases"),
            format!("/purchases/{foreign}"), format!("/purchases/{elsewhere}"),
            "/customers/lookup?phone=89160000001".to_owned(),
        ] {
            let answer = manager.get(&path);
            assert_eq!((answer.status, &answer.text), (404, &none.text), "{path}");
        }
        let found = manager.get("/search?q=R1").expect(200);
        assert_eq!(found["purchases"], json!([]), "a receipt of the other store");
        // Nothing outside can be changed, and nobody there stands in the way.
        let change = json!({"city": "Тверь"});
        assert_eq!(manager.send(Method::PATCH, &format!("/customers/{other}"), &change).status, 404);
        let phone = json!({"phones": ["89160000001", "89160000002"]});
        manager.send(Method::PATCH, &format!("/customers/{own}"), &phone).expect(200);
        let merge = json!({"other": other});
        let owner = world.owner.clone();
        let merger = world.staff("igor", "administrator", &scope);
        assert_eq!(merger.post(&format!("/customers/{own}/merge"), &merge).refused(404), "not_found");
        let back = json!({"paid_minor": 100, "store": "b", "kind": "return", "returned_purchase_id": foreign});
        assert_eq!(manager.buy("back", &back).expect(422)["errors"][0]["rule"], "not_a_sale");
        let there = json!({"paid_minor": 100, "store": "main"});
        assert_eq!(manager.buy("there", &there).expect(422)["errors"][0]["field"], "store");
        assert_eq!(owner.get("/session").expect(200)["purchases"], 4);
        // A role that may see other stores sees all his customers bought, and no more customers.
        let analyst = world.staff("oleg", "analyst", &scope);
        assert_eq!(total(&analyst, ""), 2);
        assert_eq!(analyst.get(&format!("/customers/{both}")).expect(200)["purchases"], 2);
        analyst.get(&format!("/purchases/{elsewhere}")).expect(200);
        assert_eq!(analyst.get(&format!("/customers/{other}")).status, 404);
        // Whoever buys at his store is his customer from that moment on.
        let body = json!({"paid_minor": 500, "customer": {"phone": "89160000001"}});
        let sold = manager.buy("new", &body).expect(201);
        assert_eq!(sold["customer_id"], json!(other));
        assert_eq!(manager.get(&format!("/customers/{other}")).expect(200)["purchases"], 1);
        assert_eq!(total(&manager, ""), 3);
    }

    fn what_concerns_the_whole_base_is_for_those_who_see_it(app: TestApp) {
        let world = World::new(app);
        let part = world.staff("igor", "administrator", &world.of_second());
        for (method, path) in [(Method::GET, "/imports"), (Method::PATCH, "/shop"), (Method::POST, "/demo"), (Method::PUT, "/rfm/borders")] {
            assert_eq!(part.send(method, path, &json!({})).refused(403), "whole_shop_only", "{path}");
        }
        // He gives no more than he sees.
        let invite = |scope: Value| part.post("/staff/invitations", &json!({"role": "manager", "scope": scope}));
        assert_eq!(invite(json!({"kind": "all"})).expect(422)["errors"][0]["field"], "scope");
        let second = world.app.app.public_id(Entity::Store, world.second);
        invite(json!({"kind": "stores", "stores": [second]})).expect(201);
        let key = part.post("/api-keys", &json!({"name": "Касса"})).expect(201);
        assert_eq!(key["scope"]["kind"], "stores");
    }

    fn one_sees_ones_own_customers_and_whom_one_adds(app: TestApp) {
        let mut world = World::new(app);
        let (first, _) = world.buy("89160000001", "Иванова Анна", "main", 1_000);
        let (second, bought) = world.buy("89160000002", "Петрова Мария", "b", 2_000);
        let nina = world.staff("nina", "manager", &Scope::Own);
        assert_eq!(total(&nina, ""), 0);
        assert_eq!(nina.get("/session").expect(200)["purchases"], 0);
        let staff = world.owner.get("/staff").expect(200);
        let id = staff["items"].as_array().unwrap().iter().find(|one| one["login"] == "nina").unwrap()["id"].clone();
        let set = json!({"customers": [second], "manager": id});
        assert_eq!(world.owner.post("/customers/managers", &set).expect(200)["changed"], 1);
        assert_eq!(world.owner.post("/customers/managers", &set).expect(200)["changed"], 0);
        assert_eq!(total(&nina, ""), 1);
        let card = nina.get(&format!("/customers/{second}")).expect(200);
        assert_eq!(card["manager"]["name"], "nina");
        nina.get(&format!("/purchases/{bought}")).expect(200);
        assert_eq!(nina.get(&format!("/customers/{first}")).status, 404);
        // A newcomer is hers; one who is there already, but not hers, does not show.
        let made = nina.post("/customers", &json!({"customer": {"phone": "89160000003", "name": "Сидорова"}})).expect(201);
        assert_eq!(total(&nina, ""), 2);
        let twin = nina.post("/customers", &json!({"customer": {"phone": "89160000001", "name": "Кто-то"}})).expect(201);
        assert_ne!(twin["id"], json!(first));
        assert_eq!(twin["purchases"], 0);
        // Merged: whoever looked after either looks after both.
        let merged = json!({"other": made["id"]});
        world.owner.post(&format!("/customers/{first}/merge"), &merged).expect(200);
        assert_eq!(nina.get(&format!("/customers/{first}")).expect(200)["manager"]["name"], "nina");
        let unmerge = json!({"other": made["id"]});
        world.owner.post(&format!("/customers/{first}/unmerge"), &unmerge).expect(200);
        assert_eq!(nina.get(&format!("/customers/{first}")).status, 404);
        let none = json!({"customers": [second], "manager": null});
        world.owner.post("/customers/managers", &none).expect(200);
        assert_eq!(nina.get(&format!("/customers/{second}")).status, 404);
        assert_eq!(world.owner.get(&format!("/customers/{second}")).expect(200)["manager"], Value::Null);
    }

    fn a_scope_of_conditions_shows_those_who_meet_them_now(app: TestApp) {
        let mut world = World::new(app);
        let (once, _) = world.buy("89160000001", "Иванова Анна", "main", 1_000);
        let (twice, _) = world.buy("89160000002", "Петрова Мария", "main", 2_000);
        world.buy("89160000002", "Петрова Мария", "b", 2_000);
        let scope = Scope::Filter { filters: vec!["orders:ge:2".to_owned()] };
        let nina = world.staff("nina", "manager", &scope);
        assert_eq!(total(&nina, ""), 1);
        nina.get(&format!("/customers/{twice}")).expect(200);
        assert_eq!(nina.get(&format!("/customers/{once}")).status, 404);
        world.buy("89160000001", "Иванова Анна", "main", 1_000);
        nina.get(&format!("/customers/{once}")).expect(200);
        let add = json!({"customer": {"phone": "89160000003"}});
        assert_eq!(nina.post("/customers", &add).refused(403), "whole_shop_only");
    }
}

on_both_databases! {
    fn a_contact_typed_into_a_text_is_masked_and_an_edit_over_it_loses_nothing(app: TestApp) {
        let mut world = World::new(app);
        let (customer, _) = world.buy("89161231234", "Иванова Анна", "main", 1_000);
        let field = world.owner.post("/custom-fields", &json!({"name": {"ru": "Курьеру", "en": "Courier"}, "kind": "text"})).expect(201);
        let key = field["key"].as_str().unwrap().to_owned();
        let said = "муж 8 (916) 765-43-21, ivan@mail.ru";
        world.owner.send(Method::PATCH, &format!("/customers/{customer}"), &json!({"custom": {&key: said}, "vip": {"set": true, "reason": said}})).expect(200);
        let note = world.owner.post(&format!("/customers/{customer}/notes"), &json!({"text": said})).expect(201);
        let note = note["id"].as_str().unwrap();
        let nina = world.staff("nina", "manager", &Scope::All);
        let veiled = "муж +7 *** ***-43-21, i***@mail.ru";
        let paths = [
            format!("/customers/{customer}"),
            format!("/customers/{customer}/timeline"),
            format!("/customers/{customer}/history"),
            format!("/customers?columns={key}"),
        ];
        for path in &paths {
            let seen = nina.get(path).expect(200).to_string();
            assert!(seen.contains(veiled) && !seen.contains("765-43-21") && !seen.contains("ivan@"), "{path}: {seen}");
            assert!(world.owner.get(path).expect(200).to_string().contains(said), "{path}");
        }
        // She corrects what she sees; what she does not see stays.
        let mended = veiled.replace("муж", "сын");
        nina.send(Method::PUT, &format!("/customers/{customer}/notes/{note}"), &json!({"text": mended})).expect(204);
        nina.send(Method::PATCH, &format!("/customers/{customer}"), &json!({"custom": {&key: mended}, "vip": {"set": true, "reason": mended}})).expect(200);
        let card = world.owner.get(&paths[0]).expect(200);
        let whole = said.replace("муж", "сын");
        assert_eq!((&card["custom"][&key], &card["vip"]["reason"]), (&json!(whole), &json!(whole)));
        let told = world.owner.get(&format!("/customers/{customer}/timeline?kind=note")).expect(200);
        assert_eq!(told["items"][0]["note"]["text"], whole);
    }

    fn contacts_are_masked_and_shown_one_by_one_within_a_budget(app: TestApp) {
        let mut world = World::new(app);
        let (customer, _) = world.buy("89161231234", "Иванова Анна", "main", 1_000);
        let nameless = world.owner.post("/customers", &json!({"customer": {"phone": "89167654321"}, "emails": ["ivan@mail.ru"]})).expect(201);
        let nameless = nameless["id"].as_str().unwrap().to_owned();
        let nina = world.staff("nina", "manager", &Scope::All);
        let whole = ["79161231234", "79167654321", "ivan@mail", "9161231", "7654321"];
        let masked = |answer: &Value| {
            let text = answer.to_string();
            assert!(!whole.iter().any(|one| text.contains(one)), "{text}");
        };
        // Wherever contacts leave: list, card, look-up, search, merges, rows behind a number.
        let list = nina.get("/customers").expect(200);
        masked(&list);
        assert!(list.to_string().contains("+7 *** ***-12-34"));
        let card = nina.get(&format!("/customers/{customer}")).expect(200);
        masked(&card);
        assert_eq!((&card["masked"], &card["contacts"][0]["value"]), (&json!(true), &json!("+7 *** ***-12-34")));
        assert_eq!(card["contacts"][0]["source_label"]["en"], "entered by hand", "the source is told of the value behind the mask");
        masked(&nina.get(&format!("/customers/{nameless}")).expect(200));
        let looked = nina.get("/customers/lookup?phone=89161231234").expect(200);
        assert_eq!(looked["id"], json!(customer));
        masked(&looked);
        masked(&nina.get("/metrics/revenue/rows?from=2026-01-01&to=2027-01-01").expect(200));
        let merger = world.owner.post("/roles", &json!({"name": "Сведение", "permissions": ["customers_see", "customers_merge"]})).expect(201);
        let merger = world.staff("oleg", merger["code"].as_str().unwrap(), &Scope::All);
        let files = json!({"name": "Файлы", "permissions": ["customers_see", "imports_run"]});
        let files = world.owner.post("/roles", &files).expect(422);
        assert_eq!(files["errors"][0]["rule"], "needs_contacts", "files show contacts");
        let merge = merger.post(&format!("/customers/{customer}/merge"), &json!({"other": nameless})).expect(200);
        masked(&merge);
        masked(&merger.get(&format!("/customers/{customer}")).expect(200));
        masked(&merger.post(&format!("/customers/{customer}/unmerge"), &json!({"other": nameless})).expect(200));
        // A phone is not found out digit by digit: whole numbers and the shown tail only.
        for (query, found) in [("89161231234", 1), ("+7 916 123-12-34", 1), ("1234", 1), ("ivan@mail.ru", 1), ("Иван", 1), ("916123", 0), ("23123", 0), ("79161", 0), ("ivan", 0), ("mail.ru", 0)] {
            let hits = nina.get(&format!("/search?q={query}").replace('+', "%2B").replace(' ', "%20")).expect(200);
            masked(&hits["customers"]);
            assert_eq!(hits["total"], found, "{query}");
            assert_eq!(nina.get(&format!("/customers?search={query}").replace('+', "%2B").replace(' ', "%20")).expect(200)["total"], found, "{query}");
        }
        assert_eq!(world.owner.get("/search?q=916123").expect(200)["total"], 1);
        // Shown one by one, each customer once a day, and no more than the day's budget.
        assert_eq!(world.owner.send(Method::PUT, "/staff/rules", &json!({"reveals_a_day": 1})).expect(200)["reveals_a_day"], 1);
        let reveal = |client: &Client, id: &str| client.post(&format!("/customers/{id}/reveal"), &json!({}));
        let shown = reveal(&nina, &customer).expect(200);
        assert_eq!((&shown["contacts"][0]["value"], &shown["left_today"]), (&json!("+79161231234"), &json!(0)));
        reveal(&nina, &customer).expect(200);
        assert_eq!(reveal(&nina, &nameless).refused(429), "reveals_used_up");
        assert_eq!(reveal(&nina, "1").refused(404), "not_found");
        assert_eq!(reveal(&world.owner, &nameless).expect(200)["left_today"], Value::Null);
        world.app.clock.advance_seconds(24 * 3600);
        reveal(&nina, &nameless).expect(200);
        let analyst = world.staff("olga", "analyst", &Scope::All);
        assert_eq!(reveal(&analyst, &customer).refused(403), "not_allowed");
    }
}

/// An endpoint answers from the view of the caller, and contacts leave through the mask: the names by
/// which one could get around that do not stand in the API's files.
#[test]
fn no_endpoint_reads_the_whole_base_or_spells_a_contact() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    for file in std::fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for way_around in [
            "whole_base",
            "live.current",
            ".shown_name()",
            ".contact(",
            "OpenApiRouter::with_openapi",
        ] {
            assert!(
                !text.contains(way_around),
                "{} uses {way_around}",
                path.display()
            );
        }
        // The one place that spells them is the counted one.
        let spelled = text.matches("contact.value.clone()").count();
        let meant = usize::from(path.ends_with("card.rs"));
        assert_eq!(spelled, meant, "{}", path.display());
    }
}

/// Rows that are written although nothing is changed: what was read, and when.
const NOT_COUNTED: &[&str] = &[
    "journal",
    "journal_subject",
    "journal_seal",
    "journal_spool",
    "session",
    "api_key",
];

/// Every endpoint by every role with every scope, asked for its own, somebody else's, an erased one
/// and a made-up one: what is not to be seen is answered like what is not there, and a refusal
/// changes nothing.
#[test]
fn the_access_matrix_has_no_leaks() {
    let Some(app) = TestApp::new(Database::Sqlite) else {
        return;
    };
    let mut world = World::new(app);
    let (other, foreign) = world.buy("89160000001", "Внешняя Анна", "main", 1_000);
    let (own, mine) = world.buy("89160000002", "Петрова Мария", "b", 2_000);
    let (gone, taken) = world.buy("89160000004", "Бывшая Вера", "b", 3_000);
    let row = world.app.app.row_id(Entity::Customer, &gone).unwrap();
    let archived = vec![vernis_domain::CustomerId(row)];
    let (wiped, washed) = world.buy("89160000005", "Стёртая Ольга", "b", 4_000);
    let row = world.app.app.row_id(Entity::Customer, &wiped).unwrap();
    let erased = vernis_domain::CustomerId(row);
    let truth = world.app.app.truth();
    truth
        .write(move |tx| -> Result<(), vernis_app::Refusal> {
            tx.archive_customers(&archived)?;
            assert!(tx.erase_customer(erased)?);
            Ok(())
        })
        .unwrap();
    let document = world.app.stranger().get("/openapi.json").expect(200);
    let (mut refused, mut asked) = (0, 0);
    for role in vernis_app::permission::GIVEN {
        for (kind, scope) in [
            ("all", Scope::All),
            ("store", world.of_second()),
            ("own", Scope::Own),
        ] {
            let login = format!("{}-{kind}", role.code);
            let client = world.staff(&login, role.code, &scope);
            for (method, path, policy) in operations(&document) {
                if policy == "stranger" || policy == "person" || !path.contains("/1") {
                    continue;
                }
                // Made-up ids first: what everything else is compared with.
                let body = |id: &str| json!({"other": id, "customers": [id]});
                let ask = |customer: &str, purchase: &str| {
                    let id = if path.starts_with("/purchases") {
                        purchase
                    } else {
                        customer
                    };
                    client.send(
                        method.clone(),
                        &path.replacen("/1", &format!("/{id}"), 1),
                        &body(customer),
                    )
                };
                let none = ask("1", "1");
                let before = world.app.digest(NOT_COUNTED);
                let mut targets = vec![(&gone, &taken), (&wiped, &washed)];
                if kind != "all" {
                    targets.push((&other, &foreign));
                }
                if kind == "own" {
                    targets.push((&own, &mine));
                }
                for (customer, purchase) in targets {
                    // A purchase of somebody erased stays in the numbers of the shop.
                    if [&gone, &wiped].contains(&customer) && path.starts_with("/purchases") {
                        continue;
                    }
                    let answer = ask(customer, purchase);
                    assert_eq!(
                        (answer.status, &answer.text),
                        (none.status, &none.text),
                        "{login} {method} {path}"
                    );
                    assert!(
                        !["Внешняя", "Бывшая", "Стёртая"]
                            .iter()
                            .any(|name| answer.text.contains(name)),
                        "{login} {path}"
                    );
                    asked += 1;
                }
                assert!(none.status >= 400, "{login} {method} {path}: {}", none.text);
                assert!(
                    world.app.digest(NOT_COUNTED) == before,
                    "{login} {method} {path} changed something"
                );
                refused += 1;
            }
            // What has no id in its address: the outsider's name and numbers are in no answer.
            for (method, path, policy) in operations(&document) {
                if method != Method::GET || policy == "stranger" || kind == "all" {
                    continue;
                }
                for query in ["", "?q=Внешняя", "?search=Внешняя", "?phone=89160000001"]
                {
                    let answer = client.get(&format!("{path}{query}"));
                    assert!(
                        !answer.text.contains("Внешняя Анна")
                            && !answer.text.contains("9160000001"),
                        "{login} {path}{query}: {}",
                        answer.text
                    );
                    asked += 1;
                }
            }
        }
    }
    assert!(refused > 300 && asked > 2_000, "{refused} {asked}");
}

/// A plain generator: the same seed asks the same questions.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// Values for a query parameter of a name; what nobody knows gets nonsense.
fn values(name: &str) -> &'static [&'static str] {
    match name {
        "q" | "search" => &[
            "Иванова",
            "ова",
            "Внешняя",
            "916000",
            "0007",
            "R3",
            "R1",
            "12",
            "а",
            "",
        ],
        "phone" => &["89160000007", "89160000011", "89165000003", "x"],
        "email" | "card" => &["a@example.ru", "nobody", ""],
        "cell" => &["333", "111", "231", "9"],
        "sort" => &[
            "name",
            "revenue",
            "orders",
            "last_purchase_day",
            "rfm_cell",
            "median_gap_days",
        ],
        "order" => &["asc", "desc"],
        "cursor" => &["0", "1", "3", "50"],
        "limit" => &["1", "2", "5", "100"],
        "columns" => &[
            "revenue,orders",
            "rfm_cell,first_store,average_order",
            "life_cycle,last_purchase_day",
        ],
        "as_of" | "to" => &["2026-11-23", "2026-06-30", "2026-09-01", "2027-01-01"],
        "from" => &["2026-01-01", "2026-05-01", "2026-08-15", "2025-01-01"],
        "borders" => &["terciles", "fixed", "rhythm"],
        "window" => &["all", "90", "365"],
        "store" => &["b", "main", "x"],
        "channel" => &["store", "web"],
        "keys" => &[
            "revenue,orders",
            "customers,active_customers",
            "average_order,repeat_share",
            "revenue",
        ],
        "by" => &["month", "week", "store", "channel", "cell"],
        "filter" => &[
            "orders:ge:2",
            "revenue:lt:5000",
            "cohort:eq:2026-03",
            "bought:eq:2026-05",
            "rf_map:eq:31-90x1",
            "abc:eq:2026-01-01~2026-07-01~A",
            "moved:eq:2026-06-01~new~333",
            "rfm_cell:eq:333",
        ],
        "grain" => &["month", "week", "day"],
        "key" => &[
            "revenue",
            "orders",
            "customers",
            "active_customers",
            "average_order",
        ],
        "segment" => &[
            "ready:vip",
            "ready:one_timers",
            "ready:regular_gone_quiet,not:ready:one_timers",
            "not:ready:vip",
        ],
        "list" => &["product", "category", "store"],
        _ => &["", "1", "x"],
    }
}

/// Random questions of scoped staff are answered in the same bytes when people outside are changed:
/// bought, renamed, merged, added. `VERNIS_ORACLE` says how many (100000 is the full run).
#[test]
fn whatever_is_changed_outside_no_answer_changes() {
    let Some(app) = TestApp::new(Database::Sqlite) else {
        return;
    };
    let count: usize = std::env::var("VERNIS_ORACLE")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_200);
    let mut world = World::new(app);
    let mut dice = Dice(7);
    let (mut inside, mut outside, mut receipts) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..40 {
        let store = if n % 3 == 0 { "b" } else { "main" };
        let name = format!(
            "{} {n}",
            if n % 3 == 0 {
                "Иванова"
            } else {
                "Внешняя"
            }
        );
        for _ in 0..=dice.below(4) {
            let paid = 100 * (1 + dice.below(50) as i64);
            let (customer, purchase) = world.buy(&format!("8916{:07}", 1 + n), &name, store, paid);
            let of = if store == "b" {
                &mut inside
            } else {
                &mut outside
            };
            if !of.contains(&customer) {
                of.push(customer);
            }
            receipts.push(purchase);
        }
    }
    let nina = world.staff("nina", "administrator", &world.of_second());
    let own = world.staff("olga", "manager", &Scope::Own);
    let staff = world.owner.get("/staff").expect(200);
    let id = staff["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["login"] == "olga")
        .unwrap()["id"]
        .clone();
    world
        .owner
        .post(
            "/customers/managers",
            &json!({"customers": inside[..6], "manager": id}),
        )
        .expect(200);
    let document = world.app.stranger().get("/openapi.json").expect(200);
    let questions: Vec<(String, Vec<String>)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, methods)| {
            let get = &methods["get"];
            // Staff, keys and journal tell of no customers.
            get.is_object()
                && !["stranger", "person", "staff_manage", "keys_manage"]
                    .contains(&get["x-permission"].as_str().unwrap())
                && !path.contains("journal")
        })
        .map(|(path, methods)| {
            let asked = methods["get"]["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let asked = asked.iter().filter(|one| one["in"] == "query");
            (
                path.clone(),
                asked
                    .map(|one| one["name"].as_str().unwrap().to_owned())
                    .collect(),
            )
        })
        .collect();
    let question = |dice: &mut Dice, outside: &[String]| {
        let (path, names) = &questions[dice.below(questions.len())];
        let known = match dice.below(3) {
            0 => outside,
            _ => &inside[..],
        };
        let id = if path.starts_with("/purchases") {
            receipts[dice.below(receipts.len())].clone()
        } else {
            known[dice.below(known.len())].clone()
        };
        let mut address = path
            .replace("{id}", &id)
            .replace("{key}", dice.one(values("key")));
        let mut joint = '?';
        for name in names {
            let needed = ["keys", "by", "q", "phone", "list"].contains(&name.as_str())
                || path.ends_with("/trend");
            if needed || dice.below(3) == 0 {
                address.push_str(&format!("{joint}{name}={}", dice.one(values(name))));
                joint = '&';
            }
        }
        address
    };
    let plain = |answer: Answer| {
        let mut text = answer.text;
        while let Some(at) = text.find("\"version\":") {
            let rest = text[at + 10..]
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .to_owned();
            text.truncate(at);
            text.push_str(&rest);
        }
        (answer.status, text)
    };
    let round = 200.min(count);
    let mut good = 0;
    for step in 0..count.div_ceil(round) {
        let asked: Vec<(bool, String)> = (0..round)
            .map(|_| (dice.below(4) == 0, question(&mut dice, &outside)))
            .collect();
        let ask = |(of_own, address): &(bool, String)| {
            plain(if *of_own { &own } else { &nina }.get(address))
        };
        let before: Vec<_> = asked.iter().map(ask).collect();
        // The rest of the world goes on.
        for _ in 0..6 {
            let at = dice.below(outside.len());
            let number = outside.len() + 500 * step + dice.below(400);
            match dice.below(5) {
                0 => {
                    let (customer, _) =
                        world.buy(&format!("8926{number:07}"), "Внешняя Новая", "main", 7_700);
                    if !outside.contains(&customer) {
                        outside.push(customer);
                    }
                }
                1 => {
                    let change = json!({"last_name": format!("Иванова-{number}"), "city": "Омск", "emails": [format!("a{number}@example.ru")]});
                    world
                        .owner
                        .send(
                            Method::PATCH,
                            &format!("/customers/{}", outside[at]),
                            &change,
                        )
                        .expect(200);
                }
                2 => {
                    let other = &outside[dice.below(outside.len())];
                    let merged = world.owner.post(
                        &format!("/customers/{}/merge", outside[at]),
                        &json!({"other": other}),
                    );
                    assert!([200, 409].contains(&merged.status), "{}", merged.text);
                }
                _ => {
                    let body = json!({"paid_minor": 100 * number, "customer": {"id": outside[at]}, "occurred_at": "2026-05-05", "receipt_no": "R3"});
                    world.owner.buy(&format!("more {step} {number}"), &body);
                }
            }
        }
        for (question, (told, now)) in asked.iter().zip(before.iter().zip(asked.iter().map(ask))) {
            assert_eq!(told, &now, "{question:?}");
            good += usize::from(now.0 == 200);
        }
    }
    assert!(good * 2 > count, "only {good} of {count} were answered");
}
