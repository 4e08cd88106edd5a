//! The description of a job: its work, its pool, and the part of the users.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use cognito::Admin;
use cognito::bulk::JobShard;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::aws::{self, Profile};
use crate::commands::selection::Selection;
use crate::commands::user_change::Change;
use crate::commands::users::{ExportOptions, ImportOptions, input};
use crate::configuration::Setting;
use crate::failure::{Failure, Outcome};
use crate::output::time;

/// The maximum number of parts of an export.
const MOST_EXPORT_PARTS: u32 = 16;

/// The version of descriptions.
const VERSION: u32 = 1;

/// The description of a job, from which it is resumed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Description {
    version: u32,
    pub(crate) pool: String,
    #[serde(flatten)]
    profile: Profile,
    endpoint_url: Option<String>,
    pub(crate) created: String,
    /// The part of the users that the job changes; `None` for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shard: Option<JobShard>,
    pub(crate) work: Work,
}

/// The work of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Work {
    MassChange {
        change: Change,
        selection: Selection,
    },
    Import {
        file: PathBuf,
        options: ImportOptions,
    },
    /// An export that is a part of a worker's job. Other exports have their files next to their
    /// outputs.
    Export {
        csv: bool,
        options: ExportOptions,
    },
}

impl Description {
    /// Creates the description of a job, with the pool, the profile and the endpoint of the
    /// settings.
    pub(crate) fn new(work: Work, admin: &Admin, app: &App) -> Self {
        Self {
            version: VERSION,
            pool: admin.pool_id().to_string(),
            profile: Profile::of(app),
            endpoint_url: app.settings.get(Setting::EndpointUrl).map(str::to_owned),
            created: time(SystemTime::now()).as_str().unwrap_or_default().to_owned(),
            shard: None,
            work,
        }
    }

    /// Limits the job to a part of its users.
    pub(crate) fn part(self, shard: Option<JobShard>) -> Self {
        Self { shard, ..self }
    }

    /// Returns whether this version of the program can resume the job.
    pub(super) fn is_of_this_version(&self) -> bool {
        self.version == VERSION
    }

    /// Returns whether another description has the same work in the same pool.
    pub(super) fn has_same_work(&self, other: &Self) -> bool {
        (&self.pool, self.shard, &self.work) == (&other.pool, other.shard, &other.work)
    }

    /// Returns a text that identifies the work: it differs for other work.
    pub(crate) fn text(&self, names: &[String]) -> Outcome<String> {
        let text = serde_json::to_string(&(&self.pool, &self.work, names));
        Ok(text.map_err(io::Error::from)?)
    }

    /// Returns the administration of its pool. A profile of the command line replaces that of the
    /// job: credentials with which it was started may have expired.
    pub(crate) async fn admin(&self, app: &App) -> Outcome<Admin> {
        let id = self.pool.parse().map_err(|_| {
            let failure =
                Failure::failed("damaged_job", "the job has an invalid id of a user pool");
            failure.hint("remove it with `cognito job forget`, and start it again")
        })?;
        let is_replaced = app.settings.precedes_variables(Setting::Profile);
        let profile = if is_replaced { Profile::of(app) } else { self.profile.clone() };
        aws::admin_at(id, &profile, self.endpoint_url.as_deref(), app).await
    }
}

impl Work {
    pub(crate) fn slug(&self) -> &'static str {
        match self {
            Self::MassChange { change, .. } => change.slug(),
            Self::Import { .. } => "import",
            Self::Export { .. } => "export",
        }
    }

    /// Returns the label of its progress.
    pub(crate) fn progress(&self) -> &'static str {
        match self {
            Self::MassChange { .. } => "users changed",
            Self::Import { .. } => "users imported",
            Self::Export { .. } => "users exported",
        }
    }

    /// Describes the users that the job changes.
    pub(crate) fn users(&self) -> String {
        match self {
            Self::MassChange { selection, .. } => selection.description(),
            Self::Import { file, .. } if input::is_input(file) => {
                "the users of standard input".to_owned()
            }
            Self::Import { file, .. } => format!("the users of the file {}", file.display()),
            Self::Export { .. } => "all users".to_owned(),
        }
    }

    /// Fails if the work cannot be divided into this number of parts.
    pub(crate) fn check_parts(&self, parts: u32) -> Outcome {
        match self {
            // Exports are divided by the first digit of ids: further parts would have no users.
            Self::Export { .. } if parts > MOST_EXPORT_PARTS => {
                let message = format!("an export has at most {MOST_EXPORT_PARTS} parts");
                Err(Failure::usage(message)
                    .hint("use 2, 4, 8 or 16, which are of about the same size"))
            }
            Self::Import { options, .. } if parts > 1 && options.job_role().is_some() => {
                let message =
                    "user import jobs have no parts: a user pool runs one of them at a time";
                Err(Failure::usage(message).hint("use one part, or leave out --by import-job"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn profile_of_a_job_of_an_earlier_version_does_not_replace_access_keys() {
        let mut stored = json!({
            "version": 1, "pool": "eu-west-1_Ab12Cd34E", "profile": "prod",
            "endpoint_url": null, "created": "2026-11-29T12:00:00Z",
            "work": {
                "kind": "mass_change",
                "change": { "change": "disable" },
                "selection": { "users": "all" },
            },
        });
        let description: Description = serde_json::from_value(stored.clone()).unwrap();
        stored["profile_is_selected"] = json!(false);
        assert_eq!(serde_json::to_value(&description).unwrap(), stored);
    }
}
