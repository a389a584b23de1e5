//! Nothing personal lies readable on the disk.

use crate::build::{add, contact, customer, ok, sale, shop};
use crate::database::{Database, TestStore, run_sql};
use crate::on_both_databases;
use std::path::Path;
use vernis_domain::about::field::CustomValue;
use vernis_domain::about::{Mark, TouchKind};
use vernis_domain::{About, ContactKind, Day, FieldId, Instant, UserId};
use vernis_store::{
    KeptReply, Location, NewImport, NewNote, Origin, RejectedRow, StoreError, note_erasures,
};

/// Pieces of 10,000 people that must not be found, none of which could occur by chance.
fn secrets(n: usize) -> [String; 3] {
    [
        format!("Фамильева{n:05}я"),
        format!("+7916{:07}", 7_000_000 + n * 7),
        format!("person{n:05}@example.ru"),
    ]
}

/// Tags, likes, reasons and own fields that tell who it is.
fn noted(n: usize) -> About {
    let [name, phone, email] = secrets(n);
    let mark = |reason: String| {
        Some(Mark {
            reason,
            by: UserId(1),
            at: Instant(1),
        })
    };
    let mut about = About {
        tags: vec![name.clone()],
        likes: vec![email.clone()],
        vip: mark(phone.clone()),
        problem: mark(email),
        ..About::default()
    };
    about.set(FieldId(1), Some(CustomValue::Text(name)));
    about.set(FieldId(2), Some(CustomValue::Text(phone)));
    about
}

/// The first secret found in some bytes: by their fixed beginnings, then the whole value.
fn leak(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    ["Фамильева", "+7916", "person0", "@example.ru"]
        .into_iter()
        .find_map(|part| {
            text.find(part)
                .map(|at| text[at..].chars().take(30).collect())
        })
}

fn every_file(dir: &Path, look: &mut dyn FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_file(&path, look);
        } else {
            look(&path, &std::fs::read(&path).unwrap());
        }
    }
}

