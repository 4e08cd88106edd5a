//! Edits of settings by the service's names: they are parsed, shown, confirmed and written back.

use clap::Args;
use serde_json::{Map, Value};

use crate::app::App;
use crate::commands::{described, writing};
use crate::failure::{Failure, Outcome};
use crate::output::{Record, printable};

/// A setting that can be changed, with its setter on a request builder `B`.
pub(super) struct Member<B> {
    /// The path of members, such as `TokenValidityUnits.AccessToken`.
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    pub(super) set: fn(B, &Value) -> B,
}

/// The kind of values of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Flag,
    Number,
    List,
}

/// The options that change settings.
#[derive(Args, Clone, Debug)]
pub(super) struct EditOptions {
    /// Set a setting: a text, a whole number, true or false, or the values of a list separated by commas; may be given
    /// several times
    #[arg(long, value_name = "SETTING=VALUE", value_parser = writing::pair)]
    set: Vec<(String, String)>,
    /// Add a value to a list; may be given several times
    #[arg(long, value_name = "SETTING=VALUE", value_parser = writing::pair)]
    add: Vec<(String, String)>,
    /// Remove a value from a list; may be given several times
    #[arg(long, value_name = "SETTING=VALUE", value_parser = writing::pair)]
    remove: Vec<(String, String)>,
}

/// New values of settings.
pub(super) struct Edited<B: 'static> {
    values: Vec<(&'static Member<B>, Value)>,
    settings: Map<String, Value>,
}

impl EditOptions {
    /// Applies the options to settings, and returns the edited ones.
    pub(super) fn apply<B>(
        &self,
        members: &'static [Member<B>],
        settings: &Map<String, Value>,
    ) -> Outcome<Edited<B>> {
        if self.set.is_empty() && self.add.is_empty() && self.remove.is_empty() {
            return Err(writing::nothing_to_change("pass --set, --add or --remove"));
        }
        let mut edited = Edited::of(settings);
        for (name, text) in &self.set {
            let member = find(members, name)?;
            edited.set(member, member.kind.parse(name, text)?);
        }
        for (name, text) in &self.add {
            edited.add(list(members, name)?, text);
        }
        for (name, text) in &self.remove {
            let member = list(members, name)?;
            let rest = edited.items(member).into_iter().filter(|item| item != text).collect();
            edited.set(member, rest);
        }
        Ok(edited)
    }
}

impl<B> Edited<B> {
    /// Starts an edit with the current settings.
    pub(super) fn of(settings: &Map<String, Value>) -> Self {
        Self { values: Vec::new(), settings: settings.clone() }
    }

    pub(super) fn set(&mut self, member: &'static Member<B>, value: Value) {
        insert(&mut self.settings, member.path, value.clone());
        self.values.retain(|(known, _)| known.path != member.path);
        self.values.push((member, value));
    }

    /// Adds a value to a list, unless the list contains it.
    pub(super) fn add(&mut self, member: &'static Member<B>, text: &str) {
        let mut items = self.items(member);
        if !items.iter().any(|item| item == text) {
            items.push(text.into());
        }
        self.set(member, items.into());
    }

    /// Returns the values of a list.
    pub(super) fn items(&self, member: &Member<B>) -> Vec<Value> {
        let path = member.path.replace('.', "/");
        let settings = Value::Object(self.settings.clone());
        let items = settings.pointer(&format!("/{path}")).and_then(Value::as_array);
        items.cloned().unwrap_or_default()
    }

