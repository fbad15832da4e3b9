//! The same service over a socket of this machine, for the real command: every fault as bytes, or as the lack
//! of them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wpsync::dialect::Method;

use wpsync::wire::Request;

use wpsync::wire::Response;

use super::Line;
use super::encodings;
use super::fault::{Fault, reply};

/// A gzip of 100,000 times the letter a.
const PACKED: &str = concat!(
    "1f8b0800000000000203edc13101000000c2a0aceb5fc21a1e4001000000000000000000000000000000000000000000000000000000000000000000",
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    "000000af0687fae21ba0860100",
);

/// A door to the service.
pub struct Door {
    pub port: u16,
    line: Arc<Mutex<Arc<Line>>>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Door {
    /// Opens it for a line. It stays open until the process ends.
    pub fn open(line: Line) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let remembered = Arc::clone(&heard);
        let line = Arc::new(Mutex::new(Arc::new(line)));
        let current = Arc::clone(&line);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let line = Arc::clone(&current.lock().unwrap_or_else(PoisonError::into_inner));
                let heard = Arc::clone(&remembered);
                std::thread::spawn(move || answer(stream, &line, &heard));
            }
        });
        Self { port, line, heard }
    }

    /// From now on, requests go over another line.
    pub fn switch(&self, line: Line) {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(line);
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}/v2", self.port)
    }

    /// The head of every request, as it came.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn answer(mut stream: TcpStream, line: &Line, remembered: &Mutex<Vec<String>>) {
    let Some((head, request)) = read(&stream) else {
        return;
    };
    remembered
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(head.clone());
    let (number, fault) = line.begin(&request);
    let real = line.real_answer(number, fault, &request);
    line.end(number);
    // A client that is gone needs no answer.
    let _ = match fault {
        None => send(&mut stream, &real),
        Some(Fault::RedirectOtherOrigin) if line.redirect().is_some() => send(
            &mut stream,
            &reply(307, &[("location", line.redirect().unwrap_or_default())], ""),
        ),
        Some(Fault::Echo(status)) => send(&mut stream, &echo(status, &head)),
        Some(fault) => play(fault, &mut stream, (&request, real)),
    };
}

/// The head of a request as it came, and what it asks for.
fn read(stream: &TcpStream) -> Option<(String, Request)> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().ok()?;
        }
        let is_end = line.trim().is_empty();
        head.push_str(&line);
        if is_end {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut words = head.split(' ');
    let method = match words.next()? {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        _ => Method::Delete,
    };
    let (path, query) = words
        .next()
        .map(|target| target.split_once('?').unwrap_or((target, "")))?;
    let path = path.strip_prefix("/v2").unwrap_or(path).to_owned();
    let body = (length > 0).then(|| body.into());
    Some((
        head.clone(),
        Request {
            method,
            path,
            query: query.to_owned(),
            if_match: None,
            body,
        },
    ))
}

fn send(stream: &mut TcpStream, response: &Response) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {} x\r\nconnection: close\r\n", response.status)?;
    for (name, value) in &response.headers {
        if name != "content-length" && name != "connection" {
            write!(stream, "{name}: {}\r\n", value.to_str().unwrap_or_default())?;
        }
    }
    if response.status != 204 {
        write!(stream, "content-length: {}\r\n", response.body.len())?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(&response.body)
}

/// A refusal that says the token back, in every form that is known.
fn echo(status: u16, head: &str) -> Response {
    let told = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .starts_with("authorization: bearer ")
            .then(|| line[22..].trim())
    });
    let token = told.unwrap_or_default();
    // What is escaped is a form in which it would be shown, not one in which it comes.
    let sent = encodings::of(token)
        .into_iter()
        .filter(|(name, _)| !name.ends_with("escaped"));
    let all = sent
        .map(|(_, form)| String::from_utf8_lossy(&form).into_owned())
        .collect::<Vec<_>>()
        .join(" ; ");
    let error = serde_json::json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": token, "detail": all });
    let body = if status == 200 {
        format!("<html><title>{all}</title></html>")
    } else {
        error.to_string()
    };
    let location = format!("https://evil.example/?token={token}");
    reply(
        status,
        &[
            ("location", &location),
            ("www-authenticate", &format!("Bearer realm=\"{token}\"")),
            ("etag", token),
        ],
        &body,
    )
}

/// Does to a socket what a fault does.
fn play(fault: Fault, stream: &mut TcpStream, (request, real): (&Request, Response)) -> std::io::Result<()> {
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/scim+json\r\n";
    match fault {
        Fault::Reset => Ok(()), // closed without a word
        Fault::TimeoutAfterSend => {
            std::thread::sleep(Duration::from_secs(3));
            Ok(())
        }
        Fault::CutMidBody => write!(stream, "{HEAD}content-length: 1000\r\n\r\n{{\"id\":"),
        Fault::SlowDrip => {
            write!(stream, "{HEAD}content-length: 1000\r\n\r\n")?;
            for _ in 0..40 {
                stream.write_all(b" ")?;
                std::thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        }
        Fault::Oversize => {
            write!(stream, "{HEAD}content-length: 60000\r\n\r\n")?;
            stream.write_all(&vec![b' '; 60_000])
        }
        Fault::GzipBomb => {
            let digit = |at: usize| u8::from_str_radix(&PACKED[at..at + 2], 16).expect("hexadecimal");
            let packed: Vec<u8> = (0..PACKED.len()).step_by(2).map(digit).collect();
            write!(
                stream,
                "{HEAD}content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                packed.len()
            )?;
            stream.write_all(&packed)
        }
        other => send(
            stream,
            &other
                .answer(request, real)
                .unwrap_or_else(|_| reply(500, &[], "")),
        ),
    }
}
