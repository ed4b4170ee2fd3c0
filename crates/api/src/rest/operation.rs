//! Operations: one declaration each, of which the router, the guard, the matrix of who may do what, and the description of
//! the API are made. What has no row here has no path.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};

use super::Api;

/// What somebody must have to ask for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it is open to everybody.
    Nothing,
    /// A key, whatever its scopes.
    Key,
    /// A key with this scope.
    Scope(&'static str),
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// Its path, with names in braces for what stands in their place.
    pub path: &'static str,
    /// What one must have.
    pub needs: Needs,
    /// Its name, for programs; one of a kind.
    pub id: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
}

/// Operations with what answers them.
pub(crate) struct Operations {
    table: Vec<Operation>,
    router: Router<Api>,
}

macro_rules! methods {
    ($($name:ident $filter:ident $word:literal)*) => {$(
        /// An operation, and what answers it.
        pub(crate) fn $name<H, T>(
            self,
            path: &'static str,
            needs: Needs,
            (id, summary): (&'static str, &'static str),
            answer: H,
        ) -> Self
        where
            H: Handler<T, Api>,
            T: 'static,
        {
            let row = Operation { method: $word, path, needs, id, summary };
            self.with(row, MethodFilter::$filter, answer)
        }
    )*};
}

/// A table of operations, one a line: method, path, what one must have, name, what it does, and what answers it.
macro_rules! operations {
    ($($method:ident $path:literal, $needs:expr, $id:literal, $summary:literal => $answer:expr;)*) => {
        Operations::new()$(.$method($path, $needs, ($id, $summary), $answer))*
    };
}
pub(crate) use operations;

impl Operations {
    pub(crate) fn new() -> Self {
        Self { table: Vec::new(), router: Router::new() }
    }

    methods! {
        get GET "GET"
        post POST "POST"
        put PUT "PUT"
        patch PATCH "PATCH"
        delete DELETE "DELETE"
    }

    fn with<H, T>(mut self, row: Operation, method: MethodFilter, answer: H) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        self.router = self.router.route(row.path, on(method, answer));
        self.table.push(row);
        self
    }

    /// These and those.
    pub(crate) fn merge(mut self, others: Self) -> Self {
        self.table.extend(others.table);
        self.router = self.router.merge(others.router);
        self
    }

    /// The rows, and what answers them.
    pub(crate) fn parts(self) -> (Vec<Operation>, Router<Api>) {
        (self.table, self.router)
    }
}

/// What each operation needs, for the guard.
#[derive(Clone)]
pub(crate) struct Table(Arc<HashMap<(&'static str, &'static str), Needs>>);

impl Table {
    pub(crate) fn of(rows: &[Operation]) -> Self {
        Self(Arc::new(rows.iter().map(|row| ((row.path, row.method), row.needs)).collect()))
    }

    /// What is needed; `None` when the path knows no such method, which is told to whoever has a key.
    pub(crate) fn needs(&self, method: &Method, path: &str) -> Option<Needs> {
        let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
        self.0.get(&(path, method)).copied()
    }
}
