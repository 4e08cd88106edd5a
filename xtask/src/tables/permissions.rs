//! Comparison of the table of permissions with the documentation of the methods that need them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Row, read, rows, sources};

const GUIDE: &str = "docs/iam-permissions.md";
const SOURCES: &str = "crates/cognito-core/src";

type Names = BTreeSet<String>;

/// The permissions and quotas of a method.
#[derive(Debug, Default, PartialEq)]
struct Needs {
    permissions: Names,
    quotas: Names,
}

pub(super) fn check() -> Result<Vec<String>, String> {
    let documented = documented()?;
    let (methods, limits): (Vec<Row>, Vec<Row>) =
        rows(GUIDE)?.into_iter().partition(|row| row.cells.len() == 4);
    let limits = names(limits.iter().flat_map(|row| row.names(0)).collect());
    let (mut problems, mut listed) = (Vec::new(), Names::new());
    for row in &methods {
        let needs = Needs { permissions: names(row.code(2)), quotas: names(row.names(3)) };
        problems.extend(operations(row, &needs));
        let unknown = needs.quotas.difference(&limits);
        problems
            .extend(unknown.map(|quota| format!("{GUIDE}: no table lists the limit of {quota}")));
        for method in row.code(0) {
            listed.insert(method.to_owned());
            match documented.get(method) {
                None => {
                    problems.push(format!("{GUIDE}: the doc of `{method}` names no permission"))
                }
                Some(said) if *said != needs => {
                    problems
                        .push(format!("{GUIDE}: `{method}` has {needs:?}, but its doc {said:?}"));
                }
                Some(_) => {}
            }
        }
    }
    let missing = documented.keys().filter(|method| !listed.contains(*method));
    problems.extend(missing.map(|method| format!("{GUIDE}: `{method}` is missing")));
    let all: Names = documented.into_values().flat_map(|needs| needs.permissions).collect();
    problems.extend(undocumented(&all)?);
    problems.extend(policies(&all)?);
    Ok(problems)
}

/// Checks that the operations of a row are those of its permissions for user pools.
fn operations(row: &Row, needs: &Needs) -> Option<String> {
    let own = needs.permissions.iter().filter_map(|name| name.strip_prefix("cognito-idp:"));
    let same = names(row.names(1)) == names(own.collect());
    (!same).then(|| format!("{GUIDE}: operations and permissions differ in {:?}", row.cells))
}

/// Returns a problem for each operation that is sent, but that the documentation of no method names.
fn undocumented(all: &Names) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for path in administration()? {
        let source = read(&path)?;
        for sent in source.split("sent(\"").skip(1) {
            let operation = sent.split('"').next().unwrap_or_default();
            if !all.contains(&format!("cognito-idp:{operation}")) {
                problems.push(format!("{path}: no method names the permission of {operation}"));
            }
        }
    }
    Ok(problems)
}

/// Checks that the first policy of the guide allows all reads and nothing else, and the second everything.
fn policies(all: &Names) -> Result<Vec<String>, String> {
    let text = read(GUIDE)?;
    let blocks = text.split("```json\n").skip(1).filter_map(|block| block.split("```").next());
    let policies: Result<Vec<Value>, _> = blocks.map(serde_json::from_str).collect();
    let policies = policies.map_err(|error| format!("{GUIDE}: {error}"))?;
    let [reading, full] = &*policies else {
        return Ok(vec![format!("{GUIDE}: expected two policies")]);
    };
    let reads = |name: &&String| {
        let name = name.strip_prefix("cognito-idp:").unwrap_or_default();
        let name = name.strip_prefix("Admin").unwrap_or(name);
        // GetDerivedToken issues a token.
        name != "GetDerivedToken"
            && ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb))
    };
    let wanted: Names = all.iter().filter(reads).cloned().collect();
    let allowed = actions(reading);
    let differing = wanted.symmetric_difference(&allowed);
    let differing =
        differing.map(|name| format!("{GUIDE}: the read policy is wrong about `{name}`"));
    let full = actions(full);
    let covers = |name: &str| match name.strip_prefix("cognito-idp:") {
        Some(_) => full.contains("cognito-idp:*") || full.contains(name),
        None => full.contains(name),
    };
    let lacking = all.iter().filter(|name| !covers(name));
    let lacking = lacking.map(|name| format!("{GUIDE}: the full policy lacks `{name}`"));
    Ok(differing.chain(lacking).collect())
}

