//! The real binary, from the outside: what a person, a script and an operator see.

#[cfg(unix)]
#[cfg(test)]
mod balance;
#[cfg(unix)]
#[cfg(test)]
mod behind;
#[cfg(test)]
mod bench;
#[cfg(unix)]
#[cfg(test)]
mod bus;
#[cfg(unix)]
#[cfg(test)]
mod cache;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod copies;
#[cfg(unix)]
#[cfg(test)]
mod deaths;
#[cfg(test)]
mod described;
#[cfg(test)]
mod dev;
#[cfg(all(test, target_os = "linux"))]
mod disk;
#[cfg(unix)]
#[cfg(test)]
mod edit;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod export;
#[cfg(unix)]
#[cfg(test)]
mod feed;
#[cfg(test)]
mod import;
#[cfg(unix)]
#[cfg(test)]
mod import_orders;
#[cfg(unix)]
#[cfg(test)]
mod jobs;
#[cfg(unix)]
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod orders;
#[cfg(unix)]
#[cfg(test)]
mod people;
#[cfg(unix)]
#[cfg(test)]
mod restarts;
#[cfg(unix)]
#[cfg(test)]
mod roles;
#[cfg(unix)]
#[cfg(test)]
mod search;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod server;
#[cfg(test)]
mod starts;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod systemd;
#[cfg(unix)]
#[cfg(test)]
mod verifiers;
#[cfg(test)]
mod verify;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod watch;
#[cfg(unix)]
#[cfg(test)]
mod webhooks;
