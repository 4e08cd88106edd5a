//! The fields of a pool in an update; the guide on pools and app clients has a table of them.

use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::builders::SetUserPoolMfaConfigFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool::builders::UpdateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    LambdaConfigType, UserPoolMfaType, UserPoolType, VerificationMessageTemplateType,
};

use super::read_modify_write::unique;

/// Returns an update request with the current settings of the pool.
pub(super) fn as_described(
    call: UpdateUserPoolFluentBuilder,
    pool: UserPoolType,
) -> UpdateUserPoolFluentBuilder {
    call.set_policies(pool.policies)
        .set_deletion_protection(pool.deletion_protection)
        .set_lambda_config(pool.lambda_config)
        .set_auto_verified_attributes(pool.auto_verified_attributes)
        .set_sms_verification_message(pool.sms_verification_message)
        .set_email_verification_message(pool.email_verification_message)
        .set_email_verification_subject(pool.email_verification_subject)
        .set_verification_message_template(pool.verification_message_template)
        .set_sms_authentication_message(pool.sms_authentication_message)
        .set_user_attribute_update_settings(pool.user_attribute_update_settings)
        .set_mfa_configuration(pool.mfa_configuration)
        .set_device_configuration(pool.device_configuration)
        .set_email_configuration(pool.email_configuration)
        .set_sms_configuration(pool.sms_configuration)
        .set_user_pool_tags(pool.user_pool_tags)
        .set_admin_create_user_config(pool.admin_create_user_config)
        .set_user_pool_add_ons(pool.user_pool_add_ons)
        .set_account_recovery_setting(pool.account_recovery_setting)
        .set_pool_name(pool.name)
        .set_user_pool_tier(pool.user_pool_tier)
        .set_key_configuration(pool.key_configuration)
        .set_issuer_configuration(pool.issuer_configuration)
        .set_acr_configuration(pool.acr_configuration)
}

/// Makes a request acceptable to the service: members with the same meaning agree, newer members
/// replace older ones, and second factors, which have their own operation, are those of the pool.
pub(super) fn consistent(
    call: UpdateUserPoolFluentBuilder,
    pool: &UserPoolType,
) -> UpdateUserPoolFluentBuilder {
    let auto_verified = unique(call.get_auto_verified_attributes());
    let call = call.set_auto_verified_attributes(auto_verified);
    let call = call.set_mfa_configuration(pool.mfa_configuration.clone());
    with_one_trigger(with_one_text(with_one_validity(call), pool), pool)
}

/// Removes UnusedAccountValidityDays, the older of the two validities of temporary passwords.
fn with_one_validity(call: UpdateUserPoolFluentBuilder) -> UpdateUserPoolFluentBuilder {
    let policy = call.get_policies().as_ref().and_then(|policies| policies.password_policy());
    let is_newer_set = policy.is_some_and(|policy| policy.temporary_password_validity_days != 0);
    let mut config = call.get_admin_create_user_config().clone();
    if let Some(config) = config.as_mut().filter(|_| is_newer_set) {
        config.unused_account_validity_days = 0;
    }
    call.set_admin_create_user_config(config)
}

/// Makes the message texts in the template agree with the older members beside it.
fn with_one_text(
    call: UpdateUserPoolFluentBuilder,
    pool: &UserPoolType,
) -> UpdateUserPoolFluentBuilder {
    let none = VerificationMessageTemplateType::builder().build();
    let was = pool.verification_message_template.as_ref().unwrap_or(&none);
    let given = call.get_verification_message_template();
    let mut template = given.clone().unwrap_or_else(|| none.clone());
    let mut sms = call.get_sms_verification_message().clone();
    let mut email = call.get_email_verification_message().clone();
    let mut subject = call.get_email_verification_subject().clone();
    agree(&mut sms, &pool.sms_verification_message, &mut template.sms_message, &was.sms_message);
    let older = &pool.email_verification_message;
    agree(&mut email, older, &mut template.email_message, &was.email_message);
    let older = &pool.email_verification_subject;
    agree(&mut subject, older, &mut template.email_subject, &was.email_subject);
    let is_needed = given.is_some() || template != none;
    call.set_sms_verification_message(sms)
        .set_email_verification_message(email)
        .set_email_verification_subject(subject)
        .set_verification_message_template(is_needed.then_some(template))
}

/// Makes the function in PreTokenGenerationConfig agree with the older member without a version.
fn with_one_trigger(
    call: UpdateUserPoolFluentBuilder,
    pool: &UserPoolType,
) -> UpdateUserPoolFluentBuilder {
    let Some(mut lambda) = call.get_lambda_config().clone() else { return call };
    let none = LambdaConfigType::builder().build();
    let was = pool.lambda_config.as_ref().unwrap_or(&none);
    if lambda.pre_token_generation_config != was.pre_token_generation_config {
        let versioned = lambda.pre_token_generation_config.as_ref();
        lambda.pre_token_generation = versioned.map(|config| config.lambda_arn.clone());
    } else if lambda.pre_token_generation != was.pre_token_generation {
        let both = lambda.pre_token_generation_config.zip(lambda.pre_token_generation.clone());
        lambda.pre_token_generation_config = both.map(|(mut config, arn)| {
            config.lambda_arn = arn;
            config
        });
    }
    call.lambda_config(lambda)
}

/// Sets two members with the same meaning to the changed value, or to that of the newer member.
fn agree(
    older: &mut Option<String>,
    older_was: &Option<String>,
    newer: &mut Option<String>,
    newer_was: &Option<String>,
) {
    if newer != newer_was {
        older.clone_from(newer);
    } else if older != older_was {
        newer.clone_from(older);
    }
}

/// Returns an update request with the current second factors and passkeys.
pub(super) fn mfa_as_described(
    call: SetUserPoolMfaConfigFluentBuilder,
    config: GetUserPoolMfaConfigOutput,
) -> SetUserPoolMfaConfigFluentBuilder {
    call.set_sms_mfa_configuration(config.sms_mfa_configuration)
        .set_software_token_mfa_configuration(config.software_token_mfa_configuration)
        .set_email_mfa_configuration(config.email_mfa_configuration)
        .set_mfa_configuration(config.mfa_configuration)
        .set_web_authn_configuration(config.web_authn_configuration)
}

/// Removes the factors from a request that disables second factors, as the service requires.
/// Passkeys do not count as a second factor.
pub(super) fn mfa_consistent(
    call: SetUserPoolMfaConfigFluentBuilder,
) -> SetUserPoolMfaConfigFluentBuilder {
    if *call.get_mfa_configuration() != Some(UserPoolMfaType::Off) {
        return call;
    }
    call.set_sms_mfa_configuration(None)
        .set_software_token_mfa_configuration(None)
        .set_email_mfa_configuration(None)
}
