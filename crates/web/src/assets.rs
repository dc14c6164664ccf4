//! Style sheets, scripts and pictures of the pages' own. Their paths hold the hash of all of them, so that browsers
//! keep them for ever; they are compressed once, when the first one is asked for.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

use crate::secret::hex;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Embedded;

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::load);

/// Nearly as small as it gets, in a fraction of the time.
const BROTLI_QUALITY: u32 = 9;
const BROTLI_WINDOW: u32 = 20;
const BROTLI_BUFFER: usize = 4_096;

struct Assets {
    hash: String,
    files: BTreeMap<String, Asset>,
}

struct Asset {
    kind: &'static str,
    plain: Bytes,
    gzip: Bytes,
    brotli: Bytes,
}

impl Assets {
    fn load() -> Self {
        let mut hasher = blake3::Hasher::new();
        let mut files = BTreeMap::new();
        for name in Embedded::iter() {
            let Some(file) = Embedded::get(&name) else { continue };
            hasher.update(name.as_bytes()).update(&[0]).update(&file.data);
            files.insert(name.to_string(), Asset::of(&name, file.data.into_owned()));
        }
        Self { hash: hex(&hasher.finalize().as_bytes()[..8]), files }
    }
}

impl Asset {
    fn of(name: &str, plain: Vec<u8>) -> Self {
        let (gzip, brotli) = (gzip(&plain).unwrap_or_default(), brotli(&plain).unwrap_or_default());
        Self { kind: kind(name), plain: plain.into(), gzip: gzip.into(), brotli: brotli.into() }
    }

    /// The smallest form the reader understands. One that could not be made is empty, and no form.
    fn answer(&self, accepted: &str) -> (Option<&'static str>, Bytes) {
        let understands =
            |coding: &str| accepted.split(',').any(|one| one.trim().split(';').next() == Some(coding));
        let forms = [("br", &self.brotli), ("gzip", &self.gzip)];
        let form = forms.into_iter().find(|(coding, bytes)| !bytes.is_empty() && understands(coding));
        form.map_or((None, self.plain.clone()), |(coding, bytes)| (Some(coding), bytes.clone()))
    }
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

fn brotli(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let mut encoder =
        brotli::CompressorWriter::new(&mut packed, BROTLI_BUFFER, BROTLI_QUALITY, BROTLI_WINDOW);
    encoder.write_all(plain)?;
    encoder.flush()?;
    drop(encoder);
    Ok(packed)
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// Where the asset called `name` is.
pub(crate) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", ASSETS.hash)
}

/// Serves `/assets/{hash}/{name}`. A hash that is not ours is that of another version, whose file is not here.
pub(crate) async fn serve(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.files.get(&name).filter(|_| hash == ASSETS.hash) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (coding, bytes) = asset.answer(accepted);
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// What one page may cost, compressed, in bytes.
    const PAGE_MAX: usize = 120_000;

    #[test]
    fn all_of_them_together_are_smaller_than_one_page_may_be() {
        let sum: usize = ASSETS.files.values().map(|asset| asset.gzip.len()).sum();
        assert!(sum > 1_000 && sum < PAGE_MAX, "{sum} bytes");
    }

    #[test]
    fn every_form_is_the_same_file() {
        for (name, asset) in &ASSETS.files {
            let (mut gzip, mut brotli) = (Vec::new(), Vec::new());
            flate2::read::GzDecoder::new(&*asset.gzip).read_to_end(&mut gzip).unwrap();
            brotli::Decompressor::new(&*asset.brotli, BROTLI_BUFFER).read_to_end(&mut brotli).unwrap();
            assert!(gzip == asset.plain && brotli == asset.plain, "{name}");
            assert_ne!(asset.kind, "application/octet-stream", "{name}");
        }
    }

    #[test]
    fn a_reader_gets_what_it_understands() {
        let css = &ASSETS.files["app.css"];
        assert_eq!(css.answer("gzip, deflate, br;q=0.9").0, Some("br"));
        assert_eq!(css.answer("gzip").0, Some("gzip"));
        assert_eq!(css.answer("bread").0, None);
    }
}
