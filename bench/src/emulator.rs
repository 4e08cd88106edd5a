//! The emulator compared with other servers, under the same load in the same run.
//!
//! The servers share one core, and the client runs on another. If a server closes connections, as moto does,
//! the client opens a new connection for each request.

mod client;
mod listed;
mod server;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cognito_srp::{EphemeralKeyPair, Identity, SrpChallenge, Timestamp};
use core_affinity::CoreId;
use getrandom::SysRng;
use serde_json::{Value, json};

use self::client::{Connection, request};
pub(crate) use self::listed::Listed;
use self::server::{Kind, Program, Running};
use crate::measure::{self, Contender, ROUNDS, SHORT_ROUNDS, Series};
use crate::report::{Output, Unit};
use crate::{Installed, Result};

/// The number of starts of each server.
const STARTS: usize = 9;

/// The number of requests in flight.
const CONNECTIONS: usize = 8;

/// The limit of the time from our server's start to its first response.
const READY_WITHIN: Duration = Duration::from_millis(50);

const USERNAME: &str = "alice";
const PASSWORD: &str = "Correct-horse1";

pub(crate) fn run(installed: &Installed, cores: &[CoreId], output: &Output) -> Result<()> {
    let ours = installed.emulator()?;
    let core = *cores.first().ok_or("there is no core")?;
    let programs = server::programs(ours, installed.python.as_deref(), core);
    let show = |name: &str, title: &str, rounds, mut contenders: Vec<Contender>| {
        let rounds = if output.short { SHORT_ROUNDS } else { rounds };
        let rows = measure::interleaved(&mut contenders, rounds)?;
        output.table(name, title, Unit::Microseconds, &rows)
    };
    let starts = programs.iter().map(start).collect();
    show("emulator_start", "start to first response", STARTS, starts)?;
    let servers: Result<Vec<_>> = programs.iter().map(Loaded::start).collect();
    let servers = servers?;
    let reads = servers.iter().map(|server| server.reads()).collect();
    show("emulator_requests", "a request of eight at a time", ROUNDS, reads)?;
    let with_srp = servers.iter().filter(|server| server.kind != Kind::Moto);
    let sign_ins = with_srp.map(|server| server.sign_ins()).collect();
    show("emulator_sign_ins", "wait of a sign-in over SRP", ROUNDS, sign_ins)?;
    drop(servers);
    let users = if output.short { 100 } else { 2_000 };
    let memory: Result<Vec<Series>> =
        programs.iter().map(|program| memory_with_users(program, users)).collect();
    let title = format!("memory after the creation of {users} users");
    output.table("emulator_memory", &title, Unit::Megabytes, &measure::rows(&memory?))?;
    let ours = programs.first().ok_or("there is no server")?.start()?;
    let pools = if output.short { &POOLS[..2] } else { &POOLS };
    let lists = lists(ours.address, pools)?;
    show("emulator_lists", "ListUsers, ten users a page", ROUNDS, lists)?;
    if output.short {
        return Ok(());
    }
    println!("{:<64} {:>9.1} MB", "resident memory with 110,100 users", ours.resident_megabytes()?);
    drop(ours);
    let ours = programs.first().ok_or("there is no server")?.start()?;
    println!("{:<64} {:>9.0} B", "memory for a user, e-mail and password", memory_of_user(&ours)?);
    Ok(())
}

/// Measures the memory of a server after it has created a number of users, by the same requests for every
/// server.
fn memory_with_users(program: &Program, users: u32) -> Result<Series> {
    let server = program.start()?;
    let mut connection = Connection::new(server.address);
    let pool_id = make_pool(&mut connection, json!({}))?;
    for number in 0..users {
        make_user(&mut connection, &pool_id, &format!("user-{number}"))?;
    }
    let samples = vec![server.resident_megabytes()?];
    Ok(Series { name: program.kind.name(), wanted: None, samples })
}

