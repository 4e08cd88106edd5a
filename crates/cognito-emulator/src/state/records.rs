//! Records of a pool, which are stored and returned.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::state::members::{Members, MembersExt};

/// The records of a pool besides its settings, its clients and its users.
#[derive(Default)]
pub(crate) struct Records {
    /// Managed login styles by their ids.
    pub(crate) brandings: BTreeMap<String, Members>,
    /// The validity of shared sessions, by the ids of clients.
    pub(crate) client_sessions: BTreeMap<String, Value>,
    /// By their names.
    pub(crate) domains: BTreeMap<String, Members>,
    /// By their ids.
    pub(crate) import_jobs: BTreeMap<String, Members>,
    pub(crate) log_delivery: Option<Value>,
    /// Identity providers by their names.
    pub(crate) providers: BTreeMap<String, Members>,
    /// By their Regions.
    pub(crate) replicas: BTreeMap<String, Members>,
    /// Risk configurations by the clients that they are for.
    pub(crate) risks: BTreeMap<String, Members>,
    /// Whether sessions are tracked.
    pub(crate) sessions: Option<Members>,
    /// Terms by their ids.
    pub(crate) terms: BTreeMap<String, Members>,
    /// The looks of classic pages, by the ids of clients.
    pub(crate) ui_customizations: BTreeMap<String, Members>,
}

impl Records {
    /// Deletes the records of a deleted client.
    pub(crate) fn forget_client(&mut self, id: &str) {
        self.client_sessions.remove(id);
        self.risks.remove(id);
        self.ui_customizations.remove(id);
        for kept in [&mut self.brandings, &mut self.terms] {
            kept.retain(|_, record| record.text("ClientId") != id);
        }
    }

    /// The members of UserPoolType that name the pool's domains.
    pub(crate) fn domain_names(&self) -> Members {
        let member = |(name, domain): (&String, &Members)| {
            let custom = domain.contains_key("CustomDomainConfig");
            let member = if custom { "CustomDomain" } else { "Domain" };
            (member.to_owned(), name.as_str().into())
        };
        self.domains.iter().map(member).collect()
    }
}

/// A record as a request leaves it: with the members that are sent, and its dates.
pub(crate) fn written(kept: Option<&Members>, sent: Members, date: f64) -> Members {
    let mut record = kept.cloned().unwrap_or_default();
    record.entry("CreationDate").or_insert_with(|| date.into());
    record.extend(sent);
    record.insert("LastModifiedDate".to_owned(), date.into());
    record
}
