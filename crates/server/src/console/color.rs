//! Color, where a person sees it. Meaning never rests on color alone.

use crate::config::Environment;

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that can.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// How to color a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Good,
    Bad,
    Warn,
    Strong,
    Faint,
}

impl Color {
    /// Whether to color what goes to a stream that is a terminal or not.
    pub(crate) fn decide(self, env: &Environment, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let forced = env.get("CLICOLOR_FORCE").is_some_and(|value| value != "0");
                let refused = env.get("NO_COLOR").is_some() || env.get("TERM") == Some("dumb");
                !refused && (forced || is_terminal)
            }
        }
    }
}

impl Paint {
    /// The text in this color (ECMA-48 SGR).
    pub(crate) fn paint(self, text: &str, colored: bool) -> String {
        let code = match self {
            Self::Good => 32,
            Self::Bad => 31,
            Self::Warn => 33,
            Self::Strong => 1,
            Self::Faint => 2,
        };
        if colored { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_variables_are_honored() {
        let env = |name: &str| Environment::from_iter([(name, "1")]);
        assert!(Color::Auto.decide(&Environment::default(), true));
        assert!(!Color::Auto.decide(&Environment::default(), false));
        assert!(!Color::Auto.decide(&env("NO_COLOR"), true));
        assert!(Color::Auto.decide(&env("CLICOLOR_FORCE"), false));
        assert!(Color::Always.decide(&env("NO_COLOR"), false));
    }
}
