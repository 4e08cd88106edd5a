//! Corrections of the model that AWS publishes: differences of the service, and extensions of the emulator.

use super::model::{Model, Reference, Shape};

/// The pattern of passwords in the service's messages, which allows white space between other characters:
/// platform-forms-client#5635. The published pattern is `[\S]+`.
const PASSWORD: &str = r"^[\S]+.*[\S]+$";

/// A pattern of domains that allows the dots of custom domains. The published pattern does not.
const DOMAIN: &str = r"^[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?)*$";

/// An explicit flow of the developer guide that the model does not list.
const CLIENT_TOKEN_AUTH: &str = "ALLOW_CLIENT_TOKEN_AUTH";

pub(super) fn apply(model: &mut Model) -> Result<(), String> {
    changed(model, "PasswordType")?.pattern = Some(PASSWORD.to_owned());
    changed(model, "DomainType")?.matched_by = Some(DOMAIN.to_owned());
    let flows = &mut changed(model, "ExplicitAuthFlowsType")?.values;
    if !flows.iter().any(|flow| flow == CLIENT_TOKEN_AUTH) {
        flows.push(CLIENT_TOKEN_AUTH.to_owned());
    }
    // The values include secrets of identity providers, which the model does not mark as sensitive.
    changed(model, "ProviderDetailsType")?.sensitive = true;
    limit_managed_login_version(model)?;
    leave_blank_passwords_open(model)?;
    show_client_id(model)?;
    accept_any_client_secret(model)?;
    accept_functions_by_url(model)
}

/// Accepts a blank password, which creates a user without a password if the pool allows it: API reference,
/// SignUp and AdminCreateUser.
fn leave_blank_passwords_open(model: &mut Model) -> Result<(), String> {
    let mut password = changed(model, "PasswordType")?.clone();
    password.blank = true;
    model.shapes.insert("PasswordOrBlankType".to_owned(), password);
    replace(model, "SignUpRequest", "PasswordOrBlankType", |name| name == "Password")?;
    let temporary = |name: &str| name == "TemporaryPassword";
    replace(model, "AdminCreateUserRequest", "PasswordOrBlankType", temporary)
}

/// Limits the version to 1 and 2, as in the API reference; the model allows any integer.
fn limit_managed_login_version(model: &mut Model) -> Result<(), String> {
    let mut version = changed(model, "WrappedIntegerType")?.clone();
    (version.min, version.max) = (Some(1), Some(2));
    model.shapes.insert("ManagedLoginVersionType".to_owned(), version);
    for request in ["CreateUserPoolDomainRequest", "UpdateUserPoolDomainRequest"] {
        let is_version = |name: &str| name == "ManagedLoginVersion";
        replace(model, request, "ManagedLoginVersionType", is_version)?;
    }
    Ok(())
}

/// Shows ids of app clients in messages of InitiateAuth, as the service does: boto3#3581. The model marks
/// them as sensitive, and messages of SignUp do not contain them.
fn show_client_id(model: &mut Model) -> Result<(), String> {
    let mut shown = changed(model, "ClientIdType")?.clone();
    shown.sensitive = false;
    model.shapes.insert("ShownClientIdType".to_owned(), shown);
    replace(model, "InitiateAuthRequest", "ShownClientIdType", |name| name == "ClientId")
}

/// Accepts client secrets of any form, as the settings and seed files of the emulator do.
fn accept_any_client_secret(model: &mut Model) -> Result<(), String> {
    let mut secret = changed(model, "ClientSecretType")?.clone();
    (secret.min, secret.max, secret.pattern) = (None, None, None);
    model.shapes.insert("AnyClientSecretType".to_owned(), secret);
    for request in ["GetTokensFromRefreshTokenRequest", "RevokeTokenRequest"] {
        replace(model, request, "AnyClientSecretType", |name| name == "ClientSecret")?;
    }
    Ok(())
}

/// Accepts URLs in place of ARNs of functions, because the emulator calls functions over HTTP.
fn accept_functions_by_url(model: &mut Model) -> Result<(), String> {
    let mut function = changed(model, "ArnType")?.clone();
    let arn = function.pattern.as_deref().ok_or("ArnType has no pattern")?;
    function.matched_by = Some(format!("(?:{arn}|http://.+)"));
    function.min = function.min.min(Some(12));
    model.shapes.insert("FunctionType".to_owned(), function);
    let triggers: Vec<String> = changed(model, "LambdaConfigType")?
        .members
        .iter()
        .filter(|(name, member)| member.shape == "ArnType" && name != "KMSKeyID")
        .map(|(name, _)| name.clone())
        .collect();
    replace(model, "LambdaConfigType", "FunctionType", |name| triggers.iter().any(|t| t == name))?;
    let versioned = "PreTokenGenerationVersionConfigType";
    replace(model, versioned, "FunctionType", |name| name == "LambdaArn")
}

fn changed<'a>(model: &'a mut Model, name: &str) -> Result<&'a mut Shape, String> {
    let shape = model.shapes.get_mut(name);
    shape.ok_or_else(|| format!("the service model no longer has {name}; update corrections.rs"))
}

/// Replaces the shape of members of a structure.
fn replace(
    model: &mut Model,
    structure: &str,
    shape: &str,
    is_one: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let members = changed(model, structure)?.members.iter_mut();
    let mut members = members.filter(|(name, _)| is_one(name)).peekable();
    members.peek().ok_or_else(|| format!("{structure} lacks the member; update corrections.rs"))?;
    members.for_each(|(_, member)| *member = Reference { shape: shape.to_owned() });
    Ok(())
}
