//! Import of users: from ListUsers, without passwords, and from cognito-local.

use serde_json::{Map, Value, json};

use crate::adapters::seed_file::is_sub;
use crate::adapters::seed_import::pool_entry::{PoolEntry, replace_or_push};

/// The length of the shortest password that a pool can allow.
const SHORTEST_PASSWORD: usize = 6;

/// Attributes that the service sets, except for `sub`.
const DERIVED: [&str; 3] = ["identities", "cognito:user_status", "cognito:mfa_enabled"];

/// Adds the users of ListUsers.
pub(super) fn add(
    pool: &mut PoolEntry,
    content: &Value,
    password: Option<&str>,
    warnings: &mut Vec<String>,
) {
    let users = content.get("Users").and_then(Value::as_array);
    for user in users.into_iter().flatten() {
        let Some(mut entry) = entry(pool, user, warnings) else { continue };
        if let Some(password) = password {
            entry.insert("Password".to_owned(), password.into());
        }
        replace_or_push(&mut pool.users, username(user), entry);
    }
}

/// Adds the users of cognito-local with their groups, and with their passwords, which are stored as
/// plain text.
pub(super) fn add_local(pool: &mut PoolEntry, content: &Value, warnings: &mut Vec<String>) {
    let entries = |name| content.get(name).and_then(Value::as_object).into_iter().flatten();
    for (_, user) in entries("Users") {
        let Some(mut entry) = entry(pool, user, warnings) else { continue };
        let name = username(user);
        let is_member = |group: &Value| {
            let members = group.get("members").and_then(Value::as_array);
            members.is_some_and(|members| members.iter().any(|member| member == name))
        };
        let groups = entries("Groups").filter(|(_, group)| is_member(group));
        let groups: Vec<&String> = groups.map(|(name, _)| name).collect();
        if !groups.is_empty() {
            entry.insert("Groups".to_owned(), json!(groups));
        }
        if let Err(reason) = add_password(&mut entry, user) {
            warnings.push(format!("{}: {reason}", pool.id));
        }
        add_schema(pool, &entry, warnings);
        replace_or_push(&mut pool.users, name, entry);
    }
}

/// Returns the user name, which can differ from the key of the entry.
fn username(user: &Value) -> &str {
    user.get("Username").and_then(Value::as_str).unwrap_or_default()
}

/// Adds the password of a user of cognito-local.
fn add_password(entry: &mut Map<String, Value>, user: &Value) -> Result<(), String> {
    let text = |name| user.get(name).and_then(Value::as_str).unwrap_or_default();
    let (name, password) = (text("Username"), text("Password"));
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(format!(
            "the user {name} is imported without a password: it has fewer than \
             {SHORTEST_PASSWORD} characters, which no pool allows"
        ));
    }
    let is_temporary = text("UserStatus") == "FORCE_CHANGE_PASSWORD";
    let member = if is_temporary { "TemporaryPassword" } else { "Password" };
    entry.insert(member.to_owned(), password.into());
    Ok(())
}

/// Adds the custom attributes of a user to the schema: cognito-local accepts any.
fn add_schema(pool: &mut PoolEntry, entry: &Map<String, Value>, warnings: &mut Vec<String>) {
    let attributes = entry.get("Attributes").and_then(Value::as_object);
    for name in attributes.into_iter().flat_map(Map::keys) {
        let Some(name) = name.strip_prefix("custom:") else { continue };
        let schema = pool.members.entry("Schema").or_insert_with(|| json!([]));
        let Some(schema) = schema.as_array_mut() else { return };
        if !schema.iter().any(|known| known.get("Name").is_some_and(|known| known == name)) {
            schema.push(json!({ "Name": name, "AttributeDataType": "String", "Mutable": true }));
            let hint = "is added to the schema, because a user has it";
            warnings.push(format!("{}: the attribute custom:{name} {hint}", pool.id));
        }
    }
}

/// Returns a user with its name, attributes and `sub`, which tokens contain; `None` for a user that
/// cannot be imported.
fn entry(pool: &PoolEntry, user: &Value, warnings: &mut Vec<String>) -> Option<Map<String, Value>> {
    let text = |name| user.get(name).and_then(Value::as_str);
    let username = text("Username")?;
    match text("UserStatus") {
        Some("EXTERNAL_PROVIDER") => {
            let hint = "is left out: it is a user of an identity provider";
            warnings.push(format!("{}: the user {username} {hint}", pool.id));
            return None;
        }
        Some("UNCONFIRMED") => {
            let hint = "did not confirm the sign-up; it is imported as created by an administrator";
            warnings.push(format!("{}: the user {username} {hint}", pool.id));
        }
        _ => {}
    }
    let attributes = attributes(user);
    let name = name_in(pool, username, &attributes);
    let mut entry = Map::from_iter([("Username".to_owned(), name.into())]);
    entry.insert("Attributes".to_owned(), attributes.into());
    if user.get("Enabled") == Some(&Value::Bool(false)) {
        entry.insert("Enabled".to_owned(), false.into());
    }
    Some(entry)
}

/// Returns the attributes that a seed file can have. A `sub` that is not a UUID is left out.
fn attributes(user: &Value) -> Map<String, Value> {
    let list = user.get("Attributes").and_then(Value::as_array);
    let attributes = list.into_iter().flatten().filter_map(|attribute| {
        let name = attribute.get("Name")?.as_str()?;
        Some((name.to_owned(), attribute.get("Value")?.clone()))
    });
    let mut attributes: Map<String, Value> =
        attributes.filter(|(name, _)| !DERIVED.contains(&name.as_str())).collect();
    let sub = attributes.get("sub").and_then(Value::as_str);
    if !sub.is_some_and(is_sub) {
        attributes.remove("sub");
    }
    attributes
}

/// Returns the name for the creation of a user. In pools with UsernameAttributes it is the value of
/// the attribute; the Username there is the `sub`.
fn name_in(pool: &PoolEntry, username: &str, attributes: &Map<String, Value>) -> String {
    let named_by = pool.members.get("UsernameAttributes").and_then(Value::as_array);
    let mut names = named_by.into_iter().flatten().filter_map(Value::as_str);
    let name = names.find_map(|name| attributes.get(name)?.as_str());
    name.unwrap_or(username).to_owned()
}
