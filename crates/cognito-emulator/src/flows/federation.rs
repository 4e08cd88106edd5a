//! Sign-ins at identity providers: the users of identities, and the attributes that providers send.

pub(crate) mod sign_in;

use crate::flows::attribute_change;
use crate::flows::step::Step;
use crate::model::{self, ServiceError, shapes};
use crate::state::address::{ATTRIBUTES, Address};
use crate::state::alias::TakenAlias;
use crate::state::attributes::{self, Attributes, SchemaAttribute, Writer};
use crate::state::identity::ProviderUser;
use crate::state::pool::Pool;
use crate::state::user::{User, UserStatus};

/// Signs a user in at a provider: finds the user of that identity or creates one, and writes the
/// attributes that the provider sends.
pub(crate) fn sign_in(
    step: &mut Step<'_>,
    of: ProviderUser,
    mut given: Attributes,
) -> Result<String, ServiceError> {
    step.pool.provider_type(&of.provider)?;
    attributes::check_new(&given, &step.pool.settings.schema, Writer::Admin)?;
    match known(step.pool, &of, &given) {
        Some(username) => map_attributes(step, &username, given).map(|()| username),
        None => {
            given.retain(|_, value| !value.is_empty());
            new_user(step, of, given)
        }
    }
}

/// Returns the user of an identity: by the subject, or by an attribute that AdminLinkProviderForUser has
/// named (API reference, ProviderAttributeName).
pub(crate) fn known(pool: &Pool, of: &ProviderUser, given: &Attributes) -> Option<String> {
    let by_attribute = |(name, value)| {
        let identity = ProviderUser::of_subject(&of.provider, value).by(name);
        pool.identities.get(&identity)
    };
    let by_subject = pool.identities.get(of);
    by_subject.or_else(|| given.iter().find_map(by_attribute)).cloned()
}

/// Makes a user known by an identity too.
pub(crate) fn add_identity(
    step: &mut Step<'_>,
    username: &str,
    of: ProviderUser,
    primary: bool,
) -> Result<(), ServiceError> {
    let date = u64::try_from(step.since_epoch().as_millis()).unwrap_or_default();
    step.pool.add_identity(username, of, primary, date)
}

/// Adds the flags of addresses that the provider does not vouch for.
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

/// Writes mapped attributes, as every sign-in does: one that is immutable fails even if its value is
/// the same (developer guide, on attribute mappings). A blank value deletes the attribute.
fn map_attributes(
    step: &mut Step<'_>,
    username: &str,
    given: Attributes,
) -> Result<(), ServiceError> {
    let schema = &step.pool.settings.schema;
    let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    user.check_enabled()?;
    let mut attributes = user.attributes().clone();
    for (name, value) in given {
        attributes::check_mutable(&name, schema)?;
        if value.is_empty() {
            attribute_change::set(&mut attributes, &name, "");
            continue;
        }
        let changed = attributes.get(&name) != Some(&value);
        // In the order of names, a flag of its own comes after the address.
        if let Some(address) = Address::new(&name, &value).filter(|_| changed) {
            attributes.insert(address.flag(), "false".to_owned());
        }
        attributes.insert(name, value);
    }
    check_complete(&attributes, schema)?;
    step.pool.write_attributes(username, attributes, TakenAlias::Refuse)
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
    add_identity(step, &username, of, true)?;
    Ok(username)
}

/// Refuses a user of a provider who lacks required attributes.
fn check_complete(attributes: &Attributes, schema: &[SchemaAttribute]) -> Result<(), ServiceError> {
    match &*attributes::missing(attributes, schema) {
        [] => Ok(()),
        missing => Err(ServiceError::invalid_parameter(format!(
            "attributes required: [{}]",
            missing.join(", ")
        ))),
    }
}
