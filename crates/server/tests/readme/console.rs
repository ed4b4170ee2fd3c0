//! A terminal of its own: a folder, a shell, and a server that ends with it.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

/// Said by the shell after each command, with its exit code.
const MARK: &str = "README-COMMAND-ENDED";
/// The port that the README shows.
const PORT: &str = "8420";
/// How long the server may take on a busy machine.
const START_S: u64 = 120;

pub(crate) struct Console {
    folder: TempDir,
    shell: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    server: Option<Child>,
    port: String,
}

impl Console {
    /// A fresh folder that shows the reader's view of the repository: its `docs`, and `sutler` in the path.
    pub(crate) fn open(root: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        symlink(root.join("docs"), folder.path().join("docs")).unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_sutler"), folder.path().join("bin/sutler")).unwrap();
        let mut shell = command("sh", folder.path());
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = shell.stdin.take().unwrap();
        input.write_all(b"exec 2>&1\n").unwrap();
        let output = BufReader::new(shell.stdout.take().unwrap());
        Self { folder, shell, input, output, server: None, port: PORT.to_owned() }
    }

    /// Type a command; gives its exit code and all it said.
    pub(crate) fn run(&mut self, line: &str) -> (i32, String) {
        let line = line.replace(PORT, &self.port);
        writeln!(self.input, "{{ {line}\n}} </dev/null\nprintf '\\n%s %d\\n' {MARK} $?").unwrap();
        let mut said = String::new();
        loop {
            let mut next = String::new();
            let read = self.output.read_line(&mut next).unwrap();
            assert!(read > 0, "the shell ended in `{line}` after saying\n{said}");
            if let Some(code) = next.strip_prefix(MARK) {
                return (code.trim().parse().unwrap(), said);
            }
            said.push_str(&next);
        }
    }

    /// Run the binary beside the shell; gives what it answers.
    pub(crate) fn sutler(&self, arguments: &[&str]) -> String {
        let output = command("sutler", self.folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "sutler {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// `sutler dev` on a free port; gives what it says until it is ready.
    pub(crate) fn start_dev(&mut self) -> String {
        let mut dev = command("sutler", self.folder.path());
        dev.args(["dev", "--no-open", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = dev.spawn().unwrap();
        let lines = said_by(&mut server);
        self.server = Some(server);
        let mut said = String::new();
        while !said.contains("Ready in") {
            let line = lines.recv_timeout(Duration::from_secs(START_S)).unwrap_or_else(|_| {
                panic!("`sutler dev` did not get ready; it said\n{said}");
            });
            writeln!(said, "{line}").unwrap();
        }
        // Whatever it says later must not fill a pipe that nobody reads.
        std::thread::spawn(move || lines.into_iter().for_each(drop));
        let address = said.split("http://127.0.0.1:").nth(1).expect("the banner shows the address");
        self.port = address.chars().take_while(char::is_ascii_digit).collect();
        said
    }

    /// An output as it would read on the README's port.
    pub(crate) fn as_in_the_readme(&self, output: &str) -> String {
        output.replace(&format!(":{}", self.port), &format!(":{PORT}"))
    }
}

/// Every line that a process says, on whichever of its two outputs.
fn said_by(process: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let outputs: [Box<dyn Read + Send>; 2] =
        [Box::new(process.stdout.take().unwrap()), Box::new(process.stderr.take().unwrap())];
    for output in outputs {
        let sender = sender.clone();
        std::thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
    }
    receiver
}

/// A program that knows nothing of the person who runs the test, but the path.
fn command(program: &str, folder: &Path) -> Command {
    let ours = folder.join("bin").display().to_string();
    let path = Command::new("sh").args(["-c", "printf %s \"$PATH\""]).output().unwrap().stdout;
    let program = if program == "sutler" { env!("CARGO_BIN_EXE_sutler") } else { program };
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", format!("{ours}:{}", String::from_utf8(path).unwrap()))
        .env("HOME", folder);
    command.env("LANG", "C.UTF-8").env("NO_COLOR", "1").current_dir(folder);
    command
}

impl Drop for Console {
    fn drop(&mut self) {
        for process in [Some(&mut self.shell), self.server.as_mut()].into_iter().flatten() {
            _ = process.kill();
            _ = process.wait();
        }
    }
}
