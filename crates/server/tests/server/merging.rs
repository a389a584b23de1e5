//! One person under several records: merged, taken apart, in any order, with life going on.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

/// A record as the obvious model keeps it.
#[derive(Clone, Default)]
struct Record {
    id: String,
    name: String,
    city: String,
    phones: Vec<String>,
    bought: BTreeSet<String>,
    joined_to: Option<usize>,
    /// Number of the merge.
    since: usize,
}

/// Records, and whose each phone is.
#[derive(Default)]
struct Model {
    records: Vec<Record>,
    owner: BTreeMap<String, usize>,
    merges: usize,
}

impl Model {
    fn root(&self, at: usize) -> usize {
        self.records[at].joined_to.map_or(at, |to| self.root(to))
    }

    fn group(&self, at: usize) -> Vec<usize> {
        let mut joined: Vec<usize> = (0..self.records.len())
            .filter(|other| self.records[*other].joined_to == Some(at))
            .collect();
        joined.sort_by_key(|other| self.records[*other].since);
        let mut group = vec![at];
        for other in joined {
            group.extend(self.group(other));
        }
        group
    }

    fn roots(&self) -> Vec<usize> {
        (0..self.records.len())
            .filter(|at| self.records[*at].joined_to.is_none())
            .collect()
    }

    fn first(&self, root: usize, pick: impl Fn(&Record) -> &String) -> String {
        let mut values = self
            .group(root)
            .into_iter()
            .map(|at| pick(&self.records[at]).clone());
        values.find(|value| !value.is_empty()).unwrap_or_default()
    }

    fn phones(&self, root: usize) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for at in self.group(root) {
            for phone in &self.records[at].phones {
                if !all.contains(phone) {
                    all.push(phone.clone());
                }
            }
        }
        all
    }

    fn part(&mut self, at: usize) {
        let old = self.root(at);
        self.records[at].joined_to = None;
        for root in [old, at] {
            let side = self.group(root);
            for member in &side {
                let owner = &self.owner;
                self.records[*member]
                    .phones
                    .retain(|phone| side.contains(&owner[phone]));
            }
        }
    }

    fn set_phones(&mut self, root: usize, wanted: &[String]) {
        let group = self.group(root);
        for phone in self.phones(root) {
            if !wanted.contains(&phone) {
                self.owner.remove(&phone);
            }
        }
        let mut others = Vec::new();
        for at in &group[1..] {
            self.records[*at]
                .phones
                .retain(|phone| wanted.contains(phone));
            others.extend(self.records[*at].phones.clone());
        }
        let own = self.records[root].phones.clone();
        self.records[root].phones = wanted
            .iter()
            .filter(|phone| own.contains(phone) || !others.contains(phone))
            .cloned()
            .collect();
        if self.phones(root) != wanted {
            self.records[root].phones = wanted.to_vec();
        }
        for phone in wanted {
            self.owner.entry(phone.clone()).or_insert(root);
        }
    }
}

struct Run<'a> {
    client: &'a Client,
    till: &'a Client,
    random: ChaCha8Rng,
    model: Model,
    sequence: u64,
    made: u64,
    sales: Vec<(String, usize)>,
}

const CITIES: [&str; 4] = ["", "Тверь", "Клин", "Дубна"];
const NAMES: [&str; 4] = ["Иванова Анна", "Петров Пётр", "Сидорова Яна", "Котов Ян"];

