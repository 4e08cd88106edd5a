//! `cognito groups list`: all groups.

use clap::Args;
use cognito::Admin;
use cognito::admin::Group;
use cognito::types::Pages;

use crate::app::App;
use crate::aws;
use crate::commands::listing::{self, Limit};
use crate::failure::Outcome;
use crate::output::{Record, time};

const EXAMPLES: &str = "\
Examples:
  cognito groups list
  cognito groups list --fields name,role_arn --output csv
";

const FIELDS: [&str; 6] = ["name", "precedence", "description", "role_arn", "created", "modified"];

/// Lists the groups of the user pool
///
/// Calls ListGroups. The fields are name, precedence, description, role_arn, created and modified.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    limit: Limit,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let admin = aws::admin(app).await?;
    let groups = admin.groups().page_size(arguments.limit.page_size()).pages();
    write_groups(groups, &arguments.limit, "there are no groups", app, &admin).await
}

/// Writes groups page by page.
pub(super) async fn write_groups(
    groups: Pages<Group>,
    limit: &Limit,
    none: &str,
    app: &App,
    admin: &Admin,
) -> Outcome {
    let fields = listing::Fields { all: &FIELDS, of_tables: &FIELDS };
    let written = listing::write(groups, limit, fields, record, app).await?;
    listing::note_if_empty(written, none, admin.pool_id(), app);
    Ok(())
}

pub(super) fn record(group: &Group) -> Record {
    Record::new()
        .with("name", group.name())
        .with("precedence", group.precedence())
        .with("description", group.description())
        .with("role_arn", group.role_arn())
        .with("created", time(group.created_at()))
        .with("modified", time(group.modified_at()))
}
