//! A user import job of the service: its creation, upload, start and end.

use std::time::Duration;

use bytes::Bytes;
use cognito_core::sdk::types::{UserImportJobStatusType, UserImportJobType};
use cognito_core::{Admin, Error, ErrorKind};
use tokio::time::sleep;

use crate::patience::{PERMIT_TIMEOUT, Patience, next_page, patiently};

/// The intervals at which the state of a job is polled: the first one, and the longest one.
const FIRST_POLL: Duration = Duration::from_secs(1);
const LONGEST_POLL: Duration = Duration::from_secs(10);

/// The result of starting a job.
pub(super) enum Begun {
    Started,
    /// The upload address has expired.
    Expired,
}

/// Creates a job with a name, or finds the job that an earlier request created whose response was
/// lost.
///
/// `may_exist` is true if an earlier run may have sent the request.
pub(super) async fn obtain(
    admin: &Admin,
    name: &str,
    role: &str,
    mut may_exist: bool,
) -> Result<String, Error> {
    let mut patience = Patience::new();
    loop {
        if may_exist && let Some(id) = find(admin, name).await? {
            return Ok(id);
        }
        match admin.create_import_job(name, role, |job| job).timeout(PERMIT_TIMEOUT).await {
            Ok(job) => return Ok(job.job_id().unwrap_or_default().to_owned()),
            Err(error) => {
                may_exist |= error.leaves_outcome_unknown();
                patience.wait(error).await?;
            }
        }
    }
}

/// Sends the file of a job and starts the job, unless this was done before.
pub(super) async fn begin(admin: &Admin, id: &str, file: &Bytes) -> Result<Begun, Error> {
    let handle = admin.import_job(id);
    let job = describe(admin, id).await?;
    match job.status() {
        Some(UserImportJobStatusType::Created) => {}
        Some(UserImportJobStatusType::Expired) => return Ok(Begun::Expired),
        _ => return Ok(Begun::Started),
    }
    let address = job.pre_signed_url().unwrap_or_default();
    match patiently(|| handle.upload(address, file.clone())).await {
        Err(error) if error.kind() == ErrorKind::NotAuthorized => return Ok(Begun::Expired),
        sent => sent?,
    }
    start(admin, id).await.map(|()| Begun::Started)
}

/// Starts a job, unless an earlier request, whose response was lost, has started it.
async fn start(admin: &Admin, id: &str) -> Result<(), Error> {
    let mut patience = Patience::new();
    loop {
        let Err(error) = admin.import_job(id).start().timeout(PERMIT_TIMEOUT).await else {
            return Ok(());
        };
        let job = describe(admin, id).await?;
        if job.status() != Some(&UserImportJobStatusType::Created) {
            return Ok(());
        }
        patience.wait(error).await?;
    }
}

/// Waits until a job has ended. `report` is called with each description.
pub(super) async fn ended(
    admin: &Admin,
    id: &str,
    mut report: impl FnMut(&UserImportJobType) + Send,
) -> Result<UserImportJobType, Error> {
    use UserImportJobStatusType::{Created, InProgress, Pending, Stopping};
    let mut pause = FIRST_POLL;
    loop {
        let job = describe(admin, id).await?;
        report(&job);
        match job.status() {
            Some(Created | Pending | InProgress | Stopping) => sleep(pause).await,
            _ => return Ok(job),
        }
        pause = pause.saturating_mul(2).min(LONGEST_POLL);
    }
}

async fn describe(admin: &Admin, id: &str) -> Result<UserImportJobType, Error> {
    patiently(|| admin.import_job(id).describe().timeout(PERMIT_TIMEOUT)).await
}

/// Returns the id of the job with a name.
async fn find(admin: &Admin, name: &str) -> Result<Option<String>, Error> {
    let mut pages = admin.import_jobs().timeout(PERMIT_TIMEOUT).pages();
    while let Some(page) = next_page(&mut pages).await? {
        let found = page.items.iter().find(|job| job.job_name() == Some(name));
        if let Some(id) = found.and_then(UserImportJobType::job_id) {
            return Ok(Some(id.to_owned()));
        }
    }
    Ok(None)
}
