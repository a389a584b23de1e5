//! The command line: what can be asked, in words that teach.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use vernis_domain::Day;

/// Vernis: a shop's customer base that earns again and again.
#[derive(Parser)]
#[command(
    name = "vernis",
    version,
    about,
    after_help = "Start with:\n  vernis serve                    open the address it prints\n  vernis import sales.csv         take a file in as it is\n  vernis metrics --by month       the whole picture in the terminal\n\nThe data lie in ./data unless --data says otherwise."
)]
pub struct Cli {
    /// Where the data lie: the SQLite file, the master key, uploads.
    #[arg(
        long,
        global = true,
        env = "VERNIS_DATA",
        default_value = "./data",
        value_name = "DIR"
    )]
    pub data: PathBuf,

    /// PostgreSQL instead of the SQLite file: postgres://user@host/base. The master key stays in --data.
    #[arg(long, global = true, env = "VERNIS_DATABASE", value_name = "URL")]
    pub database: Option<String>,

    /// Answer in JSON of a documented shape (docs/reference/cli.md).
    #[arg(long, global = true)]
    pub json: bool,

    /// Language of the answers.
    #[arg(
        long,
        global = true,
        env = "VERNIS_LANG",
        default_value = "ru",
        value_enum
    )]
    pub lang: Lang,

    /// Pretend that today is this day (for reports; nothing is recorded under it).
    #[arg(long, global = true, value_name = "DATE")]
    pub as_of: Option<Day>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Language of the answers.
