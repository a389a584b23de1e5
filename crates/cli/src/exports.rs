//! `vernis export trace`: whose export a leaked file is.

use crate::args::{Cli, ExportAction};
use crate::{FINDINGS, OK, open, say};
use vernis_app::exports::Trace;
use vernis_app::{Caller, Refusal, RefusalKind};
use vernis_domain::{Language, Text, Zone};

/// Exports at the command line.
pub fn export(cli: &Cli, action: &ExportAction, language: Language) -> Result<u8, Refusal> {
    let ExportAction::Trace { file } = action;
    let content = std::fs::read(file).map_err(|error| {
        Refusal::new(
            RefusalKind::Invalid,
            "file_unreadable",
            Text::owned(
                format!("{}: не читается ({error})", file.display()),
                format!("{}: cannot be read ({error})", file.display()),
            ),
        )
    })?;
    let app = open(cli)?;
    let trace = app.trace_file(&Caller::shell(), &content)?;
    if cli.json {
        outln!("{}", json(&trace));
    } else {
        let zone = Zone::new(&app.shop().time_zone);
        tell(&trace, zone.as_ref(), language);
    }
    // Found or not is the answer a script asks for.
    Ok(if trace.found.is_empty() { FINDINGS } else { OK })
}

fn json(trace: &Trace) -> serde_json::Value {
    let found: Vec<_> = trace
        .found
        .iter()
        .map(|one| {
            serde_json::json!({
                "asked_by": one.export.asked_by,
                "asked_at": one.export.asked_at.rfc3339(),
                "reason": one.export.reason,
                "people": one.export.people,
                "certain": one.evidence.is_certain(),
                "row_codes": one.evidence.row_codes,
                "addresses": one.evidence.addresses,
                "names": one.evidence.names,
                "ordered_rows": one.evidence.ordered_rows,
            })
        })
        .collect();
    serde_json::json!({
        "found": found,
        "rows": trace.rows,
        "known": trace.known,
        "unknown_codes": trace.unknown_codes,
    })
}

fn tell(trace: &Trace, zone: Option<&Zone>, language: Language) {
    for one in &trace.found {
        let day = zone.map(|zone| zone.day_of(one.export.asked_at).to_string());
        let when = day.unwrap_or_else(|| one.export.asked_at.rfc3339());
        let (who, why) = (&one.export.asked_by, &one.export.reason);
        let marks = &one.evidence;
        let sure = marks.is_certain();
        say(
            language,
            &format!(
                "{}: {who}, {when} — {why} (коды строк {}, адреса подставных {}, их имена {}, строк в порядке выгрузки {})",
                if sure {
                    "Файл сделал(а)"
                } else {
                    "Возможно"
                },
                marks.row_codes,
                marks.addresses,
                marks.names,
                marks.ordered_rows
            ),
            &format!(
                "{}: {who}, {when}, {why} (row codes {}, addresses of invented {}, their names {}, rows in the order of the export {})",
                if sure { "Made by" } else { "Perhaps" },
                marks.row_codes,
                marks.addresses,
                marks.names,
                marks.ordered_rows
            ),
        );
    }
    if trace.found.is_empty() {
        say(
            language,
            &format!(
                "Узнать не получилось: строк {}, из них клиентов этой базы {}.",
                trace.rows, trace.known
            ),
            &format!(
                "It cannot be told: {} rows, {} of them customers of this base.",
                trace.rows, trace.known
            ),
        );
    }
    if trace.unknown_codes > 0 {
        say(
            language,
            &format!(
                "Строк с кодами неизвестной выгрузки: {} (сделана до восстановления из копии).",
                trace.unknown_codes
            ),
            &format!(
                "Rows with codes of no known export: {} (made before a restore).",
                trace.unknown_codes
            ),
        );
    }
}
