//! Files through the API, as the page does it: upload, preview, dry run, run.

use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use vernis_testkit::{Client, Database, TestApp, on_both_databases};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../fixtures")
            .join(name),
    )
    .unwrap()
}

fn path_of(import: &Value) -> String {
    format!("/imports/{}", import["id"].as_str().unwrap())
}

/// Waits until nothing runs and gives the import.
pub fn settled(client: &Client, path: &str) -> Value {
    let begun = Instant::now();
    loop {
        let import = client.get(path).expect(200);
        if !["checking", "importing"].contains(&import["state"].as_str().unwrap()) {
            return import;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{import}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn begin(client: &Client, import: &Value, dry_run: bool) -> Value {
    let body = json!({
        "dry_run": dry_run, "kind": import["kind"], "mapping": import["mapping"], "keep_good_rows": true,
    });
    client
        .post(&format!("{}/run", path_of(import)), &body)
        .expect(202)
}

/// Uploads a file and runs it as the guess says.
pub fn import(client: &Client, name: &str, bytes: Vec<u8>) -> Value {
    let uploaded = client.upload(name, bytes).expect(201);
    assert_eq!(uploaded["state"], "uploaded", "{uploaded}");
    begin(client, &uploaded, false);
    settled(client, &path_of(&uploaded))
}

fn session_numbers(client: &Client) -> (u64, u64) {
    let session = client.get("/session").expect(200);
    (
        session["customers"].as_u64().unwrap(),
        session["purchases"].as_u64().unwrap(),
    )
}

fn workbook(sheet_data: &[u8]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let mut part = |name: &str, parts: &[&[u8]]| {
        out.start_file(name, options).unwrap();
        parts.iter().for_each(|bytes| out.write_all(bytes).unwrap());
    };
    part("[Content_Types].xml", &[br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#]);
    part("_rels/.rels", &[br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#]);
    part("xl/workbook.xml", &[br#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#]);
    part("xl/_rels/workbook.xml.rels", &[br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#]);
    part("xl/worksheets/sheet1.xml", &[
        br#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/><sheetData>"#,
        sheet_data,
        b"</sheetData></worksheet>",
    ]);
    out.finish().unwrap().into_inner()
}

on_both_databases! {
    fn the_cdnow_sample_from_upload_to_rfm(app: TestApp) {
        let client = app.first_run("USD");
        let uploaded = client.upload("cdnow_sample.csv", fixture("cdnow_sample.csv")).expect(201);
        assert_eq!(uploaded["preview"]["delimiter"], ",");
        assert_eq!(uploaded["mapping"]["1"], "date", "{uploaded}");
        let looked = client.post(&format!("{}/preview", path_of(&uploaded)), &json!({"mapping": uploaded["mapping"]})).expect(200);
        begin(&client, &looked, true);
        let checked = settled(&client, &path_of(&looked));
        assert_eq!((&checked["state"], &checked["dry_run"]["purchases_new"]), (&json!("checked"), &json!(6919)), "{checked}");
        assert_eq!(session_numbers(&client), (0, 0));
        begin(&client, &checked, false);
        let done = settled(&client, &path_of(&looked));
        let result = &done["result"];
        assert_eq!((&done["state"], &result["rejected"]), (&json!("done"), &json!(0)), "{done}");
        assert_eq!(
            (&result["purchases_new"], &result["customers_new"], &result["amount_minor"]),
            (&json!(6919), &json!(2357), &json!(24_409_194))
        );
        assert_eq!(session_numbers(&client), (2357, 6919));
        let rfm = client.get("/rfm?as_of=1998-06-30&borders=terciles&window=all").expect(200);
        let want: Value = serde_json::from_slice(&fixture("expected/cdnow.json")).unwrap();
        for cell in rfm["cells"].as_array().unwrap() {
            let key = cell["cell"].as_str().unwrap();
            let expected = want["rfm"][0]["cells"].get(key).cloned().unwrap_or(json!([0, 0]));
            assert_eq!(json!([cell["customers"], cell["revenue_minor"]]), expected, "{key}");
        }
        let best = client.get("/customers?cell=333&as_of=1998-06-30&borders=terciles").expect(200);
        assert_eq!(best["total"], 522);
        // The same file again changes nothing.
        let again = import(&client, "the same.csv", fixture("cdnow_sample.csv"));
        assert_eq!(
            (&again["state"], &again["result"]["purchases_new"], &again["result"]["purchases_known"], &again["result"]["customers_new"]),
            (&json!("done"), &json!(0), &json!(6919), &json!(0)), "{again}"
        );
        assert_eq!(session_numbers(&client), (2357, 6919));
        assert_eq!(client.get("/rfm?as_of=1998-06-30&borders=terciles&window=all").expect(200)["cells"], rfm["cells"]);
        assert_eq!(client.get("/imports").expect(200)["items"].as_array().unwrap().len(), 2);
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }

    fn rejected_rows_of_the_messy_file_come_back_with_reasons(app: TestApp) {
        let client = app.signed_in();
        let done = import(&client, "messy_ru.csv", fixture("messy_ru.csv"));
        let want: Value = serde_json::from_slice(&fixture("expected/messy_ru.json")).unwrap();
        for key in ["rows", "purchases_new", "purchases_known", "customers_new", "rejected", "amount_minor", "first_day"] {
            assert_eq!(done["result"][key], want[key], "{key}");
        }
        let path = format!("{}/rejected.csv", path_of(&done));
        let request = client.request(reqwest::Method::GET, &path).header("Accept-Language", "ru");
        let csv = vernis_testkit::Answer::of(request);
        assert_eq!(csv.text.lines().count(), 6, "{}", csv.text);
        assert!(csv.text.contains("Сумма"), "{}", csv.text);
        app.stranger().get(&path).expect(401);
        let mend = client.upload("mended.csv", csv.text.into_bytes()).expect(201);
        assert_eq!(mend["state"], "uploaded", "the file of rejected rows can be imported again: {mend}");
    }

    fn all_or_nothing_leaves_nothing(app: TestApp) {
        let client = app.signed_in();
        let uploaded = client.upload("s.csv", "date;amount\n01.02.2026;5\n31.02.2026;6\n".into()).expect(201);
        let body = json!({"kind": uploaded["kind"], "mapping": uploaded["mapping"]});
        client.post(&format!("{}/run", path_of(&uploaded)), &body).expect(202);
        let failed = settled(&client, &path_of(&uploaded));
        assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!("rejected_rows")));
        assert_eq!(session_numbers(&client), (0, 0));
    }

    fn a_cancelled_import_goes_on_to_the_exact_count(app: TestApp) {
        let client = app.signed_in();
        const ROWS: usize = 100_000;
        let mut text = String::from("date;phone;amount\n");
        for n in 0..ROWS {
            text += &format!("{:02}.02.2026;8916{:07};{}\n", n % 28 + 1, n % 5000 + 1_230_000, n + 1);
        }
        let uploaded = client.upload("big.csv", text.into_bytes()).expect(201);
        begin(&client, &uploaded, false);
        let path = path_of(&uploaded);
        while session_numbers(&client).1 == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        client.post(&format!("{path}/cancel"), &json!({})).expect(200);
        let cancelled = settled(&client, &path);
        let kept = session_numbers(&client).1;
        assert_eq!(cancelled["state"], "cancelled", "{cancelled}");
        assert!(kept > 0 && kept < ROWS as u64, "{kept}");
        assert_eq!(cancelled["result"]["purchases_new"], json!(kept));
        client.post(&format!("{path}/resume"), &json!({})).expect(202);
        let done = settled(&client, &path);
        assert_eq!((&done["state"], &done["result"]["purchases_new"]), (&json!("done"), &json!(ROWS)), "{done}");
        assert_eq!(session_numbers(&client), (5000, ROWS as u64));
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
        client.post(&format!("{path}/resume"), &json!({})).expect(409);
    }

    fn hostile_files_get_a_plain_sentence_and_the_server_still_answers(app: TestApp) {
        let client = app.signed_in();
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.resize(500, 0);
        let mut long = b"date;amount\n01.02.2026;5\n".to_vec();
        long.resize(8 << 20, b'x');
        let far = br#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
        for (name, bytes, code) in [
            ("purchases.csv", png, "not_a_table"),
            ("empty.csv", Vec::new(), "empty"),
            ("header.csv", "Дата;Сумма\n".into(), "no_rows"),
            ("bomb.xlsx", workbook(&vec![b' '; 64 << 20]), "unpacks_too_large"),
            ("far.xlsx", workbook(far), "too_many_columns"),
            ("not.xlsx", b"PK\x03\x04 not really".to_vec(), "bad_workbook"),
            ("../../etc/passwd", b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), "not_a_table"),
        ] {
            let failed = client.upload(name, bytes).expect(201);
            assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!(code)), "{name}: {failed}");
            for language in ["ru", "en"] {
                let words = failed["error"]["message"][language].as_str().unwrap();
                assert!(words.ends_with('.') && !words.contains("panicked") && !words.contains("Error("), "{words}");
            }
            let run = json!({"kind": "purchases", "mapping": {"0": "date", "1": "paid"}});
            client.post(&format!("{}/run", path_of(&failed)), &run).expect(409);
            client.get("/session").expect(200);
        }
        assert_eq!(session_numbers(&client), (0, 0));
        // A line too long is met by the run: the good row before it was wanted and is kept.
        let failed = {
            let uploaded = client.upload("long.csv", long).expect(201);
            begin(&client, &uploaded, false);
            settled(&client, &path_of(&uploaded))
        };
        assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!("line_too_long")), "{failed}");
        assert!(failed["error"]["message"]["en"].as_str().unwrap().contains('3'), "{failed}");
        assert_eq!(session_numbers(&client), (0, 1));
        let nothing = reqwest::blocking::multipart::Form::new().text("other", "x");
        let request = client.request(reqwest::Method::POST, "/imports").multipart(nothing);
        assert_eq!(vernis_testkit::Answer::of(request).expect(422)["errors"][0]["field"], "file");
        client.post("/imports", &json!({})).status.eq(&500).then(|| panic!("JSON instead of a form"));
        assert_eq!(import(&client, "good.csv", "date;amount\n01.02.2026;5\n".into())["state"], "done");
    }
}
