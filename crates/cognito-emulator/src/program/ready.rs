//! The output of a ready server, as text or as JSON, and the file with its CA certificate.

use std::path::{Path, PathBuf};
use std::{fs, io};

use cognito_emulator::{ClientSummary, Emulator, PoolSummary};
use serde::Serialize;
use tempfile::TempDir;

use crate::program::quoted;

/// Returns the address of the emulator and, with TLS, how to trust its certificates.
pub(super) fn text(emulator: &Emulator, ca: Option<&Path>) -> String {
    let mut lines = format!("cognito-emulator is ready at {}\n", emulator.endpoint());
    if let (Some(file), Some(endpoint)) = (ca, emulator.tls_endpoint()) {
        lines += &format!("{endpoint} {}", trust(file));
    }
    lines
}

/// Returns one line of JSON. Wrappers in other languages rely on the names of its members.
pub(super) fn json(emulator: &Emulator, ca: Option<&Path>) -> Result<String, serde_json::Error> {
    let ready = Ready {
        version: env!("CARGO_PKG_VERSION"),
        url: emulator.endpoint(),
        https_url: emulator.tls_endpoint(),
        ca: ca.map(|path| path.display().to_string()),
        pools: emulator.pools().into_iter().map(Pool::from).collect(),
    };
    Ok(serde_json::to_string(&ready)? + "\n")
}

#[derive(Serialize)]
struct Ready<'a> {
    version: &'static str,
    url: &'a str,
    https_url: Option<&'a str>,
    /// The path of the file that clients of `https_url` trust.
    ca: Option<String>,
    pools: Vec<Pool>,
}

#[derive(Serialize)]
struct Pool {
    id: String,
    name: String,
    issuer: String,
    jwks: String,
    clients: Vec<Client>,
}

#[derive(Serialize)]
struct Client {
    id: String,
    name: String,
    secret: Option<String>,
}

impl From<PoolSummary> for Pool {
    fn from(pool: PoolSummary) -> Self {
        Self {
            id: pool.id.to_string(),
            name: pool.name,
            issuer: pool.issuer,
            jwks: pool.jwks_uri,
            clients: pool.clients.into_iter().map(Client::from).collect(),
        }
    }
}

impl From<ClientSummary> for Client {
    fn from(client: ClientSummary) -> Self {
        Self {
            id: client.id.to_string(),
            name: client.name,
            secret: client.secret.map(|secret| secret.expose_secret().to_owned()),
        }
    }
}

/// The certificate that clients trust, as a file.
pub(super) enum CaFile {
    /// In the directory of `--tls-ca`.
    Kept(PathBuf),
    /// In a temporary directory, which is deleted on drop.
    Temporary(TempDir),
}

impl CaFile {
    pub(super) fn of(
        emulator: &Emulator,
        directory: Option<PathBuf>,
    ) -> Result<Option<Self>, String> {
        let Some(certificate) = emulator.ca_certificate() else { return Ok(None) };
        if let Some(directory) = directory {
            return Ok(Some(Self::Kept(std::path::absolute(&directory).unwrap_or(directory))));
        }
        let create = || {
            let directory = tempfile::Builder::new().prefix("cognito-emulator-").tempdir()?;
            fs::write(directory.path().join(CA_FILE), certificate)?;
            Ok(Some(Self::Temporary(directory)))
        };
        create().map_err(|error: io::Error| format!("cannot write the CA's certificate: {error}"))
    }

    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::Kept(directory) => directory.join(CA_FILE),
            Self::Temporary(directory) => directory.path().join(CA_FILE),
        }
    }
}

/// The name of the file in [`EmulatorBuilder::tls_ca`]'s directory.
const CA_FILE: &str = "ca.pem";

/// Returns shell commands that make clients trust a certificate.
fn trust(path: &Path) -> String {
    let file = quoted(&path.display().to_string());
    format!(
        "is ready too, with certificates of a CA of its own; to trust it:
  curl    curl --cacert {file}
  Node    export NODE_EXTRA_CA_CERTS={file}
  Python  export SSL_CERT_FILE={file} REQUESTS_CA_BUNDLE={file}
  Go      export SSL_CERT_FILE={file}
  Java    keytool -importcert -noprompt -alias cognito-emulator -file {file} \\
            -storetype PKCS12 -keystore truststore.p12 -storepass changeit
          java -Djavax.net.ssl.trustStore=truststore.p12 -Djavax.net.ssl.trustStorePassword=changeit
  Chrome  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n cognito-emulator -i {file}
"
    )
}
