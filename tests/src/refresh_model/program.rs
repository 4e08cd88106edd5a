//! The programs: each restores the session, refreshes it and uses its tokens, and restarts after it
//! was killed.

use std::sync::Arc;
use std::time::Duration;

use cognito::session::TokenSet;
use cognito::{Error, ErrorKind, Session, UserPool};
use tokio::time::sleep;

use super::service::{LIFETIME, refresh_token};
use super::world::{Incarnation, World};

/// The name of the session in the store.
const NAME: &str = "alice";

/// The number of rounds of a program. A round is a refresh, and the use of tokens after they have
/// expired.
const ROUNDS: usize = 2;

/// The times at which a program can begin a round.
const STARTS: &[(Duration, &str)] = &[
    (Duration::ZERO, ""),
    (Duration::from_millis(25), "a start 25 ms later"),
    (Duration::from_secs(3), "a start 3 s later"),
];

/// The time until a killed program starts again.
const RESTARTS: &[(Duration, &str)] = &[
    (Duration::from_secs(1), ""),
    (Duration::ZERO, "a restart at once"),
    (CLAIM, "a restart 38 s later"),
];

/// Longer than the claim of a program that was killed.
const CLAIM: Duration = Duration::from_secs(38);

/// Runs all programs to completion, and then another one without faults.
pub(super) async fn run_all(world: &World) {
    world.state().is_calm = true;
    let first = start(world, "first".to_owned());
    let tokens = TokenSet::new(world.tokens.access(0), world.tokens.issued_at(), LIFETIME);
    let tokens = tokens.with_refresh_token(refresh_token(0));
    first.1.session(tokens).store_as(NAME).await.unwrap();
    world.state().is_calm = false;
    let programs = (0..world.system.programs).map(|number| {
        let world = world.clone();
        tokio::spawn(async move { run_one(&world, number).await })
    });
    for program in programs.collect::<Vec<_>>() {
        program.await.unwrap();
    }
    check_end(world).await;
}

async fn run_one(world: &World, number: usize) {
    let (mut rounds, mut starts) = (0, 0);
    while rounds < ROUNDS {
        let (program, pool) = start(world, format!("program {number}.{starts}"));
        starts += 1;
        let kill = Arc::clone(&program.kill);
        tokio::select! {
            biased;
            () = kill.notified() => sleep(world.choose(RESTARTS)).await,
            () = live(&program, &pool, &mut rounds) => return,
        }
    }
}

fn start(world: &World, name: String) -> (Incarnation, UserPool) {
    let program = Incarnation::new(world, name);
    let pool = UserPool::builder(world.tokens.pool(), world.tokens.client());
    let pool = pool.endpoint(world.tokens.endpoint()).http_client(program.clone());
    let pool = pool.clock(Arc::new(world.clone())).token_store(Arc::new(program.clone()));
    (program, pool.build().unwrap())
}

/// Restores the session, and uses it until the rounds are completed or it has ended.
async fn live(program: &Incarnation, pool: &UserPool, rounds: &mut usize) {
    let world = &program.world;
    let session = match restored(pool).await {
        Ok(Some(session)) => session,
        Ok(None) => {
            world.check(!world.honours_record(), "a session is missing that the service honours");
            return;
        }
        Err(error) => {
            check_rules(program, None, Err(error));
            return;
        }
    };
    while *rounds < ROUNDS {
        sleep(world.choose(STARTS)).await;
        let refreshed = session.refresh().await;
        if check_rules(program, Some(&session), refreshed) {
            return;
        }
        sleep(LIFETIME).await;
        let used = session.access_token().await.map(drop);
        if check_rules(program, Some(&session), used) {
            return;
        }
        *rounds += 1;
    }
}

/// Restores the session, and repeats this after failures of the store.
async fn restored(pool: &UserPool) -> Result<Option<Session>, Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match pool.restore(&pool.session_key(NAME)).await {
            Err(error) if error.is_transient() && attempts < 4 => {
                sleep(Duration::from_secs(1)).await
            }
            restored => return restored.map_err(Error::from),
        }
    }
}

/// Checks the rules after an operation. Returns whether the session has ended.
fn check_rules(
    program: &Incarnation,
    session: Option<&Session>,
    outcome: Result<(), Error>,
) -> bool {
    let world = &program.world;
    if let Err(error) = &outcome {
        world.note(format!("{}: {error:?}", program.name));
    }
    if let Some(Ok(tokens)) = session.map(Session::tokens) {
        let token = tokens.access_token().expose_secret();
        world.check(world.was_stored(token), "tokens are shown that were not stored");
    }
    let has_ended = outcome.is_err_and(|error| error.kind() == ErrorKind::SessionEnded);
    if has_ended {
        world.check(!world.honours_record(), "a session ended that the service honours");
    }
    has_ended
}

/// Checks the final state: a program without faults can continue the session if the service accepts
/// it.
async fn check_end(world: &World) {
    world.state().is_calm = true;
    let faults = world.state().faults;
    let has_grace = world.system.grace > CLAIM;
    if faults == 0 || (faults == 1 && has_grace) {
        world.check(world.honours_record(), "the session was lost without a reason");
    }
    let must_go_on = world.honours_record_for(CLAIM);
    let (_, pool) = start(world, "last".to_owned());
    let goes_on = match restored(&pool).await {
        Ok(Some(session)) => session.refresh().await.is_ok(),
        _ => false,
    };
    world.check(goes_on || !must_go_on, "the next program cannot continue the session");
}
