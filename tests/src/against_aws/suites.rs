//! Replay of the conformance suites: a failed assertion is a result.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cognito::sdk::types::{ExplicitAuthFlowsType, SoftwareTokenMfaConfigType, UserPoolMfaType};
use cognito::types::{BoxFuture, Clock, Code};
use cognito::{Admin, UserPool, UserPools};
use cognito_emulator::Emulator;
use futures_util::FutureExt;

use super::normal::masked;
use super::{Fallible, Named, Replay, Replayed, Run, lock};
use crate::conformance::administration::{self, Administered};
use crate::conformance::configuration::{self, Configured, MARK};
use crate::conformance::{self, Server, Target, jobs};

/// Requests per second of jobs, below the default quotas of an account.
const RATE: u32 = 20;
const RATE_OF_EMULATOR: u32 = 200;

/// The settings that AWS returns although they were not set.
const DEFAULTED: &[&str] = &["email_configuration", "lambda_config"];

/// The period of an app's codes in seconds.
const CODE_SECONDS: u64 = 30;

/// A server whose messages cannot be read, such as AWS: an administrator confirms sign-ups, and
/// steps that need a code are not replayed.
struct Unread {
    admin: Admin,
    emulator: Option<Emulator>,
}

impl Server for Unread {
    fn last_code<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Code> {
        Box::pin(async { panic!("the step needs the code of a message") })
    }

    fn now(&self) -> SystemTime {
        self.emulator.as_ref().map_or_else(SystemTime::now, |emulator| emulator.clock().now())
    }

    fn wait_for_next_code(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let now = self.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let rest = Duration::from_secs(CODE_SECONDS - now.as_secs() % CODE_SECONDS);
            match &self.emulator {
                Some(emulator) => emulator.clock().advance(rest),
                None => tokio::time::sleep(rest).await,
            }
        })
    }

    fn confirm<'a>(&'a self, _: &'a UserPool, username: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.admin.user(username).confirm_sign_up().await.unwrap() })
    }
}

pub(super) async fn replay(run: &Run, results: &Mutex<Replayed>) -> Fallible<()> {
    let pools = UserPools::new(&run.caller.sdk_config());
    let configured = Configured {
        pools: pools.clone(),
        lacks: DEFAULTED,
        mark: run.mark.clone(),
        created: Arc::clone(&run.created),
        accepts_arns: false,
    };
    replay_suite(run, results, "settings", &configuration::STEPS, &configured).await;
    let selects = |name: &str| run.selects(name);
    let names = administration::STEPS.iter().map(|step| step.0);
    let names = names.chain(jobs::STEPS.iter().map(|step| step.0));
    if !names.chain(conformance::STEPS.iter().map(|step| step.0)).any(selects) {
        return Ok(());
    }
    let (admin, pool) = new_pool(run, &pools).await?;
    let rate = if run.emulator.is_some() { RATE_OF_EMULATOR } else { RATE };
    let administered = Administered { admin: admin.clone(), pool: pool.clone(), lacks: &[], rate };
    replay_suite(run, results, "administration", &administration::STEPS, &administered).await;
    replay_suite(run, results, "jobs", &jobs::STEPS, &administered).await;
    let target =
        Target { pool, server: Box::new(Unread { admin, emulator: run.emulator.clone() }) };
    replay_suite(run, results, "users", &conformance::STEPS, &target).await;
    Ok(())
}

type Step<T> = (&'static str, fn(&T) -> BoxFuture<'_, ()>);

async fn replay_suite<T>(
    run: &Run,
    results: &Mutex<Replayed>,
    suite: &'static str,
    steps: &[Step<T>],
    target: &T,
) {
    for (name, step) in steps.iter().filter(|(name, _)| run.selects(name)) {
        println!("  {name}");
        let replay = match AssertUnwindSafe(step(target)).catch_unwind().await {
            Ok(()) => Replay::Passed,
            Err(panic) => Replay::Failed(masked(message(&*panic))),
        };
        lock(results).push((Named { suite, name: (*name).to_owned() }, replay));
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message")
}

/// Creates a pool that sends no messages because it verifies no addresses, and an app client.
async fn new_pool(run: &Run, pools: &UserPools) -> Fallible<(Admin, UserPool)> {
    use ExplicitAuthFlowsType::{AllowRefreshTokenAuth, AllowUserPasswordAuth, AllowUserSrpAuth};
    let failed = |error: cognito::Error| {
        format!("{error}: {}", masked(error.service_message().unwrap_or_default()))
    };
    let name = format!("{}-users", run.mark);
    let made = pools.create(name, |pool| pool.user_pool_tags(MARK, &run.mark)).await;
    let id = made.map_err(failed)?.id.ok_or("the pool has no id")?;
    lock(&run.created).insert(id.clone());
    let admin = pools.admin(id.parse().map_err(|_| "the pool's id is invalid".to_owned())?);
    // CreateUserPool with MFA needs an SMS role; SetUserPoolMfaConfig with apps does not.
    let app = SoftwareTokenMfaConfigType::builder().enabled(true).build();
    let optional = admin.pool().set_mfa_config(|call| {
        let call = call.mfa_configuration(UserPoolMfaType::Optional);
        call.software_token_mfa_configuration(app.clone())
    });
    optional.await.map_err(failed)?;
    let made = admin.create_client("users", |client| {
        let flows = [AllowUserSrpAuth, AllowUserPasswordAuth, AllowRefreshTokenAuth];
        client.set_explicit_auth_flows(Some(flows.to_vec()))
    });
    let client_id = made.await.map_err(failed)?.client_id.ok_or("the app client has no id")?;
    let mut builder = UserPool::builder(admin.pool_id().clone(), client_id);
    if let Some(endpoint) = &run.caller.endpoint {
        builder = builder.endpoint(endpoint);
    }
    if let Some(emulator) = &run.emulator {
        builder = builder.clock(emulator.clock());
    }
    Ok((admin, builder.build().map_err(failed)?))
}
