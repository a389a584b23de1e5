//! A disk that fills up in the middle of an import: the program says so in words, what is in stays
//! whole, and with room again the import goes on to the exact count.
//!
//! The small disk is a `tmpfs` in a mount namespace of its own, so nothing is left behind.

use crate::program::{Folder, said};
use std::process::Command;

/// Runs `script` where it may mount; as an ordinary user in a user namespace of its own.
fn with_mounts(folder: &Folder, script: &str) -> std::process::Output {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-eu", "-c", script]);
    for (name, value) in folder.command(&[]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .env("VERNIS", env!("CARGO_BIN_EXE_vernis"))
        .output()
        .unwrap()
}

#[test]
fn an_import_onto_a_full_disk_stops_in_words_and_goes_on_when_there_is_room() {
    const ROWS: u64 = 120_000;
    let mut text = String::from("date;phone;amount\n");
    for n in 0..ROWS {
        text += &format!(
            "{:02}.03.2026;8916{:07};{}\n",
            n % 28 + 1,
            1_230_000 + n % 9_000,
            n + 1
        );
    }
    let folder = Folder::new();
    folder.file("sales.csv", &text);
    // The database file alone, without its log, is larger than the small disk; then there is room.
    let script = r#"
        mkdir -p "$VERNIS_DATA"
        mount -t tmpfs -o size=12m none "$VERNIS_DATA"
        code=0
        "$VERNIS" import "$PWD/sales.csv" --yes --json >first.out 2>first.err || code=$?
        echo "first $code"
        mount -o remount,size=1g "$VERNIS_DATA"
        "$VERNIS" verify --json >verify.out
        "$VERNIS" import "$PWD/sales.csv" --yes --json >second.out
        "$VERNIS" verify --json >whole.out
    "#;
    let script = format!("cd '{}'\n{script}", folder.path().display());
    let output = with_mounts(&folder, &script);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let all = || {
        let files = ["first.out", "first.err", "verify.out", "second.out"];
        format!("{}\n{}", said(&output), files.map(read).join("\n"))
    };
    assert!(output.status.success(), "{}", all());
    assert!(said(&output).contains("first 1"), "{}", all());
    assert!(read("first.err").contains("disk is full"), "{}", all());
    let purchases = |name: &str| {
        let answer: serde_json::Value = serde_json::from_str(&read(name)).unwrap();
        assert_eq!(answer["findings"], serde_json::json!([]), "{}", all());
        answer["purchases"].as_u64().unwrap()
    };
    let kept = purchases("verify.out");
    assert!(0 < kept && kept < ROWS, "{kept} rows fitted");
    assert_eq!(purchases("whole.out"), ROWS);
}