impl Run<'_> {
    fn fresh_phone(&mut self) -> String {
        self.made += 1;
        format!("+79{:09}", self.sequence * 1000 + self.made)
    }

    fn below(&mut self, n: usize) -> usize {
        self.random.next_u32() as usize % n
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    fn buy(&mut self, who: Value, record: usize) {
        self.made += 1;
        let key = format!("{}-{}", self.sequence, self.made);
        let paid = (self.below(49) + 1) * 100;
        let body = json!({"paid_minor": paid, "customer": who, "occurred_at": "2026-11-20"});
        let bought = self.till.buy(&key, &body).expect(201);
        let id = bought["id"].as_str().unwrap().to_owned();
        self.model.records[record].bought.insert(id.clone());
        self.sales.push((id, record));
    }

    fn start(&mut self) {
        for _ in 0..self.below(4) + 2 {
            let (phone, city) = (self.fresh_phone(), self.pick(&CITIES));
            let name = self.pick(&NAMES).to_owned();
            let body = json!({"customer": {"phone": phone, "name": name}, "city": city});
            let card = self.client.post("/customers", &body).expect(201);
            let at = self.model.records.len();
            self.model.owner.insert(phone.clone(), at);
            self.model.records.push(Record {
                id: card["id"].as_str().unwrap().to_owned(),
                name,
                city: city.to_owned(),
                phones: vec![phone],
                ..Record::default()
            });
            self.buy(json!({ "phone": self.model.records[at].phones[0] }), at);
        }
    }

    fn step(&mut self) {
        let roots = self.model.roots();
        match self.below(10) {
            0..=2 if roots.len() > 1 => {
                let survivor = self.pick(&roots);
                let others: Vec<usize> = roots.into_iter().filter(|at| *at != survivor).collect();
                let other = self.pick(&others);
                let path = format!("/customers/{}/merge", self.model.records[survivor].id);
                // By the id of any record of the other person.
                let members = self.model.group(other);
                let by = self.pick(&members);
                let dry = json!({"other": self.model.records[by].id, "dry_run": true});
                let told = self.client.post(&path, &dry).expect(200);
                let real = json!({"other": self.model.records[by].id});
                let done = self.client.post(&path, &real).expect(200);
                for part in ["name", "contacts", "city", "birthday", "registered"] {
                    assert_eq!(told["merged"][part], done["merged"][part]);
                }
                self.model.merges += 1;
                self.model.records[other].joined_to = Some(survivor);
                self.model.records[other].since = self.model.merges;
            }
            3..=4 => {
                let joined: Vec<usize> = (0..self.model.records.len())
                    .filter(|at| self.model.records[*at].joined_to.is_some())
                    .collect();
                if joined.is_empty() {
                    return;
                }
                let at = self.pick(&joined);
                let root = self.model.root(at);
                let path = format!("/customers/{}/unmerge", self.model.records[root].id);
                let body = json!({"other": self.model.records[at].id});
                self.client.post(&path, &body).expect(200);
                self.model.part(at);
            }
            5 => {
                let root = self.pick(&roots);
                let city = self.pick(&CITIES);
                self.patch(root, json!({"city": city}));
                if city.is_empty() {
                    for at in self.model.group(root) {
                        self.model.records[at].city.clear();
                    }
                } else if self.model.first(root, |r| &r.city) != city {
                    self.model.records[root].city = city.to_owned();
                }
            }
            6 => {
                let root = self.pick(&roots);
                let mut wanted = self.model.phones(root);
                for _ in 0..self.below(3) {
                    if wanted.len() > 1 {
                        let (a, b) = (self.below(wanted.len()), self.below(wanted.len()));
                        wanted.swap(a, b);
                    }
                }
                if wanted.len() > 1 && self.below(10) < 4 {
                    wanted.pop();
                }
                if self.below(10) < 4 {
                    wanted.push(self.fresh_phone());
                }
                self.patch(root, json!({"phones": wanted}));
                self.model.set_phones(root, &wanted);
            }
            7 => {
                // A return goes to the record of the sale.
                if self.sales.is_empty() {
                    return;
                }
                let (sale, record) = self.pick(&self.sales.clone());
                self.made += 1;
                let key = format!("{}-{}", self.sequence, self.made);
                let body = json!({"kind": "return", "paid_minor": 1, "returned_purchase_id": sale, "occurred_at": "2026-11-21"});
                let back = self.till.buy(&key, &body);
                if back.status == 201 {
                    let id = back.json["id"].as_str().unwrap().to_owned();
                    self.model.records[record].bought.insert(id);
                }
            }
            8 => {
                // By the id of a record, which may have been merged away.
                let record = self.below(self.model.records.len());
                let id = self.model.records[record].id.clone();
                self.buy(json!({ "id": id }), record);
            }
            _ => {
                let phones: Vec<String> = self.model.owner.keys().cloned().collect();
                let phone = self.pick(&phones);
                let record = self.model.owner[&phone];
                if self.below(10) < 3 {
                    // A new contact said at the till belongs to whom the known one finds.
                    let (card, at) = (
                        json!({"phone": phone, "card": format!("c{}-{}", self.sequence, self.made)}),
                        record,
                    );
                    self.buy(card, at);
                } else {
                    self.buy(json!({ "phone": phone }), record);
                }
            }
        }
    }

    fn patch(&self, root: usize, body: Value) {
        let path = format!("/customers/{}", self.model.records[root].id);
        self.client.send(Method::PATCH, &path, &body).expect(200);
    }

    /// Every card, look-up and stale id says what the model says.
    fn check(&self) {
        for root in self.model.roots() {
            let group = self.model.group(root);
            let bought: BTreeSet<&String> = group
                .iter()
                .flat_map(|at| &self.model.records[*at].bought)
                .collect();
            for at in &group {
                let card = self.card(&self.model.records[*at].id);
                assert_eq!(card["id"], json!(self.model.records[root].id));
                assert_eq!(card["city"], json!(self.model.first(root, |r| &r.city)));
                assert_eq!(card["name"], json!(self.model.records[root].name));
                assert_eq!(card["purchases"], json!(bought.len()));
                assert_eq!(
                    card["merged_from"].as_array().unwrap().len(),
                    group.len() - 1
                );
                let phones: Vec<&str> = card["contacts"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|contact| contact["kind"] == "phone")
                    .map(|contact| contact["value"].as_str().unwrap())
                    .collect();
                assert_eq!(phones, self.model.phones(root));
            }
            let path = format!(
                "/customers/{}/purchases?limit=200",
                self.model.records[root].id
            );
            let page = self.client.get(&path).expect(200);
            let shown: BTreeSet<String> = page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(shown.iter().collect::<BTreeSet<_>>(), bought);
        }
        for (phone, at) in &self.model.owner {
            let path = format!("/customers/lookup?phone=%2B{}", &phone[1..]);
            let card = self.client.get(&path).expect(200);
            assert_eq!(
                card["id"],
                json!(self.model.records[self.model.root(*at)].id)
            );
        }
    }

    fn card(&self, id: &str) -> Value {
        self.client.get(&format!("/customers/{id}")).expect(200)
    }
}

