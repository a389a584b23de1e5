//! The program `vernis`: the server and every command over the same data.

/// Prints a line. A reader who has seen enough (`vernis metrics | head`) ends the program quietly.
macro_rules! outln {
    ($($arg:tt)*) => {{
        use std::io::Write as _;
        if writeln!(std::io::stdout().lock(), $($arg)*).is_err() {
            std::process::exit(0);
        }
    }};
}

mod args;
mod exports;
mod importing;
mod reports;
mod segments;
mod serving;
mod table;

use args::{Cli, Command, Lang, UserAction};
use clap::{CommandFactory, Parser};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use vernis_app::environment::{Clock, Randomness, system_clock};
use vernis_app::journal::{Note, acts, fields};
use vernis_app::{App, Caller, Options, Refusal, RefusalKind};
use vernis_domain::{Day, Instant, Language, Text, Zone};

/// The command did what was asked.
const OK: u8 = 0;
/// It was refused or failed; the reason is on standard error.
const FAILED: u8 = 1;
/// Some rows of a file were not taken, or the data have findings.
const FINDINGS: u8 = 3;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The child reads strangers' files: it is on its own before anything else is set up.
    if let Command::ParseFile { words } = &cli.command {
        return vernis_app::files::child::main(words.iter().cloned());
    }
    logging(matches!(cli.command, Command::Serve(_)));
    let language = match cli.lang {
        Lang::Ru => Language::Ru,
        Lang::En => Language::En,
    };
    match command(&cli, language) {
        Ok(code) => ExitCode::from(code),
        Err(refusal) => {
            eprintln!("{}", refusal.detail.get(language));
            for field in &refusal.fields {
                eprintln!("  {}: {}", field.field, field.message.get(language));
            }
            ExitCode::from(FAILED)
        }
    }
}

fn command(cli: &Cli, language: Language) -> Result<u8, Refusal> {
    match &cli.command {
        Command::Serve(serve) => serving::serve(cli, serve, language),
        Command::Import(import) => importing::import(cli, import, language),
        Command::Metrics(wanted) => reports::metrics(&*open(cli)?, cli, wanted, language),
        Command::Cohorts(period) => reports::cohorts(&*open(cli)?, cli, period, language),
        Command::Rfm(wanted) => reports::rfm(&*open(cli)?, cli, wanted, language),
        Command::Customers(wanted) => reports::customers(&*open(cli)?, cli, wanted, language),
        Command::Segment(wanted) => segments::segment(&*open(cli)?, cli, wanted, language),
        Command::Export(wanted) => exports::export(cli, &wanted.action, language),
        Command::Verify(verify) => check(cli, verify.memory, language),
        Command::Backup { file } => {
            let app = open(cli)?;
            let passphrase = secret(
                "VERNIS_PASSPHRASE",
                language,
                "Фраза для копии: ",
                "Passphrase: ",
            )?;
            let rows = app.backup(file, &passphrase)?;
            app.tell(Note::new(&acts::BACKUP_MADE, &Caller::shell()).fact(&fields::ROWS, rows))?;
            say(
                language,
                &format!(
                    "Копия {} готова: строк {rows}. Без фразы её не открыть.",
                    file.display()
                ),
                &format!(
                    "The backup {} is done: {rows} rows. It does not open without the passphrase.",
                    file.display()
                ),
            );
            Ok(OK)
        }
        Command::Restore { file } => {
            let passphrase = secret(
                "VERNIS_PASSPHRASE",
                language,
                "Фраза копии: ",
                "Passphrase: ",
            )?;
            let rows = vernis_app::restore(file, &passphrase, &cli.data, cli.database.as_deref())?;
            say(
                language,
                &format!("Восстановлено строк: {rows}."),
                &format!("Rows restored: {rows}."),
            );
            Ok(OK)
        }
        Command::Demo(demo) => importing::demo(cli, demo, language),
        Command::User(user) => staff(cli, &user.action, language),
        Command::Completions { shell } => {
            clap_complete::generate(
                *shell,
                &mut Cli::command(),
                "vernis",
                &mut std::io::stdout(),
            );
            Ok(OK)
        }
        Command::ParseFile { .. } => Ok(OK),
    }
}

