//! The blocks of a Markdown text, as far as a reader would type or compare them.

/// A fenced block.
pub(crate) enum Block {
    /// Commands with what they show.
    Console(Vec<Command>),
    /// From this line on: what the last command answered, perhaps in part.
    Json(usize, String),
    /// Pictures and files: nothing to run.
    Other,
    /// A language that nobody runs.
    Unknown(usize, String),
}

/// One command of a console block.
pub(crate) struct Command {
    /// Its line in the document, from 1.
    pub(crate) number: usize,
    /// What is typed; several lines when all but the last end in a backslash.
    pub(crate) line: String,
    /// What is shown after it.
    pub(crate) shown: Vec<String>,
}

impl Block {
    pub(crate) fn commands(&self) -> Option<&[Command]> {
        match self {
            Self::Console(commands) => Some(commands),
            _ => None,
        }
    }
}

/// Every fenced block of a document.
pub(crate) fn of(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let body: Vec<(usize, &str)> = lines.by_ref().take_while(|(_, line)| *line != "```").collect();
        blocks.push(match language {
            "console" => Block::Console(console(&body)),
            "json" => {
                Block::Json(number + 1, body.iter().map(|(_, line)| *line).collect::<Vec<_>>().join("\n"))
            }
            "text" | "toml" => Block::Other,
            other => Block::Unknown(number, other.to_owned()),
        });
    }
    blocks
}

fn console(body: &[(usize, &str)]) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for (number, line) in body {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (None, Some(command)) if goes_on => {
                command.line.push('\n');
                command.line.push_str(line);
                goes_on = is_open(&command.line);
            }
            (None, Some(command)) => command.shown.push((*line).to_owned()),
            (Some(typed), _) => {
                goes_on = is_open(typed);
                commands.push(Command { number: *number, line: typed.to_owned(), shown: Vec::new() });
            }
            (None, None) => panic!("README.md:{number}: a console block begins with a command"),
        }
    }
    for command in &mut commands {
        // A remark after a command is for the reader; a # inside quotes is not one.
        if let Some((typed, remark)) = command.line.split_once("  # ")
            && !remark.contains(['\'', '"'])
        {
            command.line = typed.trim_end().to_owned();
        }
    }
    commands
}

/// Whether a command goes on in the next line: a backslash at its end, or a quote that is not closed.
fn is_open(typed: &str) -> bool {
    typed.ends_with('\\') || typed.matches('\'').count() % 2 == 1
}
