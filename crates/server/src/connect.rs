//! How a command finds its server and its key.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use sutler_client::{Answer, Call, Client};

use crate::cli::{ConfigArgs, Globals};
use crate::config::{self, Config, Environment, Layer, Request};
use crate::console::{Exit, Failure, Format, Output};
use crate::instance::Instance;

/// Where a server is expected when nothing says otherwise.
const USUAL_ADDRESS: &str = "http://127.0.0.1:8420";

/// What a command works in.
pub(crate) struct Context {
    pub(crate) env: Environment,
    pub(crate) globals: Globals,
    pub(crate) output: Output,
    /// The working folder.
    pub(crate) folder: PathBuf,
}

impl Context {
    pub(crate) fn new(globals: &Globals, env: Environment) -> Self {
        let format =
            if globals.json && globals.output == Format::Table { Format::Json } else { globals.output };
        let output = Output::new(format, globals.quiet, globals.color, &env);
        Self { env, globals: globals.clone(), output, folder: PathBuf::from(".") }
    }

    /// Tell an error in the form that was asked for.
    pub(crate) fn report(&self, failure: &Failure) {
        if failure.is_silent() {
            return;
        }
        let text = match self.output.format {
            Format::Json | Format::Ndjson => format!("{}\n", failure.json()),
            _ => failure.render(),
        };
        _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Read the configuration for a command of this machine.
    pub(crate) fn load(&self, args: &ConfigArgs, request: Request) -> Result<(Config, Layer), Failure> {
        let request = Request { file: args.config.clone(), env_file: !args.no_env_file, ..request };
        config::load(&request, &self.env, &self.folder).map_err(Failure::from)
    }

    /// What the server of this folder was configured with; nothing when that is not valid.
    fn local(&self) -> Option<Config> {
        let request = Request { env_file: true, command_name: "sutler serve", ..Request::default() };
        config::load(&request, &self.env, &self.folder).ok().map(|(config, _)| config)
    }

    /// The server that was left running from here, if any.
    fn instance(&self) -> Option<Instance> {
        Instance::read(&self.folder.join(self.local()?.data_dir))
    }

    /// The server's address and where that was said.
    pub(crate) fn address(&self) -> (String, &'static str) {
        if let Some(address) = &self.globals.server {
            return (address.clone(), "--server");
        }
        if let Some(address) = self.env.get("SUTLER_URL") {
            return (address.to_owned(), "SUTLER_URL");
        }
        match self.instance() {
            Some(instance) => (instance.url, "server.json"),
            None => (USUAL_ADDRESS.to_owned(), "default"),
        }
    }

    fn key(&self, address: &str) -> Result<Option<String>, Failure> {
        if self.globals.key.is_some() {
            let mut text = String::new();
            io::stdin().lock().take(4096).read_to_string(&mut text)?;
            return Ok(Some(text.trim().to_owned()));
        }
        if let Some(path) = &self.globals.key_file {
            let shown = path.display();
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::usage(format!("cannot read the key in {shown} ({error})")))?;
            return Ok(text.lines().next().map(|line| line.trim().to_owned()));
        }
        let named = ["SUTLER_API_KEY", "API_KEY"].iter().find_map(|name| self.env.get(name));
        // The key of the server of this folder is for that server alone.
        let own = || {
            let instance = self.instance().filter(|instance| instance.url == address)?;
            let configured = || self.local()?.api_key.map(|key| key.expose().to_owned());
            instance.key.or_else(configured)
        };
        Ok(named.map(str::to_owned).or_else(own))
    }

    /// The key for the server, if there is one.
    pub(crate) fn key_of_server(&self) -> Result<Option<String>, Failure> {
        self.key(&self.address().0)
    }

    /// A client of the server. Nothing is sent yet.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let (address, _) = self.address();
        let client = Client::new(&address)?;
        Ok(match self.key(&address)? {
            Some(key) => client.with_key(key),
            None => client,
        })
    }

    /// Make one call, under the idempotency key of the command line if there is one.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Failure> {
        let call = match &self.globals.idempotency_key {
            Some(key) => call.idempotency_key(key),
            None => call,
        };
        self.client()?.send(call).await.map_err(|error| self.explained(error))
    }

    /// Make one call and read its JSON.
    pub(crate) async fn ask(&self, call: Call) -> Result<serde_json::Value, Failure> {
        Ok(self.send(call).await?.json()?)
    }

    /// An error of the way there says where the address came from.
    pub(crate) fn explained(&self, error: sutler_client::Error) -> Failure {
        let failure = Failure::from(error);
        match (failure.exit, self.address().1) {
            (Exit::Unreachable, origin) if origin != "default" => {
                failure.next(format!("the address is from: {origin}"))
            }
            (Exit::Denied, _) => failure.next("a key is taken from --key-file, SUTLER_API_KEY or API_KEY"),
            _ => failure,
        }
    }
}
