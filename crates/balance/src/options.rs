//! The command line. Every limit is a flag with a default; docs/balancing.md lists them, and a test holds it to them.

use std::net::SocketAddr;
use std::num::NonZero;
use std::time::Duration;

use clap::Parser;
use jiff::SignedDuration;

use crate::balancer::Patience;
use crate::limits::Limits;
use crate::logging::LogFormat;
use crate::pool::Policy;
use crate::probe::Asking;
use crate::standing::Rules;
use crate::upstream::Url;

/// Spread requests over the nodes of a shop that are ready; never repeat one that may have had an effect
#[derive(Parser, Clone, Debug)]
#[command(name = "sutler-balance", bin_name = "sutler balance", version)]
#[command(after_help = "Examples:
  sutler balance --listen 127.0.0.1:8400 --upstream http://127.0.0.1:8421 --upstream http://127.0.0.1:8422
  sutler balance --listen 0.0.0.0:80 --upstream http://node-1:8420 --upstream http://node-2:8420 \\
      --policy least-connections --admin 127.0.0.1:8401

Each node is asked GET /readyz. One that answers 503 is draining: it gets nothing new, and finishes what it has. A request
goes to another node only while surely nothing of it was sent; later only a GET or a HEAD, once. Any other whose answer is
lost is answered 502: send it again with the same Idempotency-Key. Without a node that is ready the answer is 503.

It stops on SIGTERM or Ctrl-C: nobody new is let in, requests under way finish, and the exit code is 0. A second signal
ends it at once.")]
pub(crate) struct Options {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// A node, such as http://10.0.0.7:8420; once for each
    #[arg(long = "upstream", value_name = "URL", required = true, value_parser = Url::parse)]
    pub(crate) upstreams: Vec<Url>,
    /// How the next node is chosen
    #[arg(long, value_enum, default_value_t)]
    pub(crate) policy: Policy,
    /// Where to answer /livez, /readyz and /metrics about the balancer itself
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<SocketAddr>,

    /// Time between two checks of a node
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time, help_heading = "Health")]
    check_interval: Duration,
    /// How long a check may take
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time, help_heading = "Health")]
    check_timeout: Duration,
    /// Checks in a row that pass until a node gets requests again
    #[arg(long, value_name = "N", default_value = "2", help_heading = "Health")]
    rise: NonZero<u32>,
    /// Checks in a row that fail until a node gets no more
    #[arg(long, value_name = "N", default_value = "2", help_heading = "Health")]
    fall: NonZero<u32>,
    /// Requests in a row that fail until a node gets no more
    #[arg(long, value_name = "N", default_value = "3", help_heading = "Health")]
    failures_max: NonZero<u32>,

    /// How long connecting to a node may take
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time, help_heading = "Nodes")]
    connect_timeout: Duration,
    /// How long a node may take to answer, and between two parts of an answer
    #[arg(long, value_name = "TIME", default_value = "75s", value_parser = time, help_heading = "Nodes")]
    answer_timeout: Duration,
    /// The same for server-sent events and WebSockets
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = time, help_heading = "Nodes")]
    stream_timeout: Duration,
    /// How long an idle connection to a node is kept; less than the node keeps it
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time, help_heading = "Nodes")]
    upstream_idle: Duration,

    /// Connections of clients at one time; more wait in the kernel
    #[arg(long, value_name = "N", default_value = "4096", help_heading = "Clients")]
    max_connections: NonZero<u16>,
    /// Bytes of the line and the headers of a request; more are 431
    #[arg(long, value_name = "BYTES", default_value = "65536", help_heading = "Clients")]
    max_head_bytes: NonZero<u32>,
    /// How long the head of a request may take to arrive; longer is 408
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time, help_heading = "Clients")]
    head_timeout: Duration,
    /// How long a client may be idle, send nothing of a body or take nothing of an answer
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time, help_heading = "Clients")]
    client_timeout: Duration,
    /// How long requests under way may take to finish when it stops
    #[arg(long, value_name = "TIME", default_value = "25s", value_parser = time, help_heading = "Clients")]
    pub(crate) drain_timeout: Duration,

    /// Form of the log on stderr
    #[arg(long, value_enum, default_value_t, help_heading = "Log")]
    pub(crate) log_format: LogFormat,
    /// Log what the libraries say, too
    #[arg(short, long, help_heading = "Log")]
    pub(crate) verbose: bool,
}

