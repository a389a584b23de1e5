//! What is noted about a customer: facts, the projection, merges, definitions in the feed.

use crate::build::{add, customer, ok, shop};
use crate::database::{Database, TestStore};
use crate::on_both_databases;
use std::time::Duration;
use vernis_domain::about::Mark;
use vernis_domain::about::field::{Choice, CustomField, CustomValue, FieldKind};
use vernis_domain::{Event, FieldId, Instant, UserId, about};
use vernis_store::{Origin, WriteTx};

fn field(key: &str, kind: FieldKind) -> CustomField {
    CustomField {
        id: FieldId(0),
        key: key.to_owned(),
        ru: "Поле".to_owned(),
        en: String::new(),
        kind,
        choices: vec![Choice {
            no: 0,
            key: "red".to_owned(),
            ru: "Красный".to_owned(),
            en: String::new(),
            archived: false,
        }],
        personal: true,
        position: 1,
        archived_at: None,
    }
}

on_both_databases! {
    fn every_value_noted_is_a_fact_with_its_source_and_a_change_withdraws_the_old_one(store: TestStore) {
        shop(&store);
        let made = ok(store.write(|tx: &mut WriteTx<'_>| tx.put_custom_field(&field("dog", FieldKind::Text))));
        let mut person = customer("Иванова", "+79160000001");
        person.about.set(made, Some(CustomValue::Text("дог".to_owned())));
        person.about.tags = about::words(["опт", "кофе"]);
        person.about.vip = Some(Mark { reason: "директор".to_owned(), by: UserId(4), at: Instant(9) });
        let id = add(&store, vec![person.clone()])[0];
        let kept = ok(store.read(|tx| tx.customer(id))).unwrap();
        assert!(kept.about == person.about);
        let mut after = kept;
        after.about.set(made, Some(CustomValue::Text("мопс".to_owned())));
        after.about.tags = about::words(["кофе"]);
        after.about.vip = None;
        ok(store.write(move |tx| tx.update_customers(vec![after.clone()], Origin::Form)));
        let facts = ok(store.read(|tx| tx.customer_values(id)));
        let told: Vec<(String, String, bool, Origin)> = facts.iter()
            .filter(|fact| ["custom", "tag", "vip"].contains(&fact.kind.as_str()))
            .map(|fact| (fact.kind.clone(), fact.value.clone(), fact.withdraws.is_some(), fact.origin))
            .collect();
        let custom = |value: &str| format!("{} {value}", made.0);
        for (kind, value, withdrawn, origin) in [
            ("custom", custom("дог"), false, Origin::Api),
            ("tag", "опт".to_owned(), false, Origin::Api),
            ("tag", "кофе".to_owned(), false, Origin::Api),
            ("vip", "4 директор".to_owned(), false, Origin::Api),
            ("custom", custom("мопс"), false, Origin::Form),
            ("custom", custom("дог"), true, Origin::Form),
            ("tag", "опт".to_owned(), true, Origin::Form),
            ("vip", "4 директор".to_owned(), true, Origin::Form),
        ] {
            assert!(told.contains(&(kind.to_owned(), value.clone(), withdrawn, origin)), "{kind} {value} {withdrawn}");
        }
        assert_eq!(told.len(), 8);
        assert_eq!(ok(store.verify()), vec![]);
    }

    fn other_programs_learn_of_fields_by_the_feed(store: TestStore) {
        shop(&store);
        let from = ok(store.feed_position());
        let id = ok(store.write(|tx: &mut WriteTx<'_>| tx.put_custom_field(&field("dog", FieldKind::Choice))));
        let news = ok(store.follow(from, Duration::from_secs(5)));
        let told = news.events.iter().find_map(|event| match event {
            Event::Fields(fields) => Some(fields.clone()),
            _ => None,
        });
        assert_eq!(told.map(|fields| fields.iter().map(|one| (one.id, one.key.clone())).collect()), Some(vec![(id, "dog".to_owned())]));
        let mut changed = ok(store.read(|tx| tx.custom_fields())).remove(0);
        changed.ru = "Порода".to_owned();
        changed.archived_at = Some(Instant(5));
        let wanted = changed.clone();
        ok(store.write(move |tx: &mut WriteTx<'_>| tx.put_custom_field(&changed)));
        assert_eq!(ok(store.read(|tx| tx.custom_fields())), vec![wanted]);
    }
}