fn actions(policy: &Value) -> Names {
    let statements = policy["Statement"].as_array().into_iter().flatten();
    let actions = statements.filter_map(|statement| statement["Action"].as_array()).flatten();
    names(actions.filter_map(Value::as_str).collect())
}

/// Returns the methods whose documentation names a permission, as `Type::method`.
fn documented() -> Result<BTreeMap<String, Needs>, String> {
    let mut methods = BTreeMap::new();
    for path in administration()? {
        let (mut owner, mut doc) = (String::new(), String::new());
        for line in read(&path)?.lines().map(str::trim) {
            if let Some(text) = line.strip_prefix("///") {
                doc.push_str(text);
                continue;
            }
            if line.starts_with("#[") {
                continue;
            }
            if let Some(rest) = line.strip_prefix("impl ") {
                owner = word(rest).to_owned();
            }
            let method = line.strip_prefix("pub async fn ").or(line.strip_prefix("pub fn "));
            let needs = Needs::read(&doc);
            if let Some(method) = method
                && needs != Needs::default()
            {
                methods.insert(format!("{owner}::{}", word(method)), needs);
            }
            doc.clear();
        }
    }
    Ok(methods)
}

fn administration() -> Result<Vec<String>, String> {
    let all = sources(SOURCES)?.into_iter();
    let of_administrators = |path: &String| {
        let path = path.trim_start_matches(SOURCES);
        path.starts_with("/admin") || path.starts_with("/pool_as_admin")
    };
    Ok(all.filter(of_administrators).collect())
}

impl Needs {
    /// Parses a doc comment: permissions are in backquotes, and quotas follow the word "quota".
    fn read(doc: &str) -> Self {
        let permissions = doc.split('`').skip(1).step_by(2).filter(|code| is_permission(code));
        let permissions = names(permissions.collect());
        let mut quotas = Names::new();
        for rest in doc.split("quota").skip(1) {
            let rest = rest.strip_prefix('s').unwrap_or(rest);
            let rest = rest.split(['.', ')', ';']).next().unwrap_or_default();
            let words = rest.split(' ').skip(1).filter(|word| *word != "and");
            let named = words.take_while(|word| word.starts_with(char::is_uppercase));
            quotas.extend(named.map(word).map(str::to_owned));
        }
        Self { permissions, quotas }
    }
}

/// Returns whether a text is `service:Action` as in IAM, and not an attribute such as `custom:team`.
fn is_permission(code: &str) -> bool {
    ["cognito-idp:", "iam:", "cloudfront:"].iter().any(|service| code.starts_with(service))
}

/// Returns the word at the start of a text.
fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

fn names(texts: Vec<&str>) -> Names {
    texts.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_and_quotas_are_parsed_from_docs() {
        let read =
            Needs::read(" Lists (ListUsers; permission `cognito-idp:ListUsers`; quota UserList).");
        assert_eq!(read.permissions, names(vec!["cognito-idp:ListUsers"]));
        assert_eq!(read.quotas, names(vec!["UserList"]));
        let read = Needs::read(
            " Of `custom:team`. Permissions `cognito-idp:CreateUserImportJob` and `iam:PassRole`; \
             quotas UserPoolRead, UserPoolUpdate and UserList. Fails with a quota that is too low.",
        );
        assert_eq!(
            read.permissions,
            names(vec!["cognito-idp:CreateUserImportJob", "iam:PassRole"])
        );
        assert_eq!(read.quotas, names(vec!["UserPoolRead", "UserPoolUpdate", "UserList"]));
        assert_eq!(Needs::read(" Its name."), Needs::default());
    }
}
