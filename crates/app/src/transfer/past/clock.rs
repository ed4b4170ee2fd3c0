//! Times as files write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::transfer::header::Wrong;
use crate::transfer::mapping::OrderRules;

/// How the times of a file are read.
pub(super) struct Times {
    zone: TimeZone,
    formats: Vec<String>,
}

impl Times {
    pub(super) fn of(rules: &OrderRules) -> Self {
        let zone = rules.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
        Self { zone: zone.unwrap_or(TimeZone::UTC), formats: rules.dates.clone() }
    }

    /// A moment; one that names no offset is by the clock of the zone.
    pub(super) fn read(&self, text: &str) -> Result<Timestamp, Wrong> {
        self.formats.iter().find_map(|format| self.by(format, text)).or_else(|| self.plain(text)).ok_or_else(
            || {
                let tried =
                    if self.formats.is_empty() { "RFC 3339".to_owned() } else { self.formats.join(", ") };
                ("date_format", format!("'{text}' is no time as the mapping has it ({tried})"))
            },
        )
    }

    fn by(&self, format: &str, text: &str) -> Option<Timestamp> {
        let parsed = strtime::parse(format, text).ok()?;
        if parsed.offset().is_some() {
            return parsed.to_timestamp().ok();
        }
        let local = parsed.to_datetime().or_else(|_| parsed.to_date().map(DateTime::from)).ok()?;
        self.at(local)
    }

    fn plain(&self, text: &str) -> Option<Timestamp> {
        text.parse::<Timestamp>().ok().or_else(|| self.at(text.parse().ok()?))
    }

    fn at(&self, local: DateTime) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(local).compatible().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(zone: &str, formats: &[&str], text: &str) -> Result<String, Wrong> {
        let rules = OrderRules {
            timezone: Some(zone.to_owned()),
            dates: formats.iter().map(|format| (*format).to_owned()).collect(),
            ..OrderRules::default()
        };
        Times::of(&rules).read(text).map(|at| at.to_string())
    }

    #[test]
    fn times_are_by_the_clock_of_their_zone_unless_they_say_otherwise() {
        let iso = "%Y-%m-%d %H:%M:%S";
        assert_eq!(read("UTC", &[iso], "2011-07-01 10:00:00").unwrap(), "2011-07-01T10:00:00Z");
        assert_eq!(read("Europe/London", &[iso], "2011-07-01 10:00:00").unwrap(), "2011-07-01T09:00:00Z");
        let us = ["%m/%d/%Y %H:%M"];
        assert_eq!(read("UTC", &us, "12/1/2010 8:26").unwrap(), "2010-12-01T08:26:00Z");
        let offset = ["%Y-%m-%d %H:%M:%S %z"];
        assert_eq!(
            read("Europe/London", &offset, "2024-05-01 12:00:00 -0400").unwrap(),
            "2024-05-01T16:00:00Z"
        );
        assert_eq!(read("UTC", &[], "2024-05-01T12:00:00+02:00").unwrap(), "2024-05-01T10:00:00Z");
        assert_eq!(read("UTC", &["%d.%m.%Y"], "31.12.2010").unwrap(), "2010-12-31T00:00:00Z");
        let (code, words) = read("UTC", &[iso], "yesterday").unwrap_err();
        assert!(code == "date_format" && words.contains("'yesterday'") && words.contains(iso), "{words}");
    }
}
