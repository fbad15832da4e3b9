//! The transport across the network, against a listener that misbehaves on purpose.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use wpsync::client::DirectoryAddress;
use wpsync::client::http::HttpLimits;
use wpsync::client::http::HttpTransport;
use wpsync::client::transport::Transport as _;
use wpsync::dialect::Method;
use wpsync::wire::Failure;
use wpsync::wire::Request;
use wpsync::wire::Response;

const TOKEN: &str = "s3cr3t-t0ken-0123456789";
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/scim+json\r\n";

/// Answers each connection with a function, and remembers the first bytes of each.
struct Listener {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    fn new(answer: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let remembered = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut request = [0; 8192];
                let read = stream.read(&mut request).unwrap_or(0);
                remembered
                    .lock()
                    .expect("no panic")
                    .push(String::from_utf8_lossy(&request[..read]).into_owned());
                answer(&mut stream);
            }
        });
        Self { port, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no panic").clone()
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/scim", self.port)
    }

    fn transport(&self) -> HttpTransport {
        transport(&self.url())
    }
}

/// More time than any machine needs here.
const PATIENT: HttpLimits = HttpLimits {
    connect: Duration::from_mins(1),
    read: Duration::from_mins(1),
    total: Duration::from_mins(1),
    response_bytes: 50_000,
};

fn transport(url: &str) -> HttpTransport {
    transport_within(url, PATIENT)
}

fn transport_within(url: &str, limits: HttpLimits) -> HttpTransport {
    HttpTransport::new(
        url.parse().expect("an origin"),
        Some(&SecretString::from(TOKEN)),
        limits,
    )
    .expect("a transport")
}

async fn get(transport: &HttpTransport) -> Result<Response, Failure> {
    transport
        .send(Request::new(Method::Get, &["Users", "a"]).with_query("filter", "userName eq \"ada\""))
        .await
}

#[tokio::test]
async fn a_request_has_the_headers_that_services_want_and_the_token_once() {
    let listener = Listener::new(|stream| {
        drop(stream.write_all(format!("{OK}content-length: 2\r\n\r\n{{}}").as_bytes()));
    });
    let transport = listener.transport();
    assert_eq!(get(&transport).await.expect("an answer").status, 200);
    let heard = listener.heard().remove(0).to_lowercase();
    for part in [
        "get /scim/users/a?filter=username%20eq%20%22ada%22 http/1.1",
        "accept: application/scim+json, application/json",
        "user-agent: wpsync/",
        &format!("authorization: bearer {TOKEN}"),
    ] {
        assert!(heard.contains(part), "{part} in {heard}");
    }
    assert_eq!(heard.matches(TOKEN).count(), 1);
    assert!(!format!("{transport:?}").contains(TOKEN));
}

#[tokio::test]
async fn f140_no_redirect_is_followed() {
    let other = Listener::new(|_| ());
    let target = other.port;
    let listener = Listener::new(move |stream| {
        drop(
            stream.write_all(
                format!(
                    "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:{target}/steal\r\n\
                     content-length: 0\r\n\r\n"
                )
                .as_bytes(),
            ),
        );
    });
    assert_eq!(get(&listener.transport()).await.expect("an answer").status, 307);
    assert!(other.heard().is_empty() && listener.heard().len() == 1);
}

#[test]
fn f142_the_environment_names_no_proxy() {
    // A process of its own, since the settings hold for a whole process. Nothing listens at port 1.
    let mut child = std::process::Command::new(std::env::current_exe().expect("this test"));
    child
        .args([
            "--exact",
            "network::a_request_has_the_headers_that_services_want_and_the_token_once",
        ])
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        child.env(name, "http://127.0.0.1:1");
    }
    let output = child.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn f039_an_answer_without_end_is_cut_off() {
    let listener = Listener::new(|stream| {
        drop(stream.write_all(format!("{OK}\r\n").as_bytes()));
        while stream.write_all(&[b' '; 8192]).is_ok() {}
    });
    let failure = get(&listener.transport()).await.expect_err("too large");
    assert!(
        matches!(&failure, Failure::NotUsable { reason } if reason.contains("50000")),
        "{failure}"
    );
}

#[tokio::test]
async fn f039_what_grows_when_it_is_unpacked_is_cut_off() {
    let packed = unhex(PACKED);
    let listener = Listener::new(move |stream| {
        drop(
            stream.write_all(
                format!(
                    "{OK}content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                    packed.len()
                )
                .as_bytes(),
            ),
        );
        drop(stream.write_all(&packed));
    });
    let failure = get(&listener.transport()).await.expect_err("too large");
    assert!(matches!(failure, Failure::NotUsable { .. }), "{failure}");
}

