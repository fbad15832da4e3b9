//! A SCIM service with one person, whose token is that person's; it counts what would be written, and its
//! clock can be wrong.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

const ROBOT: &str = concat!(
    r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"r1","#,
    r#""userName":"robot@example.com","title":"Machine"}"#,
);
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

#[derive(Default)]
struct State {
    writes: AtomicUsize,
    silent: AtomicBool,
    minutes_ahead: AtomicI64,
}

/// The service, until the test ends.
pub struct Service {
    address: std::net::SocketAddr,
    state: Arc<State>,
}

impl Service {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || answer(stream, &state));
            }
        });
        Self { address, state }
    }

    pub fn base(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    /// How many requests asked to write.
    pub fn writes(&self) -> usize {
        self.state.writes.load(Ordering::SeqCst)
    }

    /// `/Me` is nobody from now on.
    pub fn forget_me(&self) {
        self.state.silent.store(true, Ordering::SeqCst);
    }

    /// `/Me` is the robot again.
    pub fn remember_me(&self) {
        self.state.silent.store(false, Ordering::SeqCst);
    }

    /// Sets the clock that the `Date` of answers is read from.
    pub fn set_clock(&self, minutes_ahead: i64) {
        self.state.minutes_ahead.store(minutes_ahead, Ordering::SeqCst);
    }
}

fn answer(mut stream: TcpStream, state: &State) {
    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
    let Some(Ok(request)) = lines.next() else { return };
    for line in lines.map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
    }
    let (method, rest) = request.split_once(' ').unwrap_or_default();
    let path = rest.split([' ', '?']).next().unwrap_or_default();
    if method != "GET" {
        state.writes.fetch_add(1, Ordering::SeqCst);
    }
    let list = |rows: &str, total: u8| {
        format!(r#"{{"schemas":["{LIST}"],"totalResults":{total},"startIndex":1,"Resources":[{rows}]}}"#)
    };
    let (status, body) = match path {
        "/v2/Users" => (200, list(ROBOT, 1)),
        "/v2/Groups" => (200, list("", 0)),
        "/v2/Me" if !state.silent.load(Ordering::SeqCst) => (200, ROBOT.to_owned()),
        "/v2/Users/r1" => (200, ROBOT.to_owned()),
        _ => (404, "{}".to_owned()),
    };
    let minutes = jiff::SignedDuration::from_mins(state.minutes_ahead.load(Ordering::SeqCst));
    let date = (jiff::Timestamp::now() + minutes)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} x\r\nDate: {date}\r\nContent-Type: application/scim+json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
}
