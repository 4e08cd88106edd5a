//! `cognito devices`: the devices of a user.

use clap::Args;
use cognito::Admin;
use cognito::account::Device;
use serde_json::json;

use crate::app::App;
use crate::aws;
use crate::commands::listing::{self, Fields, Limit};
use crate::commands::steps::Step;
use crate::commands::writing::{self, Call, quoted};
use crate::failure::{Exit, Outcome};
use crate::output::{Record, counted, time};

const EXAMPLES: &str = "\
Examples:
  cognito devices list alice
  cognito devices forget alice --all
";

const FIELDS: [&str; 7] =
    ["key", "name", "status", "last_ip", "created", "modified", "last_authenticated"];

/// The fields of a table.
const TABLE_FIELDS: [&str; 5] = ["key", "name", "status", "last_ip", "last_authenticated"];

/// Lists and forgets the devices of a user
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    List(List),
    Forget(Forget),
}

/// Lists the devices of a user
///
/// Calls AdminListDevices. The fields are key, name, status, last_ip, created, modified and last_authenticated.
#[derive(Args, Debug)]
#[command(before_help = "Examples:\n  cognito devices list alice --output jsonl\n")]
pub(crate) struct List {
    /// User name, sub, or an alias such as an e-mail address
    username: String,
    #[command(flatten)]
    limit: Limit,
}

/// Forgets devices of a user, who then needs the second factor again to sign in on them
///
/// Calls AdminForgetDevice. Asks for the name of the user pool; scripts confirm with --yes.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito devices forget alice eu-west-1_11111111-2222-3333-4444-555555555555
  cognito devices forget alice --all
")]
pub(crate) struct Forget {
    /// User name, sub, or an alias such as an e-mail address
    username: String,
    /// Keys of the devices, from `cognito devices list`
    #[arg(value_name = "KEY", required_unless_present = "all", conflicts_with = "all")]
    keys: Vec<String>,
    /// Forget all devices of the user
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(subcommand: &Subcommand, app: &App) -> Outcome<Exit> {
    let admin = aws::admin(app).await?;
    match subcommand {
        Subcommand::List(arguments) => list(arguments, &admin, app).await?,
        Subcommand::Forget(arguments) => forget(arguments, &admin, app).await?,
    }
    Ok(Exit::Done)
}

async fn list(arguments: &List, admin: &Admin, app: &App) -> Outcome {
    let devices = admin.user(&arguments.username).devices();
    let devices = devices.page_size(arguments.limit.page_size()).pages();
    let fields = Fields { all: &FIELDS, of_tables: &TABLE_FIELDS };
    let written = listing::write(devices, &arguments.limit, fields, record, app).await?;
    listing::note_if_empty(written, "the user has no devices", admin.pool_id(), app);
    Ok(())
}

fn record(device: &Device) -> Record {
    Record::new()
        .with("key", device.key())
        .with("name", device.name())
        // `device_status` is `valid` for every device (API reference, ListDevices).
        .with("status", device.attribute("dev:device_remembered_status"))
        .with("last_ip", device.attribute("last_ip_used"))
        .with("created", time(device.created_at()))
        .with("modified", time(device.modified_at()))
        .with("last_authenticated", time(device.last_authenticated_at()))
}

async fn forget(arguments: &Forget, admin: &Admin, app: &App) -> Outcome {
    let Forget { username, keys, all } = arguments;
    let user = admin.user(username);
    let keys = match all {
        true => user.devices().await?.iter().map(|device| device.key().to_owned()).collect(),
        false => keys.clone(),
    };
    if app.dry_run {
        let call = |key| {
            let members = json!({ "Username": username, "DeviceKey": key });
            Call::new("AdminForgetDevice", admin, members)
        };
        return writing::show(&keys.iter().map(call).collect::<Vec<_>>(), app);
    }
    let name = quoted(username);
    if keys.is_empty() {
        app.terminal.note(&format!("the user {name} has no devices; nothing was changed"));
        return Ok(());
    }
    let devices = counted(keys.len(), "device");
    writing::confirm(&format!("forgets {devices} of the user {name}"), admin, app).await?;
    let step = |key: &String| {
        let step = Step::new(format!("forget the device {}", quoted(key)));
        step.command(&["devices", "forget"], &[username, key])
    };
    app.steps.plan(keys.iter().map(step).collect());
    for key in &keys {
        app.steps.send(user.forget_device(key)).await?;
    }
    app.terminal.note(&format!("the devices of the user {name} were forgotten: {}", keys.len()));
    Ok(())
}
