//! Changes and deletion of user attributes, and their verification by codes.

use crate::flows::delivery::{self, Outgoing};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::address::{ATTRIBUTES, Address};
use crate::state::alias::TakenAlias;
use crate::state::attributes::{self, Attributes, Writer};
use crate::state::code::SentCode;
use crate::state::limits::Limited;
use crate::state::outbox::MessageKind;
use crate::state::pool::Pool;
use crate::state::settings::PoolSettings;
use crate::state::user::UserStatus;

/// The validity of a code in seconds.
const CODE_SECONDS: u64 = 24 * 3600;

/// Changes attributes, and returns messages with the codes that verify the new values.
pub(crate) fn update(
    step: &mut Step<'_>,
    username: &str,
    changes: Attributes,
) -> Result<Vec<Outgoing>, ServiceError> {
    check_changes(step.pool, username, &changes)?;
    let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    let mut attributes = user.attributes().clone();
    let mut unverified = Vec::new();
    for (name, value) in changes.iter() {
        let changed = attributes.get(name) != Some(value) && !value.is_empty();
        let Some(address) = Address::new(name, value).filter(|_| changed) else {
            set(&mut attributes, name, value);
            continue;
        };
        step.pool.check_alias_free(&address, username)?;
        // If an administrator sets the address as verified, no code is sent.
        let vouched = Address::verified(name, &changes).is_some();
        if change_address(&step.pool.settings, &mut attributes, &address, vouched) {
            unverified.push(address);
        }
    }
    step.pool.write_attributes(username, attributes, TakenAlias::Refuse)?;
    drop_codes(step.pool, username, changes.keys())?;
    let kind = MessageKind::UpdateUserAttribute;
    let send = |address| new_code(step, username, address, kind);
    let messages = unverified.into_iter().map(send).collect::<Result<_, _>>()?;
    touch(step, username)?;
    Ok(messages)
}

/// Rejects changes that are not allowed for this user, or for any user.
pub(crate) fn check_changes(
    pool: &Pool,
    username: &str,
    changes: &Attributes,
) -> Result<(), ServiceError> {
    for (name, value) in changes.iter() {
        attributes::check_mutable(name, &pool.settings.schema)?;
        if value.is_empty() && needs(pool, name) {
            return Err(attributes::required_stays(name));
        }
    }
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    match user.status {
        UserStatus::Unconfirmed => pool.check_preferred_name_allowed(changes),
        _ => Ok(()),
    }
}

/// Deletes attributes of a user.
pub(crate) fn delete(
    step: &mut Step<'_>,
    username: &str,
    names: &[String],
    writer: Writer,
) -> Result<(), ServiceError> {
    let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    let mut attributes = user.attributes().clone();
    let schema = &step.pool.settings.schema;
    for name in names {
        attributes::check_deletion(name, schema, writer)?;
        if needs(step.pool, name) {
            return Err(attributes::required_stays(name));
        }
        set(&mut attributes, name, "");
    }
    step.pool.write_attributes(username, attributes, TakenAlias::Refuse)?;
    drop_codes(step.pool, username, names.iter().map(String::as_str))?;
    touch(step, username)
}

/// Creates a code that verifies an attribute, on request.
pub(crate) fn request_code(
    step: &mut Step<'_>,
    username: &str,
    name: &str,
) -> Result<Outgoing, ServiceError> {
    check_verifiable(name)?;
    let now = step.since_epoch();
    let user = step.pool.user_mut(username)?;
    // A new value that is not verified yet takes precedence over the value that it replaces.
    let pending = user.extras().verification(name).map(|sent| sent.address.clone());
    let address = pending.or_else(|| user.address(name)).ok_or_else(|| {
        ServiceError::invalid_parameter(format!("User does not have a value for attribute {name}."))
    })?;
    step.pool.hourly_limits.take(Limited::GetAttributeCode, username, now)?;
    new_code(step, username, address, MessageKind::VerifyUserAttribute)
}

/// Verifies the code of an attribute, and sets the value that the code was sent to.
pub(crate) fn verify(
    step: &mut Step<'_>,
    username: &str,
    name: &str,
    code: &str,
) -> Result<(), ServiceError> {
    check_verifiable(name)?;
    let (now, moment) = (step.now(), step.since_epoch());
    let pool = &mut *step.pool;
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    pool.hourly_limits.check(Limited::VerifyAttribute, username, moment)?;
    let address = match SentCode::check(user.extras().verification(name), code, now) {
        Ok(address) => address.clone(),
        Err(refused) => {
            pool.hourly_limits.count(Limited::VerifyAttribute, username, moment);
            return Err(refused);
        }
    };
    pool.check_alias_free(&address, username)?;
    let mut attributes = user.attributes().clone();
    attributes.insert(name.to_owned(), address.destination.clone());
    attributes.insert(address.flag(), "true".to_owned());
    pool.write_attributes(username, attributes, TakenAlias::Refuse)?;
    pool.user_mut(username)?.change_extras(|extras| extras.end_verification(name));
    touch(step, username)
}

fn new_code(
    step: &mut Step<'_>,
    username: &str,
    address: Address,
    kind: MessageKind,
) -> Result<Outgoing, ServiceError> {
    let (sent, message) = delivery::new_code(step, username, address, kind, CODE_SECONDS)?;
    step.pool.user_mut(username)?.change_extras(|extras| extras.begin_verification(sent));
    Ok(message)
}

/// Sets a new address, unless it must be verified first. Returns whether a code is sent.
fn change_address(
    settings: &PoolSettings,
    attributes: &mut Attributes,
    address: &Address,
    vouched: bool,
) -> bool {
    let attribute = address.attribute();
    let waits = !vouched && settings.verifies_before_update(attribute);
    if !waits {
        set(attributes, attribute, &address.destination);
        attributes.insert(address.flag(), "false".to_owned());
    }
    waits || (!vouched && settings.verifies(attribute))
}

/// Removes codes for values that a change has replaced.
fn drop_codes<'a>(
    pool: &mut Pool,
    username: &str,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), ServiceError> {
    let user = pool.user_mut(username)?;
    user.change_extras(|extras| names.for_each(|name| extras.end_verification(name)));
    Ok(())
}

/// Sets UserLastModifiedDate.
pub(crate) fn touch(step: &mut Step<'_>, username: &str) -> Result<(), ServiceError> {
    let date = step.date();
    step.pool.user_mut(username)?.modified = date;
    Ok(())
}

fn check_verifiable(name: &str) -> Result<(), ServiceError> {
    match ATTRIBUTES.contains(&name) {
        true => Ok(()),
        false => Err(ServiceError::invalid_parameter(
            "Invalid attribute name. Only phone_number and email can be verified.",
        )),
    }
}

/// Sets an attribute. An empty value deletes it, together with the flag of an address.
pub(super) fn set(attributes: &mut Attributes, name: &str, value: &str) {
    if !value.is_empty() {
        attributes.insert(name.to_owned(), value.to_owned());
        return;
    }
    attributes.remove(name);
    if let Some(address) = Address::new(name, value) {
        attributes.remove(&address.flag());
    }
}

/// Returns whether every user must have a value of the attribute.
fn needs(pool: &Pool, name: &str) -> bool {
    let mut required = attributes::required(&pool.settings.schema);
    pool.settings.named_by(name) || required.any(|required| required == name)
}
