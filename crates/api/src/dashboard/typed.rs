//! What a form sent: its fields as they were typed, kept so that nothing has to be typed again.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use sutler_app::{Kind, Problem};
use sutler_domain::Fault;

use super::desk::{Slot, Trouble};
use super::sent::Sent;
use crate::rest::Api;

/// The fields of a form, in order. A form that was not sent yet has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    fields: Sent,
    sent: bool,
}

impl Form {
    /// A form that is shown for the first time.
    pub(crate) fn fresh() -> Self {
        Self::default()
    }

    /// A field as it was typed; `None` when the form did not have it.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        self.fields.raw(name)
    }

    /// A field without the space around it; `None` when it was left empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.raw(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Whether a box is ticked; before a form is sent, as it is to be shown.
    pub(crate) fn ticked(&self, name: &str, otherwise: bool) -> bool {
        if self.sent { self.raw(name).is_some() } else { otherwise }
    }

    /// The fields whose names begin so, by the rest of their names.
    pub(crate) fn under(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.fields.pairs().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.trim())))
    }

    /// The values of the fields of this name, each once, at most so many; `things` names them where there are more.
    pub(crate) fn ticked_rows(&self, name: &str, most: usize, things: &str) -> Result<Vec<&str>, Problem> {
        let mut values: Vec<&str> = Vec::new();
        for (_, value) in self.under(name).filter(|(rest, _)| rest.is_empty()) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if values.len() > most {
            let many = values.len();
            let detail = format!("{many} {things} are ticked, and {most} go at once; take them in parts");
            return Err(Problem::invalid(vec![Fault::invalid(format!("/{name}"), detail)]));
        }
        Ok(values)
    }

    /// The key under which it acts once.
    pub(crate) fn key(&self) -> Option<String> {
        self.text("key").filter(|key| key.len() <= 64 && key.is_ascii())
    }

    /// A whole number; `None` when it was left empty.
    pub(crate) fn whole(&self, name: &str) -> Result<Option<i64>, String> {
        self.text(name).map(|text| whole(&text)).transpose()
    }
}

/// A whole number as people write it.
pub(crate) fn whole(text: &str) -> Result<i64, String> {
    let plain = text.trim().trim_start_matches('+').replace('−', "-");
    plain
        .parse()
        .map_err(|_| format!("'{}' is not a whole number", text.chars().take(20).collect::<String>()))
}

impl FromRequest<Api> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, _: &Api) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let desk = parts.extensions.get::<Slot>().and_then(|slot| slot.desk()).cloned();
        let form = Self::read(body).await.map_err(|problem| Trouble::from(problem).into_response())?;
        let known = desk.is_some_and(|desk| form.raw("csrf").is_some_and(|csrf| csrf == desk.signed.csrf));
        if known { Ok(form) } else { Err(Trouble::from(stale()).into_response()) }
    }
}

impl Form {
    async fn read(body: Body) -> Result<Self, Problem> {
        Ok(Self { fields: Sent::read(body).await?, sent: true })
    }
}

/// The form is not one of ours, or of another session.
fn stale() -> Problem {
    let detail = "this form does not belong to your session; nothing was changed. Go back, reload the page and send it again";
    Problem::new(Kind::Unauthorized, "insufficient_scope", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::sent::FORM_BYTES_MAX;

    #[tokio::test]
    async fn fields_stay_as_they_were_typed() {
        let form = Form::read(Body::from("name=+Ada+&empty=&qty.a=2&qty.b=&tick=on")).await.unwrap();
        assert_eq!(form.raw("name"), Some(" Ada "));
        assert_eq!(form.text("name").as_deref(), Some("Ada"));
        assert_eq!(form.text("empty"), None);
        assert_eq!(form.under("qty.").collect::<Vec<_>>(), [("a", "2"), ("b", "")]);
        assert!(form.ticked("tick", false) && !form.ticked("other", true));
        assert!(Form::fresh().ticked("other", true));
        assert_eq!(whole("+5"), Ok(5));
        assert_eq!(whole("−5"), Ok(-5));
        assert!(whole("5.5").is_err());
        let large = vec![b'a'; FORM_BYTES_MAX + 1];
        assert_eq!(Form::read(Body::from(large)).await.unwrap_err().code, "payload_too_large");
    }
}