    /// Removes a new value, and returns it if it differs from the previous one.
    pub(super) fn take(
        &mut self,
        member: &Member<B>,
        before: &Map<String, Value>,
    ) -> Option<Value> {
        let at = self.values.iter().position(|(known, _)| known.path == member.path)?;
        let (_, value) = self.values.remove(at);
        (before.get(member.path) != Some(&value)).then_some(value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Sets the members of a request to the edited values.
    pub(super) fn write(&self, request: B) -> B {
        self.values.iter().fold(request, |request, (member, value)| (member.set)(request, value))
    }

    /// Shows the settings that change, and asks for confirmation. Returns whether they are to be
    /// written; false with `--dry-run`, or if nothing changes.
    pub(super) async fn review(&self, before: &Map<String, Value>, app: &App) -> Outcome<bool> {
        let found = described::differences(before, &self.settings, &[]);
        let mut rows = app.output.rows(&["setting", "before", "after"])?;
        for difference in &found {
            let record = Record::new().with("setting", difference.setting.clone());
            let record = record.with("before", difference.left.clone());
            rows.push(&record.with("after", difference.right.clone()))?;
        }
        rows.finish()?;
        if found.is_empty() {
            app.terminal.note("the settings already have these values; nothing was changed");
            return Ok(false);
        }
        if app.dry_run {
            app.terminal.note("nothing was changed");
            return Ok(false);
        }
        app.terminal.agree("Change these settings?").await.map(|()| true)
    }
}

impl Kind {
    fn parse(self, name: &str, text: &str) -> Outcome<Value> {
        let parsed = match self {
            Self::Text => Some(text.into()),
            Self::Flag => text.parse::<bool>().ok().map(Value::from),
            Self::Number => text.parse::<i32>().ok().map(Value::from),
            Self::List if text.is_empty() => Some(Value::Array(Vec::new())),
            Self::List => Some(text.split(',').map(str::trim).collect()),
        };
        parsed.ok_or_else(|| {
            let kind = if self == Self::Flag { "true or false" } else { "a whole number" };
            Failure::usage(format!("the value of `{name}` must be {kind}"))
        })
    }
}

fn find<B>(members: &'static [Member<B>], name: &str) -> Outcome<&'static Member<B>> {
    let found = members.iter().find(|member| member.path.eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        let names: Vec<&str> = members.iter().map(|member| member.path).collect();
        let message =
            format!("the setting `{}` cannot be changed by this command", printable(name));
        Failure::usage(message)
            .hint(format!("the settings that can be changed are {}", names.join(", ")))
    })
}

fn list<B>(members: &'static [Member<B>], name: &str) -> Outcome<&'static Member<B>> {
    let member = find(members, name)?;
    match member.kind {
        Kind::List => Ok(member),
        _ => {
            let failure = Failure::usage(format!("the setting `{}` is not a list", member.path));
            Err(failure.hint("pass --set"))
        }
    }
}

fn insert(settings: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            settings.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = settings.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// Returns a value as a text for a setter.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Returns a value as a number for a setter.
pub(super) fn number(value: &Value) -> Option<i32> {
    value.as_i64().and_then(|number| i32::try_from(number).ok())
}

/// Returns a value as the texts of a list for a setter.
pub(super) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A request that is represented by the list of its members.
    static MEMBERS: [Member<Vec<Value>>; 3] = [
        Member { path: "A.B", kind: Kind::Number, set: |request, value| push(request, value) },
        Member { path: "C", kind: Kind::List, set: |request, value| push(request, value) },
        Member { path: "D", kind: Kind::Flag, set: |request, value| push(request, value) },
    ];

    fn push(mut request: Vec<Value>, value: &Value) -> Vec<Value> {
        request.push(value.clone());
        request
    }

    fn edited(set: &[&str], add: &[&str], remove: &[&str]) -> Outcome<Edited<Vec<Value>>> {
        let pairs =
            |texts: &[&str]| texts.iter().map(|text| writing::pair(text).unwrap()).collect();
        let options = EditOptions { set: pairs(set), add: pairs(add), remove: pairs(remove) };
        let Value::Object(settings) = json!({ "A": { "E": 1 }, "C": ["x"] }) else { panic!() };
        options.apply(&MEMBERS, &settings)
    }

    #[test]
    fn edits_keep_the_other_settings() {
        let edited = edited(&["a.b=7", "D=true"], &["C=y", "C=x"], &["C=x"]).unwrap();
        let expected = json!({ "A": { "E": 1, "B": 7 }, "C": ["y"], "D": true });
        assert_eq!(Value::Object(edited.settings.clone()), expected);
        assert_eq!(edited.write(Vec::new()), [json!(7), json!(true), json!(["y"])]);
    }

    #[test]
    fn edits_that_cannot_be_made_are_usage_errors() {
        let cases = [
            edited(&["A.B=x"], &[], &[]),
            edited(&["D=1"], &[], &[]),
            edited(&["E=1"], &[], &[]),
            edited(&[], &["D=true"], &[]),
            edited(&[], &[], &[]),
        ];
        for case in cases {
            assert_eq!(case.map(|_| ()).unwrap_err().exit().code(), 2);
        }
    }
}