#[tokio::test]
async fn f039_a_slow_answer_and_a_silent_one_end_in_time() {
    let drip = Listener::new(|stream| {
        drop(stream.write_all(format!("{OK}content-length: 1000\r\n\r\n").as_bytes()));
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let silent = Listener::new(|_| std::thread::sleep(2 * PATIENT.total));
    let limits = HttpLimits {
        read: Duration::from_millis(400),
        total: Duration::from_secs(2),
        ..PATIENT
    };
    for listener in [drip, silent] {
        let begun = Instant::now();
        let transport = transport_within(&listener.url(), limits);
        let failure = get(&transport).await.expect_err("too slow");
        assert!(
            matches!(failure, Failure::NoAnswer { .. }) && begun.elapsed() < PATIENT.total,
            "{failure} after {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test]
async fn f039_headers_without_end_are_refused() {
    let listener = Listener::new(|stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\n"));
        for number in 0..1_000_000 {
            if stream.write_all(format!("x-{number}: y\r\n").as_bytes()).is_err() {
                break;
            }
        }
    });
    assert!(get(&listener.transport()).await.is_err());
}

#[tokio::test]
async fn what_was_not_sent_and_what_may_have_arrived_are_told_apart() {
    let reset = Listener::new(|_| ());
    assert!(matches!(
        get(&reset.transport()).await,
        Err(Failure::NoAnswer { .. })
    ));
    let short = Listener::new(|stream| {
        drop(stream.write_all(format!("{OK}content-length: 100\r\n\r\n{{").as_bytes()));
    });
    assert!(matches!(
        get(&short.transport()).await,
        Err(Failure::NoAnswer { .. })
    ));
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
    assert!(matches!(
        get(&transport(&format!("http://127.0.0.1:{closed}"))).await,
        Err(Failure::Unreachable { .. })
    ));
    assert!(matches!(
        get(&transport("https://no-such-host.invalid")).await,
        Err(Failure::Unreachable { .. })
    ));
    let plain = Listener::new(|stream| drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")));
    let failure = get(&transport(&format!("https://127.0.0.1:{}", plain.port)))
        .await
        .expect_err("no TLS");
    assert!(matches!(failure, Failure::Unreachable { .. }), "{failure}");
}

#[tokio::test]
async fn f137_an_error_of_the_network_names_no_person() {
    let reset = Listener::new(|_| ());
    let failure = get(&reset.transport()).await.expect_err("reset");
    assert!(
        !failure.to_string().contains("ada") && !failure.to_string().contains("filter"),
        "{failure}"
    );
}

#[tokio::test]
async fn f037_a_path_that_would_be_folded_is_not_sent() {
    let listener = Listener::new(|_| ());
    for id in ["..", "."] {
        let failure = listener
            .transport()
            .send(Request::new(Method::Delete, &["Users", id]))
            .await
            .expect_err("folded");
        assert!(matches!(failure, Failure::NotSent { .. }), "{failure}");
    }
    assert!(listener.heard().is_empty());
}

proptest::proptest! {
    #[test]
    fn f037_every_id_is_one_segment_of_the_path_that_is_sent(id in "\\PC{1,40}|[./\\\\%?#@:;a2eEfF ]{1,12}") {
        let request = Request::new(Method::Get, &["Users", &id]);
        let text = format!("https://scim.example.com/v2{}", request.target());
        let url = reqwest::Url::parse(&text).expect("a URL");
        let segments: Vec<&str> = url.path_segments().expect("a path").collect();
        // `.` and `..` are the two that no encoding saves; they are refused before this.
        if id != "." && id != ".." {
            proptest::prop_assert_eq!(url.as_str(), &text);
            proptest::prop_assert_eq!(segments.len(), 3);
            let decoded = percent_encoding::percent_decode_str(segments[2]).decode_utf8();
            proptest::prop_assert_eq!(decoded.expect("text"), id);
        }
    }
}

#[test]
fn f139_plain_http_is_refused_unless_it_stays_on_this_machine() {
    for url in [
        "http://scim.example.com",
        "HTTP://scim.example.com/v2",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://192.168.1.1:8080/v2",
        "http://[::2]/",
        "http://[2001:db8::1]/",
        "http://localhost.",
        "http://xlocalhost",
        "http://128.0.0.1",
        "http://169.254.169.254/latest",
        "http://2130706434.example",
        "http://127.0.0.1@evil.example/",
        "http://evil.example#@127.0.0.1",
        "ftp://scim.example.com",
        "ws://scim.example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//scim.example.com",
        "scim.example.com/v2",
        "https:scim.example.com",
        "https:/scim.example.com",
        "https:///v2",
        "https://",
        "",
        "https://a b/",
        "https://exa\nmple.com",
        "https://exam\u{200b}ple.com",
        "https:\\\\scim.example.com",
        "https://scim.example.com\\@evil.example",
        " https://scim.example.com",
        "https://scim.example.com\t",
        "https://[::1",
        "https://scim.example.com:99999",
        "https://scim.example.com:x",
        "https://user@scim.example.com",
        "https://user:pass@scim.example.com",
        "https://@scim.example.com",
        "https://:@scim.example.com",
        "https://scim.example.com?x=1",
        "https://scim.example.com/v2?",
        "https://scim.example.com/v2#",
        "https://scim.example.com/#x",
    ] {
        assert!(
            url.parse::<DirectoryAddress>().is_err(),
            "{url:?} was taken as {:?}",
            url.parse::<DirectoryAddress>()
        );
    }
    for url in [
        "http://127.0.0.1",
        "http://127.9.9.9:1",
        "http://localhost:8080/v2",
        "http://[::1]:8080",
        "https://10.0.0.1",
        "https://scim.example.com",
    ] {
        assert!(url.parse::<DirectoryAddress>().is_ok(), "{url}");
    }
}

#[test]
fn f135_a_token_that_cannot_be_a_header_is_refused_without_being_shown() {
    for token in ["", "two words", "line\nbreak", "s3cr3t\r\nx-evil: 1", "s3cr3té"] {
        let failure = HttpTransport::new(
            "https://scim.example.com".parse().expect("an origin"),
            Some(&SecretString::from(token)),
            HttpLimits::default(),
        )
        .expect_err("refused");
        assert!(
            matches!(failure, Failure::NotSent { .. })
                && !format!("{failure} {failure:?}").contains("s3cr3t")
        );
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal"))
        .collect()
}

/// 100,000 times the letter a, by gzip.
const PACKED: &str = concat!(
    "1f8b0800000000000203edc13101000000c2a0aceb5fc21a1e40010000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000af0687fae21ba0860100",
);
