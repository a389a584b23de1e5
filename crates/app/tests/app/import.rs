//! Whole files into a base: real, messy, repeated, stopped.

use crate::support::{TestShop, fixture, open};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use vernis_app::import::{self, Counts, End, Kind, rejected};

fn expected(name: &str) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(fixture(name)).unwrap()).unwrap()
}

/// The counts in the words of the independent program.
fn summary(counts: &Counts) -> serde_json::Value {
    let reasons: serde_json::Map<String, serde_json::Value> = counts
        .reasons
        .iter()
        .map(|r| (r.code.clone(), r.count.into()))
        .collect();
    let phones: u64 = counts
        .warnings
        .iter()
        .filter(|warning| warning.code.starts_with("phone_"))
        .map(|warning| warning.count)
        .sum();
    serde_json::json!({
        "rows": counts.rows,
        "purchases_new": counts.purchases_new,
        "purchases_known": counts.purchases_known,
        "customers_new": counts.customers_new,
        "stores_new": counts.stores_new,
        "rejected": counts.rejected,
        "reasons": reasons,
        "skipped_service_rows": counts.skipped_service_rows,
        "unreadable_phones": phones,
        "amount_minor": counts.amount_minor,
        "first_day": counts.first_day,
        "last_day": counts.last_day,
    })
}

fn assert_messy(outcome: &import::Outcome) {
    let mut want = expected("expected/messy_ru.json");
    let object = want.as_object_mut().unwrap();
    object.remove("returns");
    object.remove("anonymous");
    assert_eq!(summary(&outcome.counts), want);
    assert_eq!(outcome.end, End::Done);
}

#[test]
fn the_cdnow_sample_imports_as_guessed() {
    let shop = TestShop::with_currency("USD");
    let outcome = shop.import(&fixture("cdnow_sample.csv"));
    assert_eq!(outcome.end, End::Done);
    let counts = &outcome.counts;
    assert_eq!(
        (
            counts.rejected,
            counts.purchases_known,
            counts.skipped_service_rows
        ),
        (0, 0, 0)
    );
    assert_eq!(shop.totals(), (6_919, 2_357, 24_409_194));
    assert_eq!(counts.first_day.unwrap().to_string(), "1997-01-01");
    assert_eq!(counts.last_day.unwrap().to_string(), "1998-06-30");
}

#[test]
fn the_messy_file_gives_what_the_independent_program_says() {
    let shop = TestShop::new();
    let outcome = shop.import(&fixture("messy_ru.csv"));
    assert_messy(&outcome);
    let want = expected("expected/messy_ru.json");
    let (purchases, customers, paid) = shop.totals();
    assert_eq!(purchases, want["purchases_new"].as_i64().unwrap());
    assert_eq!(customers, want["customers_new"].as_i64().unwrap());
    assert_eq!(paid, want["amount_minor"].as_i64().unwrap());
}

#[test]
fn the_workbook_twin_gives_the_same() {
    assert_messy(&TestShop::new().import(&fixture("messy_ru.xlsx")));
}

#[test]
fn the_same_file_twice_changes_nothing() {
    for name in ["messy_ru.csv", "cdnow_sample.csv"] {
        let shop = TestShop::new();
        let first = shop.import(&fixture(name)).counts;
        let before = shop.totals();
        let second = shop.import(&fixture(name)).counts;
        assert_eq!(shop.totals(), before);
        assert_eq!(
            (
                second.purchases_new,
                second.customers_new,
                second.customers_changed
            ),
            (0, 0, 0),
            "{name}"
        );
        assert_eq!(
            second.purchases_known,
            first.purchases_new + first.purchases_known
        );
        assert_eq!(
            (second.stores_new, second.products_new, second.amount_minor),
            (0, 0, 0)
        );
    }
}

#[test]
fn the_text_and_its_workbook_twin_are_the_same_purchases() {
    let shop = TestShop::new();
    shop.import(&fixture("messy_ru.csv"));
    let before = shop.totals();
    let counts = shop.import(&fixture("messy_ru.xlsx")).counts;
    assert_eq!(shop.totals(), before);
    assert_eq!(counts.purchases_new, 0);
}

#[test]
fn a_dry_run_counts_exactly_and_writes_nothing() {
    for name in ["messy_ru.csv", "cdnow_sample.csv"] {
        let shop = TestShop::new();
        let mut job = shop.job(&fixture(name));
        job.chunk_rows = Some(100);
        job.transaction_rows = 100;
        job.dry_run = true;
        let dry = shop.run(&job);
        assert_eq!(shop.totals(), (0, 0, 0));
        job.dry_run = false;
        let wet = shop.run(&job);
        assert_eq!(dry.counts, wet.counts, "{name}");
        // And on a base that knows some of it.
        let mut again = shop.job(&fixture(name));
        again.dry_run = true;
        let dry = shop.run(&again).counts;
        again.dry_run = false;
        assert_eq!(dry, shop.run(&again).counts, "{name}, the second time");
    }
}

