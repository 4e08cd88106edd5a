//! Pages of records.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value;

use crate::model::ServiceError;
use crate::operations::page::{PageRequest, answer};
use crate::state::members::{Members, MembersExt};

/// Returns a page of records. The names are those of the members that have the limit, the token
/// and, in the response, the list.
pub(crate) fn list<V>(
    given: &Members,
    all: &BTreeMap<String, V>,
    [limit, token, list]: [&'static str; 3],
    entry: impl Fn(&V) -> Value,
) -> Result<Value, ServiceError> {
    let wanted = given.get(limit).and_then(Value::as_u64);
    let wanted = wanted.and_then(|wanted| usize::try_from(wanted).ok());
    let text = given.optional_text(token).map(str::to_owned);
    let request = PageRequest::read(wanted, text, &[given.text("UserPoolId"), list])?;
    let after = request.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let rest = all.range::<str, _>((after, Bound::Unbounded));
    let (page, next) = request.take(rest.map(|(name, value)| (name.as_str(), entry(value))));
    Ok(answer(list, page.into(), (token, next)))
}
