//! TLS: from certificate files, or with a certificate the server signs for itself at its first
//! start. Plain HTTP is for the machine itself and for a declared proxy only.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub enum Tls {
    /// No TLS: loopback or behind a proxy.
    Off,
    /// PEM files given by the administrator.
    Files {
        /// Certificate chain.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
    },
    /// A self-signed certificate kept in this folder.
    SelfSigned(PathBuf),
}

/// Why TLS could not be set up, in one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(String);

/// Makes the acceptor, or `None` for [`Tls::Off`].
///
/// # Errors
/// When a file cannot be read or does not hold what it should.
pub fn acceptor(tls: &Tls) -> Result<Option<TlsAcceptor>, TlsError> {
    let (certificate, key) = match tls {
        Tls::Off => return Ok(None),
        Tls::Files { certificate, key } => (certificate.clone(), key.clone()),
        Tls::SelfSigned(dir) => self_signed(dir)?,
    };
    let chain = CertificateDer::pem_file_iter(&certificate)
        .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>())
        .map_err(|e| {
            TlsError(format!(
                "{} holds no certificate: {e}",
                certificate.display()
            ))
        })?;
    let key = PrivateKeyDer::from_pem_file(&key)
        .map_err(|e| TlsError(format!("{} holds no private key: {e}", key.display())))?;
    let config = ServerConfig::builder_with_provider(Arc::new(
        tokio_rustls::rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
    .map_err(|e| TlsError(format!("the certificate and its key do not fit: {e}")))?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

/// The self-signed pair of a data folder, made when it is not there yet.
fn self_signed(dir: &Path) -> Result<(PathBuf, PathBuf), TlsError> {
    let (certificate, key) = (
        dir.join("tls-self-signed.crt"),
        dir.join("tls-self-signed.key"),
    );
    if !certificate.exists() || !key.exists() {
        let made = rcgen::generate_simple_self_signed(vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
        ])
        .map_err(|e| TlsError(format!("a certificate could not be made: {e}")))?;
        write_private(&key, &made.signing_key.serialize_pem())?;
        write_private(&certificate, &made.cert.pem())?;
    }
    Ok((certificate, key))
}

fn write_private(path: &Path, text: &str) -> Result<(), TlsError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|e| TlsError(format!("{} could not be written: {e}", path.display())))
}
