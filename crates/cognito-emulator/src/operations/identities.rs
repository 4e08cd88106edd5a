//! AdminLinkProviderForUser and AdminDisableProviderForUser.

use serde::Deserialize;

use crate::flows::attribute_change;
use crate::flows::federation;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::Empty;
use crate::state::identity::{LOCAL, ProviderUser, SOCIAL};
use crate::state::pool::Pool;

/// The maximum number of identities that are linked with a user.
const MOST_LINKED: usize = 5;

/// The maximum total length of the members of a SourceUser, in characters.
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
    let attribute = attribute.as_deref();
    if source.provider == LOCAL {
        const MESSAGE: &str = "SourceUser must be a user of an external identity provider.";
        return Err(ServiceError::invalid_parameter(MESSAGE));
    }
    let source = by_attribute(source, attribute)?;
    check_length(&source, attribute)?;
    let username = user_of_provider(step.pool, &destination)?;
    add(step, &username, source)?;
    attribute_change::touch(step, &username)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DisableRequest {
    user: Identifier,
}

/// Removes an identity from its user, or the password from a user of the pool itself.
pub(super) fn disable(step: &mut Step<'_>, request: DisableRequest) -> Result<Empty, ServiceError> {
    let (user, attribute) = read(request.user)?;
    let user = by_attribute(user, attribute.as_deref())?;
    let username = if user.provider == LOCAL {
        let username = user_of_provider(step.pool, &user)?;
        step.pool.user_mut(&username)?.password = None;
        username
    } else {
        step.pool.remove_identity(&user)?
    };
    attribute_change::touch(step, &username)?;
    Ok(Empty {})
}

/// Parses a user of a provider, and ProviderAttributeName, which has no effect in a DestinationUser
/// (API reference).
fn read(given: Identifier) -> Result<(ProviderUser, Option<String>), ServiceError> {
    let provider =
        given.provider_name.ok_or_else(|| ServiceError::missing_parameter("ProviderName"))?;
    let id = given.provider_attribute_value.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| ServiceError::missing_parameter("ProviderAttributeValue"))?;
    Ok((ProviderUser::of_subject(&provider, &id), given.provider_attribute_name))
}

/// Returns the user with the attribute that identifies it. Providers without attribute mappings of
/// their own allow the subject only.
fn by_attribute(user: ProviderUser, attribute: Option<&str>) -> Result<ProviderUser, ServiceError> {
    let subject_only = user.provider == LOCAL || SOCIAL.contains(&user.provider.as_str());
    match attribute {
        None => Err(ServiceError::missing_parameter("ProviderAttributeName")),
        Some("Cognito_Subject") => Ok(user),
        Some(attribute) if !subject_only => Ok(user.by(attribute)),
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
