//! TLS in the program.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::running::Program;
use crate::support::{end, program, serve, shell};
use crate::trust::trusting;

/// Requests the clock from an endpoint over TLS, and returns the response.
fn clock_over_tls(endpoint: &str, ca_certificate: &str) -> io::Result<String> {
    let port = endpoint.strip_prefix("https://localhost:").unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(trusting(ca_certificate), name).unwrap();
    let stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
    let mut stream = StreamOwned::new(connection, stream);
    stream.write_all(
        b"GET /_emulator/clock HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}

/// A running program with TLS.
struct Tls {
    program: Program,
    endpoint: String,
    /// The file with the CA certificate, quoted for a shell.
    ca: String,
}

fn serve_tls(options: &[&str]) -> Tls {
    let mut program = serve(options);
    let endpoint = program.line().split(' ').next().unwrap().to_owned();
    let curl = program.line();
    let ca = curl.split_once("curl --cacert ").unwrap().1.to_owned();
    Tls { program, endpoint, ca }
}

#[test]
fn tls_is_served_and_the_output_explains_how_to_trust_it() {
    let kept = tempfile::tempdir().unwrap();
    let kept = kept.path().join("it's a directory");
    let other = serve_tls(&["--tls"]);
    let other_ca = shell(&format!("cat {}", other.ca));
    for options in [&["--tls"][..], &["--tls-ca", kept.to_str().unwrap()]] {
        let Tls { program, endpoint, ca } = serve_tls(options);
        let response = clock_over_tls(&endpoint, &shell(&format!("cat {ca}"))).unwrap();
        assert!(response.contains("\"Frozen\""), "{endpoint} {ca}: {response}");
        let distrusted = clock_over_tls(&endpoint, &other_ca).unwrap_err().to_string();
        assert!(distrusted.contains("certificate"), "{distrusted}");
        end(program);
        let exists = shell(&format!("test -e {ca} && echo kept"));
        assert_eq!(exists.trim() == "kept", options.len() == 2, "{options:?}");
    }
    end(other.program);
}

#[test]
fn tls_that_cannot_be_served_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("ca.pem"), "").unwrap();
    let path = directory.path().to_str().unwrap();
    let first = serve(&[]);
    let port = first.address.rsplit(':').next().unwrap();
    for (options, message) in [
        (&["--tls-ca", path][..], "cannot serve TLS: "),
        (&["--tls-port", port], "cannot listen on 127.0.0.1:"),
        (&["--issuer", "tls"], "TLS is off"),
        (&["--tls", "--public-url", "https://not a host"], "--public-url"),
    ] {
        let refused = program(&[&["serve"], options].concat()).output().unwrap();
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && error.contains(message), "{options:?}: {error}");
    }
    end(first);
}
