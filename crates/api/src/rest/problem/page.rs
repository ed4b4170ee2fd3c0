//! `/problems` and `/problems/{slug}`: what each code means, served by the program itself, without a network.

use std::fmt::Write;

use axum::extract::Path;
use axum::response::Html;
use sutler_app::Problem;

use super::{PAGES, Page, Refusal, slug};
use crate::rest::operation::Needs::Nothing;
use crate::rest::operation::{Operations, operations};

/// The pages.
pub(crate) fn routes() -> Operations {
    operations! {
        get "/problems", Nothing, "list_problems", "Every problem" => index;
        get "/problems/{slug}", Nothing, "get_problem", "What a problem means" => show;
    }
}

const STYLE: &str = "body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;\
color-scheme:light dark}pre{padding:1rem;overflow-x:auto;border:1px solid #8886;border-radius:.4rem}\
td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}";

async fn index() -> Html<String> {
    let mut rows = String::new();
    for page in PAGES.iter() {
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            "<tr><td><a href=\"/problems/{}\"><code>{}</code></a></td><td>{}</td><td>{}</td></tr>",
            slug(page.code),
            page.code,
            page.status,
            escaped(page.title)
        );
    }
    let table = format!("<table><tr><th>code</th><th>status</th><th>meaning</th></tr>{rows}</table>");
    let rule = "<p>Every error carries a <code>code</code>. It is the contract; the words may change.</p>";
    Html(document("Problems", &format!("{rule}{table}")))
}

async fn show(Path(name): Path<String>) -> Result<Html<String>, Refusal> {
    let page = PAGES.iter().find(|page| slug(page.code) == name);
    let page = page.ok_or_else(|| Problem::not_found("problem page", &name))?;
    Ok(Html(document(page.title, &told(page))))
}

fn told(page: &Page) -> String {
    let again = if page.retryable() {
        "Repeating the identical request soon makes sense."
    } else {
        "Repeating the identical request does not help."
    };
    format!(
        "<p><code>{}</code>, status {}. {again}</p><h2>Cause</h2><p>{}</p><h2>Example</h2><pre>{}</pre>\
         <h2>Fix</h2><p>{}</p><p><a href=\"/problems\">All problems</a></p>",
        page.code,
        page.status,
        marked(&page.cause),
        escaped(page.example),
        marked(&page.fix)
    )
}

/// A whole page.
pub(crate) fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{0}</title><style>{STYLE}</style><h1>{0}</h1>{body}</html>",
        escaped(title)
    )
}

/// Escaped text, with what stands between backticks as code.
pub(crate) fn marked(text: &str) -> String {
    let parts = escaped(text);
    let parts = parts.split('`').enumerate();
    parts
        .map(|(place, part)| if place % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() })
        .collect()
}

/// Text inside HTML, in elements and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
