//! Device operations of users and of administrators.

use std::ops::Bound;

use cognito_srp::PasswordVerifier;
use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::device_type::DeviceType;
use crate::operations::page::PageRequest;
use crate::operations::subject::{Empty, UserRequest, find_user};
use crate::state::device::device_unknown;
use crate::state::sign_in_record::SignInRecord;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmRequest {
    device_key: String,
    device_name: Option<String>,
    device_secret_verifier_config: Option<VerifierConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VerifierConfig {
    password_verifier: Option<String>,
    salt: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmResponse {
    user_confirmation_necessary: bool,
}

/// Stores a device's verifier without a check: only the next sign-in shows whether it matches the
/// password.
pub(super) fn confirm_device(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: ConfirmRequest,
) -> Result<ConfirmResponse, ServiceError> {
    let (key, name) = (request.device_key, request.device_name);
    let invalid = || ServiceError::invalid_parameter("Invalid device key given");
    let devices = step.pool.settings.device_configuration().ok_or_else(invalid)?;
    let config = request.device_secret_verifier_config;
    let config =
        config.ok_or_else(|| ServiceError::missing_parameter("DeviceSecretVerifierConfig"))?;
    let verifier = verifier(config)?;
    let date = step.date();
    let user = step.pool.user_mut(&record.username)?;
    let known = user.extras_mut().and_then(|extras| extras.devices.get_mut(&key));
    let device = known.ok_or_else(invalid)?;
    if device.verifier.is_some() {
        return Err(ServiceError::device_key_exists(format!("Device key {key} already exists.")));
    }
    let prompts = devices.device_only_remembered_on_user_prompt;
    (device.verifier, device.name, device.remembered) = (Some(Box::new(verifier)), name, !prompts);
    device.modified = date;
    Ok(ConfirmResponse { user_confirmation_necessary: prompts })
}

fn verifier(config: VerifierConfig) -> Result<PasswordVerifier, ServiceError> {
    let missing = |name| move || ServiceError::missing_parameter(name);
    let verifier = config.password_verifier.ok_or_else(missing("PasswordVerifier"))?;
    let salt = config.salt.ok_or_else(missing("Salt"))?;
    PasswordVerifier::from_device(&verifier, &salt)
        .map_err(|error| ServiceError::invalid_parameter(error.to_string()))
}

/// A device of the user with the access token.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeviceRequest {
    device_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminDeviceRequest {
    #[serde(flatten)]
    user: UserRequest,
    device_key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeviceResponse {
    device: DeviceType,
}

pub(super) fn get_device(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: DeviceRequest,
) -> Result<DeviceResponse, ServiceError> {
    describe(step, &record.username, &request.device_key)
}

pub(super) fn admin_get_device(
    step: &mut Step<'_>,
    request: AdminDeviceRequest,
) -> Result<DeviceResponse, ServiceError> {
    let username = find_user(step, &request.user)?;
    describe(step, &username, &request.device_key)
}

pub(super) fn forget_device(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: DeviceRequest,
) -> Result<Empty, ServiceError> {
    forget(step, &record.username, &request.device_key)
}

pub(super) fn admin_forget_device(
    step: &mut Step<'_>,
    request: AdminDeviceRequest,
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request.user)?;
    forget(step, &username, &request.device_key)
}

/// The members of a request for a page of devices.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    limit: Option<usize>,
    pagination_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    #[serde(flatten)]
    page: Page,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    devices: Vec<DeviceType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination_token: Option<String>,
}

pub(super) fn list_devices(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: ListRequest,
) -> Result<ListResponse, ServiceError> {
    list(step, &record.username, request.page)
}

#[derive(Deserialize)]
pub(super) struct AdminListRequest {
    #[serde(flatten)]
    user: UserRequest,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn admin_list_devices(
    step: &mut Step<'_>,
    request: AdminListRequest,
) -> Result<ListResponse, ServiceError> {
    let username = find_user(step, &request.user)?;
    list(step, &username, request.page)
}

/// DeviceRememberedStatusType.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RememberedStatus {
    Remembered,
    NotRemembered,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StatusRequest {
    device_key: String,
    device_remembered_status: Option<RememberedStatus>,
}

pub(super) fn update_device_status(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: StatusRequest,
) -> Result<Empty, ServiceError> {
    let status = request.device_remembered_status.ok_or_else(status_missing)?;
    set_status(step, &record.username, &request.device_key, status)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminStatusRequest {
    #[serde(flatten)]
    user: UserRequest,
    device_key: String,
    device_remembered_status: Option<RememberedStatus>,
}

pub(super) fn admin_update_device_status(
    step: &mut Step<'_>,
    request: AdminStatusRequest,
) -> Result<Empty, ServiceError> {
    let status = request.device_remembered_status.ok_or_else(status_missing)?;
    let username = find_user(step, &request.user)?;
    set_status(step, &username, &request.device_key, status)
}

/// The status is optional in the model, but no default would make sense.
fn status_missing() -> ServiceError {
    ServiceError::missing_parameter("DeviceRememberedStatus")
}

fn describe(step: &Step<'_>, username: &str, key: &str) -> Result<DeviceResponse, ServiceError> {
    let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    Ok(DeviceResponse { device: DeviceType::new(step.pool, username, user.device(key)?) })
}

fn list(step: &Step<'_>, username: &str, page: Page) -> Result<ListResponse, ServiceError> {
    let list = ["devices", step.pool.id.as_str(), username];
    let page = PageRequest::read(page.limit, page.pagination_token, &list)?;
    let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    let after = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let devices = user.extras().devices.range::<str, _>((after, Bound::Unbounded));
    let confirmed = devices.filter(|(_, device)| device.verifier.is_some());
    let (devices, pagination_token) = page.take(confirmed);
    let devices = devices.into_iter().map(|device| DeviceType::new(step.pool, username, device));
    Ok(ListResponse { devices: devices.collect(), pagination_token })
}

fn forget(step: &mut Step<'_>, username: &str, key: &str) -> Result<Empty, ServiceError> {
    let user = step.pool.user_mut(username)?;
    let forgotten = user.change_extras(|extras| extras.devices.remove(key));
    forgotten.map(|_| Empty {}).ok_or_else(device_unknown)
}

fn set_status(
    step: &mut Step<'_>,
    username: &str,
    key: &str,
    status: RememberedStatus,
) -> Result<Empty, ServiceError> {
    let date = step.date();
    let device = step.pool.user_mut(username)?.device_mut(key)?;
    device.remembered = status == RememberedStatus::Remembered;
    device.modified = date;
    Ok(Empty {})
}
