//! An HTTP proxy that injects faults into the requests between a client and a server.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// The delay of a late response, which is longer than all timeouts of the client.
const LATE: Duration = Duration::from_secs(15);

/// A fault to inject into a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// TooManyRequestsException; the request has no effect.
    Throttled,
    /// InternalErrorException with HTTP status 500; the request has no effect.
    InternalError,
    /// The connection is closed, and the request has no effect.
    DroppedBefore,
    /// The request takes effect, and the connection is closed without a response.
    DroppedAfter,
    /// The request takes effect, and the connection is closed in the middle of the response.
    Truncated,
    /// The request takes effect, and the response is an unrelated page.
    Garbage,
    /// The request takes effect, and the response comes after the client's timeout.
    Late,
}

impl Fault {
    /// All faults, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::Throttled,
        Self::InternalError,
        Self::DroppedBefore,
        Self::DroppedAfter,
        Self::Truncated,
        Self::Garbage,
        Self::Late,
    ];

    /// Returns whether the request takes effect although its response is lost.
    pub fn takes_effect(self) -> bool {
        matches!(self, Self::DroppedAfter | Self::Truncated | Self::Garbage | Self::Late)
    }
}

/// A fault for one request of a client, or for every request from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plan {
    /// The number of requests before it.
    pub call: usize,
    /// The fault.
    pub fault: Fault,
    /// True if it lasts until [`FaultProxy::end_fault`].
    pub lasting: bool,
}

/// A proxy on 127.0.0.1, which runs until it is dropped.
pub struct FaultProxy {
    address: SocketAddr,
    requests: Arc<Requests>,
    task: AbortHandle,
}

struct Requests(Mutex<State>);

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    operations: Vec<String>,
    hits: usize,
}

impl FaultProxy {
    /// Starts forwarding requests to a server.
    pub async fn start(server: SocketAddr, plan: Option<Plan>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let requests = Arc::new(Requests(Mutex::new(State { plan, ..State::default() })));
        let of_task = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let requests = Arc::clone(&of_task);
                // The client notices a broken connection.
                tokio::spawn(async move { drop(serve(client, server, &requests).await) });
            }
        });
        Ok(Self { address, requests, task: task.abort_handle() })
    }

    /// Returns the address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the operations of all requests so far.
    pub fn operations(&self) -> Vec<String> {
        self.requests.state().operations.clone()
    }

    /// Returns the number of requests with the fault.
    pub fn hits(&self) -> usize {
        self.requests.state().hits
    }

    /// Ends a lasting fault.
    pub fn end_fault(&self) {
        self.requests.state().plan = None;
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Requests {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Counts a request and returns its fault.
    fn next(&self, request: &Message) -> Option<Fault> {
        let mut state = self.state();
        let index = state.operations.len();
        state.operations.push(request.operation());
        let hit = |plan: &Plan| index == plan.call || (plan.lasting && index > plan.call);
        let fault = state.plan.filter(hit)?.fault;
        state.hits += 1;
        Some(fault)
    }
}

async fn serve(mut client: TcpStream, server: SocketAddr, requests: &Requests) -> io::Result<()> {
    while let Some(request) = Message::read(&mut client).await? {
        match requests.next(&request) {
            None => client.write_all(&exchange(server, &request).await?).await?,
            Some(fault) => {
                if let Some(response) = faulty(server, &request, fault).await? {
                    client.write_all(&response).await?;
                }
                if matches!(fault, Fault::Throttled | Fault::InternalError) {
                    continue;
                }
                return client.shutdown().await;
            }
        }
    }
    Ok(())
}

/// Returns the part of a response that the client receives.
async fn faulty(
    server: SocketAddr,
    request: &Message,
    fault: Fault,
) -> io::Result<Option<Vec<u8>>> {
    let response = match fault.takes_effect() {
        true => exchange(server, request).await?,
        false => Vec::new(),
    };
    Ok(match fault {
        Fault::Throttled => Some(refusal("400 Bad Request", "TooManyRequestsException")),
        Fault::InternalError => {
            Some(refusal("500 Internal Server Error", "InternalErrorException"))
        }
        Fault::DroppedBefore | Fault::DroppedAfter => None,
        Fault::Truncated => Some(response[..response.len() - 1].to_vec()),
        Fault::Garbage => Some(page("200 OK", "", "<html>Welcome to the hotel's network</html>")),
        Fault::Late => {
            tokio::time::sleep(LATE).await;
            Some(response)
        }
    })
}

fn refusal(status: &str, name: &str) -> Vec<u8> {
    let body = format!(r#"{{"__type":"{name}","message":"Rate exceeded"}}"#);
    page(status, &format!("x-amzn-errortype: {name}:\r\n"), &body)
}

fn page(status: &str, header: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.1\r\n{header}\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

async fn exchange(server: SocketAddr, request: &Message) -> io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(server).await?;
    connection.write_all(&request.0).await?;
    let response = Message::read(&mut connection).await?;
    Ok(response.ok_or(io::ErrorKind::UnexpectedEof)?.0)
}

/// A request or a response, with head and body.
struct Message(Vec<u8>);

impl Message {
    /// Reads a message by its Content-Length; returns `None` at the end of the connection.
    async fn read(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut message = Self(Vec::new());
        while message.missing() > 0 {
            let mut chunk = [0; 4096];
            match stream.read(&mut chunk).await? {
                0 if message.0.is_empty() => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => message.0.extend_from_slice(&chunk[..read]),
            }
        }
        Ok(Some(message))
    }

    /// Returns the minimum number of missing bytes.
    fn missing(&self) -> usize {
        const END: &[u8] = b"\r\n\r\n";
        let Some(head) = self.0.windows(END.len()).position(|bytes| bytes == END) else {
            return 1;
        };
        let body = self.header("content-length").and_then(|length| length.parse().ok());
        (head + END.len() + body.unwrap_or(0)).saturating_sub(self.0.len())
    }

    fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.0);
        let mut lines = text.lines().skip(1).take_while(|line| !line.is_empty());
        let (_, value) = lines.find_map(|line| {
            line.split_once(':').filter(|(found, _)| found.eq_ignore_ascii_case(name))
        })?;
        Some(value.trim().to_owned())
    }

    /// Returns the name of a request's operation, or `GetKeySet`.
    fn operation(&self) -> String {
        let target = self.header("x-amz-target").unwrap_or_default();
        let name = target.rsplit('.').next().filter(|name| !name.is_empty());
        name.unwrap_or("GetKeySet").to_owned()
    }
}
