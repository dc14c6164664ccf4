//! Private keys on disk: made once, complete or not at all, for the owner's eyes only.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::{EncodePrivateKey as _, KeypairBytes, spki::der::pem::LineEnding};
use rand::CryptoRng;

/// No key file is longer, in bytes; what is longer is cut and then found corrupt.
const FILE_BYTES_MAX: u64 = 4_096;

/// The mode bits that let anybody but the owner in.
const OTHERS: u32 = 0o077;

/// Why a key, or a set of public keys, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is there but cannot be read.
    #[error("the key file {path} cannot be read: {source}")]
    Read {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not there and cannot be made.
    #[error("the key file {path} cannot be created: {source}")]
    Create {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner may read or change the file, so the key may be known to them.
    #[error(
        "the key file {path} has mode {mode:04o}, which lets others in: make a new key, or set its mode to 0600"
    )]
    OpenToOthers {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds something else than a key.
    #[error("the key file {path} holds no Ed25519 private key (PKCS#8 PEM, or a 32-byte seed in base64url)")]
    Corrupt {
        /// The key file.
        path: PathBuf,
    },
    /// The text given is not a key.
    #[error("this is no Ed25519 private key (PKCS#8 PEM, or a 32-byte seed in base64url)")]
    NotAKey,
    /// A document of public keys cannot be read.
    #[error("the public keys are no valid document: {0}")]
    Document(serde_json::Error),
    /// A file of public keys cannot be understood.
    #[error(
        "the file {path} is no document of public keys: remove it and start the role it is named after again"
    )]
    BadDocument {
        /// The file.
        path: PathBuf,
    },
    /// A role's file of public keys holds a key of another role, or one that claims more than the role may.
    #[error(
        "the file {path} holds a key of {issuer} that does not belong there: remove it (a further key of a role lies \
         in `<role>.<name>.pub.json`) and start that role again"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Whose key it says it is.
        issuer: String,
    },
    /// The bytes of a public key are not one.
    #[error("the public key {kid} of {issuer} is no Ed25519 key")]
    BadPublicKey {
        /// The key's name.
        kid: String,
        /// Whose key it is said to be.
        issuer: String,
    },
    /// Two different public keys have one name.
    #[error("two different public keys are called {kid}")]
    Ambiguous {
        /// The name.
        kid: String,
    },
}

/// The text of the key file at `path`, which is made with a random key if it is not there.
pub(super) fn load_or_create(path: &Path, rng: &mut impl CryptoRng) -> Result<String, KeyError> {
    if let Some(text) = load(path)? {
        return Ok(text);
    }
    create(path, &random_pem(rng)).map_err(|source| KeyError::Create { path: path.to_owned(), source })?;
    // What counts is what is in the file: another process may have been faster.
    load(path)?.ok_or_else(|| KeyError::Create {
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::NotFound, "it vanished at once"),
    })
}

fn load(path: &Path) -> Result<Option<String>, KeyError> {
    let failed = |source| KeyError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(KeyError::OpenToOthers { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
    String::from_utf8(bytes).map(Some).map_err(|_| KeyError::Corrupt { path: path.to_owned() })
}

/// Writes beside the final name and links it there only when it is complete and on disk. A file already there is
/// left alone: it is some other process's key.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?; // mode 0600
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(failed) => Err(failed.error),
        Ok(_) => File::open(folder)?.sync_all(),
    }
}

fn random_pem(rng: &mut impl CryptoRng) -> String {
    let mut secret_key = [0; 32];
    rng.fill_bytes(&mut secret_key);
    // Without the public half: that is the form every version of OpenSSL reads.
    let pem = KeypairBytes { secret_key, public_key: None }.to_pkcs8_pem(LineEnding::LF);
    pem.expect("32 bytes always encode").to_string()
}
