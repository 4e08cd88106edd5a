//! `cognito quota`: the request rate quotas of the account, and the rates of this program's jobs.

use clap::Args;
use cognito::UserPools;
use cognito::bulk::Quota;
use cognito::types::QuotaCategory;

use crate::app::App;
use crate::aws;
use crate::configuration::Setting;
use crate::failure::{Failure, Outcome};
use crate::jobs::{self, RateOptions};
use crate::output::Record;

const EXAMPLES: &str = "\
Examples:
  cognito quota
  cognito quota UserRead UserList --output json
  cognito quota --reserve 0.5
";

const FIELDS: [&str; 5] = ["category", "limit", "default", "adjustable", "rate"];

/// Shows the request rate quotas of the account, and the rates that jobs use of them
///
/// Calls GetProvisionedLimit for each category that is adjustable, at one request per second. The numbers are requests
/// per second: `limit` is the quota of the account, `default` the quota of a new account, and `rate` the rate of a job,
/// which is 96 % of the part that --reserve leaves. Commands that run no job are not limited to this rate.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Categories, such as UserList; by default all of them
    #[arg(value_parser = jobs::category)]
    categories: Vec<QuotaCategory>,
    #[command(flatten)]
    rates: RateOptions,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let categories = arguments.categories();
    let adjustable = categories.iter().filter(|category| category.is_adjustable()).count();
    let quota = arguments.rates.quota();
    if adjustable > 2 {
        app.terminal.note(&format!("reading {adjustable} limits, one per second"));
    }
    // The reserve applies to jobs, and must not slow down these requests.
    quota.set_reserve(0.0);
    quota.load_provisioned(&user_pools(app).await?, categories.iter().copied()).await?;
    quota.set_reserve(arguments.rates.reserve());
    let mut rows = app.output.rows(&FIELDS)?;
    for category in categories {
        rows.push(&record(category, &quota))?;
    }
    rows.finish()
}

impl Arguments {
    fn categories(&self) -> Vec<QuotaCategory> {
        if !self.categories.is_empty() {
            return self.categories.clone();
        }
        let all = QuotaCategory::ALL.iter().copied();
        all.filter(|category| !category.is_of_identity_pools()).collect()
    }
}

/// Returns the pools of the Region of the configured pool, or otherwise of the configured Region.
async fn user_pools(app: &App) -> Outcome<UserPools> {
    let region = match app.settings.get(Setting::Pool) {
        Some(_) => Some(aws::pool_id(app).await?.region().to_owned()),
        None => None,
    };
    let config = aws::sdk_config(app, region.as_deref()).await?;
    if config.region().is_none() {
        return Err(Failure::usage("the Region is unknown").hint("pass --region or --pool"));
    }
    Ok(aws::user_pools(&config, app))
}

fn record(category: QuotaCategory, quota: &Quota) -> Record {
    let usage = quota.usage(category);
    Record::new()
        .with("category", category.as_str())
        .with("limit", usage.limit)
        .with("default", category.default_rate())
        .with("adjustable", category.is_adjustable())
        .with("rate", (usage.rate * 10.0).round() / 10.0)
}
