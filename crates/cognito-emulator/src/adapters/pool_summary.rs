//! Summaries of existing pools, with the data that clients need.

use cognito_types::{ClientId, ClientSecret, UserPoolId};

use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::state::client::Client;

/// An existing pool, such as one of a seed file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PoolSummary {
    /// The id.
    pub id: UserPoolId,
    /// The name.
    pub name: String,
    /// The issuer (`iss`) of the pool's tokens.
    pub issuer: String,
    /// The address of the key set that verifies the pool's tokens.
    pub jwks_uri: String,
    /// The app clients in the order in which they were created; app clients of a seed file have the
    /// order of the file.
    pub clients: Vec<ClientSummary>,
}

/// An app client of a pool.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientSummary {
    /// The id.
    pub id: ClientId,
    /// The name.
    pub name: String,
    /// The first secret, if the client has one.
    pub secret: Option<ClientSecret>,
}

/// Returns the pools in the order in which they were created. Wrappers use the first pool and the
/// first app client of the seed file by default, and rely on this order.
pub(crate) fn list(service: &Service) -> Vec<PoolSummary> {
    let summary = |step: &mut Step<'_>| Ok((step.pool.ordinal, PoolSummary::of(step)));
    let pools = service.pools();
    // A pool that is deleted in the meantime is left out.
    let summaries = pools
        .iter()
        .filter_map(|pool| pool.step(&service.shared, &mut Caller::default(), summary).ok());
    let mut summaries: Vec<(u64, PoolSummary)> = summaries.collect();
    summaries.sort_by_key(|(ordinal, _)| *ordinal);
    summaries.into_iter().map(|(_, summary)| summary).collect()
}

impl PoolSummary {
    fn of(step: &Step<'_>) -> Self {
        let mut clients: Vec<&Client> = step.pool.clients.values().collect();
        clients.sort_by_key(|client| client.ordinal);
        Self {
            id: step.pool.id.clone(),
            name: step.pool.settings.members.name.clone(),
            issuer: step.issuer(),
            jwks_uri: format!("{}/{}/.well-known/jwks.json", step.shared.endpoint, step.pool.id),
            clients: clients.into_iter().map(ClientSummary::from).collect(),
        }
    }
}

impl From<&Client> for ClientSummary {
    fn from(client: &Client) -> Self {
        let secret = client.secrets.first().map(|secret| secret.value.clone());
        Self {
            id: client.id.as_str().into(),
            name: client.name.clone(),
            secret: secret.map(ClientSecret::from),
        }
    }
}
