//! `cognito clients list`: the app clients by id and name.

use clap::Args;

use crate::app::App;
use crate::aws;
use crate::commands::listing::{self, Limit};
use crate::failure::Outcome;
use crate::output::Record;

const EXAMPLES: &str = "\
Examples:
  cognito clients list
  cognito clients list --fields client_id --output csv
";

const FIELDS: [&str; 2] = ["client_id", "name"];

/// Lists the app clients of the user pool
///
/// Calls ListUserPoolClients. The fields are client_id and name.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    limit: Limit,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let admin = aws::admin(app).await?;
    let clients = admin.clients().page_size(arguments.limit.page_size()).pages();
    let fields = listing::Fields { all: &FIELDS, of_tables: &FIELDS };
    let written = listing::write(
        clients,
        &arguments.limit,
        fields,
        |client| {
            let record = Record::new().with("client_id", client.client_id());
            record.with("name", client.client_name())
        },
        app,
    );
    listing::note_if_empty(written.await?, "there are no app clients", admin.pool_id(), app);
    Ok(())
}
