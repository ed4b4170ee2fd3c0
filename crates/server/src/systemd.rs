//! What systemd is told, and what it hands over. Where it did not start us, nothing of this happens.

use std::io;
use std::net::TcpListener;

/// The shortest rest between two signs of life; one that has no length is no rest.
#[cfg(target_os = "linux")]
const LEAST_REST: std::time::Duration = std::time::Duration::from_millis(1);

/// The socket that systemd holds open for us, if it does. Who connects while we are restarted waits in its queue.
#[cfg(target_os = "linux")]
pub(crate) fn inherited() -> io::Result<Option<TcpListener>> {
    let listener = listenfd::ListenFd::from_env().take_tcp_listener(0)?;
    if let Some(listener) = &listener {
        listener.set_nonblocking(true)?;
    }
    Ok(listener)
}

/// Requests are answered from now on. With a watchdog, systemd is told so again and again, by a task that comes no
/// further when the runtime does not.
#[cfg(target_os = "linux")]
pub(crate) fn ready() {
    tell(sd_notify::NotifyState::Ready);
    let Some(timeout) = sd_notify::watchdog_enabled() else { return };
    // Twice as often as need be, as its manual asks.
    let mut ticks = tokio::time::interval((timeout / 2).max(LEAST_REST));
    tokio::spawn(async move {
        loop {
            ticks.tick().await;
            tell(sd_notify::NotifyState::Watchdog);
        }
    });
}

/// The end has begun, and takes as long as the requests under way.
#[cfg(target_os = "linux")]
pub(crate) fn stopping() {
    tell(sd_notify::NotifyState::Stopping);
}

/// Without `NOTIFY_SOCKET`, this does nothing.
#[cfg(target_os = "linux")]
fn tell(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd_not_told");
    }
}

/// There is no systemd here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn inherited() -> io::Result<Option<TcpListener>> {
    Ok(None)
}

/// There is no systemd here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn ready() {}

/// There is no systemd here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn stopping() {}
