//! Identities at other providers: linked with a user, and taken away.

use serde::Deserialize;

use crate::flows::federation;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::Empty;
use crate::state::identity::{LOCAL, ProviderUser, SOCIAL};
use crate::state::pool::Pool;

/// Identities that are linked with a user.
const MOST_LINKED: usize = 5;

/// Characters of all members of a SourceUser.
const MOST_CHARACTERS: usize = 128;

/// ProviderUserIdentifierType.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Identifier {
    provider_name: Option<String>,
    provider_attribute_name: Option<String>,
    provider_attribute_value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LinkRequest {
    destination_user: Identifier,
    source_user: Identifier,
}

pub(super) fn link(step: &mut Step<'_>, request: LinkRequest) -> Result<Empty, ServiceError> {
    let (destination, _) = read(request.destination_user)?;
    let (source, attribute) = read(request.source_user)?;
    if source.provider == LOCAL {
        const MESSAGE: &str = "SourceUser must be a user of an external identity provider.";
        return Err(ServiceError::invalid_parameter(MESSAGE));
    }
    check_attribute(&source, attribute.as_deref())?;
    check_length(&source, attribute.as_deref())?;
    let username = user_of_provider(step.pool, &destination)?;
    add(step, &username, source)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DisableRequest {
    user: Identifier,
}

/// Takes an identity from the user who has it; of a user of the pool itself, the password.
pub(super) fn disable(step: &mut Step<'_>, request: DisableRequest) -> Result<Empty, ServiceError> {
    let (user, attribute) = read(request.user)?;
    check_attribute(&user, attribute.as_deref())?;
    if user.provider == LOCAL {
        let username = user_of_provider(step.pool, &user)?;
        step.pool.user_mut(&username)?.password = None;
    } else {
        step.pool.remove_identity(&user)?;
    }
    Ok(Empty {})
}

/// A user of a provider, with the attribute that names the user there.
fn read(given: Identifier) -> Result<(ProviderUser, Option<String>), ServiceError> {
    let provider =
        given.provider_name.ok_or_else(|| ServiceError::missing_parameter("ProviderName"))?;
    let id = given.provider_attribute_value.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| ServiceError::missing_parameter("ProviderAttributeValue"))?;
    let attribute = given.provider_attribute_name;
    let user = ProviderUser::of_subject(&provider, &id);
    let is_local = provider == LOCAL;
    let user = match attribute.as_deref().filter(|_| !is_local) {
        Some(attribute) => user.by(attribute),
        None => user,
    };
    Ok((user, attribute))
}

/// Refuses an attribute other than the subject where there is no other.
fn check_attribute(user: &ProviderUser, attribute: Option<&str>) -> Result<(), ServiceError> {
    let subject_only = user.provider == LOCAL || SOCIAL.contains(&user.provider.as_str());
    match attribute {
        None => Err(ServiceError::missing_parameter("ProviderAttributeName")),
        Some("Cognito_Subject") => Ok(()),
        Some(_) if !subject_only => Ok(()),
        Some(_) => Err(ServiceError::invalid_parameter(format!(
            "ProviderAttributeName must be Cognito_Subject for {}.",
            user.provider
        ))),
    }
}

/// Rejects a SourceUser whose three members together are longer than a user name. The limit is
/// measured (aws/aws-sdk-js-v3#6985); the message is not.
fn check_length(source: &ProviderUser, attribute: Option<&str>) -> Result<(), ServiceError> {
    let texts = [&source.provider, attribute.unwrap_or_default(), &source.id];
    match texts.iter().map(|text| text.chars().count()).sum::<usize>() > MOST_CHARACTERS {
        true => Err(ServiceError::invalid_parameter(format!(
            "ProviderName, ProviderAttributeName and ProviderAttributeValue of SourceUser have \
             more than {MOST_CHARACTERS} characters."
        ))),
        false => Ok(()),
    }
}

fn user_of_provider(pool: &Pool, of: &ProviderUser) -> Result<String, ServiceError> {
    let username = match of.provider.as_str() {
        LOCAL => pool.username_or_sub_for(&of.id),
        _ => pool.identities.get(of).map(String::as_str),
    };
    username.map(str::to_owned).ok_or_else(ServiceError::user_unknown)
}

fn add(step: &mut Step<'_>, username: &str, source: ProviderUser) -> Result<(), ServiceError> {
    match step.pool.identities.get(&source) {
        None => {}
        Some(holder) if holder == username => {
            const MESSAGE: &str = "SourceUser is already linked to DestinationUser";
            return Err(ServiceError::invalid_parameter(MESSAGE));
        }
        Some(_) => {
            const MESSAGE: &str = "SourceUser is already a user of the pool.";
            return Err(ServiceError::alias_exists(MESSAGE));
        }
    }
    let user = step.pool.user_mut(username)?;
    if user.identities().iter().filter(|own| !own.primary).count() >= MOST_LINKED {
        const MESSAGE: &str = "The user has as many linked identities as a user may have.";
        return Err(ServiceError::limit_exceeded(MESSAGE));
    }
    federation::add_identity(step, username, source, false)
}