on_both_databases! {
    fn ten_thousand_people_are_not_found_on_the_disk(store: TestStore) {
        shop(&store);
        let people: Vec<_> = (0..10_000).map(|n| {
            let [name, phone, email] = secrets(n);
            let mut person = customer(&name, &phone);
            person.contacts.push(contact(ContactKind::Email, &email));
            if n < 50 {
                person.about = noted(n);
            }
            person
        }).collect();
        let ids = add(&store, people.clone());
        let mut changed = people[0].clone();
        changed.id = ids[0];
        changed.contacts.pop();
        changed.about = noted(77);
        let import = NewImport {
            file_name: "f.csv".to_owned(), size_bytes: 1, digest: vec![0], state: "checked".to_owned(), created_by: None,
        };
        ok(store.write(move |tx| {
            tx.update_customers(vec![changed.clone()], Origin::Form)?;
            let note = NewNote {
                body: secrets(5).join("\n"), touch: Some(TouchKind::Call), outcome: None, occurred_at: Instant(1), local_day: Day(0), author: None,
            };
            let thread = tx.add_note(ids[0], &note, Origin::Form)?;
            tx.change_note(thread, Some(&NewNote { body: secrets(6).concat(), ..note.clone() }), None, Origin::Form)?;
            tx.change_note(thread, None, None, Origin::Form)?;
            tx.insert_purchase(&sale("1", Some(ids[0]), 5))?;
            let id = tx.create_import(&import)?;
            let mut record = tx.import(id)?.ok_or(StoreError::NotFound("The import"))?;
            record.preview = Some(serde_json::json!([secrets(1)]));
            tx.put_import(&record)?;
            tx.insert_rejected_rows(id, &[RejectedRow { row_no: 1, reason: "x".to_owned(), cells: secrets(2).to_vec() }])?;
            tx.keep_reply("s", "k", secrets(3)[0].as_bytes(), &KeptReply { status: 200, body: secrets(4)[1].clone().into_bytes() })
        }));
        ok(store.backup(&store.place().dir().join("base.backup"), "correct horse"));
        // The files as they lie while the server runs: database, log, backup, lock.
        let mut looked = 0;
        every_file(store.place().dir(), &mut |path, bytes| {
            looked += 1;
            assert_eq!(leak(bytes), None, "in {}", path.display());
        });
        assert!(looked >= 3);
        if let Location::Postgres(url) = store.place().location() {
            // The server's own files are another program's: every value is looked at through SQL.
            run_sql(&url, "do $$ declare found bigint; t record; begin
                for t in select table_name from information_schema.tables where table_schema = 'public' loop
                    execute format('select count(*) from %I x where strpos(x::text, ''Фамильева'') + strpos(x::text, ''+7916'') + strpos(x::text, ''@example'') > 0', t.table_name) into found;
                    if found > 0 then raise exception 'a secret in %', t.table_name; end if;
                    execute format('select count(*) from %I x where strpos(x::text, ''2b37393136'') > 0', t.table_name) into found;
                    if found > 0 then raise exception 'a secret in the bytes of %', t.table_name; end if;
                end loop; end $$");
        }
    }

    fn an_erased_person_cannot_be_read_or_found(store: TestStore) {
        shop(&store);
        let ids = add(&store, vec![customer("Иванова", "+79160000001"), customer("Петрова", "+79160000002")]);
        let (gone, stays) = (ids[0], ids[1]);
        ok(store.write(move |tx| tx.insert_purchase(&sale("1", Some(gone), 5))));
        assert!(ok(store.write(move |tx| tx.erase_customer(gone))));
        assert!(ok(store.read(|tx| tx.customer(gone))).is_none());
        assert!(store.read(|tx| tx.customer_values(gone)).is_err());
        let phone = contact(ContactKind::Phone, "+79160000001");
        assert_eq!(ok(store.read(|tx| tx.find_customer(&phone))), None);
        assert!(ok(store.read(|tx| tx.customer(stays))).is_some());
        // His purchases stay in the numbers, without him.
        assert_eq!(ok(store.read(|tx| tx.purchase_count())), 1);
        assert_eq!(ok(store.verify()), vec![]);
    }

    fn erasing_a_merged_person_destroys_the_keys_of_all_his_records(store: TestStore) {
        shop(&store);
        let ids = add(&store, vec![
            customer("Иванова", "+79160000001"), customer("Иванова", "+79160000002"), customer("Иванова", "+79160000003"),
        ]);
        let (a, b, c) = (ids[0], ids[1], ids[2]);
        ok(store.write(move |tx| tx.merge_customers(a, b, Origin::Form)));
        ok(store.write(move |tx| tx.merge_customers(c, a, Origin::Form)));
        assert_eq!(ok(store.read(|tx| tx.records_of(c))), vec![c, a, b]);
        assert_eq!(ok(store.read(|tx| tx.person(b))).map(|p| p.contacts.len()), Some(3));
        assert_eq!(ok(store.verify()), vec![]);
        assert!(ok(store.write(move |tx| tx.erase_customer(b))));
        for id in [a, b, c] {
            assert!(ok(store.read(|tx| tx.customer(id))).is_none());
            assert!(store.read(|tx| tx.customer_values(id)).is_err());
        }
        assert_eq!(ok(store.verify()), vec![]);
    }

    fn who_is_archived_leaves_his_merges_first(store: TestStore) {
        shop(&store);
        let ids = add(&store, vec![customer("Иванова", "+79160000001"), customer("Петрова", "+79160000002")]);
        let (a, b) = (ids[0], ids[1]);
        ok(store.write(move |tx| tx.merge_customers(a, b, Origin::Form)));
        ok(store.write(move |tx| tx.archive_customers(&[a])));
        assert_eq!(ok(store.read(|tx| tx.root(b))), b);
        assert!(ok(store.read(|tx| tx.customer(b))).is_some());
        assert_eq!(ok(store.verify()), vec![]);
    }
}

#[test]
fn the_search_for_leaks_finds_one() {
    let [name, phone, email] = secrets(4_321);
    for secret in [name, phone, email] {
        let mut bytes = vec![0xff; 100];
        bytes.extend_from_slice(secret.as_bytes());
        bytes.extend([0xfe; 50]);
        assert!(leak(&bytes).is_some(), "{secret}");
    }
    let _ = note_erasures; // used by the restore tests
}
