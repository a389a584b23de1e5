//! Imports, settings and kept replies come back as they were put.

use crate::build::{customer, ok, sale, shop};
use crate::database::{Database, TestStore};
use crate::on_both_databases;
use serde_json::json;
use vernis_domain::{Currency, Event, Product, ProductId, PurchaseId, Shop};
use vernis_store::{ImportChunk, Kept, KeptReply, NewImport, Origin, RejectedRow};

on_both_databases! {
    fn an_import_comes_back_with_its_chunks_and_rejected_rows(store: TestStore) {
        let new = NewImport {
            file_name: "чеки.csv".to_owned(),
            size_bytes: 12,
            digest: vec![1, 2, 3],
            state: "uploaded".to_owned(),
            created_by: None,
        };
        let id = ok(store.write(move |tx| tx.create_import(&new)));
        let mut record = ok(store.read(|tx| tx.import(id))).unwrap();
        record.state = "importing".to_owned();
        record.preview = Some(json!({"rows": [["Иванова"]]}));
        record.settings = json!({"delimiter": ";"});
        record.counts = Some(json!({"rows": 5}));
        let put = record.clone();
        let chunk = ImportChunk {
            chunk_no: 0,
            rows_done: 5,
            purchases: Some((PurchaseId(1), PurchaseId(4))),
            customers: None,
            counts: json!({"rows": 5}),
        };
        let kept = chunk.clone();
        let rejected: Vec<_> = (1..=20).map(|row_no| RejectedRow {
            row_no,
            reason: "bad_phone".to_owned(),
            cells: vec!["Иванова".to_owned(), "8-916".to_owned()],
        }).collect();
        let rows = rejected.clone();
        ok(store.write(move |tx| {
            tx.put_import(&put)?;
            tx.put_import_chunk(id, &kept)?;
            tx.insert_rejected_rows(id, &rows)
        }));
        let found = ok(store.read(|tx| tx.imports())).remove(0);
        assert_eq!(found.preview, record.preview);
        assert_eq!((found.state.as_str(), found.settings), ("importing", json!({"delimiter": ";"})));
        assert_eq!(ok(store.read(|tx| tx.import_chunks(id))), vec![chunk]);
        let page = ok(store.read(|tx| tx.rejected_rows(id, 5, 3)));
        assert!(page == rejected[5..8]);
    }

    fn what_an_import_made_is_found_within_its_chunk(store: TestStore) {
        shop(&store);
        let new = NewImport {
            file_name: "f.csv".to_owned(), size_bytes: 1, digest: vec![0], state: "done".to_owned(), created_by: None,
        };
        let (id, made, people) = ok(store.write(move |tx| {
            let id = tx.create_import(&new)?;
            let mut list: Vec<_> = (0..20).map(|n| sale(&n.to_string(), None, 1)).collect();
            for sale in list.iter_mut().skip(1) {
                sale.import_id = Some(id);
            }
            let people = tx.insert_customers(vec![customer("А", "+79160000001")], Origin::Import(id.0))?;
            Ok((id, tx.insert_purchases(&list)?, people))
        }));
        let range = (made[0].id, made[19].id);
        let found = ok(store.read(|tx| tx.import_purchases(id, range)));
        assert_eq!(found, made[1..].iter().map(|recorded| recorded.id).collect::<Vec<_>>());
        assert_eq!(ok(store.read(|tx| tx.import_customers(id, (people[0], people[0])))), people);
    }

    fn settings_and_the_shop_come_back(store: TestStore) {
        let shop = Shop {
            name: "Лавка".to_owned(),
            currency: Currency::new("RUB").unwrap(),
            time_zone: "Europe/Moscow".to_owned(),
        };
        assert_eq!(ok(store.read(|tx| tx.shop())), None);
        let put = shop.clone();
        ok(store.write(move |tx| {
            tx.put_setting("rfm", &json!({"version": 1}))?;
            tx.put_setting("rfm", &json!({"version": 2}))?;
            tx.put_shop(&put)
        }));
        assert_eq!(ok(store.read(|tx| tx.shop())), Some(shop));
        let rfm: Option<serde_json::Value> = ok(store.read(|tx| tx.setting("rfm")));
        assert_eq!(rfm, Some(json!({"version": 2})));
        assert!(matches!(&store.take_events()[..], [Event::Shop(_)]));
    }

    fn products_are_made_once_per_code(store: TestStore) {
        shop(&store);
        let product = |code: &str| Product {
            id: ProductId(0),
            code: code.to_owned(),
            name: format!("Товар {code}"),
            category: "Чай;Чёрный".to_owned(),
            price_minor: Some(100),
            cost_minor: None,
        };
        let list: Vec<_> = (0..30).map(|n| product(&format!("{}", n % 20))).collect();
        let (ids, made) = ok(store.write(move |tx| tx.products_by_code(&list)));
        assert_eq!((ids.len(), made), (20, 20));
        let list = vec![product("5"), product("new")];
        let (again, made) = ok(store.write(move |tx| tx.products_by_code(&list)));
        assert_eq!((again["5"], made), (ids["5"], 1));
        let found = ok(store.read(|tx| tx.products(&[ids["7"]])));
        assert_eq!(found[0].name, "Товар 7");
    }

    fn a_kept_reply_answers_the_same_request_only(store: TestStore) {
        let reply = KeptReply { status: 201, body: br#"{"name":"x"}"#.to_vec() };
        let put = reply.clone();
        ok(store.write(move |tx| tx.keep_reply("key 1", "abc", b"body", &put)));
        assert!(ok(store.read(|tx| tx.kept_reply("key 1", "abc", b"body"))) == Kept::Reply(reply));
        assert!(ok(store.read(|tx| tx.kept_reply("key 1", "abc", b"other"))) == Kept::OtherRequest);
        assert!(ok(store.read(|tx| tx.kept_reply("key 2", "abc", b"body"))) == Kept::Nothing);
    }
}
