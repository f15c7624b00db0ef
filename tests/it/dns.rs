//! The DNS server as a witness: a real one on loopback, and what becomes of one that fails.

use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use akdoctor::probe::{
    ProbeError,
    dns::{AskDns, dns_at},
};

use crate::net_world::World;

/// What the server makes of a question.
#[derive(Clone, Copy)]
enum Answer {
    /// This address; questions for IPv6 get none.
    V4([u8; 4]),
    /// This response code without an answer (RFC 1035 section 4.1.1).
    Code(u8),
    /// Nothing at all.
    Silence,
    /// Bytes that are no message.
    Noise,
}

/// A server; the names that it was asked for.
struct Server {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

fn serve(answer: Answer) -> Server {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let names = Arc::clone(&asked);
    thread::spawn(move || {
        let mut bytes = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut bytes) {
            let question = &bytes[..length];
            names.lock().unwrap().push(name_in(question));
            if let Some(reply) = reply(question, answer) {
                let _ = socket.send_to(&reply, from);
            }
        }
    });
    Server { at, asked }
}

/// The labels behind the header of twelve bytes.
fn name_in(question: &[u8]) -> String {
    let mut rest = &question[12..];
    let mut name = String::new();
    while let Some((length, tail)) = rest.split_first().filter(|(length, _)| **length > 0) {
        let (label, after) = tail.split_at(usize::from(*length));
        name += &String::from_utf8_lossy(label);
        name.push('.');
        rest = after;
    }
    name
}

fn reply(question: &[u8], answer: Answer) -> Option<Vec<u8>> {
    let end = 12 + name_in(question).len() + 1 + 4;
    let is_v4 = question[end - 3] == 1;
    let (code, address) = match answer {
        Answer::Silence => return None,
        Answer::Noise => return Some(vec![0xff; 40]),
        Answer::Code(code) => (code, None),
        Answer::V4(address) => (0, is_v4.then_some(address)),
    };
    // Id, flags (an answer, recursion available), one question, its answers, nothing else.
    let mut reply = question[..2].to_vec();
    reply.extend([
        0x81,
        0x80 | code,
        0,
        1,
        0,
        u8::from(address.is_some()),
        0,
        0,
        0,
        0,
    ]);
    reply.extend(&question[12..end]);
    if let Some(address) = address {
        // The name of the question, type A, class IN, a minute, four bytes.
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend(address);
    }
    Some(reply)
}

async fn ask(answer: Answer, host: &str) -> (Result<Vec<IpAddr>, ProbeError>, Vec<String>) {
    let server = serve(answer);
    let mut world = World::new().timeout(5000);
    world.options.dns = dns_at(server.at);
    let told = world.evidence().ask(AskDns { host: host.into() }).await;
    let told = told
        .map(|says| says.addresses.clone())
        .map_err(|why| why.error);
    let asked = server.asked.lock().unwrap().clone();
    (told, asked)
}

#[tokio::test]
async fn it_says_what_the_server_says_of_the_whole_name_alone() {
    let (told, asked) = ask(Answer::V4([192, 0, 2, 9]), "auth.example.com").await;
    assert_eq!(told.unwrap(), ["192.0.2.9".parse::<IpAddr>().unwrap()]);
    let names = asked.iter().map(|name| name.to_ascii_lowercase());
    let names: Vec<String> = names.collect();
    assert!(
        names.iter().all(|name| name == "auth.example.com."),
        "{names:?}"
    );
}

/// A name that the machine's own hosts file has, where it has one with a dot.
#[tokio::test]
async fn it_does_not_read_the_hosts_file() {
    let own = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let names = own
        .lines()
        .filter_map(|line| line.split('#').next()?.split_whitespace().nth(1));
    let mut names = names;
    let dotted = names.find(|name| AskDns::knows(name));
    let host = dotted.unwrap_or("host.docker.internal");
    let (told, _) = ask(Answer::V4([192, 0, 2, 10]), host).await;
    assert_eq!(
        told.unwrap(),
        ["192.0.2.10".parse::<IpAddr>().unwrap()],
        "{host}"
    );
}

#[tokio::test]
async fn no_such_name_is_an_answer_and_a_failure_is_none() {
    let (told, _) = ask(Answer::Code(3), "a.example.com").await;
    assert_eq!(told.unwrap(), [] as [IpAddr; 0]);
    for answer in [
        Answer::Code(2),
        Answer::Code(5),
        Answer::Silence,
        Answer::Noise,
    ] {
        let began = Instant::now();
        let (told, _) = ask(answer, "a.example.com").await;
        told.unwrap_err();
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "{:?}",
            began.elapsed()
        );
    }
}

/// Whatever a URL holds for a host, asking for it fails in words or is answered; nothing breaks.
#[tokio::test]
async fn odd_names_break_nothing() {
    let long = format!("{}.example.com", "a".repeat(80));
    for host in [
        "a b.example",
        "\u{202e}.example",
        "..",
        "a..b",
        "\"'`$(id).x",
        &long,
    ] {
        let (told, _) = ask(Answer::V4([192, 0, 2, 9]), host).await;
        if let Err(error) = told {
            assert!(!error.to_string().is_empty(), "{host}");
        }
    }
}
