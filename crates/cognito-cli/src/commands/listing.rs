//! Lists of the service on standard output, as their pages arrive.

use clap::Args;
use cognito::UserPoolId;
use cognito::types::{MAX_PAGE_SIZE, Pages};

use crate::app::App;
use crate::failure::Outcome;
use crate::output::{Format, Record};

/// The option `--limit`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// Maximum number of rows; by default all
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// The fields of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) all: &'a [&'a str],
    /// The fields of a table, unless the user selects others.
    pub(crate) of_tables: &'a [&'a str],
}

impl Limit {
    /// Returns the page size, which is not larger than the limit.
    pub(crate) fn page_size(&self) -> u8 {
        let limit = self.limit.and_then(|limit| u8::try_from(limit).ok());
        limit.unwrap_or(MAX_PAGE_SIZE).min(MAX_PAGE_SIZE)
    }
}

/// Writes the items of a list page by page, and returns their number.
pub(crate) async fn write<T: Send + 'static>(
    mut pages: Pages<T>,
    limit: &Limit,
    fields: Fields<'_>,
    record: impl Fn(&T) -> Record,
    app: &App,
) -> Outcome<u64> {
    let shown = match app.output.format() {
        Format::Table => fields.of_tables,
        _ => fields.all,
    };
    let mut rows = app.output.rows_of(shown, fields.all)?;
    let limit = limit.limit.unwrap_or(u64::MAX);
    while rows.written() < limit {
        let Some(page) = pages.next().await else { break };
        let left = usize::try_from(limit - rows.written()).unwrap_or(usize::MAX);
        page?.items.iter().take(left).try_for_each(|item| rows.push(&record(item)))?;
        rows.flush()?;
    }
    let written = rows.written();
    rows.finish()?;
    Ok(written)
}

/// Notes the pool and the Region of an empty list, because the user may have meant others.
pub(crate) fn note_if_empty(written: u64, none: &str, pool: &UserPoolId, app: &App) {
    if written == 0 {
        let region = pool.region();
        app.terminal.note(&format!("{none} in the user pool {pool}, Region {region}"));
    }
}
