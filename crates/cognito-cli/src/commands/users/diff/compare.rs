//! The comparison of the users of a file with those of a pool.

use std::collections::BTreeSet;

use serde_json::Value;

use super::file::Users;
use super::row::User;

/// The comparison, to which the users of the pool are passed one by one.
pub(super) struct Comparison {
    users: Users,
    found: BTreeSet<String>,
    counts: Counts,
}

/// The numbers of users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) same: u64,
    pub(super) differing: u64,
    pub(super) only_in_file: u64,
    pub(super) only_in_pool: u64,
}

/// A field in which a user differs, or a user that exists on only one side.
#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    pub(super) user: String,
    /// `differs`, `only_in_file` or `only_in_pool`.
    pub(super) kind: &'static str,
    pub(super) field: Option<String>,
    pub(super) file: Value,
    pub(super) pool: Value,
}

impl Counts {
    pub(super) fn are_the_same(self) -> bool {
        self.differing == 0 && self.only_in_file == 0 && self.only_in_pool == 0
    }
}

impl Comparison {
    pub(super) fn new(users: Users) -> Self {
        Self { users, found: BTreeSet::new(), counts: Counts::default() }
    }

    /// Compares a user of the pool with the same user of the file.
    pub(super) fn compare(&mut self, pool: &User) -> Vec<Difference> {
        let key = pool.value(&self.users.by);
        let of_file = key.and_then(|key| self.users.users.get_key_value(key));
        let Some((key, file)) = of_file else {
            self.counts.only_in_pool = self.counts.only_in_pool.saturating_add(1);
            let user = key.or(pool.username.as_deref()).unwrap_or_default();
            return vec![alone(user, "only_in_pool")];
        };
        let mut fields = Fields { user: key, found: Vec::new() };
        fields.compare_all(file, pool, self.users.by == "username");
        let differences = fields.found;
        let count = match differences.is_empty() {
            true => &mut self.counts.same,
            false => &mut self.counts.differing,
        };
        *count = count.saturating_add(1);
        self.found.insert(key.clone());
        differences
    }

    /// Returns the users of the file that do not exist in the pool, after all users of the pool
    /// were compared.
    pub(super) fn only_in_file(&mut self) -> Vec<Difference> {
        let keys = self.users.users.keys().filter(|key| !self.found.contains(*key));
        let alone: Vec<_> = keys.map(|key| alone(key, "only_in_file")).collect();
        self.counts.only_in_file = u64::try_from(alone.len()).unwrap_or(u64::MAX);
        alone
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }
}

fn alone(user: &str, kind: &'static str) -> Difference {
    let user = user.to_owned();
    Difference { user, kind, field: None, file: Value::Null, pool: Value::Null }
}

/// The fields in which a user differs.
struct Fields<'a> {
    user: &'a str,
    found: Vec<Difference>,
}

impl Fields<'_> {
    /// Compares the fields of the file. If another field identifies users, the user name is
    /// compared too.
    fn compare_all(&mut self, file: &User, pool: &User, is_by_username: bool) {
        if !is_by_username && file.username.is_some() {
            self.compare("username", file.username.as_deref(), pool.username.as_deref());
        }
        if file.status.is_some() {
            self.compare("status", file.status.as_deref(), pool.status.as_deref());
        }
        if file.enabled.is_some() {
            self.compare("enabled", file.enabled, pool.enabled);
        }
        if let Some(groups) = &file.groups {
            let names = |groups: &BTreeSet<String>| groups.iter().cloned().collect::<Vec<_>>();
            let of_pool = pool.groups.as_ref().map(names).unwrap_or_default();
            self.compare("groups", Some(names(groups)), Some(of_pool));
        }
        let others = pool.attributes.keys().filter(|_| file.has_all_attributes);
        let names: BTreeSet<&String> = file.attributes.keys().chain(others).collect();
        for name in names {
            self.compare(name, file.value(name), pool.value(name));
        }
    }

    fn compare<T: Into<Value> + PartialEq>(
        &mut self,
        field: &str,
        file: Option<T>,
        pool: Option<T>,
    ) {
        if file == pool {
            return;
        }
        self.found.push(Difference {
            user: self.user.to_owned(),
            kind: "differs",
            field: Some(field.to_owned()),
            file: file.map_or(Value::Null, Into::into),
            pool: pool.map_or(Value::Null, Into::into),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn user(username: &str, attributes: &[(&str, &str)]) -> User {
        let pairs = attributes.iter();
        let pairs = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let username = Some(username.to_owned());
        User { username, attributes: pairs.collect(), ..User::default() }
    }

    fn comparison(by: &str, users: Vec<User>) -> Comparison {
        let pairs = users.into_iter().map(|user| (user.value(by).unwrap().to_owned(), user));
        Comparison::new(Users { by: by.to_owned(), users: pairs.collect::<BTreeMap<_, _>>() })
    }

    fn fields(differences: Vec<Difference>) -> Vec<(String, Value, Value)> {
        let fields = differences.into_iter();
        fields.map(|found| (found.field.unwrap_or_default(), found.file, found.pool)).collect()
    }

    #[test]
    fn only_the_fields_of_the_file_are_compared() {
        let pool = User {
            status: Some("CONFIRMED".to_owned()),
            enabled: Some(true),
            ..user("bob", &[("email", "b@x.io"), ("name", "Bob")])
        };
        let mut partial = comparison("username", vec![user("bob", &[("email", "b@x.io")])]);
        assert!(partial.compare(&pool).is_empty());

        let all = User { has_all_attributes: true, ..user("bob", &[("email", "")]) };
        let mut whole = comparison("username", vec![User { enabled: Some(false), ..all }]);
        let expected = [
            ("enabled".to_owned(), json!(false), json!(true)),
            ("email".to_owned(), Value::Null, json!("b@x.io")),
            ("name".to_owned(), Value::Null, json!("Bob")),
        ];
        assert_eq!(fields(whole.compare(&pool)), expected);
        assert_eq!(whole.counts(), Counts { differing: 1, ..Counts::default() });
    }

    #[test]
    fn users_are_found_by_an_attribute() {
        let file = user("bob", &[("email", "b@x.io")]);
        let mut comparison = comparison("email", vec![file]);
        let renamed = comparison.compare(&user("34c8", &[("email", "b@x.io")]));
        assert_eq!(fields(renamed), [("username".to_owned(), json!("bob"), json!("34c8"))]);
        let without = comparison.compare(&user("al", &[]));
        assert_eq!((&*without[0].user, without[0].kind), ("al", "only_in_pool"));
        assert!(comparison.only_in_file().is_empty());
    }

    #[test]
    fn users_of_one_side_are_differences() {
        let mut comparison = comparison("username", vec![user("al", &[]), user("bob", &[])]);
        assert!(comparison.compare(&user("bob", &[])).is_empty());
        assert_eq!(comparison.compare(&user("carol", &[]))[0].kind, "only_in_pool");
        let missing = comparison.only_in_file();
        assert_eq!((&*missing[0].user, missing[0].kind), ("al", "only_in_file"));
        let expected = Counts { same: 1, differing: 0, only_in_file: 1, only_in_pool: 1 };
        assert_eq!(comparison.counts(), expected);
        assert!(!expected.are_the_same());
    }
}
