//! Views of cards reach the journal whatever happens to the program.

use crate::support::child;
use std::path::Path;
use std::sync::Arc;
use vernis_app::environment::{Randomness, frozen_clock};
use vernis_app::journal::{Actor, By, EntryView, JournalAsked, acts};
use vernis_app::{App, Caller, Options};
use vernis_domain::{CustomerId, Instant, UserId};

fn open(dir: &Path) -> Arc<App> {
    App::open(Options {
        data_dir: dir.to_owned(),
        database_url: None,
        clock: frozen_clock(Instant(1_795_424_400_000_000)),
        randomness: Randomness::system(),
        kernel_threads: 1,
        program: child(),
    })
    .unwrap()
}

fn by(user: i64) -> By {
    By {
        actor: Actor::Staff(UserId(user)),
        address: "192.0.2.7".to_owned(),
        agent: "a browser".to_owned(),
    }
}

fn views(app: &App) -> Vec<EntryView> {
    app.settle_journal().unwrap();
    let asked = JournalAsked {
        what: Some("customer.opened".to_owned()),
        limit: 100,
        ..JournalAsked::default()
    };
    app.journal(&Caller::shell(), &asked).unwrap().entries
}

#[test]
fn views_of_one_person_are_one_entry_and_those_of_another_another() {
    let dir = tempfile::tempdir().unwrap();
    let app = open(dir.path());
    for (user, customer) in [(1, 5), (1, 7), (2, 5), (1, 5)] {
        app.note_view(&acts::CUSTOMER_OPENED, by(user), &[CustomerId(customer)])
            .unwrap();
    }
    let mut found: Vec<(Actor, usize)> = views(&app)
        .into_iter()
        .map(|entry| (entry.who.actor, entry.subjects[0].count))
        .collect();
    found.sort_by_key(|(actor, _)| actor.id());
    assert_eq!(
        found,
        [(Actor::Staff(UserId(1)), 2), (Actor::Staff(UserId(2)), 1)]
    );
    assert!(app.verify().unwrap().findings.is_empty());
    // Nothing is told twice, and no file stays behind.
    assert_eq!(views(&app).len(), 2);
    let left = std::fs::read_dir(dir.path().join("journal-spool")).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
fn what_a_killed_program_noted_is_taken_in_by_the_next_one_once() {
    let dir = tempfile::tempdir().unwrap();
    let spool = dir.path().join("journal-spool");
    std::fs::create_dir_all(&spool).unwrap();
    // As a killed program leaves it: two whole lines, and one that a pulled plug cut off.
    let line = r#"{"at":1795424400000000,"act":"customer.opened","kind":"staff","id":1,"address":"","agent":"","customers":[5]}"#;
    let left = format!("{line}\n{}\n{}", line.replace("[5]", "[6]"), &line[..40]);
    std::fs::write(spool.join("abc.views"), &left).unwrap();
    let app = open(dir.path());
    let found = views(&app);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].subjects[0].count, 2);
    drop(app);
    // Killed between the commit and the removal of the file: the file is there again.
    std::fs::write(spool.join("abc.views"), &left).unwrap();
    let app = open(dir.path());
    assert_eq!(views(&app).len(), 1);
    assert!(!spool.join("abc.views").exists());
    assert!(app.verify().unwrap().findings.is_empty());
}

#[test]
fn a_view_noted_before_the_end_of_the_program_is_in_the_journal_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let app = open(dir.path());
    app.note_view(&acts::CUSTOMER_LOOKED_UP, by(3), &[CustomerId(9)])
        .unwrap();
    app.stop();
    drop(app);
    let app = open(dir.path());
    let page = app
        .journal(
            &Caller::shell(),
            &JournalAsked {
                customer: Some(CustomerId(9)),
                limit: 10,
                ..JournalAsked::default()
            },
        )
        .unwrap();
    assert_eq!(page.entries.len(), 1);
    assert_eq!(page.entries[0].act, "customer.looked_up");
    assert_eq!(page.entries[0].number, Some(1));
}
