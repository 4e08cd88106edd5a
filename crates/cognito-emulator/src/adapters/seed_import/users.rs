//! The users of an import: those of ListUsers, without passwords, and those of cognito-local.

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The length of the shortest password that a pool can allow.
const SHORTEST_PASSWORD: usize = 6;

/// Attributes that the service sets, except for the sub.
const DERIVED: [&str; 3] = ["identities", "cognito:user_status", "cognito:mfa_enabled"];

/// Returns the users of ListUsers, or the reason why one is left out.
pub(super) fn of_service(
    pool: &Map<String, Value>,
    content: &Value,
    password: Option<&str>,
) -> Vec<Result<Value, String>> {
    let users = content.get("Users").and_then(Value::as_array).into_iter().flatten();
    users
        .map(|user| {
            let mut entry = entry(pool, user)?;
            if let Some(password) = password {
                entry.insert("Password".to_owned(), password.into());
            }
            Ok(entry.into())
        })
        .collect()
}

/// Returns the users of cognito-local with their passwords, which it stores as texts.
pub(super) fn of_cognito_local(
    pool: &Map<String, Value>,
    content: &Value,
) -> Vec<Result<Value, String>> {
    let entries = |name| content.get(name).and_then(Value::as_object).into_iter().flatten();
    let mut results = Vec::new();
    for (_, user) in entries("Users") {
        let mut entry = match entry(pool, user) {
            Ok(entry) => entry,
            Err(reason) => {
                results.push(Err(reason));
                continue;
            }
        };
        let name = user.get("Username").cloned().unwrap_or_default();
        let is_member = |group: &Value| {
            let members = group.get("members").and_then(Value::as_array);
            members.is_some_and(|members| members.contains(&name))
        };
        let groups = entries("Groups").filter(|(_, group)| is_member(group));
        let groups: Vec<&String> = groups.map(|(name, _)| name).collect();
        if !groups.is_empty() {
            entry.insert("Groups".to_owned(), json!(groups));
        }
        results.extend(with_password(&mut entry, user).err().map(Err));
        results.push(Ok(entry.into()));
    }
    results
}

/// Sets the password of a user of cognito-local, or returns what it lacks.
fn with_password(entry: &mut Map<String, Value>, user: &Value) -> Result<(), String> {
    let text = |name| user.get(name).and_then(Value::as_str);
    let name = text("Username").unwrap_or_default();
    let password = text("Password").unwrap_or_default();
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(format!(
            "the user {name} is imported without a password: it has fewer than \
             {SHORTEST_PASSWORD} characters, which no pool allows"
        ));
    }
    let member = match text("UserStatus") {
        Some("FORCE_CHANGE_PASSWORD") => "TemporaryPassword",
        _ => "Password",
    };
    entry.insert(member.to_owned(), password.into());
    match text("UserStatus") {
        Some("UNCONFIRMED") => {
            Err(format!("the user {name} is imported as confirmed; sign-ups are not imported"))
        }
        _ => Ok(()),
    }
}

/// Returns a user with its name, attributes and `sub`, which tokens keep.
fn entry(pool: &Map<String, Value>, user: &Value) -> Result<Map<String, Value>, String> {
    let text = |name| user.get(name).and_then(Value::as_str);
    let username = text("Username").unwrap_or_default();
    if text("UserStatus") == Some("EXTERNAL_PROVIDER") {
        return Err(format!("the user {username} is left out: it is one of an identity provider"));
    }
    let attributes = user.get("Attributes").and_then(Value::as_array).into_iter().flatten();
    let mut attributes: Map<String, Value> = attributes
        .filter_map(|attribute| {
            let name = attribute.get("Name")?.as_str()?;
            Some((name.to_owned(), attribute.get("Value")?.clone()))
        })
        .filter(|(name, _)| !DERIVED.contains(&name.as_str()))
        .collect();
    let sub = attributes.get("sub").and_then(Value::as_str);
    if !sub.is_some_and(|sub| Uuid::parse_str(sub).is_ok_and(|uuid| uuid.to_string() == sub)) {
        attributes.remove("sub");
    }
    let name = name_in(pool, username, &attributes);
    let mut entry = Map::from_iter([("Username".to_owned(), name.into())]);
    entry.insert("Attributes".to_owned(), attributes.into());
    if user.get("Enabled") == Some(&Value::Bool(false)) {
        entry.insert("Enabled".to_owned(), false.into());
    }
    Ok(entry)
}

/// Returns the name by which the user is created: in pools that name users by an attribute, it is the
/// attribute's value, and their Username is the sub.
fn name_in(pool: &Map<String, Value>, username: &str, attributes: &Map<String, Value>) -> String {
    let named_by = pool.get("UsernameAttributes").and_then(Value::as_array);
    let mut names = named_by.into_iter().flatten().filter_map(Value::as_str);
    let name = names.find_map(|name| attributes.get(name)?.as_str());
    name.unwrap_or(username).to_owned()
}