fn logging(server: bool) {
    let default = if server { "info" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("VERNIS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}

/// Opens the data for a command. The day can be set, the time of recording cannot.
fn open(cli: &Cli) -> Result<Arc<App>, Refusal> {
    open_with(cli, cli.as_of.map_or_else(system_clock, clock_on))
}

fn open_with(cli: &Cli, clock: Clock) -> Result<Arc<App>, Refusal> {
    let program = std::env::current_exe().map_err(Refusal::internal)?;
    App::open(Options {
        data_dir: cli.data.clone(),
        database_url: cli.database.clone(),
        clock,
        randomness: Randomness::system(),
        kernel_threads: 0,
        program,
    })
}

/// A clock that stands at noon (Moscow) of a day: for reports of a past day.
fn clock_on(day: Day) -> Clock {
    let at = Zone::new("Europe/Moscow")
        .map_or(Instant(i64::from(day.0) * 86_400_000_000), |zone| {
            zone.noon_of(day)
        });
    vernis_app::environment::frozen_clock(at)
}

fn check(cli: &Cli, memory: bool, language: Language) -> Result<u8, Refusal> {
    let app = open(cli)?;
    let verified = app.verify()?;
    let note = Note::new(&acts::DATA_VERIFIED, &Caller::shell());
    app.tell(note.fact(&fields::FINDINGS, verified.findings.len()))?;
    if cli.json {
        outln!(
            "{}",
            serde_json::json!({
                "customers": verified.customers,
                "purchases": verified.purchases,
                "findings": verified.findings,
                "memory": memory.then(|| app.memory()),
            })
        );
    } else {
        for finding in &verified.findings {
            outln!("{finding}");
        }
        if verified.findings.is_empty() {
            say(
                language,
                &format!(
                    "Всё в порядке: клиентов {}, покупок {}.",
                    verified.customers, verified.purchases
                ),
                &format!(
                    "All is well: {} customers, {} purchases.",
                    verified.customers, verified.purchases
                ),
            );
        }
        if memory {
            outln!("{}", app.memory());
        }
    }
    Ok(if verified.findings.is_empty() {
        OK
    } else {
        FINDINGS
    })
}

fn staff(cli: &Cli, action: &UserAction, language: Language) -> Result<u8, Refusal> {
    let app = open(cli)?;
    match action {
        UserAction::List => {
            for user in app.users()? {
                outln!("{}\t{}\t{}", user.login, user.name, user.role);
            }
        }
        UserAction::Add { login, name, role } => {
            let password = secret("VERNIS_PASSWORD", language, "Пароль: ", "Password: ")?;
            app.add_user(login, name, &password, role, &vernis_app::Scope::All)?;
            say(
                language,
                "Сотрудник добавлен.",
                "The member of staff was added.",
            );
        }
        UserAction::Password { login } => {
            let password = secret(
                "VERNIS_PASSWORD",
                language,
                "Новый пароль: ",
                "New password: ",
            )?;
            app.set_password(login, &password)?;
            say(
                language,
                "Пароль сменён, все входы завершены.",
                "The password was changed; all sessions have ended.",
            );
        }
        UserAction::ResetCode { login } => {
            let had = app.reset_second_factor_by_login(&Caller::shell(), login)?;
            if had {
                say(
                    language,
                    "Вход с кодом отключён, все входы завершены.",
                    "Sign-in with a code was taken off; all sessions have ended.",
                );
            } else {
                say(
                    language,
                    "Вход с кодом не был включён; все входы завершены.",
                    "Sign-in with a code was not set up; all sessions have ended.",
                );
            }
        }
        UserAction::Link => {
            let token = app.first_run_link()?;
            outln!("/first-run/{token}");
        }
    }
    Ok(OK)
}

/// A secret from the environment, or from the terminal without showing it.
fn secret(variable: &str, language: Language, ru: &str, en: &str) -> Result<String, Refusal> {
    if let Ok(value) = std::env::var(variable) {
        return Ok(value);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "secret_missing",
            Text::owned(
                format!("Задайте переменную {variable} или запустите в терминале."),
                format!("Set the variable {variable} or run in a terminal."),
            ),
        ));
    }
    eprint!(
        "{}",
        match language {
            Language::Ru => ru,
            Language::En => en,
        }
    );
    let _ = std::io::stderr().flush();
    rpassword::read_password().map_err(Refusal::internal)
}

fn say(language: Language, ru: &str, en: &str) {
    outln!(
        "{}",
        match language {
            Language::Ru => ru,
            Language::En => en,
        }
    );
}
