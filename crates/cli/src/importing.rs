//! `vernis import` and `vernis demo`: files in, with a preview, progress and a file of what was not
//! taken.

use crate::args::{Cli, Demo, Import, ImportKind};
use crate::{FINDINGS, OK, open, say};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vernis_app::command_imports::CommandImport;
use vernis_app::demo::{DemoOptions, DemoShop};
use vernis_app::import::{Counts, End, Kind, Preview, fields, rejected};
use vernis_app::imports::LookAgain;
use vernis_app::{App, Caller, Refusal};
use vernis_domain::{CustomField, Language, Text};

pub fn import(cli: &Cli, wanted: &Import, language: Language) -> Result<u8, Refusal> {
    let app = open(cli)?;
    let kind = wanted.kind.map(|kind| match kind {
        ImportKind::Purchases => Kind::Purchases,
        ImportKind::Customers => Kind::Customers,
        ImportKind::Both => Kind::Both,
    });
    let mut preview = app.look_at_file(
        &wanted.file,
        &LookAgain {
            encoding: wanted.encoding.clone(),
            delimiter: wanted.delimiter,
            kind,
            ..LookAgain::default()
        },
    )?;
    map_by_hand(&mut preview, &wanted.map, &app.custom_fields())?;
    if !cli.json {
        show(&preview, language);
    }
    // Somebody who said yes beforehand is not made to wait for a count.
    if wanted.dry_run || !wanted.yes {
        let (_, counts, _) = run(&app, cli, wanted, &preview, true, language)?;
        if wanted.dry_run {
            return Ok(report(cli, &counts, language));
        }
        if std::io::stdin().is_terminal() && !cli.json {
            report(cli, &counts, language);
            if !agreed(language) {
                say(language, "Ничего не записано.", "Nothing was recorded.");
                return Ok(OK);
            }
        } else if counts.rejected > 0 {
            report(cli, &counts, language);
            return Err(Refusal::new(
                vernis_app::RefusalKind::Invalid,
                "rejected_rows",
                Text::new(
                    "Есть строки с ошибками, ничего не записано. С --yes хорошие строки будут записаны, плохие лягут в файл.",
                    "Some rows are bad; nothing was recorded. With --yes the good rows are recorded and the bad ones go to a file.",
                ),
            ));
        }
    }
    let (id, counts, end) = run(&app, cli, wanted, &preview, false, language)?;
    let code = report(cli, &counts, language);
    if counts.rejected > 0 {
        let path = wanted
            .rejected
            .clone()
            .unwrap_or_else(|| beside(&wanted.file));
        let names: Vec<String> = preview.columns.iter().map(|c| c.name.clone()).collect();
        let mut file = std::fs::File::create(&path).map_err(Refusal::internal)?;
        rejected::write_csv(app.truth(), id, &names, language == Language::Ru, &mut file)
            .map_err(Refusal::internal)?;
        say(
            language,
            &format!("Строки с ошибками: {}", path.display()),
            &format!("Rows not taken: {}", path.display()),
        );
    }
    app.write_snapshot();
    if let End::Broken(error) = end {
        return Err(Refusal::new(
            vernis_app::RefusalKind::Invalid,
            "file_broken",
            error.words(),
        ));
    }
    Ok(code)
}

type Ran = (vernis_domain::ImportId, Counts, End);

fn run(
    app: &Arc<App>,
    cli: &Cli,
    wanted: &Import,
    preview: &Preview,
    dry_run: bool,
    language: Language,
) -> Result<Ran, Refusal> {
    let bar = if std::io::stderr().is_terminal() && !cli.json {
        ProgressBar::new(0)
    } else {
        ProgressBar::hidden()
    };
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {human_pos}/~{human_len}  {per_sec}  {eta}")
    {
        bar.set_style(style);
    }
    bar.println(match (dry_run, language) {
        (true, Language::Ru) => "Проверяю…",
        (true, Language::En) => "Checking…",
        (false, Language::Ru) => "Загружаю…",
        (false, Language::En) => "Importing…",
    });
    let cancel = Arc::new(AtomicBool::new(false));
    let asked = cancel.clone();
    // An interrupt stops after the rows under way: what is written stays whole.
    let _ = ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed));
    let ran = app.run_command_import(
        CommandImport {
            file: &wanted.file,
            preview,
            dry_run,
            keep_good_rows: true,
        },
        &mut |progress| {
            bar.set_length(progress.rows_total_estimate.max(progress.rows_done));
            bar.set_position(progress.rows_done);
        },
        &cancel,
    );
    bar.finish_and_clear();
    let (id, outcome) = ran?;
    Ok((id, outcome.counts, outcome.end))
}

