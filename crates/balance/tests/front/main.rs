//! What stands in front of the nodes of a shop, from the outside: `sutler-balance` as it is built, and nginx, HAProxy and
//! Caddy with the files of `deploy/balance/`.

#[cfg(test)]
mod asking;
#[cfg(test)]
mod balance;
#[cfg(test)]
mod health;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod others;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod starts;
#[cfg(test)]
mod stops;
