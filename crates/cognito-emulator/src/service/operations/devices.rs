//! Devices: confirmed, listed, remembered and forgotten, by users and by administrators.

use cognito_srp::PasswordVerifier;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Output, UserInput};
use crate::service::Service;
use crate::service::challenge::Attempt;
use crate::service::constraint::{ACCESS_TOKEN, DEVICE_KEY, DEVICE_NAME, DEVICE_STATUS};
use crate::service::device::{Device, device_unknown};
use crate::service::error::ApiError;
use crate::service::scope::Scope;
use crate::triggers::TokenOccasion;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmInput {
    access_token: Option<String>,
    device_key: Option<String>,
    device_name: Option<String>,
    device_secret_verifier_config: Option<VerifierConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VerifierConfig {
    password_verifier: Option<String>,
    salt: Option<String>,
}

/// Keeps a device's verifier unchecked: whether it is of a password shows at the next sign-in.
pub(super) fn confirm_device(service: &mut Service, input: ConfirmInput) -> Output {
    let token = ACCESS_TOKEN.required(input.access_token)?;
    let key = DEVICE_KEY.required(input.device_key)?;
    let name = DEVICE_NAME.optional(input.device_name)?;
    let (scope, record) = service.authorize(&token)?;
    let invalid = || ApiError::invalid_parameter("Invalid device key given");
    let devices = scope.pool.settings.device_configuration.ok_or_else(invalid)?;
    let config = input.device_secret_verifier_config;
    let config = config.ok_or_else(|| ApiError::missing_parameter("DeviceSecretVerifierConfig"))?;
    let verifier = verifier(config)?;
    let date = scope.date();
    let user = scope.pool.user_mut(&record.username)?;
    let device = user.devices.get_mut(&key).ok_or_else(invalid)?;
    if device.verifier.is_some() {
        return Err(ApiError::device_key_exists(format!("Device key {key} already exists.")));
    }
    let prompts = devices.device_only_remembered_on_user_prompt;
    (device.verifier, device.name, device.remembered) = (Some(verifier), name, !prompts);
    device.modified = date;
    Ok(json!({ "UserConfirmationNecessary": prompts }))
}

fn verifier(config: VerifierConfig) -> Result<PasswordVerifier, ApiError> {
    let missing = |name| move || ApiError::missing_parameter(name);
    let verifier = config.password_verifier.ok_or_else(missing("PasswordVerifier"))?;
    let salt = config.salt.ok_or_else(missing("Salt"))?;
    PasswordVerifier::from_device(&verifier, &salt)
        .map_err(|error| ApiError::invalid_parameter(error.to_string()))
}

/// The members that name a device of a user: of the one whose access token it is, or of another.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeviceInput {
    access_token: Option<String>,
    #[serde(flatten)]
    user: UserInput,
    device_key: Option<String>,
    device_remembered_status: Option<String>,
    limit: Option<usize>,
    pagination_token: Option<String>,
}

/// Finds out whose devices an operation is about.
type Owner = for<'a> fn(&'a mut Service, &DeviceInput) -> Result<(Scope<'a>, String), ApiError>;

fn bearer<'a>(
    service: &'a mut Service,
    input: &DeviceInput,
) -> Result<(Scope<'a>, String), ApiError> {
    let token = ACCESS_TOKEN.required(input.access_token.clone())?;
    let (scope, record) = service.authorize(&token)?;
    Ok((scope, record.username))
}

fn named<'a>(
    service: &'a mut Service,
    input: &DeviceInput,
) -> Result<(Scope<'a>, String), ApiError> {
    service.named_user(input.user.clone())
}

pub(super) fn get_device(service: &mut Service, input: DeviceInput) -> Output {
    get(service, input, bearer)
}

pub(super) fn admin_get_device(service: &mut Service, input: DeviceInput) -> Output {
    get(service, input, named)
}

