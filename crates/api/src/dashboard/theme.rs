//! Light, dark, or as the system has it: kept in a cookie, so that a page comes in the right colors at once.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::post;

use super::desk::{Desk, see};
use super::typed::Form;
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new().route(
        "/admin/theme",
        post(async |State(api): State<Api>, _desk: Desk, form: Form| choose(&api, &form)),
    )
}

fn choose(api: &Api, form: &Form) -> Response {
    let theme = match form.raw("theme") {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "system",
    };
    let back = form.text("back").filter(|back| is_ours(back)).unwrap_or_else(|| "/admin".to_owned());
    let mut response = see(&back);
    let secure = if api.app.settings.public_url.starts_with("https:") { "; Secure" } else { "" };
    let cookie =
        format!("sutler_theme={theme}; Path=/admin; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Whether an address is a page of the dashboard, so that nobody is led elsewhere.
pub(super) fn is_ours(address: &str) -> bool {
    (address == "/admin" || address.starts_with("/admin/") || address.starts_with("/admin?"))
        && address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for (address, ours) in [
            ("/admin", true),
            ("/admin/orders?status=created", true),
            ("//evil.example/admin", false),
            ("/admin\r\nx: y", false),
            ("https://evil.example", false),
            ("/administrator", false),
        ] {
            assert_eq!(is_ours(address), ours, "{address}");
        }
    }
}
