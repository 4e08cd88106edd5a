//! Exports the users of a pool with `cognito::bulk`:
//! `bench-export ENDPOINT POOL_ID OUTPUT CONNECTIONS LIMIT`. LIMIT is the number of ListUsers requests per
//! second.
//!
//! Prints `ready` after the first export. Then it reads a count from each line,
//! repeats the export that often, and prints the total time in seconds.

mod counts;

use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use cognito::admin::{Credentials, SdkConfig, SharedCredentialsProvider};
use cognito::bulk::{Export, Quota, QuotaCategory};
use cognito::sign_in::HttpsClient;
use cognito::types::{BoxFuture, HttpError, SendHttp};
use cognito::{Admin, UserPool};
use http::{Request, Response};
use tokio::sync::Semaphore;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A client with a maximum number of connections. An export is only limited by the quota.
#[derive(Debug)]
struct Limited {
    client: HttpsClient,
    connections: Arc<Semaphore>,
}

impl SendHttp for Limited {
    fn send(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> BoxFuture<'_, std::result::Result<Response<Vec<u8>>, HttpError>> {
        Box::pin(async move {
            // The semaphore is never closed.
            let _connection = self.connections.acquire().await;
            self.client.send(request, max_body_bytes).await
        })
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, pool_id, output, connections, limit] = &*arguments else {
        return Err("usage: bench-export ENDPOINT POOL_ID OUTPUT CONNECTIONS LIMIT".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let admin = admin(endpoint, pool_id, connections.parse()?)?;
    let limit = limit.parse()?;
    counts::serve(|| {
        let quota = Quota::builder().exclusive().limit(QuotaCategory::UserList, limit).build();
        let export = Export::to(output).without_groups();
        let report = runtime.block_on(export.run(&admin, &quota).finish())?;
        fs::remove_file(output)?;
        match report.users == report.expected && report.duplicates == 0 {
            true => Ok(()),
            false => Err("the number of exported users is wrong".into()),
        }
    })
}

fn admin(endpoint: &str, pool_id: &str, connections: usize) -> Result<Admin> {
    let connections = Arc::new(Semaphore::new(connections));
    let client = Limited { client: HttpsClient::new(), connections };
    let credentials = Credentials::new("test", "test", None, None, "bench");
    let config = SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let pool = UserPool::builder(pool_id.parse()?, "no-app-client").endpoint(endpoint);
    Ok(pool.http_client(client).build()?.admin(&config))
}
