//! Measures `vernis serve` over HTTP against a bare axum + rusqlite server in the same run.
//!
//! `benches/http` builds and calls it:
//!
//! * `vernis-bench run VERNIS DIR PAGE` measures everything and writes the table into PAGE;
//! * `vernis-bench tills VERNIS DIR` measures only how long tills wait for an import, and prints it;
//! * `vernis-bench peer DIR` is the bare server, started by the former.

mod http;
mod load;
mod peer;
mod process;
mod report;
mod run;
mod shop;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", vernis, dir, page] => run::run(vernis.as_ref(), dir.as_ref(), page.as_ref()),
        ["tills", vernis, dir] => run::tills(vernis.as_ref(), dir.as_ref()),
        ["peer", dir] => peer::serve(dir.as_ref()),
        _ => bail!("usage: vernis-bench run VERNIS DIR PAGE | tills VERNIS DIR | peer DIR"),
    }
}