on_both_databases! {
    // 10,000 in the full run: VERNIS_MERGES=10000.
    fn any_sequence_of_merges_edits_and_purchases_ends_as_the_model_says(app: TestApp) {
        let count: u64 = std::env::var("VERNIS_MERGES").map_or(30, |n| n.parse().unwrap());
        let mut app = app;
        let (mut client, mut till) = (app.signed_in(), app.till("Касса"));
        for sequence in 1..=count {
            // A small base is compared with its rebuild quickly.
            if sequence % 25 == 0 {
                app = TestApp::new(if app.is_postgres() { Database::Postgres } else { Database::Sqlite }).unwrap();
                (client, till) = (app.signed_in(), app.till("Касса"));
            }
            let random = ChaCha8Rng::seed_from_u64(sequence);
            let mut run = Run { client: &client, till: &till, random, model: Model::default(), sequence, made: 0, sales: Vec::new() };
            run.start();
            for _ in 0..30 {
                run.step();
            }
            let found = app.app.verify().unwrap().findings;
            assert!(found.is_empty(), "sequence {sequence}: {found:#?}");
            run.check();
        }
    }

    fn what_cannot_be_merged_or_taken_apart_is_refused_in_words(app: TestApp) {
        let client = app.signed_in();
        let mut ids = Vec::new();
        for n in 1..=3 {
            let body = json!({"customer": {"phone": format!("+7916123450{n}")}});
            ids.push(client.post("/customers", &body).expect(201)["id"].as_str().unwrap().to_owned());
        }
        let merge = |a: &str, b: &str| client.post(&format!("/customers/{a}/merge"), &json!({ "other": b }));
        let unmerge = |a: &str, b: &str| client.post(&format!("/customers/{a}/unmerge"), &json!({ "other": b }));
        assert_eq!(merge(&ids[0], &ids[0]).refused(409), "same_customer");
        assert_eq!(unmerge(&ids[0], &ids[1]).refused(409), "not_merged");
        assert_eq!(merge(&ids[0], "nobody").refused(404), "not_found");
        merge(&ids[0], &ids[1]).expect(200);
        assert_eq!(merge(&ids[1], &ids[0]).refused(409), "same_customer");
        assert_eq!(unmerge(&ids[2], &ids[1]).refused(409), "not_merged");
        unmerge(&ids[1], &ids[1]).expect(200);
        assert_eq!(unmerge(&ids[0], &ids[1]).refused(409), "not_merged");
        // A phone of the joined one is not "somebody else's" on the merged card.
        merge(&ids[0], &ids[1]).expect(200);
        let path = format!("/customers/{}", ids[0]);
        client.send(Method::PATCH, &path, &json!({"phones": ["+79161234502", "+79161234501"]})).expect(200);
        let taken = client.send(Method::PATCH, &path, &json!({"phones": ["+79161234503"]}));
        assert_eq!(taken.expect(422)["errors"][0]["rule"], "belongs_to_another");
    }
}
