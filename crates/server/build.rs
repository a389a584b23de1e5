//! Builds again when the built web interface changes: it is embedded in this crate.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
}
