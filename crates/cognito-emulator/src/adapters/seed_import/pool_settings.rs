//! Conversion of a pool's description into the members of CreateUserPool.

use serde_json::{Map, Value, json};

use crate::adapters::seed_import::pool_entry::PoolEntry;
use crate::model::{self, Shape, shapes};
use crate::state::schema;

/// Members of a description that no request has, and that need no warning.
const DESCRIBED_ONLY: [&str; 10] = [
    "Arn",
    "CreationDate",
    "CustomDomain",
    "Domain",
    "EmailConfigurationFailure",
    "EstimatedNumberOfUsers",
    "Id",
    "LastModifiedDate",
    "SmsConfigurationFailure",
    "Status",
];

/// Older members, each with the member of VerificationMessageTemplate that has the same text.
const OLDER_TEXTS: [(&str, &str); 3] = [
    ("EmailVerificationMessage", "EmailMessage"),
    ("EmailVerificationSubject", "EmailSubject"),
    ("SmsVerificationMessage", "SmsMessage"),
];

/// Adds the settings of DescribeUserPool.
pub(super) fn add(pool: &mut PoolEntry, content: Value, warnings: &mut Vec<String>) {
    let Value::Object(mut members) = content else { return };
    add_domains(pool, &members);
    rename(&mut members, "Name", "PoolName");
    rename(&mut members, "SchemaAttributes", "Schema");
    if let Some(Value::Array(schema)) = members.remove("Schema") {
        let schema: Vec<Value> = schema.into_iter().filter_map(schema_attribute).collect();
        if !schema.is_empty() {
            members.insert("Schema".to_owned(), schema.into());
        }
    }
    remove_older_names(&mut members);
    remove_triggers(&pool.id, &mut members, warnings);
    remove_sender(&pool.id, &mut members, warnings);
    let (shape, content) = (&shapes::CREATE_USER_POOL_REQUEST, members.into());
    pool.members.extend(known_members(shape, content, &DESCRIBED_ONLY, &pool.id, warnings));
}

/// Adds the settings of GetUserPoolMfaConfig.
pub(super) fn add_mfa(pool: &mut PoolEntry, content: Value, warnings: &mut Vec<String>) {
    let Value::Object(mut members) = content else { return };
    // Seed files have the SMS settings where CreateUserPool has them.
    if let Some(Value::Object(sms)) = members.remove("SmsMfaConfiguration") {
        pool.members.extend(sms);
    }
    let (shape, content) = (&shapes::SET_USER_POOL_MFA_CONFIG_REQUEST, members.into());
    pool.members.extend(known_members(shape, content, &[], &pool.id, warnings));
}

/// Returns the members that the request has. Adds a warning for each other member that is not in
/// `described_only`.
pub(super) fn known_members(
    shape: &Shape,
    mut content: Value,
    described_only: &[&str],
    owner: &str,
    warnings: &mut Vec<String>,
) -> Map<String, Value> {
    let removed = model::retain_known(shape, &mut content);
    let removed = removed.iter().filter(|path| !described_only.contains(&path.as_str()));
    let hint = "is left out: the emulator does not support it";
    warnings.extend(removed.map(|path| format!("{owner}: {path} {hint}")));
    let mut members = match content {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.remove("UserPoolId");
    members
}

/// Allows simple passwords unless the pool has a policy, because cognito-local enforces none.
pub(super) fn allow_simple_passwords(pool: &mut PoolEntry) {
    let policy = json!({
        "MinimumLength": 6, "RequireLowercase": false, "RequireNumbers": false,
        "RequireSymbols": false, "RequireUppercase": false
    });
    let simple = || json!({ "PasswordPolicy": policy });
    pool.members.entry("Policies").or_insert_with(simple);
}

/// Adds the domain of the pool; DescribeUserPoolDomain may replace it with a full description.
fn add_domains(pool: &mut PoolEntry, members: &Map<String, Value>) {
    let text = |name| members.get(name).and_then(Value::as_str);
    if let Some(domain) = text("Domain") {
        let described = Map::from_iter([("Domain".to_owned(), domain.into())]);
        pool.domains.entry(domain.to_owned()).or_insert(described);
    }
    pool.custom_domain = text("CustomDomain").map(str::to_owned);
}

fn rename(members: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = members.remove(from) {
        members.insert(to.to_owned(), value);
    }
}

/// Returns an attribute of the schema in the form of a request, without the prefix of custom
/// attributes; `None` for an unchanged standard attribute.
fn schema_attribute(mut attribute: Value) -> Option<Value> {
    const FLAGS: [&str; 2] = ["email_verified", "phone_number_verified"];
    let name = attribute.get("Name")?.as_str()?.to_owned();
    let custom = name.strip_prefix("dev:").unwrap_or(&name).strip_prefix("custom:");
    if let Some(custom) = custom {
        attribute.as_object_mut()?.insert("Name".to_owned(), custom.into());
        return Some(attribute);
    }
    let standard = schema::standard().into_iter().find(|standard| standard.name == name);
    let standard = serde_json::to_value(standard).ok()?;
    // A request cannot change the flags; an attribute with their name would be a custom attribute.
    (standard != attribute && !FLAGS.contains(&&*name)).then_some(attribute)
}

/// Removes older members that repeat newer ones. The service rejects both in one request.
fn remove_older_names(members: &mut Map<String, Value>) {
    for (older, newer) in OLDER_TEXTS {
        let template = members.get("VerificationMessageTemplate");
        if template.is_some_and(|template| template.get(newer).is_some()) {
            members.remove(older);
        }
    }
    let days = "/PasswordPolicy/TemporaryPasswordValidityDays";
    if members.get("Policies").is_some_and(|policies| policies.pointer(days).is_some())
        && let Some(Value::Object(config)) = members.get_mut("AdminCreateUserConfig")
    {
        config.remove("UnusedAccountValidityDays");
    }
}

/// Removes the ARNs of trigger functions and their keys, which refer to AWS. URLs of functions are
/// kept.
fn remove_triggers(id: &str, members: &mut Map<String, Value>, warnings: &mut Vec<String>) {
    let Some(Value::Object(triggers)) = members.get_mut("LambdaConfig") else { return };
    triggers.retain(|name, trigger| {
        let function = trigger.get("LambdaArn").unwrap_or(trigger);
        let stays = function.as_str().is_none_or(|function| !function.starts_with("arn:"));
        if !stays {
            let hint = "is left out: the function runs in AWS; the URL of a local function can \
                        replace it";
            warnings.push(format!("{id}: LambdaConfig.{name} {hint}"));
        }
        stays
    });
    if triggers.is_empty() {
        members.remove("LambdaConfig");
    }
}

/// Removes the Amazon SES sender: the emulator keeps messages in its outbox.
fn remove_sender(id: &str, members: &mut Map<String, Value>, warnings: &mut Vec<String>) {
    const SENDER: [&str; 4] = ["SourceArn", "From", "ConfigurationSet", "EmailSendingAccount"];
    let Some(Value::Object(email)) = members.get_mut("EmailConfiguration") else { return };
    let is_own = email.get("EmailSendingAccount").is_some_and(|account| account == "DEVELOPER");
    if is_own || email.contains_key("SourceArn") {
        SENDER.iter().for_each(|name| drop(email.remove(*name)));
        let hint = "is left out: messages stay in the emulator's outbox";
        warnings.push(format!("{id}: the sender in EmailConfiguration {hint}"));
    }
    if email.is_empty() {
        members.remove("EmailConfiguration");
    }
}
