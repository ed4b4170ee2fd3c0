//! What others have to stand in front of nodes, run with the files of `deploy/balance/`: nginx, HAProxy and Caddy.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::keeper::Keeper;
use super::port::free_port;

/// The nodes that the files name.
const NODES: [&str; 2] = ["10.0.0.7:8420", "10.0.0.8:8420"];

/// How long one may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// One that runs until it is dropped.
pub struct Front {
    /// Where it listens.
    pub address: SocketAddr,
    _keeper: Keeper,
}

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// nginx.
    Nginx,
    /// HAProxy.
    Haproxy,
    /// Caddy.
    Caddy,
}

impl Front {
    /// Start one in front of two nodes, and wait until it listens.
    pub fn start(kind: Kind, nodes: [SocketAddr; 2]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sutler-front-").tempdir()?.keep();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let (file, program) = match kind {
            Kind::Nginx => ("nginx.conf", "nginx -p \"$1\" -c \"$1/nginx.conf\" -g 'daemon off;'"),
            Kind::Haproxy => ("haproxy.cfg", "haproxy -db -f \"$1/haproxy.cfg\""),
            Kind::Caddy => ("Caddyfile", "caddy run --config \"$1/Caddyfile\" --adapter caddyfile"),
        };
        let path = root().join("deploy/balance").join(file);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        std::fs::write(folder.join(file), adapted(kind, &text, address, nodes, &folder)?)?;
        let keep = format!(
            "PATH=$PATH:/usr/sbin; HOME=\"$1\" XDG_DATA_HOME=\"$1\" XDG_CONFIG_HOME=\"$1\" {program} > \"$1/log\" 2>&1 & \
             cat > /dev/null; kill -TERM $!; wait $!; rm -rf \"$1\""
        );
        let front = Self { address, _keeper: Keeper::start(&keep, &[&folder])? };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            let is_missing = log.contains("not found");
            ensure!(
                begun.elapsed() < PATIENCE && !is_missing,
                "{kind:?} does not listen (apt-get install nginx haproxy caddy): {log}"
            );
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Ok(front)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The file with the addresses of this test, and with nothing written outside its folder.
fn adapted(
    kind: Kind,
    text: &str,
    address: SocketAddr,
    nodes: [SocketAddr; 2],
    folder: &Path,
) -> Result<String> {
    let folder = folder.display();
    let own = match kind {
        Kind::Nginx => [
            ("listen 80;".to_owned(), format!("listen {address};")),
            (
                "http {".to_owned(),
                format!(
                    "pid {folder}/pid;\nerror_log stderr;\nhttp {{\n    access_log off;\n    client_body_temp_path {folder}/body;\n    proxy_temp_path {folder}/proxy;"
                ),
            ),
        ],
        Kind::Haproxy => [("bind :80".to_owned(), format!("bind {address}")), (String::new(), String::new())],
        Kind::Caddy => [
            (":80 {".to_owned(), format!(":{} {{\n    bind {}", address.port(), address.ip())),
            ("{\n".to_owned(), "{\n    admin off\n".to_owned()),
        ],
    };
    let named = NODES.into_iter().map(str::to_owned).zip(nodes.map(|node| node.to_string()));
    let mut text = text.to_owned();
    for (from, to) in own.into_iter().chain(named).filter(|(from, _)| !from.is_empty()) {
        ensure!(text.contains(&from), "the file of {kind:?} does not say `{from}` any more");
        text = text.replacen(&from, &to, 1);
    }
    Ok(text)
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
