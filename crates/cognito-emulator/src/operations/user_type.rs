//! Users in responses.

use serde::Serialize;

use crate::operations::attribute_list::{self, AttributeType};
use crate::state::user::{Factor, User};

/// UserType, a user of a list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserType {
    pub(super) attributes: Vec<AttributeType>,
    #[serde(flatten)]
    state: UserState,
    #[serde(rename = "MFAOptions", skip_serializing_if = "Option::is_none")]
    mfa_options: Option<[MfaOption; 1]>,
}

/// The response of AdminGetUser.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminGetUserResponse {
    user_attributes: Vec<AttributeType>,
    #[serde(flatten)]
    state: UserState,
    #[serde(flatten)]
    mfa: MfaSettings,
    #[serde(rename = "MFAOptions", skip_serializing_if = "Option::is_none")]
    mfa_options: Option<[MfaOption; 1]>,
}

/// The response of GetUser.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetUserResponse {
    username: String,
    pub(super) user_attributes: Vec<AttributeType>,
    #[serde(flatten)]
    mfa: MfaSettings,
    #[serde(rename = "MFAOptions", skip_serializing_if = "Option::is_none")]
    mfa_options: Option<[MfaOption; 1]>,
}

/// The response of GetUserAuthFactors.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AuthFactorsResponse {
    username: String,
    configured_user_auth_factors: Vec<&'static str>,
    #[serde(flatten)]
    mfa: MfaSettings,
}

/// The members of UserType that GetUser does not return.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserState {
    username: String,
    enabled: bool,
    user_status: &'static str,
    user_create_date: f64,
    user_last_modified_date: f64,
}

/// The MFA settings of a user, if there are any.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MfaSettings {
    #[serde(rename = "UserMFASettingList", skip_serializing_if = "Vec::is_empty")]
    user_mfa_setting_list: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_mfa_setting: Option<&'static str>,
}

/// MFAOptionType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MfaOption {
    delivery_medium: &'static str,
    attribute_name: &'static str,
}

impl From<&User> for UserType {
    fn from(user: &User) -> Self {
        Self {
            attributes: attribute_list::of(user),
            state: state(user),
            mfa_options: mfa_options(user),
        }
    }
}

impl From<&User> for AdminGetUserResponse {
    fn from(user: &User) -> Self {
        Self {
            user_attributes: attribute_list::of(user),
            state: state(user),
            mfa: mfa(user),
            mfa_options: mfa_options(user),
        }
    }
}

impl From<&User> for GetUserResponse {
    fn from(user: &User) -> Self {
        Self {
            username: user.username.to_string(),
            user_attributes: attribute_list::of(user),
            mfa: mfa(user),
            mfa_options: mfa_options(user),
        }
    }
}

impl AuthFactorsResponse {
    pub(super) fn new(user: &User, first_factors: Vec<&'static str>) -> Self {
        Self {
            username: user.username.to_string(),
            configured_user_auth_factors: first_factors,
            mfa: mfa(user),
        }
    }
}

fn state(user: &User) -> UserState {
    UserState {
        username: user.username.to_string(),
        enabled: user.enabled,
        user_status: user.status.as_str(),
        user_create_date: user.created,
        user_last_modified_date: user.modified,
    }
}

fn mfa(user: &User) -> MfaSettings {
    let factors = user.factors.enabled().iter();
    MfaSettings {
        user_mfa_setting_list: factors.map(|factor| factor.challenge_name()).collect(),
        preferred_mfa_setting: user.factors.preferred().map(Factor::challenge_name),
    }
}

/// Returns the member MFAOptions, which contains only SMS.
fn mfa_options(user: &User) -> Option<[MfaOption; 1]> {
    let on = user.extras().has_mfa_options && user.factors.enabled().contains(&Factor::Sms);
    on.then_some([MfaOption { delivery_medium: "SMS", attribute_name: "phone_number" }])
}
