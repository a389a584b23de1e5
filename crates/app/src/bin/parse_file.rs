//! The parsing child alone: what `vernis parse-file` runs. Tests and benches start this one.

fn main() -> std::process::ExitCode {
    vernis_app::files::child::main(std::env::args().skip(1).filter(|arg| arg != "parse-file"))
}