/// Measures the memory of a user with an e-mail address and a password, in bytes.
fn memory_of_user(server: &Running) -> Result<f64> {
    /// A number just above a doubling of hash tables, where they have most free capacity.
    const USERS: u32 = 7 * 8192 + 64;
    let mut connection = Connection::new(server.address);
    let pool_id = make_pool(&mut connection, json!({}))?;
    make_user(&mut connection, &pool_id, USERNAME)?;
    let before = server.resident_megabytes()?;
    for number in 0..USERS {
        make_user(&mut connection, &pool_id, &format!("user-{number:07}"))?;
    }
    Ok((server.resident_megabytes()? - before) * 1024.0 * 1024.0 / f64::from(USERS))
}

/// Measures the time from the start of a process to its first response.
fn start(program: &Program) -> Contender {
    let (kind, program) = (program.kind, program.clone());
    let starts = move |times| (0..times).map(|_| Ok(program.start()?.start)).sum();
    let contender = Contender::timed(kind.name(), starts);
    match kind {
        Kind::Ours => contender.wanted_within(READY_WITHIN),
        Kind::Ministack | Kind::Moto => contender,
    }
}

/// A server with a user.
pub(crate) struct Loaded {
    kind: Kind,
    running: Running,
    pool_id: String,
    client_id: String,
}

impl Loaded {
    /// Starts ours on a core.
    pub(crate) fn ours(program: &Path, core: CoreId) -> Result<Self> {
        let programs = server::programs(program, None, core);
        Self::start(programs.first().ok_or("there is no server")?)
    }

    /// Returns the arguments of a program that signs in: endpoint, pool, app client, name, password.
    pub(crate) fn arguments(&self) -> [String; 5] {
        let endpoint = format!("http://{}", self.running.address);
        let [username, password] = [USERNAME, PASSWORD].map(str::to_owned);
        [endpoint, self.pool_id.clone(), self.client_id.clone(), username, password]
    }

    fn start(program: &Program) -> Result<Self> {
        let running = program.start()?;
        let mut connection = Connection::new(running.address);
        let pool_id = make_pool(&mut connection, json!({}))?;
        let input = json!({
            "UserPoolId": pool_id,
            "ClientName": "bench",
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        });
        let made = connection.call("CreateUserPoolClient", &input)?;
        let client_id = text(&made, "/UserPoolClient/ClientId")?;
        make_user(&mut connection, &pool_id, USERNAME)?;
        let input = json!({
            "UserPoolId": pool_id, "Username": USERNAME, "Password": PASSWORD, "Permanent": true
        });
        connection.call("AdminSetUserPassword", &input)?;
        Ok(Self { kind: program.kind, running, pool_id, client_id })
    }

    /// Measures AdminGetUser, which all servers support and which needs no cryptography.
    fn reads(&self) -> Contender {
        let input = json!({ "UserPoolId": self.pool_id, "Username": USERNAME });
        let request = request("AdminGetUser", &input);
        let connect = |_| Connection::new(self.running.address);
        let mut connections: Vec<_> = (0..CONNECTIONS).map(connect).collect();
        Contender::timed(self.kind.name(), move |times| {
            let (start, mut left) = (Instant::now(), usize::try_from(times)?);
            while left > 0 {
                let flight = left.min(CONNECTIONS);
                for connection in &mut connections[..flight] {
                    connection.send(&request)?;
                }
                for connection in &mut connections[..flight] {
                    connection.receive()?;
                }
                left -= flight;
            }
            Ok(start.elapsed())
        })
    }

    /// Measures whole sign-ins over SRP, but only the time that the client waits for the server.
    fn sign_ins(&self) -> Contender {
        let mut connection = Connection::new(self.running.address);
        let (pool_id, client_id) = (self.pool_id.clone(), self.client_id.clone());
        Contender::timed(self.kind.name(), move |times| {
            (0..times).map(|_| sign_in(&mut connection, &pool_id, &client_id)).sum()
        })
    }
}

