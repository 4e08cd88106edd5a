//! `cognito pool update`: changes some settings of a user pool, and leaves the others unchanged.

use clap::Args;
use cognito::Admin;
use cognito::sdk::operation::set_user_pool_mfa_config::builders::SetUserPoolMfaConfigFluentBuilder;
use cognito::sdk::operation::update_user_pool::builders::UpdateUserPoolFluentBuilder;
use cognito::sdk::types::{
    AdminCreateUserConfigType, DeviceConfigurationType, PasswordPolicyType, UserPoolPolicyType,
};
use serde_json::{Map, Value};

use crate::app::App;
use crate::aws;
use crate::commands::described;
use crate::commands::edits::{EditOptions, Edited, Kind, Member, number, text, texts};
use crate::commands::steps::Step;
use crate::failure::{Exit, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito pool update --set DeletionProtection=ACTIVE
  cognito pool update --set Policies.PasswordPolicy.MinimumLength=12 --dry-run
  cognito pool update --add AutoVerifiedAttributes=email
";

/// Changes settings of the user pool, and leaves the others unchanged
///
/// Shows the difference, and asks for confirmation. Calls DescribeUserPool, GetUserPoolMfaConfig and UpdateUserPool, which
/// resets settings that a request does not contain: they are read and written back. For MfaConfiguration it also calls
/// SetUserPoolMfaConfig.
///
/// The settings have the service's names, as in `cognito pool describe`: AdminCreateUserConfig.AllowAdminCreateUserOnly,
/// AutoVerifiedAttributes, DeletionProtection, DeviceConfiguration.ChallengeRequiredOnNewDevice and
/// .DeviceOnlyRememberedOnUserPrompt, MfaConfiguration, Name, Policies.PasswordPolicy.MinimumLength,
/// .PasswordHistorySize, .RequireLowercase, .RequireNumbers, .RequireSymbols, .RequireUppercase and
/// .TemporaryPasswordValidityDays, and UserPoolTier.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    edits: EditOptions,
}

type Request = UpdateUserPoolFluentBuilder;

const MFA: &Member<Request> = &MEMBERS[0];

/// The settings that can be changed. The first one has a separate operation.
static MEMBERS: [Member<Request>; 15] = [
    member("MfaConfiguration", Kind::Text, |call, value| {
        call.set_mfa_configuration(value.as_str().map(Into::into))
    }),
    member("AdminCreateUserConfig.AllowAdminCreateUserOnly", Kind::Flag, |call, value| {
        let config = call.get_admin_create_user_config().clone();
        let mut config = config.unwrap_or_else(|| AdminCreateUserConfigType::builder().build());
        config.allow_admin_create_user_only = value == true;
        call.set_admin_create_user_config(Some(config))
    }),
    member("AutoVerifiedAttributes", Kind::List, |call, value| {
        let names = texts(value).iter().map(|name| (&**name).into()).collect();
        call.set_auto_verified_attributes(Some(names))
    }),
    member("DeletionProtection", Kind::Text, |call, value| {
        call.set_deletion_protection(value.as_str().map(Into::into))
    }),
    member("DeviceConfiguration.ChallengeRequiredOnNewDevice", Kind::Flag, |call, value| {
        with_devices(call, |devices| devices.challenge_required_on_new_device = value == true)
    }),
    member("DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt", Kind::Flag, |call, value| {
        with_devices(call, |devices| devices.device_only_remembered_on_user_prompt = value == true)
    }),
    member("Name", Kind::Text, |call, value| call.set_pool_name(text(value))),
    member("Policies.PasswordPolicy.MinimumLength", Kind::Number, |call, value| {
        with_passwords(call, |policy| policy.minimum_length = number(value))
    }),
    member("Policies.PasswordPolicy.PasswordHistorySize", Kind::Number, |call, value| {
        with_passwords(call, |policy| policy.password_history_size = number(value))
    }),
    member("Policies.PasswordPolicy.RequireLowercase", Kind::Flag, |call, value| {
        with_passwords(call, |policy| policy.require_lowercase = value == true)
    }),
    member("Policies.PasswordPolicy.RequireNumbers", Kind::Flag, |call, value| {
        with_passwords(call, |policy| policy.require_numbers = value == true)
    }),
    member("Policies.PasswordPolicy.RequireSymbols", Kind::Flag, |call, value| {
        with_passwords(call, |policy| policy.require_symbols = value == true)
    }),
    member("Policies.PasswordPolicy.RequireUppercase", Kind::Flag, |call, value| {
        with_passwords(call, |policy| policy.require_uppercase = value == true)
    }),
    member("Policies.PasswordPolicy.TemporaryPasswordValidityDays", Kind::Number, |call, value| {
        let days = number(value).unwrap_or_default();
        with_passwords(call, |policy| policy.temporary_password_validity_days = days)
    }),
    member("UserPoolTier", Kind::Text, |call, value| {
        call.set_user_pool_tier(value.as_str().map(Into::into))
    }),
];

const fn member(
    path: &'static str,
    kind: Kind,
    set: fn(Request, &Value) -> Request,
) -> Member<Request> {
    Member { path, kind, set }
}

/// Changes the password policy, and leaves the sign-in policy unchanged.
fn with_passwords(call: Request, change: impl FnOnce(&mut PasswordPolicyType)) -> Request {
    let policies = call.get_policies().clone();
    let mut policies = policies.unwrap_or_else(|| UserPoolPolicyType::builder().build());
    let empty = || PasswordPolicyType::builder().build();
    change(policies.password_policy.get_or_insert_with(empty));
    call.set_policies(Some(policies))
}

fn with_devices(call: Request, change: impl FnOnce(&mut DeviceConfigurationType)) -> Request {
    let devices = call.get_device_configuration().clone();
    let mut devices = devices.unwrap_or_else(|| DeviceConfigurationType::builder().build());
    change(&mut devices);
    call.set_device_configuration(Some(devices))
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let admin = aws::admin(app).await?;
    let before = described::of_pool(&admin).await?;
    let edited = arguments.edits.apply(&MEMBERS, &before)?;
    if edited.review(&before, app).await? {
        write(edited, &before, &admin, app).await?;
        app.terminal.note(&format!("the user pool {} was changed", admin.pool_id()));
    }
    Ok(Exit::Done)
}

/// Writes the settings with a step for each operation, so that an error between them reports which
/// were written.
async fn write(
    mut edited: Edited<Request>,
    before: &Map<String, Value>,
    admin: &Admin,
    app: &App,
) -> Outcome {
    let mfa = edited.take(MFA, before).as_ref().and_then(text);
    let settings = (!edited.is_empty()).then(|| Step::new("UpdateUserPool"));
    let factors = mfa.as_deref().map(|mode| {
        let set = format!("{}={mode}", MFA.path);
        Step::new("SetUserPoolMfaConfig").command(&["pool", "update", "--set", &set], &[])
    });
    app.steps.plan(settings.into_iter().chain(factors).collect());
    if !edited.is_empty() {
        app.steps.send(admin.pool().update(|request| edited.write(request))).await?;
    }
    if let Some(mode) = mfa {
        let set =
            |request: SetUserPoolMfaConfigFluentBuilder| request.mfa_configuration((&*mode).into());
        app.steps.send(admin.pool().set_mfa_config(set)).await?;
    }
    Ok(())
}
