//! Commands on real files, and what they say when they cannot.

use crate::program::{Folder, fixture, said};
use serde_json::{Value, json};

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(fixture("expected/cdnow.json")).unwrap()).unwrap()
}

#[test]
fn the_cdnow_sample_from_file_to_reports_and_a_backup() {
    let folder = Folder::new();
    let file = fixture("cdnow_sample.csv");
    let dry = folder.json(&["import", &file, "--dry-run", "--json"]);
    assert_eq!(dry["purchases_new"], 6919);
    assert_eq!(folder.json(&["verify", "--json"])["purchases"], 0);
    let text = folder.ok(&["import", &file, "--yes"]);
    assert!(
        text.contains("6919 new purchases") && text.contains("2357 new customers"),
        "{text}"
    );
    let again = folder.json(&["import", &file, "--yes", "--json"]);
    assert_eq!(
        (&again["purchases_new"], &again["purchases_known"]),
        (&json!(0), &json!(6919))
    );

    let metrics = [
        "metrics",
        "--json",
        "--from",
        "1997-01-01",
        "--to",
        "1998-06-30",
        "--as-of",
        "1998-06-30",
    ];
    let found = folder.json(&metrics);
    let want = &expected()["panels"][0]["values"];
    for key in [
        "revenue",
        "orders",
        "customers_total",
        "mean_order",
        "repeat_rate",
        "gini",
    ] {
        let (value, wanted) = (
            found["metrics"][key]["value"].as_f64().unwrap(),
            want[key].as_f64().unwrap(),
        );
        assert!(
            (value - wanted).abs() < 1e-6 * wanted.abs(),
            "{key}: {value} {wanted}"
        );
    }
    let by_month = folder.json(&[
        "metrics",
        "--json",
        "--by",
        "month",
        "--from",
        "1997-01-01",
        "--to",
        "1997-03-31",
    ]);
    assert_eq!(by_month["columns"].as_array().unwrap().len(), 3);

    let rfm = folder.json(&[
        "rfm",
        "--json",
        "--as-of",
        "1998-06-30",
        "--borders",
        "terciles",
    ]);
    for (cell, numbers) in expected()["rfm"][0]["cells"].as_object().unwrap() {
        let found = &rfm["cells"][cell];
        assert_eq!(
            &json!([found["customers"], found["revenue_minor"]]),
            numbers,
            "{cell}"
        );
    }
    let cohorts = folder.json(&[
        "cohorts",
        "--json",
        "--from",
        "1997-01-01",
        "--to",
        "1998-06-30",
    ]);
    let sizes: Vec<i64> = cohorts["cohorts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["size"].as_i64().unwrap())
        .filter(|s| *s > 0)
        .collect();
    assert_eq!(sizes, [781, 857, 719]);
    let customers = folder.json(&["customers", "--json", "--search", "00004"]);
    assert!(customers["total"].as_u64().unwrap() >= 1, "{customers}");
    folder.ok(&["rfm"]);
    folder.ok(&["cohorts"]);
    folder.ok(&["metrics"]);

    let verified = folder.json(&["verify", "--json"]);
    assert_eq!(verified["findings"], json!([]));
    let copy = folder.path().join("copy.vernis");
    folder.ok(&["backup", copy.to_str().unwrap()]);
    let other = Folder::new();
    let wrong = other
        .command(&["restore", copy.to_str().unwrap()])
        .env("VERNIS_PASSPHRASE", "not this one")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(1), "{}", said(&wrong));
    other.ok(&["restore", copy.to_str().unwrap()]);
    assert_eq!(other.json(&metrics), found);
    assert_eq!(
        other.json(&[
            "rfm",
            "--json",
            "--as-of",
            "1998-06-30",
            "--borders",
            "terciles"
        ]),
        rfm
    );
    other.ok(&["verify"]);
    other.refused(&["restore", copy.to_str().unwrap()]);
}

#[test]
fn a_second_process_says_plainly_that_the_folder_is_in_use() {
    let folder = Folder::new();
    folder.add_staff();
    let serving = folder.serve();
    for args in [
        &["metrics"][..],
        &["verify"],
        &["serve", "--listen", "127.0.0.1:0"],
        &["import", &fixture("small_shop.csv"), "--yes"],
    ] {
        let sentence = folder.refused(args);
        assert!(
            sentence.contains("Cannot start") && !sentence.contains("SQLITE"),
            "{sentence}"
        );
    }
    serving.signed_in().get("/session").expect(200);
    assert_eq!(serving.end(), Some(0));
    folder.ok(&["verify"]);
}

#[test]
fn a_hostile_file_is_refused_with_a_sentence() {
    let folder = Folder::new();
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.resize(500, 0);
    for (name, bytes) in [
        ("picture.csv", png),
        ("empty.csv", Vec::new()),
        ("header.csv", "date;amount\n".into()),
        ("not.xlsx", b"PK\x03\x04 not really".to_vec()),
    ] {
        let file = folder.file(name, bytes);
        folder.refused(&["import", file.to_str().unwrap(), "--yes"]);
    }
    folder.refused(&["import", "no-such-file.csv", "--yes"]);
    let folder_path = folder.path().to_str().unwrap().to_owned();
    folder.refused(&["import", &folder_path, "--yes"]);
    // A line of 8 MB in the middle: the good row before it is kept, because --yes asked so.
    let mut long = b"date;amount\n01.02.2026;5\n".to_vec();
    long.resize(8 << 20, b'x');
    let file = folder.file("long.csv", long);
    let sentence = folder.run(&["import", file.to_str().unwrap(), "--yes"]);
    assert_eq!(sentence.status.code(), Some(1), "{}", said(&sentence));
    assert!(said(&sentence).contains("Line 3"), "{}", said(&sentence));
    assert_eq!(folder.json(&["verify", "--json"])["findings"], json!([]));
}

#[test]
fn bad_rows_go_to_a_file_beside_and_the_exit_code_says_so() {
    let folder = Folder::new();
    let file = folder.file("sales.csv", "date;amount\n01.02.2026;5\n31.02.2026;6\n");
    let path = file.to_str().unwrap();
    folder.refused(&["import", path, "--json"]);
    assert_eq!(folder.json(&["verify", "--json"])["purchases"], 0);
    let output = folder.run(&["import", path, "--yes"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let rejected = std::fs::read_to_string(format!("{path}.rejected.csv")).unwrap();
    assert!(rejected.contains("31.02.2026"), "{rejected}");
    assert_eq!(folder.json(&["verify", "--json"])["purchases"], 1);
}
