//! Reduction of foreign JSON to the members of a shape.

use serde_json::Value;

use crate::model::shape::{Kind, Shape};

/// Removes null members, and members that a shape does not have. Returns the paths of the latter.
pub(crate) fn retain_known(shape: &Shape, value: &mut Value) -> Vec<String> {
    let mut removed = Vec::new();
    retain(shape, value, "", &mut removed);
    removed
}

fn retain(shape: &Shape, value: &mut Value, path: &str, removed: &mut Vec<String>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(given)) => {
            given.retain(|name, value| {
                let is_known = members.iter().any(|member| member.name == name);
                if !is_known {
                    removed.push(below(name));
                }
                is_known && !value.is_null()
            });
            for member in *members {
                if let Some(value) = given.get_mut(member.name) {
                    retain(member.shape, value, &below(member.name), removed);
                }
            }
        }
        (Kind::List(item, _), Value::Array(items)) => {
            items.iter_mut().enumerate().for_each(|(index, value)| {
                retain(item, value, &format!("{path}[{index}]"), removed);
            });
        }
        (Kind::Map(_, entry, _), Value::Object(entries)) => {
            entries
                .iter_mut()
                .for_each(|(name, value)| retain(entry, value, &below(name), removed));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::shapes;

    #[test]
    fn unknown_members_are_removed_at_every_depth() {
        let mut pool = json!({
            "PoolName": "shop", "Newer": 1, "UserPoolTags": { "stage": "test" },
            "Policies": { "PasswordPolicy": { "MinimumLength": 8, "Newer": 2 }, "SignInPolicy": null },
            "Schema": [{ "Name": "plan" }, { "Name": "level", "Newer": 3 }]
        });
        let removed = retain_known(&shapes::CREATE_USER_POOL_REQUEST, &mut pool);
        assert_eq!(removed, ["Newer", "Policies.PasswordPolicy.Newer", "Schema[1].Newer"]);
        let expected = json!({
            "PoolName": "shop", "UserPoolTags": { "stage": "test" },
            "Policies": { "PasswordPolicy": { "MinimumLength": 8 } },
            "Schema": [{ "Name": "plan" }, { "Name": "level" }]
        });
        assert_eq!(pool, expected);
    }
}