fn map_by_hand(
    preview: &mut Preview,
    pairs: &[String],
    own: &[CustomField],
) -> Result<(), Refusal> {
    for pair in pairs {
        let wrong = |ru: String, en: String| Refusal::field("map", "unknown", Text::owned(ru, en));
        let (field, column) = pair.split_once('=').ok_or_else(|| {
            wrong(
                format!("«{pair}»: нужно ПОЛЕ=СТОЛБЕЦ"),
                format!("“{pair}”: FIELD=COLUMN is wanted"),
            )
        })?;
        if fields::Field::from_code(field).is_none() && fields::own(field, own).is_none() {
            let known: Vec<&str> = fields::items().iter().map(|item| item.key).collect();
            return Err(wrong(
                format!("поля «{field}» нет; есть: {}", known.join(", ")),
                format!(
                    "there is no field “{field}”; there are: {}",
                    known.join(", ")
                ),
            ));
        }
        let at = preview
            .columns
            .iter()
            .position(|c| c.name == column || c.index.to_string() == column)
            .ok_or_else(|| {
                wrong(
                    format!("столбца «{column}» нет"),
                    format!("there is no column “{column}”"),
                )
            })?;
        for (index, known) in preview.columns.iter_mut().enumerate() {
            if index == at {
                known.field = Some(field.to_owned());
            } else if known.field.as_deref() == Some(field) && field != "phone" && field != "email"
            {
                known.field = None;
            }
        }
    }
    Ok(())
}

fn show(preview: &Preview, language: Language) {
    let label = |key: &str| {
        fields::items()
            .into_iter()
            .find(|item| item.key == key)
            .map(|item| match language {
                Language::Ru => item.label.ru,
                Language::En => item.label.en,
            })
            .unwrap_or_default()
    };
    for column in &preview.columns {
        let field = match &column.field {
            Some(key) => format!("{} ({key})", label(key)),
            None => "—".to_owned(),
        };
        outln!(
            "{:>3}  {}  →  {}  [{}]",
            column.index,
            column.name,
            field,
            column.samples.join(" | ")
        );
    }
    for warning in &preview.warnings {
        outln!(
            "! {}",
            match language {
                Language::Ru => &warning.ru,
                Language::En => &warning.en,
            }
        );
    }
}

fn report(cli: &Cli, counts: &Counts, language: Language) -> u8 {
    if cli.json {
        outln!("{}", serde_json::to_string(counts).unwrap_or_default());
    } else {
        say(
            language,
            &format!(
                "Строк {}: новых покупок {}, известных {}; новых клиентов {}, дополнено {}; отклонено {}.",
                counts.rows,
                counts.purchases_new,
                counts.purchases_known,
                counts.customers_new,
                counts.customers_changed,
                counts.rejected
            ),
            &format!(
                "{} rows: {} new purchases, {} known; {} new customers, {} enriched; {} rejected.",
                counts.rows,
                counts.purchases_new,
                counts.purchases_known,
                counts.customers_new,
                counts.customers_changed,
                counts.rejected
            ),
        );
        for reason in counts.reasons.iter().chain(&counts.warnings) {
            outln!(
                "  {} × {}",
                reason.count,
                match language {
                    Language::Ru => &reason.label.ru,
                    Language::En => &reason.label.en,
                }
            );
        }
    }
    if counts.rejected > 0 { FINDINGS } else { OK }
}

fn agreed(language: Language) -> bool {
    eprint!(
        "{}",
        match language {
            Language::Ru => "Записать? [д/н] ",
            Language::En => "Record? [y/n] ",
        }
    );
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.is_ok()
        && matches!(
            answer.trim().to_lowercase().as_str(),
            "д" | "да" | "y" | "yes"
        )
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".rejected.csv");
    PathBuf::from(name)
}

pub fn demo(cli: &Cli, wanted: &Demo, language: Language) -> Result<u8, Refusal> {
    if let Some(dir) = &wanted.files {
        let today = wanted.today.or(cli.as_of).unwrap_or_else(|| {
            let now = vernis_app::environment::system_clock()();
            vernis_domain::Day((now.0 / 86_400_000_000) as i32)
        });
        let shop = DemoShop::new(DemoOptions {
            customers: wanted.customers,
            seed: wanted.seed,
            today,
        })
        .map_err(Refusal::internal)?;
        vernis_app::demo::write_csv(&shop, dir).map_err(Refusal::internal)?;
        say(
            language,
            &format!("Файлы магазина лежат в {}.", dir.display()),
            &format!("The shop's files are in {}.", dir.display()),
        );
        return Ok(OK);
    }
    let app = open(cli)?;
    let loaded = app.load_demo(
        &Caller::shell(),
        wanted.customers,
        wanted.seed,
        wanted.today,
        |_| {},
    )?;
    app.write_snapshot();
    say(
        language,
        &format!(
            "Готово: клиентов {}, покупок {}.",
            loaded.customers_new, loaded.purchases_new
        ),
        &format!(
            "Done: {} customers, {} purchases.",
            loaded.customers_new, loaded.purchases_new
        ),
    );
    Ok(OK)
}
