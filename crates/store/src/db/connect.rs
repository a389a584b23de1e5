//! Connecting to PostgreSQL: in the clear only on this machine, elsewhere by TLS with the server's
//! name and certificate checked.
//!
//! The address understands `sslmode` (`disable`, `require`; absent: `require` unless the server is
//! on this machine) and `sslrootcert` (a PEM file; absent: the system's certificates). Unlike
//! libpq's, this `require` believes no certificate unseen: an unchecked one protects from nobody
//! who can stand in between.

use crate::StoreError;
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// An address taken apart: what the driver understands, and how to be sure of the server.
struct Address {
    config: Config,
    root_file: Option<String>,
    tls: bool,
}

/// Connects. Must be called on a thread of the store's own.
pub(crate) fn connect(url: &str) -> Result<Client, StoreError> {
    let mut address = parse(url)?;
    let config = &mut address.config;
    config.application_name("vernis");
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if !address.tls {
        config.ssl_mode(SslMode::Disable);
        return Ok(config.connect(NoTls)?);
    }
    config.ssl_mode(SslMode::Require);
    let tls = checking(address.root_file.as_deref())?;
    Ok(address.config.connect(MakeRustlsConnect::new(tls))?)
}

fn parse(url: &str) -> Result<Address, StoreError> {
    let wrong = |text: String| StoreError::Connection(text);
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut mode, mut root_file, mut rest) = (None, None, Vec::new());
    for part in query.split('&').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value),
            Some(("sslrootcert", file)) => root_file = Some(file.to_owned()),
            _ => rest.push(part),
        }
    }
    let plain = match rest[..] {
        [] => place.to_owned(),
        _ => format!("{place}?{}", rest.join("&")),
    };
    let config: Config = plain
        .parse()
        .map_err(|error: postgres::Error| wrong(error.to_string()))?;
    let tls = match mode {
        None => !is_here(&config),
        Some("disable") => false,
        Some("require" | "verify-ca" | "verify-full") => true,
        Some(other) => {
            return Err(wrong(format!(
                "sslmode is {other}; disable or require is wanted"
            )));
        }
    };
    Ok(Address {
        config,
        root_file,
        tls,
    })
}

/// Whether the server is on this machine, where nobody stands in between.
fn is_here(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    let hosts = config.get_hosts();
    let name_is_here = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    if addresses.is_empty() {
        hosts.iter().all(name_is_here)
    } else {
        addresses.iter().all(|address| address.is_loopback())
    }
}

/// TLS that believes the certificates of a file, or those the system believes.
fn checking(root_file: Option<&str>) -> Result<ClientConfig, StoreError> {
    let wrong = |text: String| StoreError::Connection(text);
    let mut roots = RootCertStore::empty();
    match root_file {
        Some(file) => {
            let found = CertificateDer::pem_file_iter(file)
                .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>())
                .map_err(|error| wrong(format!("{file} holds no certificate: {error}")))?;
            roots.add_parsable_certificates(found);
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(wrong(
            "no certificate is known to check the server by: name a PEM file with sslrootcert"
                .to_owned(),
        ));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_on_this_machine_is_asked_in_the_clear_unless_somebody_says_so() {
        let tls = |url: &str| parse(url).unwrap().tls;
        assert!(!tls("postgres://vernis@localhost/vernis"));
        assert!(!tls("postgres://vernis@127.0.0.1:5433/vernis"));
        assert!(!tls("postgres://vernis@%2Frun%2Fpostgresql/vernis"));
        assert!(tls("postgres://vernis@db.shop.example/vernis"));
        assert!(tls("postgres://vernis@localhost,10.0.0.7/vernis"));
        assert!(!tls("postgres://vernis@10.0.0.7/vernis?sslmode=disable"));
        assert!(tls("postgres://vernis@localhost/vernis?sslmode=require"));
    }

    #[test]
    fn what_the_driver_does_not_know_is_kept_from_it() {
        let address = parse(
            "postgres://vernis@db/vernis?sslrootcert=/etc/db.pem&connect_timeout=3&sslmode=require",
        )
        .unwrap();
        assert_eq!(address.root_file.as_deref(), Some("/etc/db.pem"));
        assert_eq!(
            address.config.get_connect_timeout(),
            Some(&Duration::from_secs(3))
        );
        assert!(parse("postgres://vernis@db/vernis?sslmode=allow").is_err());
    }

    #[test]
    fn a_file_without_certificates_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("root.pem");
        std::fs::write(&file, "nothing").unwrap();
        let error = checking(file.to_str()).unwrap_err().to_string();
        assert!(
            error.contains("root.pem") || error.contains("sslrootcert"),
            "{error}"
        );
    }
}