#[test]
fn all_or_nothing_means_nothing_when_a_row_is_bad() {
    let shop = TestShop::new();
    let mut job = shop.job(&fixture("messy_ru.csv"));
    job.keep_good_rows = false;
    let outcome = shop.run(&job);
    assert_eq!(outcome.end, End::Refused);
    assert_eq!(outcome.counts.rejected, 5);
    assert_eq!(outcome.counts.purchases_new, 0);
    assert_eq!(shop.totals(), (0, 0, 0));
    let mut csv = Vec::new();
    rejected::write_csv(&shop.store, job.import, &[], true, &mut csv).unwrap();
    assert_eq!(String::from_utf8(csv).unwrap().lines().count(), 6);

    let good = shop.file("good.csv", "date;amount\n01.02.2026;5\n02.02.2026;6\n");
    let mut job = shop.job(&good);
    job.keep_good_rows = false;
    assert_eq!(shop.run(&job).end, End::Done);
    assert_eq!(shop.totals(), (2, 0, 1_100));
}

#[test]
fn rejected_rows_come_back_as_a_file_with_the_reason() {
    let shop = TestShop::new();
    let job = shop.job(&fixture("messy_ru.csv"));
    shop.run(&job);
    let names: Vec<String> = shop
        .preview(&fixture("messy_ru.csv"))
        .columns
        .into_iter()
        .map(|c| c.name)
        .collect();
    let mut csv = Vec::new();
    rejected::write_csv(&shop.store, job.import, &names, true, &mut csv).unwrap();
    let text = String::from_utf8(csv).unwrap();
    assert!(text.starts_with("\u{feff}Строка;Дата продажи;№ чека;"));
    assert!(text.contains("вчера;9002;") && text.contains(";Дата не читается\r\n"));
    assert!(text.contains("31.02.2026") && text.contains("Такого дня нет в календаре"));
    // The line number is the line of the file.
    let source = std::fs::read(fixture("messy_ru.csv")).unwrap();
    let line: usize = text
        .lines()
        .find(|l| l.contains(";9002;"))
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let in_file = source.split(|b| *b == b'\n').nth(line - 1).unwrap();
    assert!(in_file.windows(6).any(|w| w == b";9002;"));
}

#[test]
fn a_stopped_run_goes_on_where_it_stopped() {
    let whole = TestShop::with_currency("USD");
    let mut job = whole.job(&fixture("cdnow_sample.csv"));
    job.chunk_rows = Some(500);
    job.transaction_rows = 500;
    let want = whole.run(&job).counts;

    let shop = TestShop::with_currency("USD");
    let mut job = shop.job(&fixture("cdnow_sample.csv"));
    job.chunk_rows = Some(500);
    job.transaction_rows = 500;
    let mut stops = 0;
    loop {
        let (cancel, chunks) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut progress = |_| {
            if chunks.fetch_add(1, Ordering::Relaxed) == 2 {
                cancel.store(true, Ordering::Relaxed);
            }
        };
        let outcome = import::run(&shop.store, &job, &mut progress, &cancel).unwrap();
        if outcome.end == End::Done {
            assert_eq!(outcome.counts, want);
            break;
        }
        assert_eq!(outcome.end, End::Cancelled);
        stops += 1;
        assert_eq!(shop.totals().0, stops * 3 * 500);
    }
    assert_eq!(stops, 4);
    assert_eq!(shop.totals(), whole.totals());
    // Not assert_eq: two thousand people are no message.
    assert!(shop.paid_by_person() == whole.paid_by_person());
}

#[test]
fn a_run_goes_on_with_chunks_of_another_size_and_many_in_one_transaction() {
    let whole = TestShop::with_currency("USD");
    let want = whole.run(&whole.job(&fixture("cdnow_sample.csv"))).counts;

    let shop = TestShop::with_currency("USD");
    let mut job = shop.job(&fixture("cdnow_sample.csv"));
    (job.chunk_rows, job.transaction_rows) = (Some(700), 700);
    let cancel = AtomicBool::new(false);
    let mut stop = |_| cancel.store(true, Ordering::Relaxed);
    import::run(&shop.store, &job, &mut stop, &cancel).unwrap();
    assert_eq!(shop.totals().0, 700);

    (job.chunk_rows, job.transaction_rows) = (Some(90), 9_000);
    let mut transactions = 0;
    let mut count = |_| transactions += 1;
    let outcome = import::run(&shop.store, &job, &mut count, &AtomicBool::new(false)).unwrap();
    assert_eq!((outcome.end, outcome.counts), (End::Done, want));
    assert!(transactions < 6_219 / 90, "{transactions} transactions");
    assert!(shop.paid_by_person() == whole.paid_by_person());
}