pub(super) fn list_devices(service: &mut Service, input: DeviceInput) -> Output {
    list(service, input, bearer)
}

pub(super) fn admin_list_devices(service: &mut Service, input: DeviceInput) -> Output {
    list(service, input, named)
}

pub(super) fn forget_device(service: &mut Service, input: DeviceInput) -> Output {
    forget(service, input, bearer)
}

pub(super) fn admin_forget_device(service: &mut Service, input: DeviceInput) -> Output {
    forget(service, input, named)
}

pub(super) fn update_device_status(service: &mut Service, input: DeviceInput) -> Output {
    update_status(service, input, bearer)
}

pub(super) fn admin_update_device_status(service: &mut Service, input: DeviceInput) -> Output {
    update_status(service, input, named)
}

fn get(service: &mut Service, input: DeviceInput, owner: Owner) -> Output {
    let key = DEVICE_KEY.required(input.device_key.clone())?;
    let (scope, username) = owner(service, &input)?;
    let device = scope.pool.user_mut(&username)?.device(&key)?.to_json();
    Ok(json!({ "Device": device }))
}

/// A page of devices. The token of the next one is the key of the last device of this one.
fn list(service: &mut Service, input: DeviceInput, owner: Owner) -> Output {
    /// QueryLimitType; zero is as good as none.
    const MOST: usize = 60;
    let limit = input.limit.filter(|limit| *limit > 0).unwrap_or(MOST);
    if limit > MOST {
        return Err(ApiError::invalid_parameter(format!(
            "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy \
             constraint: Member must have value less than or equal to {MOST}"
        )));
    }
    let (scope, username) = owner(service, &input)?;
    let after = input.pagination_token.unwrap_or_default();
    let devices = &scope.pool.user_mut(&username)?.devices;
    let confirmed = |device: &&Device| device.verifier.is_some() && device.key > after;
    let mut rest = devices.values().filter(confirmed);
    let page: Vec<&Device> = rest.by_ref().take(limit).collect();
    let mut output =
        json!({ "Devices": page.iter().map(|device| device.to_json()).collect::<Value>() });
    let more = rest.next().is_some();
    if let (Some(output), Some(last), true) = (output.as_object_mut(), page.last(), more) {
        output.insert("PaginationToken".to_owned(), last.key.as_str().into());
    }
    Ok(output)
}

fn forget(service: &mut Service, input: DeviceInput, owner: Owner) -> Output {
    let key = DEVICE_KEY.required(input.device_key.clone())?;
    let (scope, username) = owner(service, &input)?;
    let forgotten = scope.pool.user_mut(&username)?.devices.remove(&key);
    forgotten.map(|_| json!({})).ok_or_else(device_unknown)
}

fn update_status(service: &mut Service, input: DeviceInput, owner: Owner) -> Output {
    let key = DEVICE_KEY.required(input.device_key.clone())?;
    let remembered = match input.device_remembered_status.as_deref() {
        Some("remembered") => true,
        Some("not_remembered") => false,
        Some(other) => return Err(DEVICE_STATUS.outside(other, "[not_remembered, remembered]")),
        None => return Err(ApiError::missing_parameter("DeviceRememberedStatus")),
    };
    let (scope, username) = owner(service, &input)?;
    let date = scope.date();
    let device = scope.pool.user_mut(&username)?.device_mut(&key)?;
    (device.remembered, device.modified) = (remembered, date);
    Ok(json!({}))
}

impl Scope<'_> {
    /// What follows the proof of a device's password.
    pub(super) fn device_proven(&mut self, mut attempt: Attempt) -> Output {
        (attempt.device_proven, attempt.occasion) = (true, TokenOccasion::AuthenticateDevice);
        let date = self.date();
        let key = attempt.device_key.clone().ok_or_else(device_unknown)?;
        let device = self.pool.user_mut(&attempt.username)?.device_mut(&key)?;
        (device.session, device.authenticated) = (None, date);
        self.finish(attempt)
    }
}
