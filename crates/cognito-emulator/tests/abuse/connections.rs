//! Open connections without a request, with a partial request, and with unread responses.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::bystander::Bystander;
use crate::support::{Served, connect, head, size};

/// The partial requests, after which connections send nothing more.
fn parts() -> [Vec<u8>; 4] {
    let long_body = head("SignUp", 1_000_000) + &"a".repeat(60_000);
    [
        Vec::new(),
        b"POST / HTTP/1.1\r\nHost: loc".to_vec(),
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{".to_vec(),
        long_body.into_bytes(),
    ]
}

/// Returns the number of connections that this process can open, at most `count`.
fn openable(count: usize) -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let files = files.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX);
    count.min(files.saturating_sub(200))
}

/// Opens connections, each with a partial request.
fn hold(addresses: &[&str], count: usize) -> Vec<TcpStream> {
    let (parts, targets) = (parts(), addresses.len());
    let open = |at: usize| {
        let mut stream = connect(addresses[at % targets]);
        // The server may already close one of the connections.
        let _closed = stream.write_all(&parts[at / targets % parts.len()]);
        stream
    };
    (0..count).map(open).collect()
}

#[test]
fn half_open_connections_do_not_block_other_clients() {
    let mut served = Served::start(&["--tls"]);
    let tls = served.tls_address();
    let count = openable(size("COGNITO_EMULATOR_HALF_OPEN", 2_000));
    let bystander = Bystander::of(served.address());
    let first = hold(&[served.address(), &tls], count / 3);
    let before = served.mebibytes();
    let rest = hold(&[served.address(), &tls], count - first.len());
    let after = served.mebibytes();
    bystander.was_served(&format!("{count} half-open connections"));
    println!("{before} MiB with a third of them, {after} MiB with all");
    assert!(after < before + 40, "{before} MiB became {after} MiB");
    // Some connections stay open although others were opened.
    drop((first, rest));
    served.end();
}

#[test]
fn clients_are_served_when_connections_use_all_open_files() {
    let served = Served::start_with_files(128);
    let bystander = Bystander::of(served.address());
    let held = hold(&[served.address()], 400);
    thread::sleep(Duration::from_secs(1));
    bystander.was_served("128 open files");
    drop(held);
    served.end();
}

/// Sends single bytes of a request until the connection is closed, and returns the elapsed time.
fn trickle(mut stream: TcpStream, request: &[u8]) -> Duration {
    let begin = Instant::now();
    stream.set_read_timeout(Some(Duration::from_millis(250))).unwrap();
    for byte in request {
        let sent = stream.write_all(&[*byte]);
        let closed = match stream.read(&mut [0; 64]) {
            Ok(length) => length == 0,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        if sent.is_err() || closed {
            break;
        }
    }
    begin.elapsed()
}

#[test]
fn slow_request_is_closed_after_10_seconds() {
    let served = Served::start(&[]);
    let bystander = Bystander::of(served.address());
    let of_head = head("SignUp", 2);
    let of_body = head("SignUp", 200) + &" ".repeat(200);
    let in_body = head("SignUp", 200).len();
    let tricklers: Vec<_> = (0..20)
        .map(|at| {
            let mut stream = served.connect();
            let (at_once, rest) = match at % 2 {
                0 => of_head.as_bytes().split_at(3),
                _ => of_body.as_bytes().split_at(in_body),
            };
            stream.write_all(at_once).unwrap();
            let rest = rest.to_vec();
            thread::spawn(move || trickle(stream, &rest))
        })
        .collect();
    for trickler in tricklers {
        let time = trickler.join().unwrap().as_secs();
        assert!((9..20).contains(&time), "closed after {time} s");
    }
    bystander.was_served("slow requests");
    served.end();
}

/// Waits without a byte until the connection is closed, and returns the time.
fn wait_for_end(mut stream: TcpStream) -> Duration {
    let begin = Instant::now();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let _reset = stream.read(&mut [0; 64]);
    begin.elapsed()
}

#[test]
fn slow_handshake_is_given_up_after_10_seconds() {
    let mut served = Served::start(&["--tls"]);
    let tls = served.tls_address();
    let bystander = Bystander::of(served.address());
    // A record of 512 bytes, which is decoded when it is whole.
    let mut hello = b"\x16\x03\x01\x02\x00\x01".to_vec();
    hello.resize(5 + 512, 0);
    let handshakes: Vec<_> = (0..20)
        .map(|at| {
            let mut stream = connect(&tls);
            let (at_once, rest) = hello.split_at([0, 1, 3, 6][at / 2 % 4]);
            stream.write_all(at_once).unwrap();
            let (trickles, rest) = (at % 2 == 0, rest.to_vec());
            let held = move || if trickles { trickle(stream, &rest) } else { wait_for_end(stream) };
            thread::spawn(held)
        })
        .collect();
    for handshake in handshakes {
        let time = handshake.join().unwrap().as_secs();
        assert!((9..20).contains(&time), "closed after {time} s");
    }
    bystander.was_served("slow handshakes");
    served.end();
}

#[test]
fn incomplete_request_after_a_complete_one_is_closed() {
    let served = Served::start(&[]);
    let mut stream = served.connect();
    let whole = head("SignUp", 2).replace("Connection: close\r\n", "") + "{}";
    let begin = Instant::now();
    // A single write, so that no bytes arrive after the first response.
    stream.write_all((whole + &head("SignUp", 200) + "{").as_bytes()).unwrap();
    let mut responses = Vec::new();
    let _reset = stream.read_to_end(&mut responses);
    let time = begin.elapsed().as_secs();
    assert!((9..20).contains(&time), "closed after {time} s");
    assert!(responses.starts_with(b"HTTP/1.1 400"), "the complete request has a response");
    served.end();
}

#[test]
fn connection_with_unread_responses_is_closed() {
    let served = Served::start(&[]);
    let bystander = Bystander::of(served.address());
    let mut stream = served.connect();
    let request = b"GET /login?client_id=unknown HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000);
    stream.set_nonblocking(true).unwrap();
    let before = served.mebibytes();
    let begin = Instant::now();
    // Writes until the buffers are full, and then until the server has closed the connection.
    while begin.elapsed() < Duration::from_secs(20) {
        match stream.write(&request) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(50));
            }
            Err(_) => break,
        }
    }
    let time = begin.elapsed();
    assert!(time < Duration::from_secs(20), "the connection is open after {time:?}");
    assert!(served.mebibytes() < before + 20);
    bystander.was_served("responses that no client reads");
    served.end();
}