fn sign_in(connection: &mut Connection, pool_id: &str, client_id: &str) -> Result<Duration> {
    let pair = EphemeralKeyPair::generate(&mut SysRng)?;
    let begin = json!({
        "ClientId": client_id,
        "AuthFlow": "USER_SRP_AUTH",
        "AuthParameters": { "USERNAME": USERNAME, "SRP_A": pair.srp_a() },
    });
    let start = Instant::now();
    let asked = connection.call("InitiateAuth", &begin)?;
    let mut waited = start.elapsed();
    let parameter = |name| text(&asked, &format!("/ChallengeParameters/{name}"));
    let (salt, srp_b) = (parameter("SALT")?, parameter("SRP_B")?);
    let secret_block = parameter("SECRET_BLOCK")?;
    let challenge = SrpChallenge::parse(&salt, &srp_b, &secret_block)?;
    let (_, pool_name) = pool_id.split_once('_').ok_or("not the id of a pool")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_unix_seconds(now)?;
    let claim = pair.claim(Identity::user(pool_name, USERNAME), PASSWORD, &challenge, &now)?;
    let answer = json!({
        "ClientId": client_id,
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeResponses": {
            "USERNAME": USERNAME,
            "PASSWORD_CLAIM_SECRET_BLOCK": secret_block,
            "PASSWORD_CLAIM_SIGNATURE": claim.signature(),
            "TIMESTAMP": now.as_str(),
        },
    });
    let start = Instant::now();
    let signed_in = connection.call("RespondToAuthChallenge", &answer)?;
    waited += start.elapsed();
    text(&signed_in, "/AuthenticationResult/AccessToken")?;
    Ok(waited)
}

const FIRST_PAGE: &str = "first page of 100 users";

/// The number of users of each pool, and the row names of its first and last page.
const POOLS: [(u32, &str, &str); 3] = [
    (100, FIRST_PAGE, "last page of 100 users"),
    (10_000, "first page of 10,000 users", "last page of 10,000 users"),
    (100_000, "first page of 100,000 users", "last page of 100,000 users"),
];

/// Measures the first and the last page of ten users, for pools of several sizes.
fn lists(
    address: SocketAddr,
    pools: &[(u32, &'static str, &'static str)],
) -> Result<Vec<Contender>> {
    let mut contenders = Vec::new();
    for (users, first, last) in pools.iter().copied() {
        let mut connection = Connection::new(address);
        // Users without a password are created faster, because no verifier is computed.
        let policy = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
        let pool_id = make_pool(&mut connection, json!({ "SignInPolicy": policy }))?;
        for number in 0..users {
            make_user(&mut connection, &pool_id, &format!("user-{number}"))?;
        }
        let token = last_token(&mut connection, &pool_id)?;
        for (name, token) in [(first, None), (last, Some(token))] {
            let input = json!({ "UserPoolId": pool_id, "Limit": 10, "PaginationToken": token });
            let page = request("ListUsers", &input);
            let mut connection = Connection::new(address);
            let contender = Contender::timed(name, move |times| {
                let start = Instant::now();
                for _ in 0..times {
                    connection.send(&page)?;
                    connection.receive()?;
                }
                Ok(start.elapsed())
            });
            contenders.push(contender.wanted_at_most(1.5, FIRST_PAGE));
        }
    }
    Ok(contenders)
}

/// Lists all users, and returns the token of the last page.
fn last_token(connection: &mut Connection, pool_id: &str) -> Result<String> {
    let mut token = Value::Null;
    loop {
        let input = json!({ "UserPoolId": pool_id, "PaginationToken": token });
        match connection.call("ListUsers", &input)?.get("PaginationToken") {
            Some(next) => token = next.clone(),
            None => return Ok(token.as_str().ok_or("the list has only one page")?.to_owned()),
        }
    }
}

fn make_pool(connection: &mut Connection, policies: Value) -> Result<String> {
    let input = json!({ "PoolName": "bench", "Policies": policies });
    text(&connection.call("CreateUserPool", &input)?, "/UserPool/Id")
}

fn make_user(connection: &mut Connection, pool_id: &str, username: &str) -> Result<()> {
    let email = json!({ "Name": "email", "Value": format!("{username}@example.com") });
    let input = json!({
        "UserPoolId": pool_id,
        "Username": username,
        "UserAttributes": [email],
        "MessageAction": "SUPPRESS",
    });
    connection.call("AdminCreateUser", &input).map(drop)
}

fn text(answer: &Value, pointer: &str) -> Result<String> {
    let member = answer.pointer(pointer).and_then(Value::as_str);
    Ok(member.ok_or_else(|| format!("a response lacks {pointer}"))?.to_owned())
}
