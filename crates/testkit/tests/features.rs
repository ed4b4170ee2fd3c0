//! The scenarios of `features/`. They speak cucumber, so this binary has a `main` of its own.

#[cfg(test)]
#[path = "../src/gherkin/mod.rs"]
mod gherkin;

#[cfg(test)]
#[tokio::main]
async fn main() -> std::process::ExitCode {
    // A runner that asks for the list of Rust's tests hears that there are none.
    if std::env::args().any(|argument| argument == "--list") {
        return std::process::ExitCode::SUCCESS;
    }
    gherkin::run().await
}
