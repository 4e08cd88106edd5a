//! Descriptions of a pool, an app client and identity providers with every field, in the format of
//! the service.

use serde_json::{Value, json};

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:f";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/k";
const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// Returns the description of a pool.
pub fn pool() -> Value {
    let function = |version: &str| json!({ "LambdaVersion": version, "LambdaArn": FUNCTION });
    json!({
        "Id": "eu-west-1_Ab12Cd34E",
        "Name": "shop",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12,
                "RequireUppercase": true,
                "RequireLowercase": true,
                "RequireNumbers": true,
                "RequireSymbols": true,
                "PasswordHistorySize": 4,
                "TemporaryPasswordValidityDays": 3,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] },
        },
        "DeletionProtection": "ACTIVE",
        "LambdaConfig": {
            "PreSignUp": FUNCTION,
            "CustomMessage": FUNCTION,
            "PostConfirmation": FUNCTION,
            "PreAuthentication": FUNCTION,
            "PostAuthentication": FUNCTION,
            "DefineAuthChallenge": FUNCTION,
            "CreateAuthChallenge": FUNCTION,
            "VerifyAuthChallengeResponse": FUNCTION,
            "PreTokenGeneration": FUNCTION,
            "UserMigration": FUNCTION,
            "PreTokenGenerationConfig": function("V2_0"),
            "CustomSMSSender": function("V1_0"),
            "CustomEmailSender": function("V1_0"),
            "KMSKeyID": KEY,
            "InboundFederation": function("V1_0"),
        },
        "Status": "Enabled",
        "LastModifiedDate": 1_700_000_001,
        "CreationDate": 1_700_000_000,
        "SchemaAttributes": [{
            "Name": "custom:plan",
            "AttributeDataType": "String",
            "DeveloperOnlyAttribute": true,
            "Mutable": true,
            "Required": true,
            "NumberAttributeConstraints": { "MinValue": "1", "MaxValue": "9" },
            "StringAttributeConstraints": { "MinLength": "1", "MaxLength": "9" },
        }],
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "AliasAttributes": ["email"],
        "UsernameAttributes": ["email"],
        "SmsVerificationMessage": "sms {####}",
        "EmailVerificationMessage": "email {####}",
        "EmailVerificationSubject": "subject",
        "VerificationMessageTemplate": {
            "SmsMessage": "sms {####}",
            "EmailMessage": "email {####}",
            "EmailSubject": "subject",
            "EmailMessageByLink": "{##link##}",
            "EmailSubjectByLink": "link",
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
        },
        "SmsAuthenticationMessage": "code {####}",
        "UserAttributeUpdateSettings": {
            "AttributesRequireVerificationBeforeUpdate": ["email"],
        },
        "MfaConfiguration": "OPTIONAL",
        "DeviceConfiguration": {
            "ChallengeRequiredOnNewDevice": true,
            "DeviceOnlyRememberedOnUserPrompt": true,
        },
        "EstimatedNumberOfUsers": 17,
        "EmailConfiguration": {
            "SourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/example.com",
            "ReplyToEmailAddress": "reply@example.com",
            "EmailSendingAccount": "DEVELOPER",
            "From": "Shop <shop@example.com>",
            "ConfigurationSet": "set",
        },
        "SmsConfiguration": {
            "SnsCallerArn": ROLE,
            "ExternalId": "external",
            "SnsRegion": "eu-west-1",
            "EumsSms": {
                "CallerArn": ROLE,
                "ExternalId": "external",
                "OriginationIdentity": "origin",
                "ConfigurationSetName": "set",
                "InEntityId": "entity",
                "InTemplateId": "template",
                "Region": "eu-west-1",
            },
        },
        "UserPoolTags": { "team": "shop", "stage": "live" },
        "SmsConfigurationFailure": "SNSSandbox",
        "EmailConfigurationFailure": "no",
        "Domain": "shop",
        "CustomDomain": "auth.example.com",
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": true,
            "UnusedAccountValidityDays": 3,
            "InviteMessageTemplate": {
                "SMSMessage": "{username} {####}",
                "EmailMessage": "{username} {####}",
                "EmailSubject": "welcome",
            },
        },
        "UserPoolAddOns": {
            "AdvancedSecurityMode": "ENFORCED",
            "AdvancedSecurityAdditionalFlows": { "CustomAuthMode": "ENFORCED" },
        },
        "UsernameConfiguration": { "CaseSensitive": true },
        "Arn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Ab12Cd34E",
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{ "Priority": 1, "Name": "verified_email" }],
        },
        "UserPoolTier": "PLUS",
        "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY },
        "IssuerConfiguration": { "Type": "UPDATED" },
        "AcrConfiguration": { "Level1": { "AcrValue": "urn:example:one" } },
    })
}

