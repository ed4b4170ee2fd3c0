//! A form as a page of its own, which scripts show as a dialog: what is asked, what was typed, and what is wrong with it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sutler_app::{Kind, Problem};

use super::desk::{Desk, Frame, Trouble, shown};
use super::typed::Form;
use super::words as w;
use crate::rest::problem::status_of;

/// What is asked for in a field.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// A line; the word is for the browser's memory (`autocomplete`).
    Line(&'static str),
    /// Several lines.
    Lines,
    /// An amount of this currency.
    Amount(String),
    /// A whole number, at most so many.
    Units { most: Option<i64> },
    /// Yes or no.
    Tick(bool),
    /// One of these values, each with its words.
    Choice(Vec<(String, String)>),
}

/// A field of a form.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) value: String,
    pub(crate) fault: String,
    pub(crate) ask: Ask,
    /// What one unit is worth, in minor units, for a total that follows what is typed.
    pub(crate) each: Option<i64>,
    pub(crate) wide: bool,
    pub(crate) needed: bool,
}

impl Field {
    /// The id of its element.
    pub(crate) fn id(&self) -> String {
        format!("f-{}", self.name.replace('.', "-"))
    }

    /// What describes it: the fault first, then the hint.
    pub(crate) fn described(&self) -> w::Html {
        let id = self.id();
        let ids: Vec<String> = [(&self.fault, "fault"), (&self.hint, "hint")]
            .into_iter()
            .filter(|(text, _)| !text.is_empty())
            .map(|(_, what)| format!("{id}-{what}"))
            .collect();
        w::Html(if ids.is_empty() {
            String::new()
        } else {
            format!(" aria-describedby=\"{}\"", ids.join(" "))
        })
    }

    /// What its element says to a browser beside its name.
    pub(crate) fn traits(&self) -> w::Html {
        let mut text = String::new();
        if !self.fault.is_empty() {
            text.push_str(" aria-invalid=\"true\"");
        }
        if self.needed {
            text.push_str(" required");
        }
        if let Some(each) = self.each {
            text.extend([" data-each=\"", &each.to_string(), "\""]);
        }
        w::Html(text)
    }
}

/// A form as a page of its own.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    /// The verb and the object: `Refund #1061`.
    pub(crate) title: String,
    /// The consequence, in a line.
    pub(crate) lead: String,
    /// Where it is sent.
    pub(crate) action: String,
    /// Where one came from.
    pub(crate) back: String,
    /// What the button says: the verb, and the amount where there is one.
    pub(crate) submit: String,
    /// Whether what it does cannot be taken back.
    pub(crate) danger: bool,
    /// What to think of before.
    pub(crate) warning: String,
    pub(crate) fields: Vec<Field>,
    /// What it carries along unseen: names and values.
    pub(crate) carried: Vec<(&'static str, String)>,
    /// What is wrong that belongs to no field.
    pub(crate) faults: Vec<String>,
    /// The key under which it acts once.
    pub(crate) key: String,
    /// The currency of a total that follows what is typed, with its decimals.
    pub(crate) total: Option<(String, u32)>,
}

impl Sheet {
    /// An empty form.
    pub(crate) fn new(
        title: impl Into<String>,
        action: impl Into<String>,
        back: impl Into<String>,
        submit: impl Into<String>,
    ) -> Self {
        Self {
            title: title.into(),
            lead: String::new(),
            action: action.into(),
            back: back.into(),
            submit: submit.into(),
            danger: false,
            warning: String::new(),
            fields: Vec::new(),
            carried: Vec::new(),
            faults: Vec::new(),
            key: String::new(),
            total: None,
        }
    }

    /// Say what follows from it.
    pub(crate) fn lead(mut self, lead: impl Into<String>) -> Self {
        self.lead = lead.into();
        self
    }

    /// What it does cannot be taken back.
    pub(crate) fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    /// Say what to think of before.
    pub(crate) fn warning(mut self, warning: impl Into<String>) -> Self {
        self.warning = warning.into();
        self
    }

    /// Carry something along unseen.
    pub(crate) fn carry(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.carried.push((name, value.into()));
        self
    }

    /// Ask for something, with what was typed or else with this value.
    pub(crate) fn ask(
        mut self,
        form: &Form,
        name: impl Into<String>,
        label: impl Into<String>,
        ask: Ask,
        otherwise: impl Into<String>,
    ) -> Self {
        let name = name.into();
        let value = form.raw(&name).map_or_else(|| otherwise.into(), str::to_owned);
        let ask = match ask {
            Ask::Tick(otherwise) => Ask::Tick(form.ticked(&name, otherwise)),
            other => other,
        };
        let wide = matches!(ask, Ask::Lines);
        let (label, hint, fault) = (label.into(), String::new(), String::new());
        self.fields.push(Field { name, label, hint, value, fault, ask, each: None, wide, needed: false });
        self
    }

    /// Say how to fill the last field in.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(field) = self.fields.last_mut() {
            field.hint = hint.into();
        }
        self
    }

    /// The last field cannot be left empty.
    pub(crate) fn needed(mut self) -> Self {
        if let Some(field) = self.fields.last_mut() {
            field.needed = true;
        }
        self
    }

    /// What one unit of the last field is worth.
    pub(crate) fn each(mut self, minor: i64) -> Self {
        if let Some(field) = self.fields.last_mut() {
            field.each = Some(minor);
        }
        self
    }

    /// What is wrong, each fault beside its field: `place` gives the field of a pointer.
    pub(crate) fn told(mut self, problem: &Problem, place: impl Fn(&str) -> String) -> Self {
        if problem.errors.is_empty() {
            self.faults.push(problem.detail.clone());
        }
        for fault in &problem.errors {
            let name = place(&fault.pointer);
            match self.fields.iter_mut().find(|field| field.name == name) {
                Some(field) if field.fault.is_empty() => field.fault.clone_from(&fault.detail),
                _ => self.faults.push(fault.detail.clone()),
            }
        }
        self
    }

    /// Whether something is wrong.
    pub(crate) fn is_wrong(&self) -> bool {
        !self.faults.is_empty() || self.fields.iter().any(|field| !field.fault.is_empty())
    }

    /// The page.
    pub(crate) fn page(mut self, desk: &Desk, place: &'static str, form: &Form) -> Response {
        self.key = form.key().unwrap_or_else(|| desk.form_key());
        let frame = desk.frame(self.title.clone(), place).under(self.back.clone(), "Back");
        shown(&SheetPage { frame, sheet: self })
    }

    /// The page again, with what was typed and what is wrong with it; what no form can mend is a page of its own.
    pub(crate) fn refused(
        self,
        desk: &Desk,
        place: &'static str,
        form: &Form,
        problem: Problem,
        field: impl Fn(&str) -> String,
    ) -> Result<Response, Trouble> {
        if matches!(problem.kind, Kind::NotFound | Kind::Unauthorized | Kind::Internal) {
            return Err(problem.into());
        }
        let status = match status_of(&problem) {
            StatusCode::BAD_REQUEST => StatusCode::UNPROCESSABLE_ENTITY,
            status => status,
        };
        Ok((status, self.told(&problem, field).page(desk, place, form)).into_response())
    }
}

/// The field of a pointer with the same name: `/reason` is `reason`, `/customer/email` is `email`.
pub(crate) fn last_name(pointer: &str) -> String {
    pointer.rsplit('/').next().unwrap_or_default().to_owned()
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct SheetPage {
    frame: Frame,
    sheet: Sheet,
}
