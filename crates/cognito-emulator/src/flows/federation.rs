//! Sign-ins at identity providers: users by identity, and mapped attributes.

pub(crate) mod sign_in;

use crate::flows::attribute_change;
use crate::flows::step::Step;
use crate::model::{self, ServiceError, shapes};
use crate::state::address::{ATTRIBUTES, Address};
use crate::state::alias::TakenAlias;
use crate::state::attributes::{self, Attributes, SchemaAttribute, Writer};
use crate::state::group::Group;
use crate::state::identity::ProviderUser;
use crate::state::pool::Pool;
use crate::state::user::{User, UserStatus};

/// Finds or creates the user of an identity, and writes the attributes that the provider sends.
pub(crate) fn sign_in(
    step: &mut Step<'_>,
    of: ProviderUser,
    given: Attributes,
) -> Result<String, ServiceError> {
    step.pool.provider_type(&of.provider)?;
    attributes::check_new(&given, &step.pool.settings.schema, Writer::Admin)?;
    let Some((identity, username)) = identity(step.pool, &of, &given) else {
        return new_user(step, of, present(given));
    };
    let username = username.to_owned();
    map_attributes(step, &username, given)?;
    if identity != of {
        step.pool.bind_identity(&identity, of)?;
        attribute_change::touch(step, &username)?;
    }
    Ok(username)
}

/// Returns the user of an identity.
pub(crate) fn known(pool: &Pool, of: &ProviderUser, given: &Attributes) -> Option<String> {
    identity(pool, of, given).map(|(_, username)| username.to_owned())
}

/// Returns the stored identity and the name of its user: by the subject or, until the first
/// sign-in, by an attribute of AdminLinkProviderForUser (API reference,
/// AdminDisableProviderForUser).
fn identity<'a>(
    pool: &'a Pool,
    of: &ProviderUser,
    given: &Attributes,
) -> Option<(ProviderUser, &'a str)> {
    let by_attribute = given.iter();
    let by_attribute =
        by_attribute.map(|(name, value)| ProviderUser::of_subject(&of.provider, value).by(name));
    let mut identities = std::iter::once(of.clone()).chain(by_attribute);
    identities.find_map(|identity| {
        let username = pool.identities.get(&identity)?;
        Some((identity, username.as_str()))
    })
}

/// Adds an identity to a user.
pub(crate) fn add_identity(
    step: &mut Step<'_>,
    username: &str,
    of: ProviderUser,
    primary: bool,
) -> Result<(), ServiceError> {
    let date = u64::try_from(step.since_epoch().as_millis()).unwrap_or_default();
    step.pool.add_identity(username, of, primary, date)
}

/// Returns the attributes of a new user, without empty values and flags of missing addresses.
pub(crate) fn present(mut given: Attributes) -> Attributes {
    given.retain(|_, value| !value.is_empty());
    remove_stray_flags(&mut given);
    given
}

/// Removes the flags of addresses that are missing.
fn remove_stray_flags(attributes: &mut Attributes) {
    for name in ATTRIBUTES {
        if !attributes.contains_key(name) {
            attribute_change::set(attributes, name, "");
        }
    }
}

/// Adds the flags of addresses, which are false unless the provider sends them.
pub(crate) fn with_flags(mut attributes: Attributes) -> Attributes {
    let addresses = ATTRIBUTES.into_iter();
    let flags = addresses.filter_map(|name| {
        let address = Address::new(name, attributes.get(name)?)?;
        Some(address.flag()).filter(|flag| !attributes.contains_key(flag))
    });
    let flags: Vec<_> = flags.map(|flag| (flag, "false".to_owned())).collect();
    attributes.extend(flags);
    attributes
}

/// Writes mapped attributes, at every sign-in. An immutable attribute fails even if its value is
/// the same (developer guide, on attribute mappings). A blank value deletes the attribute, unless a
/// native user signs in by it.
fn map_attributes(
    step: &mut Step<'_>,
    username: &str,
    given: Attributes,
) -> Result<(), ServiceError> {
    let settings = &step.pool.settings;
    let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    user.check_enabled()?;
    let before = user.attributes();
    let mut attributes = before.clone();
    for (name, value) in given {
        attributes::check_mutable(&name, &settings.schema)?;
        if value.is_empty() {
            if user.is_local() && settings.named_by(&name) {
                return Err(attributes::required_stays(&name));
            }
            attribute_change::set(&mut attributes, &name, "");
            continue;
        }
        let changed = attributes.get(&name) != Some(&value);
        // A flag that the provider sends is set later, because names are sorted.
        if let Some(address) = Address::new(&name, &value).filter(|_| changed) {
            attributes.insert(address.flag(), "false".to_owned());
        }
        attributes.insert(name, value);
    }
    remove_stray_flags(&mut attributes);
    check_complete(&attributes, &settings.schema)?;
    if attributes == *before {
        return Ok(());
    }
    step.pool.write_attributes(username, attributes, TakenAlias::Refuse)?;
    attribute_change::touch(step, username)
}

fn new_user(
    step: &mut Step<'_>,
    of: ProviderUser,
    given: Attributes,
) -> Result<String, ServiceError> {
    let given = with_flags(given);
    check_complete(&given, &step.pool.settings.schema)?;
    let username = step.pool.users.flattened(&of.username());
    model::check_text("Username", &shapes::USERNAME_TYPE, Some(&username))?;
    if step.pool.users.get(&username).is_some() {
        return Err(ServiceError::username_exists("User already exists"));
    }
    let names = [username.clone(), step.random.uuid()];
    let user = User::new(names, UserStatus::ExternalProvider, given, None, step.date());
    step.pool.add_user(user, TakenAlias::Refuse)?;
    join_group(step, &username, &of.provider)?;
    add_identity(step, &username, of, true)?;
    Ok(username)
}

/// Adds a new user to the group of the provider, which is created for its first user
/// (go-to-k/cdk-real-drift#961).
fn join_group(step: &mut Step<'_>, username: &str, provider: &str) -> Result<(), ServiceError> {
    let (name, date) = (format!("{}_{provider}", step.pool.id), step.date());
    if !step.pool.groups.contains_key(&name) {
        let description = format!("Autogenerated group for users who sign in using {provider}");
        let group = Group::new(&name, Some(description), date);
        step.pool.groups.insert(name.clone(), group);
    }
    step.pool.group_mut(&name)?.members.insert(username.to_owned());
    step.pool.user_mut(username)?.groups.insert(name);
    Ok(())
}

/// Rejects a user of a provider without required attributes.
fn check_complete(attributes: &Attributes, schema: &[SchemaAttribute]) -> Result<(), ServiceError> {
    match &*attributes::missing(attributes, schema) {
        [] => Ok(()),
        missing => Err(ServiceError::invalid_parameter(format!(
            "attributes required: [{}]",
            missing.join(", ")
        ))),
    }
}
