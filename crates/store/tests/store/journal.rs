//! The journal: found by who, what, whose and when; chained in commit order; any change of it is seen.

use crate::build::ok;
use crate::database::{Database, Place, TestStore, run_sql};
use crate::on_both_databases;
use std::path::Path;
use std::sync::Barrier;
use vernis_domain::{Instant, UserId};
use vernis_store::{
    Actor, Finding, JournalQuery, Location, NewEntry, Store, StoreError, Subjects, restore,
};

const SECOND: i64 = 1_000_000;

fn entry(act: &str, actor: Actor, subjects: Subjects) -> NewEntry {
    NewEntry {
        act: act.to_owned(),
        actor,
        address: "192.0.2.7".to_owned(),
        agent: "a browser".to_owned(),
        subjects,
        details: "{}".to_owned(),
        reason: None,
        at: None,
    }
}

fn write(store: &Store, entry: NewEntry) -> i64 {
    ok(store.write(move |tx| tx.journal(&entry)))
}

/// Ten entries, chained, their head noted in the data folder.
fn fill(store: &TestStore) -> Vec<i64> {
    let ids = (0..10)
        .map(|n| {
            let mut one = entry(
                "customer.changed",
                Actor::Staff(UserId(1 + n % 2)),
                Subjects::one("customer", n),
            );
            one.reason = (n == 3).then(|| "позвонил сам".to_owned());
            store.clock.advance_seconds(1);
            write(store, one)
        })
        .collect();
    seal(store, 10);
    ok(store.anchor_journal(store.place().dir()));
    ids
}

