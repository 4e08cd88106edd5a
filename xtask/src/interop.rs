//! Clients that others wrote against our pool, and our client against a pool that others wrote.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::peers::{self, python};
use crate::run::{self, Background, Outcome, cargo};

/// How long a server may take to start.
const START_LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn run() -> Outcome {
    peers::install_python()?;
    cargo(&["build", "-p", "cognito-emulator", "-p", "cognito-tests", "--bins"], &[])?;
    pycognito(&["--issuer", "endpoint"], &["kwargs"])?;
    pycognito(&["--issuer", "endpoint"], &["kwargs", "secret"])?;
    pycognito(&["--issuer", "aws"], &["env"])?;
    ministack()?;
    cargo(&["test", "-p", "cognito-passkey-tests"], &[])
}

/// pycognito 2024.5.1 against our pool.
fn pycognito(server: &[&str], client: &[&str]) -> Outcome {
    println!("xtask: pycognito ({}) against our pool ({})", client.join(", "), server.join(" "));
    let mut serve = Command::new(run::target().join("debug/cognito-emulator"));
    let mut server = Background(
        serve
            .arg("serve")
            .args(server)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start the pool: {error}"))?,
    );
    let stdout = server.0.stdout.take().ok_or("the pool has no output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
    let endpoint = line.split_whitespace().last().ok_or("the pool did not say its address")?;
    run::run(script("pycognito_client.py").arg(endpoint).args(client))
}

/// Our client against ministack 1.5.33.
fn ministack() -> Outcome {
    let port = free_port()?;
    let address = format!("127.0.0.1:{port}");
    let endpoint = format!("http://{address}");
    let log = std::fs::File::create(run::target().join("interop/ministack.log"));
    let log = log.map_err(|error| error.to_string())?;
    let mut serve = Command::new(python());
    serve.args(["-m", "hypercorn", "--bind", &address, "ministack.app:app"]);
    serve.env("AUTH", "true").env("IOT_MTLS_ENABLED", "0").env("GATEWAY_PORT", port.to_string());
    serve.stdout(log.try_clone().map_err(|error| error.to_string())?).stderr(log);
    let server = serve.spawn().map_err(|error| format!("cannot start ministack: {error}"))?;
    let _server = Background(server);
    wait_for(&address)?;
    for secret in [&[][..], &["secret"]] {
        println!("xtask: our client ({}) against ministack", secret.join(""));
        let made = run::output(script("make_pool.py").arg(&endpoint).args(secret))?;
        let mut client = Command::new(run::target().join("debug/against_ministack"));
        run::run(client.arg(&endpoint).args(made.lines()))?;
        forget_everything(&endpoint)?;
    }
    Ok(())
}

/// The next run registers the same user again, and reads codes from the same messages.
fn forget_everything(endpoint: &str) -> Outcome {
    const RESET: &str = "import sys, urllib.request as r; \
                         r.urlopen(r.Request(sys.argv[1] + '/_ministack/reset', method='POST'))";
    run::run(Command::new(python()).args(["-c", RESET, endpoint]))
}

fn script(name: &str) -> Command {
    let mut command = Command::new(python());
    command.arg(run::root().join("tests/interop").join(name));
    command
}

fn free_port() -> Result<u16, String> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

fn wait_for(address: &str) -> Outcome {
    let start = Instant::now();
    while TcpStream::connect(address).is_err() {
        if start.elapsed() > START_LIMIT {
            return Err(format!("nothing answers at {address}; see target/interop/ministack.log"));
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
