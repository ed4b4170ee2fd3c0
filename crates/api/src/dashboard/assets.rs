//! What a browser loads beside the pages: embedded, named by their content, and kept for a year.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// A file that is part of the program.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal $media_type:literal)*) => {
        &[$(Asset { name: $name, media_type: $media_type, bytes: include_bytes!(concat!("assets/", $name)) }),*]
    };
}

const ASSETS: &[Asset] = assets! {
    "sutler.css" "text/css; charset=utf-8"
    "sutler.js" "text/javascript; charset=utf-8"
    "elements.js" "text/javascript; charset=utf-8"
    "keys.js" "text/javascript; charset=utf-8"
    "live.js" "text/javascript; charset=utf-8"
    "vendor/htmx-4.0.1.min.js" "text/javascript; charset=utf-8"
    "icons.svg" "image/svg+xml"
    "favicon.svg" "image/svg+xml"
    "fonts/inter-latin-wght.woff2" "font/woff2"
    "fonts/geist-mono-latin-wght.woff2" "font/woff2"
};

/// Where the assets of this build are: a folder named by all that is in it, so that its files find each other by
/// relative names and none of them is ever another one later.
pub(super) static FOLDER: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in ASSETS {
        hash.update(asset.name.as_bytes());
        hash.update(asset.bytes);
    }
    format!("/admin/assets/{}", hex::encode(hash.finalize()).get(..12).unwrap_or_default())
});

/// A file of this build. What an older build named has moved here.
pub(super) fn show(folder: &str, name: &str, headers: &HeaderMap) -> Response {
    let current = FOLDER.rsplit('/').next().unwrap_or_default();
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if folder != current {
        return newest(name);
    }
    let etag = format!("\"{current}\"");
    let is_known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(asset.bytes).into_response()
    };
    let answered = response.headers_mut();
    answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        answered.insert(header::ETAG, etag);
    }
    response
}

/// Where a file is whose content one does not know, such as for a page without the frame of the others.
pub(super) fn newest(name: &str) -> Response {
    if !ASSETS.iter().any(|asset| asset.name == name) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let address = format!("{}/{name}", FOLDER.as_str());
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, address)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_is_as_it_was_published() {
        // dist/htmx.min.js of the npm package htmx.org 4.0.1.
        let htmx = ASSETS.iter().find(|asset| asset.name.contains("htmx")).unwrap();
        let digest = hex::encode(Sha256::digest(htmx.bytes));
        assert_eq!(digest, "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130");
    }
}