impl Options {
    pub(crate) const fn rules(&self) -> Rules {
        Rules { rise: self.rise.get(), fall: self.fall.get(), failures_max: self.failures_max.get() }
    }

    pub(crate) const fn asking(&self) -> Asking {
        Asking { interval: self.check_interval, timeout: self.check_timeout }
    }

    pub(crate) const fn patience(&self) -> Patience {
        Patience {
            connect: self.connect_timeout,
            answer: self.answer_timeout,
            stream: self.stream_timeout,
            idle: self.upstream_idle,
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            connections_max: usize::from(self.max_connections.get()),
            head_bytes_max: usize::try_from(self.max_head_bytes.get()).unwrap_or(usize::MAX),
            head: self.head_timeout,
            client: self.client_timeout,
        }
    }
}

/// `250ms`, `30s`, `15m`, `1h`.
fn time(text: &str) -> Result<Duration, String> {
    let read = text.parse::<SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    read.filter(|time| !time.is_zero())
        .ok_or_else(|| "is no time; write a number and ms, s, m or h, such as 30s".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_sound_and_the_examples_are_understood() {
        Options::command().debug_assert();
        let help = Options::command().get_after_help().unwrap().to_string().replace("\\\n", " ");
        let examples: Vec<_> = help.lines().filter(|line| line.starts_with("  sutler balance ")).collect();
        assert_eq!(examples.len(), 2);
        for example in examples {
            Options::try_parse_from(example.split_whitespace().skip(1)).unwrap();
        }
    }

    #[test]
    fn the_compose_file_calls_it_with_flags_that_it_has() {
        let compose = include_str!("../../../compose.scale.yaml");
        let line = compose.lines().find_map(|line| line.trim().strip_prefix("command: [\"balance\", "));
        let args: Vec<String> = serde_json::from_str(&format!("[{}", line.unwrap())).unwrap();
        let options = Options::try_parse_from([vec!["sutler-balance".to_owned()], args].concat()).unwrap();
        assert_eq!(options.upstreams.len(), 3);
        assert!(options.admin.is_some(), "Prometheus asks it");
    }

    #[test]
    fn times_have_units_and_are_not_nought() {
        assert_eq!(time("250ms").unwrap(), Duration::from_millis(250));
        assert_eq!(time("15m").unwrap(), Duration::from_mins(15));
        for text in ["", "30", "0s", "-1s", "soon"] {
            assert!(time(text).unwrap_err().contains("such as 30s"), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_value_reason_and_next_step() {
        let told = |args: &[&str]| {
            let given = ["sutler-balance", "--listen", "127.0.0.1:0"].iter().chain(args);
            Options::try_parse_from(given).unwrap_err().to_string()
        };
        let text = told(&["--upstream", "node-1:8420"]);
        assert!(text.contains("invalid value 'node-1:8420' for '--upstream <URL>'"), "{text}");
        assert!(
            text.contains("does not begin with http://") && text.contains("such as http://10.0.0.7:8420")
        );
        assert!(told(&[]).contains("--upstream <URL>"));
        assert!(told(&["--upstream", "http://a", "--rise", "0"]).contains("'0' for '--rise <N>'"));
    }

    #[test]
    fn the_manual_lists_every_flag_with_its_default() {
        let manual = include_str!("../../../docs/balancing.md");
        let table = manual.lines().skip_while(|line| !line.starts_with("| flag |")).skip(2);
        let rows: Vec<Vec<&str>> = table
            .take_while(|line| line.starts_with('|'))
            .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
            .collect();
        let command = Options::command();
        let known: Vec<Vec<String>> = command
            .get_arguments()
            .filter_map(|flag| {
                let name = format!("`--{}`", flag.get_long()?);
                let default = flag.get_default_values().first().map(|value| value.to_string_lossy());
                let default = default.map_or_else(String::new, |value| format!("`{value}`"));
                let what = flag.get_help()?.to_string();
                Some(vec![name, default, what])
            })
            .collect();
        assert!(known.len() > 15, "{known:?}");
        assert_eq!(rows, known, "docs/balancing.md");
    }
}
