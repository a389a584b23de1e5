//! Staff, sessions, API keys, one-time links.

use crate::build::ok;
use crate::database::{Database, TestStore};
use crate::on_both_databases;
use vernis_domain::Instant;
use vernis_store::{NewApiKey, RoleRow, StoreError};

const ALL: &str = r#"{"kind":"all"}"#;

fn till() -> NewApiKey {
    NewApiKey {
        name: "till".to_owned(),
        permissions: "*".to_owned(),
        scope: ALL.to_owned(),
        per_minute: Some(60),
    }
}

on_both_databases! {
    fn a_session_lives_until_it_ends_or_its_user_is_blocked(store: TestStore) {
        let end = Instant(store.clock.now().0 + 3_600_000_000);
        let user = ok(store.write(move |tx| {
            let user = tx.create_user("anna", "Анна", "$argon2id$x", "owner", ALL)?;
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
            let anna = tx.create_user("anna", "Анна", "x", "owner", ALL)?;
            let boris = tx.create_user("boris", "Борис", "x", "owner", ALL)?;
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

    fn other_powers_end_the_sessions_of_the_person(store: TestStore) {
        let end = Instant(store.clock.now().0 + 3_600_000_000);
        let user = ok(store.write(|tx| tx.create_user("anna", "Анна", "x", "manager", ALL)));
        let come = |token: &'static str| ok(store.write(move |tx| tx.create_session(token, user, end, "")));
        let open = |token: &'static str| ok(store.read(|tx| tx.session(token))).is_some();
        come("a");
        ok(store.write(move |tx| tx.change_user(user, "Анна П.", "manager", ALL)));
        assert!(open("a"), "a name is no power");
        ok(store.write(move |tx| tx.change_user(user, "Анна П.", "cashier", ALL)));
        assert!(!open("a"));
        come("b");
        ok(store.write(move |tx| tx.change_user(user, "Анна П.", "cashier", r#"{"kind":"own"}"#)));
        assert!(!open("b"));
        come("c");
        let role = |code: &str| RoleRow { code: code.to_owned(), name: String::new(), permissions: "customers_see".to_owned() };
        let (other, his) = (role("manager"), role("cashier"));
        ok(store.write(move |tx| tx.put_role(&other)));
        assert!(open("c"));
        ok(store.write(move |tx| tx.put_role(&his)));
        assert!(!open("c"));
        assert_eq!(ok(store.read(|tx| tx.roles())).len(), 2);
        come("d");
        assert!(ok(store.write(|tx| tx.drop_role("cashier"))));
        assert!(!open("d") && !ok(store.write(|tx| tx.drop_role("cashier"))));
    }

    fn a_key_gets_a_new_secret_and_the_old_one_ends_when_it_is_said(store: TestStore) {
        let id = ok(store.write(|tx| tx.create_api_key(&till(), "one")));
        let opens = |secret: &'static str| ok(store.read(|tx| tx.api_key(secret))).is_some();
        let until = Instant(store.clock.now().0 + 60_000_000);
        assert!(ok(store.write(move |tx| tx.rotate_api_key(id, "two", until))));
        assert!(opens("one") && opens("two"));
        store.clock.advance_seconds(60);
        assert!(!opens("one") && opens("two"));
        let now = store.clock.now();
        assert!(ok(store.write(move |tx| tx.rotate_api_key(id, "three", now))));
        assert!(!opens("two") && opens("three"));
        let less = NewApiKey { permissions: "customers_see".to_owned(), ..till() };
        assert!(ok(store.write(move |tx| tx.change_api_key(id, &less))));
        let key = ok(store.read(|tx| tx.api_key("three"))).unwrap();
        assert_eq!((key.permissions.as_str(), key.per_minute, key.rotated_at), ("customers_see", Some(60), Some(now)));
        ok(store.write(move |tx| tx.revoke_api_key(id)));
        assert!(!ok(store.write(move |tx| tx.rotate_api_key(id, "four", now))) && !opens("three"));
    }

    fn a_login_is_taken_once(store: TestStore) {
        ok(store.write(|tx| tx.create_user("anna", "Анна", "x", "owner", ALL)));
        let again = store.write(|tx| tx.create_user("anna", "Другая", "y", "owner", ALL));
        assert!(matches!(again, Err(StoreError::Unique(_))));
        assert_eq!(ok(store.read(|tx| tx.users())).len(), 1);
    }

    fn an_api_key_works_until_it_is_revoked(store: TestStore) {
        let id = ok(store.write(|tx| tx.create_api_key(&till(), "secret")));
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
            tx.create_link("a", "first_run", end, "")?;
            tx.create_link("b", "first_run", end, "gift")
        }));
        assert!(!ok(store.write(|tx| tx.use_link("a", "other"))));
        assert!(ok(store.read(|tx| tx.link_is_good("a", "first_run"))));
        assert_eq!(ok(store.read(|tx| tx.link_gives("b", "first_run"))).as_deref(), Some("gift"));
        assert_eq!(ok(store.read(|tx| tx.link_gives("b", "other"))), None);
        assert!(ok(store.write(|tx| tx.use_link("a", "first_run"))));
        let open = ok(store.read(|tx| tx.open_links("first_run")));
        assert_eq!((open.len(), open[0].gives.as_str()), (1, "gift"));
        assert!(!ok(store.write(|tx| tx.use_link("a", "first_run"))));
        store.clock.advance_seconds(61);
        assert!(!ok(store.write(|tx| tx.use_link("b", "first_run"))));
        assert_eq!(ok(store.read(|tx| tx.open_links("first_run"))), []);
        let end = Instant(store.clock.now().0 + 60_000_000);
        ok(store.write(move |tx| tx.create_link("c", "invite", end, "")));
        let handle = ok(store.read(|tx| tx.open_links("invite")))[0].handle.clone();
        let again = handle.clone();
        assert!(ok(store.write(move |tx| tx.drop_link(&handle, "invite"))));
        assert!(!ok(store.write(move |tx| tx.drop_link(&again, "invite"))));
        assert!(!ok(store.write(|tx| tx.use_link("c", "invite"))));
    }
}
