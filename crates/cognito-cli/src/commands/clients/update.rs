//! `cognito clients update`: changes some settings of an app client, and leaves the others
//! unchanged.

use clap::Args;
use cognito::Admin;
use cognito::sdk::operation::update_user_pool_client::builders::UpdateUserPoolClientFluentBuilder;
use cognito::sdk::types::{TimeUnitsType, TokenValidityUnitsType};

use crate::app::App;
use crate::aws;
use crate::commands::described;
use crate::commands::edits::{EditOptions, Edited, Kind, Member, number, text, texts};
use crate::commands::steps::Step;
use crate::commands::writing::quoted;
use crate::configuration::Setting;
use crate::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  cognito clients update 1example23456789 --add CallbackURLs=https://app.example.com/callback
  cognito clients update --set AccessTokenValidity=30 --set TokenValidityUnits.AccessToken=minutes
  cognito clients update --remove ExplicitAuthFlows=ALLOW_USER_PASSWORD_AUTH --dry-run
";

/// Changes settings of an app client, and leaves the others unchanged
///
/// Shows the difference, and asks for confirmation. Calls DescribeUserPoolClient and UpdateUserPoolClient, which resets
/// settings that a request does not contain: they are read and written back.
///
/// The settings have the service's names, as in `cognito clients describe`: AccessTokenValidity, AllowedOAuthFlows,
/// AllowedOAuthFlowsUserPoolClient, AllowedOAuthScopes, AuthSessionValidity, CallbackURLs, ClientName,
/// DefaultRedirectURI, EnablePropagateAdditionalUserContextData, EnableTokenRevocation, ExplicitAuthFlows, IdTokenValidity,
/// LogoutURLs, PreventUserExistenceErrors, ReadAttributes, RefreshTokenValidity, SupportedIdentityProviders,
/// TokenValidityUnits.AccessToken, .IdToken and .RefreshToken, and WriteAttributes.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Id of the app client; by default --client or COGNITO_CLIENT
    id: Option<String>,
    #[command(flatten)]
    edits: EditOptions,
}

/// The request with which the settings are written.
pub(super) type Request = UpdateUserPoolClientFluentBuilder;

pub(super) const ALLOWED_FLOWS: &Member<Request> = &MEMBERS[0];
pub(super) const FLOWS_ALLOWED: &Member<Request> = &MEMBERS[1];
pub(super) const SCOPES: &Member<Request> = &MEMBERS[2];
pub(super) const CALLBACKS: &Member<Request> = &MEMBERS[3];
pub(super) const PROVIDERS: &Member<Request> = &MEMBERS[4];

/// The settings that can be changed, those of managed login first.
static MEMBERS: [Member<Request>; 21] = [
    list("AllowedOAuthFlows", |call, value| {
        call.set_allowed_o_auth_flows(Some(
            texts(value).iter().map(|flow| (&**flow).into()).collect(),
        ))
    }),
    flag("AllowedOAuthFlowsUserPoolClient", |call, value| {
        call.set_allowed_o_auth_flows_user_pool_client(value.as_bool())
    }),
    list("AllowedOAuthScopes", |call, value| call.set_allowed_o_auth_scopes(Some(texts(value)))),
    list("CallbackURLs", |call, value| call.set_callback_urls(Some(texts(value)))),
    list("SupportedIdentityProviders", |call, value| {
        call.set_supported_identity_providers(Some(texts(value)))
    }),
    plain("AccessTokenValidity", |call, value| call.set_access_token_validity(number(value))),
    plain("AuthSessionValidity", |call, value| call.set_auth_session_validity(number(value))),
    named("ClientName", |call, value| call.set_client_name(text(value))),
    named("DefaultRedirectURI", |call, value| call.set_default_redirect_uri(text(value))),
    flag("EnablePropagateAdditionalUserContextData", |call, value| {
        call.set_enable_propagate_additional_user_context_data(value.as_bool())
    }),
    flag("EnableTokenRevocation", |call, value| call.set_enable_token_revocation(value.as_bool())),
    list("ExplicitAuthFlows", |call, value| {
        call.set_explicit_auth_flows(Some(
            texts(value).iter().map(|flow| (&**flow).into()).collect(),
        ))
    }),
    plain("IdTokenValidity", |call, value| call.set_id_token_validity(number(value))),
    list("LogoutURLs", |call, value| call.set_logout_urls(Some(texts(value)))),
    named("PreventUserExistenceErrors", |call, value| {
        call.set_prevent_user_existence_errors(value.as_str().map(Into::into))
    }),
    list("ReadAttributes", |call, value| call.set_read_attributes(Some(texts(value)))),
    plain("RefreshTokenValidity", |call, value| call.set_refresh_token_validity(number(value))),
    named("TokenValidityUnits.AccessToken", |call, value| {
        with_unit(call, |units| &mut units.access_token, value.as_str())
    }),
    named("TokenValidityUnits.IdToken", |call, value| {
        with_unit(call, |units| &mut units.id_token, value.as_str())
    }),
    named("TokenValidityUnits.RefreshToken", |call, value| {
        with_unit(call, |units| &mut units.refresh_token, value.as_str())
    }),
    list("WriteAttributes", |call, value| call.set_write_attributes(Some(texts(value)))),
];

type Setter = fn(Request, &serde_json::Value) -> Request;

const fn list(path: &'static str, set: Setter) -> Member<Request> {
    Member { path, kind: Kind::List, set }
}

const fn flag(path: &'static str, set: Setter) -> Member<Request> {
    Member { path, kind: Kind::Flag, set }
}

const fn plain(path: &'static str, set: Setter) -> Member<Request> {
    Member { path, kind: Kind::Number, set }
}

const fn named(path: &'static str, set: Setter) -> Member<Request> {
    Member { path, kind: Kind::Text, set }
}

/// Sets one of the units, and leaves the others unchanged.
fn with_unit(
    call: Request,
    unit: fn(&mut TokenValidityUnitsType) -> &mut Option<TimeUnitsType>,
    value: Option<&str>,
) -> Request {
    let units = call.get_token_validity_units().clone();
    let mut units = units.unwrap_or_else(|| TokenValidityUnitsType::builder().build());
    *unit(&mut units) = value.map(Into::into);
    call.set_token_validity_units(Some(units))
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let id = id(arguments.id.as_deref(), app)?;
    let admin = aws::admin(app).await?;
    let before = described::of_client(&admin, id).await?;
    let edited = arguments.edits.apply(&MEMBERS, &before)?;
    if edited.review(&before, app).await? {
        write(&edited, &admin, id, app).await?;
    }
    Ok(())
}

/// Returns the id from an argument, or otherwise from the settings.
pub(super) fn id<'a>(argument: Option<&'a str>, app: &'a App) -> Outcome<&'a str> {
    argument.map_or_else(|| app.settings.require(Setting::Client), Ok)
}

/// Writes edited settings, together with the unchanged ones.
pub(super) async fn write(edited: &Edited<Request>, admin: &Admin, id: &str, app: &App) -> Outcome {
    app.steps.plan(vec![Step::new("UpdateUserPoolClient")]);
    app.steps.send(admin.client(id).update(|request| edited.write(request))).await?;
    app.terminal.note(&format!("the app client {} was changed", quoted(id)));
    Ok(())
}