/// Returns its MFA and passkey configuration.
pub fn mfa() -> Value {
    json!({
        "SmsMfaConfiguration": {
            "SmsAuthenticationMessage": "code {####}",
            "SmsConfiguration": pool()["SmsConfiguration"],
        },
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": { "Message": "code {####}", "Subject": "code" },
        "MfaConfiguration": "OPTIONAL",
        "WebAuthnConfiguration": {
            "RelyingPartyId": "auth.example.com",
            "UserVerification": "required",
            "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
        },
    })
}

/// Returns the description of an app client.
pub fn client() -> Value {
    json!({
        "UserPoolId": "eu-west-1_Ab12Cd34E",
        "ClientName": "web",
        "ClientId": "1example23456789abcdefghij",
        "ClientSecret": "a-secret-of-the-app-client",
        "LastModifiedDate": 1_700_000_001,
        "CreationDate": 1_700_000_000,
        "RefreshTokenValidity": 90,
        "AccessTokenValidity": 15,
        "IdTokenValidity": 20,
        "TokenValidityUnits": {
            "AccessToken": "minutes",
            "IdToken": "minutes",
            "RefreshToken": "days",
        },
        "ReadAttributes": ["email", "name"],
        "WriteAttributes": ["name"],
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_OF_THE_FUTURE"],
        "SupportedIdentityProviders": ["COGNITO", "Corp"],
        "CallbackURLs": ["https://example.com/back"],
        "LogoutURLs": ["https://example.com/out"],
        "DefaultRedirectURI": "https://example.com/back",
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "orders/read"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AnalyticsConfiguration": {
            "ApplicationId": "d70b2ba36a8c4dc5a04a0451a31a1e12",
            "ApplicationArn": "arn:aws:mobiletargeting:eu-west-1:123456789012:apps/a",
            "RoleArn": ROLE,
            "ExternalId": "external",
            "UserDataShared": true,
        },
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": true,
        "EnablePropagateAdditionalUserContextData": true,
        "AuthSessionValidity": 5,
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 30 },
    })
}

/// Returns the description of an OIDC identity provider.
pub fn identity_provider() -> Value {
    json!({
        "UserPoolId": "eu-west-1_Ab12Cd34E",
        "ProviderName": "Corp",
        "ProviderType": "OIDC",
        "ProviderDetails": {
            "attributes_request_method": "GET",
            "attributes_url": "https://idp.example.com/userinfo",
            "attributes_url_add_attributes": "false",
            "authorize_scopes": "openid email",
            "authorize_url": "https://idp.example.com/authorize",
            "client_id": "our-client",
            "client_secret": "a-secret-of-the-provider",
            "jwks_uri": "https://idp.example.com/jwks",
            "oidc_issuer": "https://idp.example.com",
            "token_url": "https://idp.example.com/token",
        },
        "AttributeMapping": { "email": "email", "username": "sub" },
        "IdpIdentifiers": ["example.com"],
        "AcrMapping": { "Level1": "urn:example:one" },
        "LastModifiedDate": 1_700_000_001,
        "CreationDate": 1_700_000_000,
    })
}
