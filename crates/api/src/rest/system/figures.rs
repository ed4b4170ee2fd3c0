//! The figures of the last day for those who watch them: read once for all, however many they are.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use sutler_app::stats::Overview;
use sutler_app::{App, Caller, Problem};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long figures are shown again before they are read anew.
const KEPT: Duration = Duration::from_secs(1);

/// The figures that were read last.
#[derive(Debug, Default)]
pub(crate) struct Figures(Mutex<Option<(Instant, Arc<Overview>)>>);

impl Figures {
    /// The figures of the last day, at most a second old. Whoever asks while they are read waits for them and reads nothing.
    pub(crate) async fn lately(&self, app: &App, caller: &Caller) -> Result<Arc<Overview>, Problem> {
        caller.may("orders:read")?;
        let mut kept = self.0.lock().await;
        if let Some((since, figures)) = &*kept
            && since.elapsed() < KEPT
        {
            return Ok(Arc::clone(figures));
        }
        let figures = Arc::new(app.stats.overview(caller, SignedDuration::from_hours(24)).await?);
        *kept = Some((Instant::now(), Arc::clone(&figures)));
        Ok(figures)
    }
}