#[test]
fn a_run_of_short_steps_goes_on_with_long_ones() {
    let whole = TestShop::with_currency("USD");
    whole.run(&whole.job(&fixture("cdnow_sample.csv")));

    let shop = TestShop::with_currency("USD");
    let mut job = shop.job(&fixture("cdnow_sample.csv"));
    let mut rows = 0;
    // While others write a step is short; after a restart nobody does, or again somebody.
    for size in [16, 500, 16, 900] {
        (job.chunk_rows, job.transaction_rows) = (Some(size), size);
        let cancel = AtomicBool::new(false);
        let mut left = 3;
        let mut stop = |_| {
            left -= 1;
            cancel.store(left == 0, Ordering::Relaxed);
        };
        import::run(&shop.store, &job, &mut stop, &cancel).unwrap();
        rows += 3 * size as u64;
        assert_eq!(shop.totals().0 as u64, rows);
    }
    (job.chunk_rows, job.transaction_rows) = (None, 9_000);
    let outcome = import::run(&shop.store, &job, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    assert_eq!(outcome.end, End::Done);
    assert_eq!(shop.totals(), whole.totals());
    assert!(shop.paid_by_person() == whole.paid_by_person());
}

#[test]
fn products_of_chunks_before_a_stop_are_found_again_after_it() {
    let mut text = String::from("date;receipt;product;amount\n");
    for n in 0..2_000 {
        text += &format!("01.02.2026;{n};Товар {};10\n", n % 7);
    }
    let shop = TestShop::new();
    let mut job = shop.job(&shop.file("p.csv", text));
    job.chunk_rows = Some(50);
    job.transaction_rows = 50;
    let cancel = AtomicBool::new(false);
    import::run(
        &shop.store,
        &job,
        &mut |_| cancel.store(true, Ordering::Relaxed),
        &cancel,
    )
    .unwrap();
    assert_eq!(shop.totals().0, 16 * 50);
    assert_eq!(shop.run(&job).counts.products_new, 7);
    let ids: Vec<_> = (1..=2_000).map(vernis_domain::PurchaseId).collect();
    let rows = shop.store.read(|tx| tx.purchase_rows(&ids)).unwrap();
    let lines = rows.iter().flat_map(|row| &row.lines);
    assert_eq!(
        lines.filter(|new| new.line.product_id.is_some()).count(),
        2_000
    );
}

#[test]
fn another_process_goes_on_after_a_kill() {
    let shop = TestShop::new();
    let mut job = shop.job(&fixture("messy_ru.csv"));
    job.chunk_rows = Some(50);
    job.transaction_rows = 50;
    let cancel = AtomicBool::new(false);
    let mut chunks = 0;
    import::run(
        &shop.store,
        &job,
        &mut |_| {
            chunks += 1;
            cancel.store(chunks == 2, Ordering::Relaxed)
        },
        &cancel,
    )
    .unwrap();
    let TestShop { store, dir } = shop;
    drop(store);
    let store = open(dir.path());
    let outcome = import::run(&store, &job, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    assert_messy(&outcome);
    let again = TestShop { store, dir };
    let want = expected("expected/messy_ru.json");
    assert_eq!(again.totals().2, want["amount_minor"].as_i64().unwrap());
}

#[test]
fn progress_ends_at_the_last_row() {
    let shop = TestShop::with_currency("USD");
    let mut job = shop.job(&fixture("cdnow_sample.csv"));
    job.chunk_rows = Some(1_000);
    job.transaction_rows = 1_000;
    let mut seen = Vec::new();
    import::run(
        &shop.store,
        &job,
        &mut |p| seen.push(p),
        &AtomicBool::new(false),
    )
    .unwrap();
    assert_eq!(seen.len(), 7);
    let last = seen.last().unwrap();
    assert_eq!(
        (last.rows_done, last.rows_total_estimate, last.seconds_left),
        (6_919, 6_919, 0)
    );
}

#[test]
fn the_preview_shows_how_a_file_is_understood() {
    let shop = TestShop::new();
    let preview = shop.preview(&fixture("messy_ru.csv"));
    assert_eq!(preview.encoding.as_deref(), Some("windows-1251"));
    assert_eq!(preview.delimiter.as_deref(), Some(";"));
    assert_eq!(
        (preview.header_row, preview.kind),
        (Some(1), Kind::Purchases)
    );
    let fields: Vec<&str> = preview
        .columns
        .iter()
        .map(|c| c.field.as_deref().unwrap_or(""))
        .collect();
    assert_eq!(
        fields,
        [
            "date",
            "receipt",
            "store",
            "return_marker",
            "full_name",
            "phone",
            "email",
            "paid",
            "discount",
            ""
        ]
    );
    assert_eq!(preview.rows.len(), 20);
    assert_eq!(preview.rows[0][1], "1000");
    let json = serde_json::to_value(&preview).unwrap();
    assert_eq!(json["format"], "csv");
    let book = shop.preview(&fixture("messy_ru.xlsx"));
    assert_eq!(book.sheets, ["Продажи", "Справка"]);
    assert_eq!(book.sheet.as_deref(), Some("Продажи"));
}
