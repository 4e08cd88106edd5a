//! Records of a pool in addition to its settings, clients and users. Most are stored only.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{self, ServiceError};
use crate::state::identity_provider::IdentityProvider;
use crate::state::import_job::{self, ImportJob};
use crate::state::members::{Members, object};

/// The records of a pool.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Records {
    /// Managed login branding by id.
    pub(crate) brandings: BTreeMap<String, Branding>,
    /// The validity of shared sessions (SSOSession), by client id.
    pub(crate) client_sessions: BTreeMap<String, Members>,
    /// By name.
    pub(crate) domains: BTreeMap<String, Domain>,
    /// By id.
    #[serde(deserialize_with = "import_job::read_all")]
    pub(crate) import_jobs: BTreeMap<String, ImportJob>,
    /// LogConfigurations.
    pub(crate) log_delivery: Vec<Members>,
    /// By name.
    pub(crate) providers: BTreeMap<String, IdentityProvider>,
    /// By Region.
    pub(crate) replicas: BTreeMap<String, Replica>,
    /// Risk configurations by client.
    pub(crate) risks: BTreeMap<String, Members>,
    pub(crate) sessions: SessionSettings,
    /// Terms by id.
    pub(crate) terms: BTreeMap<String, Terms>,
    /// Customizations of classic pages, by client id.
    pub(crate) ui_customizations: BTreeMap<String, Members>,
}

/// ManagedLoginBrandingType, and its client.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Branding {
    pub(crate) client_id: String,
    pub(crate) members: Members,
}

/// DomainDescriptionType.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Domain {
    pub(crate) domain: String,
    pub(crate) user_pool_id: String,
    #[serde(rename = "AWSAccountId")]
    pub(crate) aws_account_id: String,
    pub(crate) cloud_front_distribution: String,
    pub(crate) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) s3_bucket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    pub(crate) managed_login_version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) custom_domain_config: Option<Members>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) routing: Option<Members>,
}

/// UserPoolReplicaType.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Replica {
    pub(crate) region_name: String,
    pub(crate) role: String,
    pub(crate) status: String,
    pub(crate) user_pool_arn: String,
}

/// The settings of session tracking.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SessionSettings {
    pub(crate) user_session_tracking: String,
    pub(crate) token_session: Members,
}

/// TermsType.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Terms {
    pub(crate) terms_id: String,
    pub(crate) client_id: String,
    pub(crate) terms_name: String,
    pub(crate) enforcement: String,
    pub(crate) creation_date: f64,
    pub(crate) last_modified_date: f64,
    #[serde(flatten)]
    pub(crate) other: Members,
}

impl Records {
    /// Deletes the records of a deleted client.
    pub(crate) fn forget_client(&mut self, id: &str) {
        self.client_sessions.remove(id);
        self.risks.remove(id);
        self.ui_customizations.remove(id);
        self.brandings.retain(|_, branding| branding.client_id != id);
        self.terms.retain(|_, terms| terms.client_id != id);
    }

    /// Returns the identity provider with an identifier.
    pub(crate) fn provider_by_identifier(&self, identifier: &str) -> Option<&IdentityProvider> {
        let mut providers = self.providers.values();
        providers.find(|provider| provider.identifiers().any(|own| own == identifier))
    }

    /// Returns whether all domains of the pool have version 1 of the pages. Returns false for a
    /// pool without a domain, whose pages the emulator also serves.
    pub(crate) fn has_classic_pages_alone(&self) -> bool {
        let mut versions = self.domains.values().map(|domain| domain.managed_login_version);
        !self.domains.is_empty() && versions.all(|version| version == 1)
    }

    /// Returns the name of the pool's custom domain, or of its prefix domain.
    pub(crate) fn domain(&self, custom: bool) -> Option<String> {
        self.domains.values().find(|domain| domain.is_custom() == custom).map(Domain::name)
    }
}

impl Domain {
    pub(crate) fn is_custom(&self) -> bool {
        self.custom_domain_config.is_some()
    }

    fn name(&self) -> String {
        self.domain.clone()
    }
}

impl SessionSettings {
    /// Returns whether session tracking is on.
    pub(crate) fn are_tracked(&self) -> bool {
        self.user_session_tracking == "ENABLED"
    }
}

impl Default for SessionSettings {
    fn default() -> Self {
        let token_session = Members::from_iter([("MaxPerUser".to_owned(), json!(20))]);
        Self { user_session_tracking: "DISABLED".to_owned(), token_session }
    }
}

/// Returns a record updated with the members of a request.
pub(crate) fn changed<R: Serialize + DeserializeOwned>(
    record: &R,
    sent: Members,
) -> Result<R, ServiceError> {
    let mut members = object(json!(record)).unwrap_or_default();
    members.extend(sent);
    model::typed(Value::Object(members))
}

/// Returns a record updated with the members of a request and new dates.
pub(crate) fn written(kept: Option<&Members>, sent: Members, date: f64) -> Members {
    let mut record = kept.cloned().unwrap_or_default();
    record.entry("CreationDate").or_insert_with(|| date.into());
    record.extend(sent);
    record.insert("LastModifiedDate".to_owned(), date.into());
    record
}
