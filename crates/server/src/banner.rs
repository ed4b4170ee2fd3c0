//! The first words of a server, for people.

use std::fmt::Write;
use std::io::{self, Write as _};

/// The banner of `sutler dev`.
pub(crate) struct DevBanner<'a> {
    pub(crate) url: &'a str,
    pub(crate) data: &'a str,
    /// Where products are shared, if they are.
    pub(crate) cache: Option<&'a str>,
    pub(crate) sample: &'a str,
    pub(crate) ready_s: f64,
}

impl DevBanner<'_> {
    pub(crate) fn text(&self) -> String {
        let Self { url, data, cache, sample, ready_s } = self;
        let cache = cache.map_or_else(String::new, |cache| format!("\n  Cache      {cache}"));
        let plain = url.strip_prefix("http://").unwrap_or(url);
        let local = plain.replace("127.0.0.1", "localhost");
        format!(
            "  sutler {version}   dev mode: sample shop, fake payments, loopback only

  Admin      {admin:<30} open it in a browser
  REST       {url:<30} errors explained: /problems
  Key        sk_dev_sutler                  accepted in dev mode only

  Data       {data}{cache}
  Sample     {sample}

  Try        sutler orders create --sample
             sutler events tail
             curl -s {local}/orders?limit=1 -u sk_dev_sutler:

  Ready in {ready_s:.2} s. Ctrl-C stops.",
            version = env!("CARGO_PKG_VERSION"),
            admin = format!("{url}/admin"),
        )
    }
}

/// The banner of `sutler serve`: facts as a tree.
pub(crate) fn tree(title: &str, facts: &[(&str, String)]) -> String {
    let mut text = format!("{title}\n");
    for (at, (name, fact)) in facts.iter().enumerate() {
        let branch = if at + 1 == facts.len() { "└─" } else { "├─" };
        _ = writeln!(text, "{branch} {name:<11} {fact}");
    }
    text
}

/// Say it on stderr, where talk belongs.
pub(crate) fn say(text: &str) {
    _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_ends_with_its_last_branch() {
        let text = tree("sutler 0.1.0", &[("Listening", "http://h".into()), ("Storage", "memory".into())]);
        assert_eq!(text, "sutler 0.1.0\n├─ Listening   http://h\n└─ Storage     memory\n");
    }

    #[test]
    fn the_dev_banner_names_everything_one_needs() {
        let banner = DevBanner {
            url: "http://127.0.0.1:8420",
            data: "d",
            cache: Some("redis r:6379/0"),
            sample: "24 products",
            ready_s: 0.38,
        }
        .text();
        assert!(banner.contains("\n  Data       d\n  Cache      redis r:6379/0\n  Sample"), "{banner}");
        assert!(banner.contains("\n  Admin      http://127.0.0.1:8420/admin "), "{banner}");
        assert!(banner.contains("curl -s localhost:8420/orders?limit=1 -u sk_dev_sutler:"));
        assert!(banner.ends_with("Ready in 0.38 s. Ctrl-C stops."));
    }
}
