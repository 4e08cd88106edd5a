//! Attributes of users: changed, deleted and verified.

use crate::flows::step::Step;
use crate::operations::subject::find_user;
use crate::state::sign_in_record::SignInRecord;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::flows::alias::TakenAlias;
use crate::flows::delivery::{ATTRIBUTES, Address, SentCode};
use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::subject::UserRequest;
use crate::state::attributes::{self, Attribute, Attributes, Writer};
use crate::state::limits::Limited;
use crate::state::outbox::MessageKind;
use crate::state::pool::Pool;
use crate::state::user::UserStatus;

/// Seconds for which a code verifies an attribute.
const CODE_SECONDS: u64 = 24 * 3600;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateRequest {
    user_attributes: Vec<Attribute>,
}

pub(super) fn update_user_attributes(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: UpdateRequest,
) -> Output {
    let schema = &step.pool.settings.schema;
    let changes = attributes::read_update(request.user_attributes, schema, Writer::User)?;
    step.pool.client(&record.client_id)?.check_writes(changes.keys())?;
    let sent = step.update_attributes(&record.username, changes)?;
    let details: Value = sent.iter().map(Address::details).collect();
    Ok(json!({ "CodeDeliveryDetailsList": details }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminUpdateRequest {
    user_attributes: Vec<Attribute>,
    #[serde(flatten)]
    user: UserRequest,
}

pub(super) fn admin_update_user_attributes(
    step: &mut Step<'_>,
    request: AdminUpdateRequest,
) -> Output {
    let username = find_user(step, &request.user)?;
    let schema = &step.pool.settings.schema;
    let changes = attributes::read_update(request.user_attributes, schema, Writer::Admin)?;
    step.update_attributes(&username, changes)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    user_attribute_names: Vec<String>,
}

pub(super) fn delete_user_attributes(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: DeleteRequest,
) -> Output {
    let names = request.user_attribute_names;
    step.pool.client(&record.client_id)?.check_writes(names.iter())?;
    step.delete_attributes(&record.username, &names, Writer::User)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminDeleteRequest {
    user_attribute_names: Vec<String>,
    #[serde(flatten)]
    user: UserRequest,
}

pub(super) fn admin_delete_user_attributes(
    step: &mut Step<'_>,
    request: AdminDeleteRequest,
) -> Output {
    let username = find_user(step, &request.user)?;
    step.delete_attributes(&username, &request.user_attribute_names, Writer::Admin)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetCodeRequest {
    attribute_name: String,
}

pub(super) fn get_verification_code(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: GetCodeRequest,
) -> Output {
    let name = request.attribute_name;
    check_verifiable(&name)?;
    let (username, now) = (record.username.clone(), step.since_epoch());
    let user = step.pool.user_mut(&username)?;
    // A value that waits for its code goes before the one that it shall replace.
    let pending = user.verifications.get(name.as_str()).map(|sent| sent.address.clone());
    let address = pending.or_else(|| user.address(&name)).ok_or_else(|| {
        ServiceError::invalid_parameter(format!("User does not have a value for attribute {name}."))
    })?;
    step.pool.hourly_limits.take(Limited::GetAttributeCode, &username, now)?;
    step.send_verification(&username, &address, MessageKind::VerifyUserAttribute)?;
    Ok(json!({ "CodeDeliveryDetails": address.details() }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VerifyRequest {
    attribute_name: String,
    code: String,
}

pub(super) fn verify_user_attribute(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: VerifyRequest,
) -> Output {
    step.verify_attribute(&record.username, &request.attribute_name, &request.code)?;
    Ok(json!({}))
}

impl Step<'_> {
    /// Changes attributes and returns where codes went that verify the new values.
    fn update_attributes(
        &mut self,
        username: &str,
        changes: Attributes,
    ) -> Result<Vec<Address>, ServiceError> {
        self.check_changes(username, &changes)?;
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut attributes = user.attributes().clone();
        let mut unverified = Vec::new();
        for (name, value) in &changes {
            let changed = attributes.get(name) != Some(value) && !value.is_empty();
            let Some(address) = Address::new(name, value).filter(|_| changed) else {
                set(&mut attributes, name, value);
                continue;
            };
            self.pool.check_alias_free(&address, username)?;
            // An administrator's word that an address is verified spares its code.
            let vouched = Address::verified(name, &changes).is_some();
            if self.change_address(&mut attributes, &address, vouched) {
                unverified.push(address);
            }
        }
        self.write_attributes(username, attributes, TakenAlias::Refuse)?;
        self.drop_codes(username, changes.keys())?;
        for address in &unverified {
            self.send_verification(username, address, MessageKind::UpdateUserAttribute)?;
        }
        self.touch(username)?;
        Ok(unverified)
    }

    /// Refuses changes that this user, or any, may not have.
    pub(crate) fn check_changes(
        &self,
        username: &str,
        changes: &Attributes,
    ) -> Result<(), ServiceError> {
        for (name, value) in changes {
            attributes::check_mutable(name, &self.pool.settings.schema)?;
            if value.is_empty() && self.pool.needs(name) {
                return Err(attributes::required_stays(name));
            }
        }
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        match user.status {
            UserStatus::Unconfirmed => self.pool.check_preferred_name_allowed(changes),
            _ => Ok(()),
        }
    }

    /// Sets a new address, unless it must be verified before; tells whether it gets a code.
    fn change_address(
        &self,
        attributes: &mut Attributes,
        address: &Address,
        vouched: bool,
    ) -> bool {
        let Address { attribute, destination } = address;
        let settings = &self.pool.settings;
        let waits = !vouched && settings.verifies_before_update(attribute);
        if !waits {
            set(attributes, attribute, destination);
            attributes.insert(address.flag(), "false".to_owned());
        }
        waits || (!vouched && settings.verifies(attribute))
    }

    fn delete_attributes(&mut self, username: &str, names: &[String], writer: Writer) -> Output {
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut attributes = user.attributes().clone();
        let schema = &self.pool.settings.schema;
        for name in names {
            attributes::check_deletion(name, schema, writer)?;
            if self.pool.needs(name) {
                return Err(attributes::required_stays(name));
            }
            set(&mut attributes, name, "");
        }
        self.write_attributes(username, attributes, TakenAlias::Refuse)?;
        self.drop_codes(username, names.iter())?;
        self.touch(username)?;
        Ok(json!({}))
    }

    /// Forgets codes that would bring back a value from before a change.
    fn drop_codes<'a>(
        &mut self,
        username: &str,
        names: impl Iterator<Item = &'a String>,
    ) -> Result<(), ServiceError> {
        let user = self.pool.user_mut(username)?;
        names.for_each(|name| drop(user.verifications.remove(name.as_str())));
        Ok(())
    }

    fn send_verification(
        &mut self,
        username: &str,
        address: &Address,
        kind: MessageKind,
    ) -> Result<(), ServiceError> {
        let sent = self.send_code(username, address, kind, CODE_SECONDS);
        let user = self.pool.user_mut(username)?;
        user.verifications.insert(address.attribute, sent);
        Ok(())
    }

    /// Takes the code of an attribute, and the value that the code went to.
    fn verify_attribute(
        &mut self,
        username: &str,
        name: &str,
        code: &str,
    ) -> Result<(), ServiceError> {
        check_verifiable(name)?;
        let (now, moment) = (self.now(), self.since_epoch());
        let pool = &mut *self.pool;
        let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        pool.hourly_limits.check(Limited::VerifyAttribute, username, moment)?;
        let address = match SentCode::check(user.verifications.get(name), code, now) {
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
        self.write_attributes(username, attributes, TakenAlias::Refuse)?;
        self.pool.user_mut(username)?.verifications.remove(name);
        self.touch(username)
    }

    fn touch(&mut self, username: &str) -> Result<(), ServiceError> {
        let date = self.date();
        self.pool.user_mut(username)?.modified = date;
        Ok(())
    }
}

impl Pool {
    /// Returns whether every user must keep a value of that attribute.
    fn needs(&self, name: &str) -> bool {
        let mut required = attributes::required(&self.settings.schema);
        self.settings.named_by(name) || required.any(|required| required == name)
    }
}

fn check_verifiable(name: &str) -> Result<(), ServiceError> {
    match ATTRIBUTES.contains(&name) {
        true => Ok(()),
        false => Err(ServiceError::invalid_parameter(
            "Invalid attribute name. Only phone_number and email can be verified.",
        )),
    }
}

/// Sets an attribute; an empty value deletes it, and with an address its flag.
fn set(attributes: &mut Attributes, name: &str, value: &str) {
    if !value.is_empty() {
        attributes.insert(name.to_owned(), value.to_owned());
        return;
    }
    attributes.remove(name);
    if let Some(address) = Address::new(name, value) {
        attributes.remove(&address.flag());
    }
}
