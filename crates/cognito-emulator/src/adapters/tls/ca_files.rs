//! An authority stored in a directory, so that clients need to trust it only once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::KeyPair;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use yasna::{ASN1Result, BERReader, BERReaderSeq, tags};

use super::TlsError;
use super::authority::Authority;
use crate::adapters::private_file::{self, PrivateFileError};

/// The certificate that clients trust.
const CERTIFICATE: &str = "ca.pem";

/// The key, which only the owner can read.
const KEY: &str = "ca-key.pem";

const AGAIN: &str =
    "delete ca.pem and ca-key.pem so that new ones are created, or use another directory";

/// Restores the authority of a directory, or creates one.
pub(super) fn load_or_create(
    directory: &Path,
    hosts: &[ServerName<'static>],
) -> Result<Authority, TlsError> {
    let read = |name, read: fn(&Path) -> Result<String, PrivateFileError>| {
        let path = directory.join(name);
        match read(&path) {
            Ok(text) => Ok(Some(text)),
            Err(PrivateFileError::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TlsError::ca(&path, error)),
        }
    };
    let certificate = read(CERTIFICATE, |path| Ok(fs::read_to_string(path)?))?;
    match (certificate, read(KEY, read_private)?) {
        (Some(certificate), Some(key)) => load(directory, certificate, &key, hosts),
        (None, None) => create(directory, hosts),
        (Some(_), None) => Err(TlsError::ca(directory, format!("{KEY} is missing; {AGAIN}"))),
        (None, Some(_)) => {
            Err(TlsError::ca(directory, format!("{CERTIFICATE} is missing; {AGAIN}")))
        }
    }
}

/// Reads a file that only its owner may access. The certificate needs no such check, because it is
/// verified with the key.
fn read_private(path: &Path) -> Result<String, PrivateFileError> {
    Ok(io::read_to_string(private_file::open(path, |path| File::open(path))?)?)
}

fn create(directory: &Path, hosts: &[ServerName<'_>]) -> Result<Authority, TlsError> {
    let authority = Authority::create(hosts)?;
    fs::create_dir_all(directory).map_err(|error| TlsError::ca(directory, error))?;
    let write = |name, text: &str, mode| {
        let path = directory.join(name);
        let mut file = new_file(&path, mode).map_err(|error| TlsError::ca(&path, error))?;
        file.write_all(text.as_bytes()).map_err(|error| TlsError::ca(&path, error))
    };
    write(KEY, &authority.key_pem(), 0o600)?;
    write(CERTIFICATE, authority.pem(), 0o644)?;
    Ok(authority)
}

/// Creates a file, and fails if it exists: another program may have created it in the meantime.
fn new_file(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

fn load(
    directory: &Path,
    pem: String,
    key: &str,
    hosts: &[ServerName<'static>],
) -> Result<Authority, TlsError> {
    let invalid = |name: &str, problem: &str| {
        TlsError::ca(&directory.join(name), format!("{problem}; {AGAIN}"))
    };
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| invalid(CERTIFICATE, "not a certificate in PEM"))?;
    let key = KeyPair::from_pem(key).map_err(|_| invalid(KEY, "not a private key in PEM"))?;
    let end = yasna::parse_der(&certificate, not_after)
        .map_err(|_| invalid(CERTIFICATE, "not an X.509 certificate"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if i128::from(end) <= i128::from(now.as_secs()) {
        return Err(invalid(CERTIFICATE, "the certificate has expired"));
    }
    let authority = Authority::restore(certificate, pem, key);
    let localhost = ServerName::try_from("localhost").map_err(|_| invalid(KEY, "no name"))?;
    authority.verify(&localhost).map_err(|_| {
        invalid(CERTIFICATE, "not the certificate that cognito-emulator created with ca-key.pem")
    })?;
    for host in hosts {
        let problem = || format!("the certificate does not permit the host {}", host.to_str());
        authority.verify(host).map_err(|_| invalid(CERTIFICATE, &problem()))?;
    }
    Ok(authority)
}

/// Parses the end of a certificate's validity (RFC 5280, 4.1), in seconds since 1970.
fn not_after(certificate: BERReader<'_, '_>) -> ASN1Result<i64> {
    certificate.read_sequence(|certificate| {
        let end = certificate.next().read_sequence(|members| {
            // Version, serial number, signature algorithm, issuer.
            for _ in 0..4 {
                members.next().read_der()?;
            }
            let end = members.next().read_sequence(|validity| {
                validity.next().read_der()?;
                time(validity.next())
            })?;
            skip(members)?;
            Ok(end)
        })?;
        skip(certificate)?;
        Ok(end)
    })
}

fn time(time: BERReader<'_, '_>) -> ASN1Result<i64> {
    match time.lookahead_tag()? {
        tags::TAG_UTCTIME => Ok(time.read_utctime()?.datetime().unix_timestamp()),
        _ => Ok(time.read_generalized_time()?.datetime().unix_timestamp()),
    }
}

/// Skips the rest of a sequence, because yasna requires that it is read completely.
fn skip(rest: &mut BERReaderSeq<'_, '_>) -> ASN1Result<()> {
    while rest.read_optional(|member| member.read_der())?.is_some() {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rcgen::{CertificateParams, date_time_ymd};
    use tempfile::TempDir;

    use super::*;

    fn name(text: &str) -> ServerName<'static> {
        ServerName::try_from(text.to_owned()).unwrap()
    }

    /// A directory with an authority, and the paths of its files.
    fn kept() -> (TempDir, PathBuf, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        load_or_create(directory.path(), &[]).unwrap();
        let [certificate, key] = [CERTIFICATE, KEY].map(|name| directory.path().join(name));
        (directory, certificate, key)
    }

    fn refused(directory: &Path, hosts: &[ServerName<'static>]) -> String {
        load_or_create(directory, hosts).err().unwrap().to_string()
    }

    #[test]
    fn an_authority_is_created_once_and_only_the_owner_reads_its_key() {
        let (directory, _, key) = kept();
        let pems =
            [(); 2].map(|()| load_or_create(directory.path(), &[]).unwrap().pem().to_owned());
        assert_eq!(pems[0], pems[1]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let nested = directory.path().join("a/b");
        load_or_create(&nested, &[name("auth.shop.test")]).unwrap();
        load_or_create(&nested, &[name("auth.shop.test")]).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn key_is_restricted_to_its_owner_and_refused_if_another_user_prepared_it() {
        use std::os::unix::fs::{PermissionsExt, chown, symlink};

        let (directory, _, key) = kept();
        for mode in [0o604, 0o640, 0o620, 0o644] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            load_or_create(directory.path(), &[]).unwrap();
            assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        }
        // Only root can give a file away, and only root could open it then.
        if chown(&key, Some(65_533), None).is_ok() {
            let refused = refused(directory.path(), &[]);
            assert!(refused.starts_with(key.to_str().unwrap()), "{refused}");
            assert!(refused.contains("another user owns it"), "{refused}");
        }
        let moved = directory.path().join("moved");
        fs::rename(&key, &moved).unwrap();
        symlink(&moved, &key).unwrap();
        assert!(refused(directory.path(), &[]).contains("symbolic link"));
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let (directory, certificate, key) = kept();
        let unpermitted = refused(directory.path(), &[name("auth.shop.test")]);
        assert!(unpermitted.contains("does not permit the host auth.shop.test"), "{unpermitted}");
        let (pem, key_pem) = (fs::read(&certificate).unwrap(), fs::read(&key).unwrap());
        for (path, text) in [
            (&certificate, "no certificate"),
            (&certificate, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
            (&certificate, ""),
            (&key, "no key"),
            (&key, ""),
        ] {
            fs::write(path, text).unwrap();
            let refused = refused(directory.path(), &[]);
            assert!(refused.starts_with(path.to_str().unwrap()), "{text}: {refused}");
            assert!(refused.contains(AGAIN), "{text}: {refused}");
            fs::write(&certificate, &pem).unwrap();
            fs::write(&key, &key_pem).unwrap();
        }
        fs::write(&key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
        assert!(refused(directory.path(), &[]).contains("not the certificate"));
        fs::remove_file(&key).unwrap();
        assert!(refused(directory.path(), &[]).contains("ca-key.pem is missing"));
        new_file(&key, 0o600).unwrap().write_all(&key_pem).unwrap();
        fs::remove_file(&certificate).unwrap();
        assert!(refused(directory.path(), &[]).contains("ca.pem is missing"));
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(refused(&file, &[]).starts_with(file.to_str().unwrap()));
    }

    #[test]
    fn an_expired_authority_is_refused() {
        for year in [1999, 2020] {
            let (directory, certificate, key) = kept();
            let key = KeyPair::from_pem(&fs::read_to_string(key).unwrap()).unwrap();
            let mut params = CertificateParams::default();
            params.not_before = date_time_ymd(1998, 1, 1);
            params.not_after = date_time_ymd(year, 1, 1);
            fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
            let refused = refused(directory.path(), &[]);
            assert!(refused.contains("has expired; delete"), "{refused}");
        }
    }
}
