//! Staff, sessions, API keys, one-time links.

use crate::build::ok;
use crate::database::{Database, TestStore};
use crate::on_both_databases;
use vernis_domain::Instant;
use vernis_store::StoreError;

on_both_databases! {
    fn a_session_lives_until_it_ends_or_its_user_is_blocked(store: TestStore) {
        let end = Instant(store.clock.now().0 + 3_600_000_000);
        let user = ok(store.write(move |tx| {
            let user = tx.create_user("anna", "Анна", "$argon2id$x")?;
            tx.create_session("one", user, end, "")?;
            tx.create_session("two", user, end, "")?;
            Ok(user)
        }));
        let (found, hash) = ok(store.read(|tx| tx.user_by_login("anna"))).unwrap();
        assert_eq!((found.id, hash.as_str()), (user, "$argon2id$x"));
        assert_eq!(ok(store.read(|tx| tx.session("one"))).unwrap().user.name, "Анна");
        ok(store.write(|tx| tx.delete_session("one")));
        assert_eq!(ok(store.read(|tx| tx.session("one"))), None);
        ok(store.write(move |tx| tx.set_blocked(user, true)));
        assert_eq!(ok(store.read(|tx| tx.session("two"))), None);
        ok(store.write(move |tx| {
            tx.set_blocked(user, false)?;
            tx.create_session("three", user, end, "")
        }));
        store.clock.advance_seconds(3_601);
        assert_eq!(ok(store.read(|tx| tx.session("three"))), None);
    }

    fn a_user_sees_his_own_sessions_and_ends_them_and_nobody_elses(store: TestStore) {
        let end = Instant(store.clock.now().0 + 3_600_000_000);
        let (anna, boris) = ok(store.write(move |tx| {
            let anna = tx.create_user("anna", "Анна", "x")?;
            let boris = tx.create_user("boris", "Борис", "x")?;
            for (token, user) in [("laptop", anna), ("phone", anna), ("till", anna), ("his", boris)] {
                tx.create_session(token, user, end, token)?;
            }
            Ok((anna, boris))
        }));
        let agents = |user, token: &'static str| {
            let open = ok(store.read(|tx| tx.sessions_of(user, token)));
            let mut told: Vec<_> = open.into_iter().map(|one| (one.agent, one.this)).collect();
            told.sort();
            told
        };
        let told = |agent: &str, this| (agent.to_owned(), this);
        assert_eq!(agents(anna, "phone"), [told("laptop", false), told("phone", true), told("till", false)]);
        let his = ok(store.read(|tx| tx.sessions_of(boris, "his"))).remove(0).handle;
        assert!(!ok(store.write(move |tx| tx.end_session(anna, &his))));
        let till = ok(store.read(|tx| tx.sessions_of(anna, "phone")));
        let till = till.into_iter().find(|one| one.agent == "till").unwrap().handle;
        assert!(ok(store.write(move |tx| tx.end_session(anna, &till))));
        assert_eq!(ok(store.read(|tx| tx.session("till"))), None);
        ok(store.write(move |tx| tx.end_other_sessions(anna, "phone")));
        assert_eq!(agents(anna, "phone"), [told("phone", true)]);
        assert_eq!(agents(boris, "his"), [told("his", true)]);
    }

    fn a_login_is_taken_once(store: TestStore) {
        ok(store.write(|tx| tx.create_user("anna", "Анна", "x")));
        let again = store.write(|tx| tx.create_user("anna", "Другая", "y"));
        assert!(matches!(again, Err(StoreError::Unique(_))));
        assert_eq!(ok(store.read(|tx| tx.users())).len(), 1);
    }

    fn an_api_key_works_until_it_is_revoked(store: TestStore) {
        let id = ok(store.write(|tx| tx.create_api_key("till", "secret")));
        assert_eq!(ok(store.read(|tx| tx.api_key("secret"))).unwrap().id, id);
        assert!(ok(store.read(|tx| tx.api_key("Secret"))).is_none());
        ok(store.write(move |tx| tx.touch_api_key(id)));
        let used = ok(store.read(|tx| tx.api_keys()))[0].last_used_at;
        assert_eq!(used, Some(store.clock.now()));
        store.clock.advance_seconds(5);
        ok(store.write(move |tx| tx.touch_api_key(id)));
        assert_eq!(ok(store.read(|tx| tx.api_keys()))[0].last_used_at, used);
        assert!(ok(store.write(move |tx| tx.revoke_api_key(id))));
        assert!(ok(store.read(|tx| tx.api_key("secret"))).is_none());
    }

    fn a_link_works_once_and_in_time(store: TestStore) {
        let end = Instant(store.clock.now().0 + 60_000_000);
        ok(store.write(move |tx| {
            tx.create_link("a", "first_run", end)?;
            tx.create_link("b", "first_run", end)
        }));
        assert!(!ok(store.write(|tx| tx.use_link("a", "other"))));
        assert!(ok(store.read(|tx| tx.link_is_good("a", "first_run"))));
        assert!(ok(store.write(|tx| tx.use_link("a", "first_run"))));
        assert!(!ok(store.write(|tx| tx.use_link("a", "first_run"))));
        store.clock.advance_seconds(61);
        assert!(!ok(store.write(|tx| tx.use_link("b", "first_run"))));
    }
}
