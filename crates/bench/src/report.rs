//! The table: printed, and written between the markers of a page.

use anyhow::{Context, Result};
use std::path::Path;

const BEGIN: &str = "<!-- benches/http: begin -->";
const END: &str = "<!-- benches/http: end -->";

/// Puts `text` between the markers of a page.
///
/// # Errors
/// When the page has no markers.
pub fn put(page: &Path, text: &str) -> Result<()> {
    let whole = std::fs::read_to_string(page)?;
    let (head, rest) = whole.split_once(BEGIN).context("no begin marker")?;
    let (_, tail) = rest.split_once(END).context("no end marker")?;
    std::fs::write(page, format!("{head}{BEGIN}\n\n{text}\n{END}{tail}"))?;
    Ok(())
}

/// The machine in words: processor, cores, memory, kernel.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let cpu = field(&read("/proc/cpuinfo"), "model name");
    let kilobytes = field(&read("/proc/meminfo"), "MemTotal");
    let memory = kilobytes
        .split(' ')
        .next()
        .and_then(|number| number.parse::<f64>().ok())
        .unwrap_or(0.0);
    format!(
        "{cpu}, {} cores, {:.1} GB, Linux {}",
        std::thread::available_parallelism().map_or(1, usize::from),
        memory / 1024.0 / 1024.0,
        read("/proc/sys/kernel/osrelease").trim()
    )
}

/// Load averages of 1, 5, 15 minutes.
pub fn machine_load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// First line of what a command prints.
pub fn said(command: &str, words: &[&str]) -> String {
    let output = std::process::Command::new(command).args(words).output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