/// Seals until so many are chained: another test's transaction on the same PostgreSQL holds the horizon
/// back for a moment.
fn seal(store: &Store, wanted: i64) {
    for _ in 0..2_000 {
        if ok(store.seal_journal(1000)).1.number >= wanted {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{wanted} entries are not chained");
}

fn verified(store: &TestStore) -> Vec<Finding> {
    let mut found = ok(store.verify());
    found.extend(ok(store.verify_anchors(store.place().dir())));
    found
}

/// A statement behind the store's back, with every guard of the journal taken off.
fn force(store: &TestStore, sql: &str) {
    let tables = ["journal", "journal_subject", "journal_seal"];
    match store.place().location() {
        Location::Postgres(url) => {
            let off: String = tables
                .iter()
                .map(|table| format!("alter table {table} disable trigger all; "))
                .collect();
            run_sql(&url, &format!("{off}{sql}"));
        }
        Location::Sqlite(dir) => {
            let off: String = tables
                .iter()
                .map(|table| {
                    format!("drop trigger if exists {table}_no_update; drop trigger if exists {table}_no_delete; ")
                })
                .collect();
            let conn = rusqlite::Connection::open(dir.join("vernis.db")).unwrap();
            conn.execute_batch(&format!("pragma foreign_keys = off; {off}{sql}"))
                .unwrap();
        }
    }
}

fn tampered(sql: &str, wanted: &str, store: &TestStore) {
    fill(store);
    assert_eq!(verified(store), vec![]);
    force(store, sql);
    let found = verified(store);
    assert!(
        found
            .iter()
            .any(|one| one.check == "journal" && one.text.contains(wanted)),
        "after {sql}: {found:?}"
    );
}

fn page(store: &Store, query: JournalQuery) -> Vec<(String, Actor, i64)> {
    let page = ok(store.read(|tx| {
        tx.journal_page(&JournalQuery {
            limit: 100,
            ..query
        })
    }));
    page.entries
        .into_iter()
        .map(|one| (one.act, one.actor, one.recorded_at.0))
        .collect()
}

on_both_databases! {
    fn an_entry_is_found_by_who_what_whose_and_when(store: TestStore) {
        let (anna, boris) = (Actor::Staff(UserId(1)), Actor::Staff(UserId(2)));
        let start = store.clock.now();
        for (act, actor, customers) in [
            ("customer.changed", anna, vec![5]),
            ("customers.merged", boris, vec![5, 7]),
            ("session.refused", Actor::Stranger, vec![]),
            ("customer.changed", Actor::Key(1), vec![7]),
        ] {
            store.clock.advance_seconds(60);
            write(&store, entry(act, actor, Subjects::none().and("customer", customers)));
        }
        let at = |minutes: i64| Instant(start.0 + minutes * 60 * SECOND);
        let query = JournalQuery::default;
        let acts = |found: Vec<(String, Actor, i64)>| found.into_iter().map(|one| one.0).collect::<Vec<_>>();
        assert_eq!(acts(page(&store, query())), ["customer.changed", "session.refused", "customers.merged", "customer.changed"]);
        assert_eq!(acts(page(&store, JournalQuery { actor: Some(boris), ..query() })), ["customers.merged"]);
        assert_eq!(acts(page(&store, JournalQuery { actor: Some(Actor::Stranger), ..query() })), ["session.refused"]);
        assert_eq!(
            acts(page(&store, JournalQuery { subject: Some(("customer".to_owned(), 5)), ..query() })),
            ["customers.merged", "customer.changed"]
        );
        assert_eq!(
            acts(page(&store, JournalQuery { subject: Some(("customer".to_owned(), 5)), actor: Some(anna), ..query() })),
            ["customer.changed"]
        );
        let two = vec!["customers.merged".to_owned(), "customer.changed".to_owned()];
        assert_eq!(
            acts(page(&store, JournalQuery { acts: two.clone(), ..query() })),
            ["customer.changed", "customers.merged", "customer.changed"]
        );
        assert_eq!(acts(page(&store, JournalQuery { acts: two, actor: Some(Actor::Key(1)), ..query() })), ["customer.changed"]);
        assert_eq!(
            acts(page(&store, JournalQuery { from: Some(at(2)), until: Some(at(4)), ..query() })),
            ["session.refused", "customers.merged"]
        );
    }

    fn pages_follow_each_other_without_a_gap_or_a_repeat(store: TestStore) {
        // Many at one instant: the row tells them apart.
        let written: Vec<i64> = (0..25)
            .map(|n| {
                store.clock.advance_seconds(n % 2);
                write(&store, entry("customer.changed", Actor::Program, Subjects::none()))
            })
            .collect();
        for acts in [vec![], vec!["customer.changed".to_owned()], vec!["customer.changed".to_owned(), "x".to_owned()]] {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let query = JournalQuery { limit: 7, after, acts: acts.clone(), ..JournalQuery::default() };
                let page = ok(store.read(|tx| tx.journal_page(&query)));
                found.extend(page.entries.iter().map(|one| one.id));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            found.reverse();
            assert_eq!(found, written);
        }
    }

    fn a_reason_is_read_back_and_lies_sealed(store: TestStore) {
        fill(&store);
        let page = ok(store.read(|tx| tx.journal_page(&JournalQuery { limit: 100, ..JournalQuery::default() })));
        let reasons: Vec<&str> = page.entries.iter().filter_map(|one| one.reason.as_deref()).collect();
        assert_eq!(reasons, ["позвонил сам"]);
        let raw = match store.place().location() {
            Location::Sqlite(dir) => {
                let mut bytes = std::fs::read(dir.join("vernis.db")).unwrap();
                bytes.extend(std::fs::read(dir.join("vernis.db-wal")).unwrap_or_default());
                bytes
            }
            Location::Postgres(_) => store.place().raw_rows(),
        };
        let holds = |text: &str| raw.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(holds("customer.changed") && !holds("позвонил"));
    }

    fn the_journal_cannot_be_changed_through_the_database(store: TestStore) {
        fill(&store);
        for sql in [
            "update journal set act = 'x'", "delete from journal",
            "update journal_seal set link = link", "delete from journal_seal",
            "update journal_subject set subject_id = 1", "delete from journal_subject",
        ] {
            let refused = match store.place().location() {
                Location::Postgres(url) => std::panic::catch_unwind(|| run_sql(&url, sql)).is_err(),
                Location::Sqlite(dir) => {
                    rusqlite::Connection::open(dir.join("vernis.db")).unwrap().execute_batch(sql).is_err()
                }
            };
            assert!(refused, "{sql}");
        }
        assert_eq!(verified(&store), vec![]);
    }

    fn an_edited_entry_is_found(store: TestStore) {
        tampered("update journal set act = 'customer.opened' where id = 4", "entry 4 was changed", &store);
    }

    fn an_entry_that_says_another_did_it_is_found(store: TestStore) {
        tampered("update journal set actor_id = 2 where id = 5", "entry 5 was changed", &store);
    }

    fn an_edit_whose_mark_is_copied_from_a_neighbour_is_found(store: TestStore) {
        tampered(
            "update journal set mark = (select mark from journal where id = 6) where id = 4",
            "entry 4", &store,
        );
    }

    fn a_reason_put_in_the_place_of_another_is_found(store: TestStore) {
        tampered("update journal set reason = null where id = 4", "entry 4 was changed", &store);
    }

    fn a_removed_entry_is_found(store: TestStore) {
        tampered("delete from journal_subject where journal_id = 4; delete from journal where id = 4", "entry 4 is gone", &store);
    }

    fn an_entry_removed_with_its_link_is_found(store: TestStore) {
        tampered(
            "delete from journal_seal where journal_id = 4; delete from journal_subject where journal_id = 4; delete from journal where id = 4",
            "entries 4 to 4 are gone", &store,
        );
    }

    fn a_chain_closed_over_a_removed_entry_is_found(store: TestStore) {
        tampered(
            "delete from journal_seal where journal_id = 4; delete from journal_subject where journal_id = 4; delete from journal where id = 4;
             update journal_seal set number = -number where number > 4; update journal_seal set number = -number - 1 where number < 0",
            "entry 4 does not follow", &store,
        );
    }

    fn two_entries_that_changed_places_are_found(store: TestStore) {
        tampered(
            "update journal_seal set journal_id = -1 where number = 4; update journal_seal set journal_id = 4 where number = 5;
             update journal_seal set journal_id = 5 where number = 4",
            "entry 4 does not follow", &store,
        );
    }

    fn an_inserted_entry_is_found(store: TestStore) {
        tampered(
            "insert into journal (id, recorded_at, act, actor_kind, actor_id, address, agent, subjects, details, reason, mark)
             select 100, recorded_at, act, actor_kind, actor_id, address, agent, subjects, details, reason, mark from journal where id = 4",
            "row 100 was not written by this program", &store,
        );
    }

    fn an_inserted_entry_stays_found_when_it_was_chained(store: TestStore) {
        fill(&store);
        force(&store,
            "insert into journal (id, recorded_at, act, actor_kind, actor_id, address, agent, subjects, details, reason, mark)
             select 100, recorded_at, act, actor_kind, actor_id, address, agent, subjects, details, reason, mark from journal where id = 4",
        );
        // The sealer takes it for one of the program's: its mark still does not fit.
        seal(&store, 11);
        let found = verified(&store);
        assert!(found.iter().any(|one| one.text.contains("entry 11 was changed")), "{found:?}");
    }

    fn a_tail_that_was_cut_off_is_found(store: TestStore) {
        tampered(
            "delete from journal_seal where number > 7; delete from journal_subject where journal_id > 7; delete from journal where id > 7",
            "the end is cut off: entry 10", &store,
        );
    }

    fn a_cut_tail_stays_found_after_the_journal_has_grown_again(store: TestStore) {
        tampered(
            "delete from journal_seal where number > 7; delete from journal_subject where journal_id > 7; delete from journal where id > 7",
            "the end is cut off", &store,
        );
        for _ in 0..9 {
            store.clock.advance_seconds(60);
            write(&store, entry("customer.changed", Actor::Program, Subjects::none()));
        }
        seal(&store, 16);
        ok(store.anchor_journal(store.place().dir()));
        let found = verified(&store);
        assert!(found.iter().any(|one| one.text.contains("entry 10 is not the one that was noted")), "{found:?}");
    }

    fn an_emptied_journal_is_found(store: TestStore) {
        tampered("delete from journal_seal; delete from journal_subject; delete from journal", "the end is cut off", &store);
    }

    fn a_row_hidden_from_the_search_by_person_is_found(store: TestStore) {
        tampered("delete from journal_subject where journal_id = 4", "do not agree", &store);
    }

    fn a_changed_line_of_the_anchors_is_found(store: TestStore) {
        fill(&store);
        let file = store.place().dir().join("journal-anchors");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace(" 10 ", " 9 ")).unwrap();
        let found = verified(&store);
        assert!(found.iter().any(|one| one.text.contains("line 1 of journal-anchors")), "{found:?}");
    }

    fn anchors_that_are_gone_are_missed(store: TestStore) {
        fill(&store);
        store.clock.advance_seconds(3 * 86_400);
        assert_eq!(verified(&store), vec![]);
        std::fs::remove_file(store.place().dir().join("journal-anchors")).unwrap();
        std::fs::remove_file(store.place().dir().join("journal-head")).unwrap();
        let found = verified(&store);
        assert!(found.iter().any(|one| one.text.contains("not in the data folder")), "{found:?}");
    }

    fn a_day_has_one_anchor(store: TestStore) {
        let lines = |store: &TestStore| {
            std::fs::read_to_string(store.place().dir().join("journal-anchors")).unwrap().lines().count()
        };
        fill(&store);
        for (nth, (seconds, wanted)) in (11..).zip([(60, 1), (86_400, 2), (60, 2), (86_400, 3)]) {
            store.clock.advance_seconds(seconds);
            write(&store, entry("customer.changed", Actor::Program, Subjects::none()));
            seal(&store, nth);
            ok(store.anchor_journal(store.place().dir()));
            assert_eq!(lines(&store), wanted);
        }
        // Nothing new: nothing to note.
        store.clock.advance_seconds(86_400);
        ok(store.anchor_journal(store.place().dir()));
        assert_eq!(lines(&store), 3);
        assert_eq!(verified(&store), vec![]);
    }

    fn writers_and_sealers_at_once_make_one_whole_chain(store: TestStore) {
        let start = Barrier::new(7);
        let other = store.is_postgres().then(|| ok(store.another()));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (store, start) = (&store, &start);
                scope.spawn(move || {
                    start.wait();
                    for n in 0..40 {
                        write(store, entry("customer.changed", Actor::Staff(UserId(thread)), Subjects::one("customer", n)));
                    }
                });
            }
            for sealer in 0..3 {
                let store: &Store = if sealer == 0 { other.as_ref().unwrap_or(&store) } else { &store };
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..40 {
                        let _ = store.seal_journal(7);
                    }
                });
            }
        });
        seal(&store, 160);
        ok(store.anchor_journal(store.place().dir()));
        assert_eq!(ok(store.read(|tx| tx.journal_head())).number, 160);
        assert_eq!(verified(&store), vec![]);
    }

    fn an_act_that_is_taken_back_leaves_no_entry(store: TestStore) {
        let refused: Result<(), StoreError> = store.write(|tx| {
            tx.journal(&entry("customer.changed", Actor::Program, Subjects::none()))?;
            Err(StoreError::NotFound("The customer"))
        });
        assert!(refused.is_err());
        assert_eq!(page(&store, JournalQuery::default()).len(), 0);
    }

    fn a_backup_brings_the_chain_back_and_tells_of_itself(store: TestStore) {
        fill(&store);
        // One that waits for the sealer: the restore chains it.
        write(&store, entry("customer.changed", Actor::Program, Subjects::none()));
        let file = store.place().dir().join("base.backup");
        ok(store.backup(&file, "correct horse"));
        for database in [Database::Sqlite, Database::Postgres] {
            let Some(place) = Place::new(database) else { continue };
            ok(restore(&file, "correct horse", place.dir(), &place.location(), store.clock.now()));
            let back = TestStore::open(place);
            assert_eq!(verified(&back), vec![]);
            assert_eq!(ok(back.read(|tx| tx.journal_head())).number, 12);
            assert_eq!(page(&back, JournalQuery::default())[0].0, "backup.restored");
            // It goes on behind what was brought back.
            write(&back, entry("customer.changed", Actor::Program, Subjects::none()));
            seal(&back, 13);
            ok(back.anchor_journal(back.place().dir()));
            assert_eq!(verified(&back), vec![]);
        }
    }

    fn a_restore_of_an_older_backup_excuses_what_was_noted_after_it(store: TestStore) {
        fill(&store);
        let file = store.place().dir().join("base.backup");
        ok(store.backup(&file, "correct horse"));
        store.clock.advance_seconds(86_400);
        for _ in 0..5 {
            write(&store, entry("customer.changed", Actor::Program, Subjects::none()));
        }
        seal(&store, 15);
        ok(store.anchor_journal(store.place().dir()));
        let database = if store.is_postgres() { Database::Postgres } else { Database::Sqlite };
        let place = Place::new(database).unwrap();
        // The data folder stays (its key, its anchors), the database is a new one.
        copy(store.place().dir(), place.dir());
        store.clock.advance_seconds(60);
        ok(restore(&file, "correct horse", place.dir(), &place.location(), store.clock.now()));
        let back = TestStore::open(place);
        assert_eq!(verified(&back), vec![]);
        ok(back.anchor_journal(back.place().dir()));
        assert_eq!(verified(&back), vec![]);
        // What was noted before the backup is not excused.
        force(&back, "delete from journal_seal where number = 10");
        assert!(!verified(&back).is_empty());
    }
}

fn copy(from: &Path, to: &Path) {
    for file in ["master.key", "journal-anchors", "journal-head"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
}
