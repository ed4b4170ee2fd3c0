//! Words that mean the same, as the shop says. They are looked up when somebody searches: changing them touches no index.

use std::collections::BTreeMap;

use super::words::words;

/// Groups of words that mean the same.
pub const SYNONYM_GROUPS_MAX: usize = 1_000;

/// Words that mean the same, each with the others of its groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synonyms(BTreeMap<String, Vec<String>>);

impl Synonyms {
    /// Read groups such as `sofa=couch=settee`; the error names the group, the reason and the mend.
    pub fn parse<'g>(groups: impl IntoIterator<Item = &'g str>) -> Result<Self, String> {
        let mut known = Self::default();
        for (number, group) in (1..).zip(groups) {
            if number > SYNONYM_GROUPS_MAX {
                return Err(format!(
                    "there are more than {SYNONYM_GROUPS_MAX} groups; join those that share a word"
                ));
            }
            let members: Vec<String> = group
                .split('=')
                .map(|member| match words(member).as_slice() {
                    [one] => Ok(one.text.clone()),
                    several => Err(format!(
                        "'{group}' has a member of {} words, '{}'; a member is one word, as in sofa=couch",
                        several.len(),
                        member.trim()
                    )),
                })
                .collect::<Result<_, _>>()?;
            if members.len() < 2 {
                return Err(format!("'{group}' is one word; a group has two or more, as in sofa=couch"));
            }
            known.add(&members);
        }
        Ok(known)
    }

    fn add(&mut self, members: &[String]) {
        for member in members {
            let others = self.0.entry(member.clone()).or_default();
            for other in members {
                if other != member && !others.contains(other) {
                    others.push(other.clone());
                }
            }
        }
    }

    /// What means the same as this word.
    pub fn of(&self, word: &str) -> Vec<String> {
        self.0.get(word).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_as_queries_are() {
        let known = Synonyms::parse(["Sofa = Couch=settee", "couch=lounge"]).unwrap();
        assert_eq!(known.of("sofa"), ["couch", "settee"]);
        assert_eq!(known.of("couch"), ["sofa", "settee", "lounge"]);
        assert_eq!(known.of("lounge"), ["couch"]);
        assert_eq!(known.of("mug"), [""; 0]);
    }

    #[test]
    fn what_is_no_group_is_told() {
        for (group, reason) in [
            ("sofa", "'sofa' is one word"),
            ("sofa=", "'sofa=' has a member of 0 words"),
            ("tv=big screen", "'tv=big screen' has a member of 2 words, 'big screen'"),
        ] {
            let told = Synonyms::parse([group]).unwrap_err();
            assert!(told.starts_with(reason), "{told}");
        }
        let many: Vec<String> = (0..=SYNONYM_GROUPS_MAX).map(|n| format!("a{n}=b{n}")).collect();
        assert!(Synonyms::parse(many.iter().map(String::as_str)).unwrap_err().contains("more than 1000"));
    }
}