#[derive(Clone, Copy, ValueEnum)]
pub enum Lang {
    /// Russian.
    Ru,
    /// English.
    En,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Start the server; at the first start print a one-time sign-in link.
    Serve(Serve),
    /// Take a file in: purchases, customers or both; any delimiter and encoding, CSV, TSV or XLSX.
    Import(Import),
    /// The metrics of a period, by month, week, store or channel.
    Metrics(Metrics),
    /// Cohorts by month of the first purchase: who came back, and with how much money.
    Cohorts(Period),
    /// The 27 RFM segments.
    Rfm(Rfm),
    /// The list of customers, searched and filtered.
    Customers(Customers),
    /// Segments: count people by a text, tell it in words, list them, save it, explain one of them.
    Segment(Segment),
    /// Exports: find out whose a leaked file is.
    Export(Export),
    /// Check every invariant of the data; exits with 3 when something is wrong.
    Verify(Verify),
    /// Write one encrypted file that restores everything (the passphrase comes from
    /// VERNIS_PASSPHRASE or is asked for).
    Backup {
        /// File to write.
        file: PathBuf,
    },
    /// Restore a backup into an empty data folder or database.
    Restore {
        /// File to read.
        file: PathBuf,
    },
    /// Fill an empty base with the demo shop.
    Demo(Demo),
    /// Members of staff: add one, set a password, print a new sign-in link.
    User(User),
    /// Print completions for a shell.
    Completions {
        /// bash, zsh, fish, elvish or powershell.
        shell: clap_complete::Shell,
    },
    /// Parse one untrusted file on standard input (started by the importer, not by people).
    #[command(hide = true)]
    ParseFile {
        /// The importer's own words.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

/// Options of `serve`.
#[derive(Args)]
pub struct Serve {
    /// Address to listen at. Anything but the machine itself is served by TLS.
    #[arg(long, env = "VERNIS_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: std::net::SocketAddr,
    /// Certificate chain (PEM); with --tls-key.
    #[arg(long, env = "VERNIS_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key (PEM); with --tls-cert.
    #[arg(long, env = "VERNIS_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Plain HTTP on any address: a proxy in front does TLS and forwards Host and Origin unchanged.
    #[arg(long)]
    pub behind_proxy: bool,
    /// Fill the base with the demo shop if it is empty.
    #[arg(long)]
    pub demo: bool,
    /// Stand still at this instant (demo, screenshots, tests): 2026-11-23T12:00:00+03:00.
    #[arg(long, env = "VERNIS_FROZEN_CLOCK", value_name = "INSTANT")]
    pub frozen_clock: Option<String>,
}

/// Options of `export`.
#[derive(Args)]
pub struct Export {
    /// What to do.
    #[command(subcommand)]
    pub action: ExportAction,
}

/// What can be done about exports.
#[derive(Subcommand)]
pub enum ExportAction {
    /// Say who made a leaked file; exits with 3 when it cannot be told.
    Trace {
        /// The file, or a part of it: CSV, XLSX, any text with a person a line.
        file: PathBuf,
    },
}

/// Options of `import`.
#[derive(Args)]
pub struct Import {
    /// The file as it is.
    pub file: PathBuf,
    /// What is in it; guessed when not said.
    #[arg(long, value_enum)]
    pub kind: Option<ImportKind>,
    /// Which column holds what, when the guess is wrong: --map phone="Тел. клиента". Repeat as needed.
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub map: Vec<String>,
    /// Encoding, when the guess is wrong: utf-8, windows-1251, utf-16le, ibm866.
    #[arg(long)]
    pub encoding: Option<String>,
    /// Delimiter, when the guess is wrong.
    #[arg(long)]
    pub delimiter: Option<char>,
    /// Only count: what would be new, known, rejected.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask; keep the good rows and leave the rejected ones in a file.
    #[arg(long)]
    pub yes: bool,
    /// Where to write the rejected rows (default: beside the file, with .rejected.csv).
    #[arg(long)]
    pub rejected: Option<PathBuf>,
}

/// What a file holds.
#[derive(Clone, Copy, ValueEnum)]
pub enum ImportKind {
    /// Purchases.
    Purchases,
    /// Customers.
    Customers,
    /// Both.
    Both,
}

/// Only the customers of segments.
#[derive(Args)]
pub struct Named {
    /// Only the customers of this segment: name or id of a saved one, name or key of a ready one. Repeat
    /// it for those who are in all of them.
    #[arg(long, value_name = "NAME")]
    pub segment: Vec<String>,
    /// Only the customers who are not in this segment. Repeat as needed.
    #[arg(long, value_name = "NAME")]
    pub without: Vec<String>,
}

/// A period and its filters.
#[derive(Args)]
pub struct Period {
    /// First day (default: twelve months back for cohorts, this month for metrics).
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// Last day, included (default: today).
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    /// Only this store, by its code.
    #[arg(long)]
    pub store: Option<String>,
    /// Only this channel, by its code.
    #[arg(long)]
    pub channel: Option<String>,
    /// Only these customers.
    #[command(flatten)]
    pub segments: Named,
}

/// Options of `metrics`.
#[derive(Args)]
pub struct Metrics {
    /// The period.
    #[command(flatten)]
    pub period: Period,
    /// Only this RFM segment, such as 333.
    #[arg(long)]
    pub rfm: Option<String>,
    /// One column each month, week, store or channel.
    #[arg(long, value_enum)]
    pub by: Option<By>,
}

/// How metrics are split.
#[derive(Clone, Copy, ValueEnum)]
pub enum By {
    /// Calendar months.
    Month,
    /// Weeks from Monday.
    Week,
    /// Stores.
    Store,
    /// Channels.
    Channel,
}

/// Options of `rfm`.
#[derive(Args)]
pub struct Rfm {
    /// How borders are set.
    #[arg(long, value_enum)]
    pub borders: Option<Borders>,
    /// `all` history or the last so many days.
    #[arg(long, default_value = "all", value_name = "all|DAYS")]
    pub window: String,
    /// Only these customers, by the borders of the whole shop.
    #[command(flatten)]
    pub segments: Named,
}

/// How RFM borders are set.
#[derive(Clone, Copy, ValueEnum)]
pub enum Borders {
    /// Thirds of today's customers.
    Terciles,
    /// The shop's frozen thresholds.
    Fixed,
    /// Multiples of the usual gap between purchases.
    Rhythm,
}

/// Options of `customers`.
#[derive(Args)]
pub struct Customers {
    /// Part of a name, the end of a phone, an e-mail, a card.
    #[arg(long, default_value = "")]
    pub search: String,
    /// Only this RFM segment, such as 333.
    #[arg(long, value_name = "CELL")]
    pub rfm: Option<String>,
    /// Only these customers.
    #[command(flatten)]
    pub segments: Named,
    /// How many at most.
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

/// `segment` and its actions.
#[derive(Args)]
#[command(
    after_help = "A text reads like this, in Russian or English:\n  orders in last 180d >= 3 and days_since > 60 and revenue > 10 000\n  покупок за последние 180 дн >= 3 и не в сегменте \"VIP\""
)]
pub struct Segment {
    /// What to do.
    #[command(subcommand)]
    pub action: SegmentAction,
}

/// What to do with segments.
#[derive(Subcommand)]
pub enum SegmentAction {
    /// Saved segments with their size and money now.
    List,
    /// How many people a text means, and how much they have paid.
    Count {
        /// The text.
        text: String,
    },
    /// A text told in a sentence, and as it is written in the language of the answers.
    Words {
        /// The text.
        text: String,
    },
    /// Save a text under a name; prints the id.
    Save {
        /// Name.
        name: String,
        /// The text.
        text: String,
    },
    /// The people a text means.
    Members {
        /// The text.
        text: String,
        /// Order: a fact, such as revenue, from the largest.
        #[arg(long)]
        sort: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Why a customer is in or out.
    Why {
        /// Id of the customer, as `members` prints it.
        customer: String,
        /// The text.
        text: String,
    },
}

/// Options of `verify`.
#[derive(Args)]
pub struct Verify {
    /// Also print what the live base keeps in memory, per customer and per purchase.
    #[arg(long)]
    pub memory: bool,
}

/// Options of `demo`.
#[derive(Args)]
pub struct Demo {
    /// How many customers.
    #[arg(long, default_value_t = 3000)]
    pub customers: u32,
    /// The same seed makes the same shop.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The shop's last day (default: today).
    #[arg(long, value_name = "DATE")]
    pub today: Option<Day>,
    /// Write the shop as files into this folder instead of filling the base.
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
}

/// `user` and its actions.
#[derive(Args)]
pub struct User {
    /// What to do.
    #[command(subcommand)]
    pub action: UserAction,
}

/// What to do with members of staff.
#[derive(Subcommand)]
pub enum UserAction {
    /// Show who can sign in.
    List,
    /// Add a member of staff; the password is read from VERNIS_PASSWORD or asked for.
    Add {
        /// Login.
        login: String,
        /// Name shown on pages.
        #[arg(long, default_value = "")]
        name: String,
        /// Code of the role: owner, administrator, marketer, manager, cashier, analyst, auditor, or
        /// one of the shop's own.
        #[arg(long, default_value = "owner")]
        role: String,
    },
    /// Set a new password (from VERNIS_PASSWORD or asked for); ends all his sessions.
    Password {
        /// Login.
        login: String,
    },
    /// Take sign-in with a code off somebody who has lost his phone; ends all his sessions.
    ResetCode {
        /// Login.
        login: String,
    },
    /// Print a one-time sign-in link for the first start.
    Link,
}
