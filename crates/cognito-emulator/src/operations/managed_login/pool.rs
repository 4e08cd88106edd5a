//! The pool of a request to managed login, whose path does not name it.

use std::sync::Arc;

use crate::flows::service::{PoolCell, Service, Unique};

/// Returns the pool of the app client, whose id is unique. At the host name of a domain, only app
/// clients of that domain's pool are found.
pub(super) fn of(service: &Service, client_id: &str, host: Option<&str>) -> Option<Arc<PoolCell>> {
    at_host(service, service.pool_of_client(client_id).ok()?, host)
}

/// Returns a pool, unless the host is the domain of another one.
pub(super) fn at_host(
    service: &Service,
    pool: Arc<PoolCell>,
    host: Option<&str>,
) -> Option<Arc<PoolCell>> {
    let of_host =
        host.and_then(|host| of_host(service, host)).and_then(|id| service.pool(&id).ok());
    of_host.is_none_or(|of_host| Arc::ptr_eq(&of_host, &pool)).then_some(pool)
}

/// Returns the pool id of a domain: by the host name `PREFIX.auth.REGION.localhost`, or by a custom
/// domain with or without `.localhost` at its end.
pub(crate) fn of_host(service: &Service, host: &str) -> Option<String> {
    let name = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let local = name.strip_suffix(".localhost");
    // Names are unique among both kinds; a custom domain has a dot, a prefix has none.
    let mut custom = [Some(&*name), local].into_iter().flatten().filter(|name| name.contains('.'));
    let owner = |domain: &str| service.owner(Unique::Domain, domain);
    let of_prefix = || {
        let (prefix, region) = local?.split_once(".auth.")?;
        owner(prefix).filter(|pool_id| pool_id.starts_with(&format!("{region}_")))
    };
    custom.find_map(owner).or_else(of_prefix)
}
