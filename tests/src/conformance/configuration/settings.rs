//! Settings of pools and app clients, with as many members as are compatible.

use cognito::sdk::types::*;

use super::MARK;

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// Returns a pool with as many settings as are compatible.
pub(super) fn pool(mark: &str) -> UserPoolType {
    let function = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
    let password = PasswordPolicyType::builder()
        .minimum_length(12)
        .require_lowercase(true)
        .require_numbers(true)
        .password_history_size(4)
        .temporary_password_validity_days(3)
        .build();
    let sign_in = SignInPolicyType::builder()
        .allowed_first_auth_factors(AuthFactorType::Password)
        .allowed_first_auth_factors(AuthFactorType::WebAuthn)
        .build();
    let claims = PreTokenGenerationVersionConfigType::builder()
        .lambda_version(PreTokenGenerationLambdaVersionType::V20)
        .lambda_arn(function("claims"))
        .build()
        .unwrap();
    let triggers = LambdaConfigType::builder()
        .pre_sign_up(function("sign-up"))
        .custom_message(function("message"))
        .pre_token_generation(function("claims"))
        .pre_token_generation_config(claims)
        .build();
    let template = VerificationMessageTemplateType::builder()
        .sms_message("sms {####}")
        .email_message("email {####}")
        .email_subject("subject")
        .default_email_option(DefaultEmailOptionType::ConfirmWithCode)
        .build();
    let verified = UserAttributeUpdateSettingsType::builder()
        .attributes_require_verification_before_update(VerifiedAttributeType::Email)
        .build();
    let devices = DeviceConfigurationType::builder().challenge_required_on_new_device(true).build();
    let email = EmailConfigurationType::builder()
        .source_arn("arn:aws:ses:us-east-1:123456789012:identity/example.com")
        .email_sending_account(EmailSendingAccountType::Developer)
        .from("Shop <shop@example.com>")
        .reply_to_email_address("reply@example.com")
        .build();
    let sms = SmsConfigurationType::builder()
        .sns_caller_arn(ROLE)
        .external_id("external")
        .sns_region("us-east-1")
        .build();
    let invitation = MessageTemplateType::builder()
        .email_message("{username} {####}")
        .email_subject("welcome")
        .sms_message("{username} {####}")
        .build();
    let invitations = AdminCreateUserConfigType::builder()
        .allow_admin_create_user_only(true)
        .invite_message_template(invitation)
        .build();
    let protection = UserPoolAddOnsType::builder()
        .advanced_security_mode(AdvancedSecurityModeType::Audit)
        .build()
        .unwrap();
    let recovery = RecoveryOptionType::builder()
        .priority(1)
        .name(RecoveryOptionNameType::VerifiedEmail)
        .build()
        .unwrap();
    let issuer = IssuerConfigurationType::builder().r#type(IssuerType::Updated).build();
    let key = KeyConfigurationType::builder().key_type(EncryptionKeyType::AwsOwnedKey).build();
    UserPoolType::builder()
        .name(format!("{mark}-all"))
        .user_pool_tags(MARK, mark)
        .policies(
            UserPoolPolicyType::builder().password_policy(password).sign_in_policy(sign_in).build(),
        )
        .deletion_protection(DeletionProtectionType::Active)
        .lambda_config(triggers)
        .auto_verified_attributes(VerifiedAttributeType::Email)
        .auto_verified_attributes(VerifiedAttributeType::PhoneNumber)
        .alias_attributes(AliasAttributeType::Email)
        .sms_verification_message("sms {####}")
        .email_verification_message("email {####}")
        .email_verification_subject("subject")
        .verification_message_template(template)
        .sms_authentication_message("code {####}")
        .user_attribute_update_settings(verified)
        .mfa_configuration(UserPoolMfaType::Optional)
        .device_configuration(devices)
        .email_configuration(email)
        .sms_configuration(sms)
        .user_pool_tags("team", "shop")
        .user_pool_tags("stage", "live")
        .admin_create_user_config(invitations)
        .user_pool_add_ons(protection)
        .account_recovery_setting(
            AccountRecoverySettingType::builder().recovery_mechanisms(recovery).build(),
        )
        .user_pool_tier(UserPoolTierType::Plus)
        .key_configuration(key)
        .issuer_configuration(issuer)
        .username_configuration(
            UsernameConfigurationType::builder().case_sensitive(false).build().unwrap(),
        )
        .build()
}

/// Returns an app client with as many settings as are compatible.
pub(super) fn client() -> UserPoolClientType {
    let units = TokenValidityUnitsType::builder()
        .access_token(TimeUnitsType::Minutes)
        .id_token(TimeUnitsType::Minutes)
        .refresh_token(TimeUnitsType::Days)
        .build();
    let rotation = RefreshTokenRotationType::builder()
        .feature(FeatureType::Enabled)
        .retry_grace_period_seconds(30)
        .build()
        .unwrap();
    let analytics = AnalyticsConfigurationType::builder()
        .application_id("d70b2ba36a8c4dc5a04a0451a31a1e12")
        .role_arn(ROLE)
        .external_id("external")
        .user_data_shared(true)
        .build();
    UserPoolClientType::builder()
        .client_name("all")
        .refresh_token_validity(90)
        .access_token_validity(15)
        .id_token_validity(20)
        .token_validity_units(units)
        .read_attributes("email")
        .read_attributes("name")
        .write_attributes("name")
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserSrpAuth)
        .supported_identity_providers("COGNITO")
        .callback_urls("https://example.com/back")
        .logout_urls("https://example.com/out")
        .default_redirect_uri("https://example.com/back")
        .allowed_o_auth_flows(OAuthFlowType::Code)
        .allowed_o_auth_scopes("openid")
        .allowed_o_auth_flows_user_pool_client(true)
        .analytics_configuration(analytics)
        .prevent_user_existence_errors(PreventUserExistenceErrorTypes::Enabled)
        .enable_token_revocation(true)
        .enable_propagate_additional_user_context_data(true)
        .auth_session_validity(5)
        .refresh_token_rotation(rotation)
        .build()
}
