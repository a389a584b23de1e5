//! The real binary, as a person or a script runs it: one test binary, a module for each subject.

#[path = "cli/commands.rs"]
mod commands;
#[path = "cli/full_disk.rs"]
mod full_disk;
#[path = "cli/kills.rs"]
mod kills;
#[path = "cli/program.rs"]
mod program;
