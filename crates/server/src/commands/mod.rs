//! The commands, one file each. Those that host open the store; the others talk HTTP to a server that does.

pub(crate) mod about;
pub(crate) mod admin;
pub(crate) mod api;
pub(crate) mod backup;
pub(crate) mod balance;
pub(crate) mod bench;
pub(crate) mod config;
pub(crate) mod customers;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod export;
mod host;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod listen;
pub(crate) mod orders;
mod page;
pub(crate) mod payments;
pub(crate) mod products;
pub(crate) mod report;
pub(crate) mod restore;
pub(crate) mod returns;
pub(crate) mod sample;
pub(crate) mod serve;
mod set;
pub(crate) mod status;
pub(crate) mod stock;
pub(crate) mod trigger;
pub(crate) mod verify;
pub(crate) mod webhooks;

use crate::cli::Command;
use crate::connect::Context;
use crate::console::Failure;

/// Run a command to its end.
pub(crate) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Dev(args) => Box::pin(dev::run(args, context)).await,
        Command::Serve(args) => Box::pin(serve::run(args, context)).await,
        Command::Balance(args) => balance::run(&args, context),
        Command::Status(_) => status::run(context).await,
        Command::Doctor(args) => doctor::run(args, context).await,
        Command::Verify(args) => verify::run(args, context).await,
        Command::Init(args) => init::run(&args, context),
        Command::Config(args) => config::run(args, context),
        Command::Orders(args) => orders::run(args, context).await,
        Command::Payments(args) => payments::run(args, context).await,
        Command::Customers(args) => customers::run(args, context).await,
        Command::Returns(args) => returns::run(args, context).await,
        Command::Products(args) => products::run(args, context).await,
        Command::Stock(args) => stock::run(args, context).await,
        Command::Jobs(args) => jobs::run(args, context).await,
        Command::Admin(args) => Box::pin(admin::run(args, context)).await,
        Command::Keys(args) => keys::run(args, context).await,
        Command::Events(args) => events::run(args, context).await,
        Command::Webhooks(args) => webhooks::run(args, context).await,
        Command::Listen(args) => listen::run(args, context).await,
        Command::Trigger(args) => trigger::run(args, context).await,
        Command::Import(args) => import::run(args, context).await,
        Command::Export(args) => Box::pin(export::run(args, context)).await,
        Command::Report(args) => report::run(args, context).await,
        Command::Bench(args) => Box::pin(bench::run(args, context)).await,
        Command::Backup(args) => backup::run(args, context).await,
        Command::Restore(args) => restore::run(args, context).await,
        Command::Sample(args) => sample::run(args, context).await,
        Command::Api(args) => api::run(args, context).await,
        Command::Completions(args) => about::completions(&args, context),
        Command::Man(args) => about::man(&args, context),
        Command::GenAsyncapi(_) => about::gen_asyncapi(context),
        Command::GenSdl(_) => about::gen_sdl(context),
        Command::GenOpenapi(_) => about::gen_openapi(context),
        Command::Version(_) => about::version(context),
    }
}
