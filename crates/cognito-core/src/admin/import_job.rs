//! Jobs that import users from a file.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::operation::create_user_import_job::builders::CreateUserImportJobFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::UserImportJobType;
use bytes::Bytes;
use tokio::time::timeout;

use super::Admin;
use super::sdk_client::{sent, unlogged};
use crate::app_client::unreadable;
use crate::error::{Error, ErrorKind};
use crate::list::{List, MAX_PAGE_SIZE, Page};
use crate::request::Request;
use crate::transport::{Operation, not_received};

/// The validity of the upload URL, which limits the upload.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(900);

/// The maximum size of the response to an upload, in bytes.
const MAX_UPLOAD_RESPONSE: usize = 64 * 1024;

/// A job that imports users from a file, from [`Admin::import_job`].
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// let role = "arn:aws:iam::123456789012:role/import-log";
/// let created = admin.create_import_job("night", role, |job| job).await?;
/// let job = admin.import_job(created.job_id().unwrap_or_default());
/// let file = admin.import_header().await?.join(",");
/// job.upload(created.pre_signed_url().unwrap_or_default(), file).await?;
/// assert_eq!(job.start().await?.job_name(), Some("night"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// All methods fail with [`NotFound`](crate::ErrorKind::NotFound) when the pool or job does not
/// exist, [`MissingPermission`](crate::ErrorKind::MissingPermission),
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter), also when the status of the job does
/// not allow the request, and the errors of every request.
#[derive(Clone, Debug)]
pub struct ImportJobHandle {
    admin: Admin,
    id: String,
}

super::handle_of_admin!(ImportJobHandle);

impl Admin {
    /// Returns a handle to the import job with this id, without sending a request.
    pub fn import_job(&self, id: impl Into<String>) -> ImportJobHandle {
        ImportJobHandle { admin: self.clone(), id: id.into() }
    }

    /// Creates an import job (CreateUserImportJob).
    ///
    /// The response contains the URL to which [`upload`](ImportJobHandle::upload) sends the file,
    /// within 15 minutes; then call [`start`](ImportJobHandle::start). The role lets the service
    /// write its log. If the file contains password hashes, set their algorithm with
    /// `password_hashing_algorithm`.
    ///
    /// Permissions `cognito-idp:CreateUserImportJob` and `iam:PassRole`; quota
    /// UserPoolResourceUpdate.
    ///
    /// # Security
    ///
    /// The URL is a secret: any client that has it can send users to the pool.
    ///
    /// # Errors
    ///
    /// [`LimitReached`](crate::ErrorKind::LimitReached), and as [all
    /// methods](ImportJobHandle#errors) of import jobs.
    pub fn create_import_job<F>(
        &self,
        name: impl Into<String>,
        logs_role_arn: impl Into<String>,
        settings: F,
    ) -> Request<'static, UserImportJobType>
    where
        F: FnOnce(CreateUserImportJobFluentBuilder) -> CreateUserImportJobFluentBuilder,
    {
        let call = self.sdk().create_user_import_job().job_name(name);
        let call = settings(call.cloud_watch_logs_role_arn(logs_role_arn));
        let call = call.user_pool_id(self.id());
        Request::of(self, move |admin| async move {
            let output = sent(admin.limits(), Operation::CreateUserImportJob, || {
                unlogged(call.clone().send())
            })
            .await?;
            output.user_import_job.ok_or_else(unreadable)
        })
    }

    /// Lists the pool's import jobs, newest first (ListUserImportJobs).
    ///
    /// Permission `cognito-idp:ListUserImportJobs`; quota UserPoolResourceRead.
    pub fn import_jobs(&self) -> List<UserImportJobType> {
        let admin = self.clone();
        List::new(move |page| {
            let call = admin.sdk().list_user_import_jobs().user_pool_id(admin.id());
            // The service requires a page size.
            let call = call.max_results(page.limit.unwrap_or_else(|| MAX_PAGE_SIZE.into()));
            let call = call.set_pagination_token(page.token);
            let limits = admin.limits().within(page.timeout);
            async move {
                let output =
                    sent(limits, Operation::ListUserImportJobs, || unlogged(call.clone().send()))
                        .await?;
                Ok(Page::new(output.user_import_jobs, output.pagination_token))
            }
        })
    }

