//! The identity and the role of AWS credentials, read over HTTP.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Rejection, clock};
use crate::adapters::host::Host;
use crate::flows::identity_pools::credentials;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Request {
    access_key_id: String,
}

pub(super) fn read(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Request { access_key_id } = super::read(members)?;
    let record = credentials::find(&host.service, &access_key_id);
    let record = record.ok_or_else(|| {
        Rejection::not_found(format!("no credentials have the access key id {access_key_id:?}"))
    })?;
    Ok(json!({
        "AccessKeyId": record.access_key_id,
        "IdentityPoolId": record.identity_pool_id,
        "IdentityId": record.identity_id,
        "Logins": record.logins,
        "RoleArn": record.role_arn,
        "RoleSessionName": record.role_session_name,
        "Expiration": clock::seconds(record.expiration),
        "Expired": record.expiration <= host.now(),
    }))
}
