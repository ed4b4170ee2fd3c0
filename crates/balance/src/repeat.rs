//! Whether a request that failed may be sent to another node.

use http::Method;

/// A request that failed at a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'r> {
    pub(crate) method: &'r Method,
    /// How often any byte of it may have reached a node.
    pub(crate) sends: u32,
    /// Whether it has a body, part of which may be gone.
    pub(crate) has_body: bool,
    /// Whether the client has seen any part of an answer.
    pub(crate) is_seen: bool,
}

impl Attempt<'_> {
    /// What surely never reached a node may be sent to another one, whatever it is. What may have reached it must have
    /// no effect: only a GET or a HEAD without a body, once, and only while the client has seen nothing.
    pub(crate) fn may_repeat(&self) -> bool {
        let has_no_effect = matches!(*self.method, Method::GET | Method::HEAD) && !self.has_body;
        match self.sends {
            0 => !self.is_seen,
            1 => !self.is_seen && has_no_effect,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Attempt<'_> = Attempt { method: &Method::GET, sends: 0, has_body: false, is_seen: false };

    #[test]
    fn what_never_left_may_go_elsewhere() {
        for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE] {
            assert!(Attempt { method: &method, has_body: true, ..FRESH }.may_repeat(), "{method}");
        }
    }

    #[test]
    fn what_may_have_had_an_effect_is_never_repeated() {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            assert!(!Attempt { method: &method, sends: 1, ..FRESH }.may_repeat(), "{method}");
        }
    }

    #[test]
    fn a_read_is_repeated_once_while_the_client_has_seen_nothing() {
        for method in [Method::GET, Method::HEAD] {
            let sent = Attempt { method: &method, sends: 1, ..FRESH };
            assert!(sent.may_repeat());
            assert!(!Attempt { sends: 2, ..sent }.may_repeat());
            assert!(!Attempt { is_seen: true, ..sent }.may_repeat());
            assert!(!Attempt { has_body: true, ..sent }.may_repeat());
        }
    }
}