    /// Gets the columns of an import file, in order (GetCSVHeader).
    ///
    /// Permission `cognito-idp:GetCSVHeader`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](ImportJobHandle#errors) of import jobs.
    pub fn import_header(&self) -> Request<'static, Vec<String>> {
        Request::of(self, move |admin| async move {
            let call = admin.sdk().get_csv_header().user_pool_id(admin.id());
            let output =
                sent(admin.limits(), Operation::GetCSVHeader, || call.clone().send()).await?;
            Ok(output.csv_header.unwrap_or_default())
        })
    }
}

impl ImportJobHandle {
    /// Returns the job's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Gets the status of the job (DescribeUserImportJob).
    ///
    /// Permission `cognito-idp:DescribeUserImportJob`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn describe(&self) -> Request<'static, UserImportJobType> {
        Request::of(self, move |job| async move {
            let call = job.admin.sdk().describe_user_import_job().user_pool_id(job.admin.id());
            let call = call.job_id(&job.id);
            let output = sent(job.admin.limits(), Operation::DescribeUserImportJob, || {
                unlogged(call.clone().send())
            })
            .await?;
            output.user_import_job.ok_or_else(unreadable)
        })
    }

    /// Sends the file of the job to its upload URL, the `pre_signed_url` of its description: a PUT
    /// to Amazon S3, which needs no permission. Another upload replaces the file.
    ///
    /// The default timeout is 15 minutes. The request is not retried.
    ///
    /// # Errors
    ///
    /// [`NotAuthorized`](ErrorKind::NotAuthorized) if the URL has expired,
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) if it is malformed,
    /// [`Configuration`](ErrorKind::Configuration) if it is neither HTTPS nor loopback and
    /// [`Admin::allow_plain_http`](super::Admin::allow_plain_http) does not name its host,
    /// [`Transport`](ErrorKind::Transport) and [`Service`](ErrorKind::Service).
    pub fn upload(&self, address: &str, file: impl Into<Bytes>) -> Request<'static, ()> {
        let request = http::Request::put(address)
            // The signature of the URL covers this header: the developer guide.
            .header("x-amz-server-side-encryption", "aws:kms")
            .body(file.into());
        let (job, allowed) = (self.clone(), self.admin.check_upload(address));
        Request::new(move |limit| async move {
            // The cause would quote the URL, which is secret.
            let request = request.map_err(|_| Error::new(ErrorKind::InvalidParameter))?;
            allowed?;
            let response = job.admin.transport().http.send(request, MAX_UPLOAD_RESPONSE);
            let response = timeout(limit.unwrap_or(UPLOAD_TIMEOUT), response).await;
            let response = response.map_err(|_| Error::new(ErrorKind::Transport))?;
            match response.map_err(not_received)?.status().as_u16() {
                200..300 => Ok(()),
                400..500 => Err(Error::new(ErrorKind::NotAuthorized).with_detail(
                    "the file was refused; if its URL has expired, create another job",
                )),
                _ => Err(Error::new(ErrorKind::Service)
                    .with_detail("the file was not stored; upload it again")),
            }
        })
    }

    /// Starts the job after its file was uploaded (StartUserImportJob).
    ///
    /// Permission `cognito-idp:StartUserImportJob`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn start(&self) -> Request<'static, UserImportJobType> {
        Request::of(self, move |job| async move {
            let call = job.admin.sdk().start_user_import_job().user_pool_id(job.admin.id());
            let call = call.job_id(&job.id);
            let output = sent(job.admin.limits(), Operation::StartUserImportJob, || {
                unlogged(call.clone().send())
            })
            .await?;
            output.user_import_job.ok_or_else(unreadable)
        })
    }

    /// Stops the job; imported users are kept (StopUserImportJob).
    ///
    /// Permission `cognito-idp:StopUserImportJob`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn stop(&self) -> Request<'static, UserImportJobType> {
        Request::of(self, move |job| async move {
            let call = job.admin.sdk().stop_user_import_job().user_pool_id(job.admin.id());
            let call = call.job_id(&job.id);
            let output = sent(job.admin.limits(), Operation::StopUserImportJob, || {
                unlogged(call.clone().send())
            })
            .await?;
            output.user_import_job.ok_or_else(unreadable)
        })
    }
}
