//! `sutler sample`: the sample shop, in a server that runs.

use clap::Subcommand;

use crate::connect::Context;
use crate::console::Failure;
use crate::sample;

#[derive(Subcommand, Debug)]
pub(crate) enum Sample {
    /// Put the sample shop into a running server
    #[command(after_help = "Examples:
  sutler sample load
  sutler sample load --server http://127.0.0.1:8421")]
    Load,
    /// Archive the sample products and cancel their open orders
    #[command(after_help = "Examples:
  sutler sample remove
  sutler sample remove --yes

Orders stay in the log for ever, sample orders too. To forget everything:  sutler dev --fresh")]
    Remove,
}

pub(crate) async fn run(args: Sample, context: &Context) -> Result<(), Failure> {
    let door = sample::Door::OverHttp(context.client()?);
    match args {
        Sample::Load => {
            let loaded = sample::load(&door).await?;
            context.output.line(format!("  {loaded}"))?;
            context.output.hint("next:  sutler orders create --sample");
        }
        Sample::Remove => {
            context.confirm("Archive the sample products and cancel their open orders?")?;
            let removed = sample::remove(&door).await?;
            context.output.line(format!("  {removed}"))?;
            context.output.say("  orders stay in the log; to forget everything:  sutler dev --fresh");
        }
    }
    Ok(())
}
