//! Evidence: one look for many askers, limits, the breaker, the deadline, record and replay.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use akdoctor::{
    evidence::{Evidence, Limits},
    probe::{Probe, ProbeError, Tools, http::HttpGet},
};
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::net_world::{Reply, Server, World, answered};

/// A question that counts how often it is asked and answers when it is let go.
#[derive(Clone, Serialize)]
struct Gated {
    name: String,
    place: Option<String>,
    #[serde(skip)]
    asked: Arc<AtomicUsize>,
    #[serde(skip)]
    gate: Arc<Semaphore>,
}

impl Gated {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            place: None,
            asked: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        }
    }

    fn open(&self) {
        self.gate.close();
    }
}

impl Probe for Gated {
    const KIND: &'static str = "gated";
    type Answer = String;

    fn key(&self) -> String {
        format!("gated {}", self.name)
    }

    fn place(&self) -> Option<String> {
        self.place.clone()
    }

    fn look(&self, _: &Tools) -> impl Future<Output = Result<String, ProbeError>> + Send {
        let (gate, name) = (self.gate.clone(), self.name.clone());
        self.asked.fetch_add(1, Ordering::SeqCst);
        async move {
            // Closing the gate is what opens it.
            let _ = gate.acquire().await;
            assert!(name != "panics", "as asked");
            Ok(format!("answer to {name}"))
        }
    }
}

fn evidence() -> Evidence {
    World::new().timeout(5000).evidence()
}

/// Waits until something is so, as it soon must be.
async fn until(so: impl Fn() -> bool) {
    let wait = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), wait)
        .await
        .unwrap();
}

#[tokio::test]
async fn many_askers_share_one_look() {
    let (evidence, probe) = (evidence(), Gated::new("one"));
    let askers = futures::future::join_all((0..50).map(|_| evidence.ask(probe.clone())));
    let opener = async {
        until(|| probe.asked.load(Ordering::SeqCst) > 0).await;
        probe.open();
    };
    let (answers, ()) = tokio::join!(askers, opener);
    let first = answers[0].as_ref().unwrap();
    assert!(
        answers
            .iter()
            .all(|answer| Arc::ptr_eq(answer.as_ref().unwrap(), first))
    );
    evidence.ask(probe.clone()).await.unwrap();
    assert_eq!(probe.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_asker_that_goes_away_does_not_end_the_look() {
    let (evidence, probe) = (evidence(), Gated::new("one"));
    let asker = tokio::spawn({
        let (evidence, probe) = (evidence.clone(), probe.clone());
        async move { evidence.ask(probe).await }
    });
    until(|| probe.asked.load(Ordering::SeqCst) == 1).await;
    asker.abort();
    assert!(asker.await.unwrap_err().is_cancelled());
    probe.open();
    assert_eq!(*evidence.ask(probe.clone()).await.unwrap(), "answer to one");
    assert_eq!(probe.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn fifty_hanging_endpoints_of_a_place_end_at_about_one_limit() {
    let server = Server::always(Reply::Hang).await;
    let evidence = World::new().timeout(300).evidence();
    let began = Instant::now();
    let asked = (0..50).map(|n| evidence.ask(HttpGet::new(server.url(&format!("/{n}")))));
    let answers = futures::future::join_all(asked).await;
    let took = began.elapsed();

    let errors: Vec<_> = answers
        .into_iter()
        .map(|one| one.unwrap_err().error)
        .collect();
    assert!(errors.iter().all(ProbeError::is_timeout));
    let not_asked = |error: &&ProbeError| matches!(error, ProbeError::Breaker { .. });
    assert_eq!(errors.iter().filter(not_asked).count(), 42);
    assert_eq!(server.heads().len(), 8, "so many at once");
    assert!(took < Duration::from_millis(1500), "{took:?}");
}

#[tokio::test]
async fn the_breaker_of_one_place_leaves_others_alone() {
    let hangs = Server::always(Reply::Hang).await;
    let works = Server::always(answered(200, "text/plain", "fine")).await;
    let evidence = World::new().timeout(200).evidence();
    for path in ["/1", "/2"] {
        let error = evidence
            .ask(HttpGet::new(hangs.url(path)))
            .await
            .unwrap_err()
            .error;
        assert!(matches!(error, ProbeError::TimedOut { .. }), "{error:?}");
    }
    let third = evidence
        .ask(HttpGet::new(hangs.url("/3")))
        .await
        .unwrap_err()
        .error;
    assert!(matches!(third, ProbeError::Breaker { .. }), "{third:?}");
    assert_eq!(
        evidence
            .ask(HttpGet::new(works.url("/")))
            .await
            .unwrap()
            .body,
        "fine"
    );
}

#[tokio::test]
async fn a_slow_question_at_a_place_that_answers_others_ends_nothing() {
    let evidence = World::new().timeout(200).evidence();
    let at_place = |name: &str| Gated {
        place: Some("busy:1".into()),
        ..Gated::new(name)
    };
    let mut slow = 0;
    let error = loop {
        let hangs = tokio::spawn({
            let (evidence, probe) = (evidence.clone(), at_place(&format!("slow {slow}")));
            async move { evidence.ask(probe).await.unwrap_err().error }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        let quick = at_place(&format!("quick {slow}"));
        quick.open();
        let answer = evidence.ask(quick).await;
        let error = hangs.await.unwrap();
        if answer.is_err() {
            break error;
        }
        assert!(matches!(error, ProbeError::TimedOut { .. }), "{error:?}");
        slow += 1;
    };
    assert!(matches!(error, ProbeError::Breaker { .. }), "{error:?}");
    assert_eq!(slow, 8, "they do not go on for ever");
}

#[tokio::test]
async fn those_who_wait_for_a_slow_place_keep_nobody_else_waiting() {
    let tools = Tools::new(World::new().options).unwrap();
    let limits = Limits {
        timeout: Duration::from_secs(5),
        jobs: 9,
    };
    let evidence = Evidence::new(Arc::new(tools), limits);
    let asked: Arc<AtomicUsize> = Arc::default();
    let slow: Vec<_> = (0..20)
        .map(|n| Gated {
            place: Some("slow:1".into()),
            asked: asked.clone(),
            ..Gated::new(&n.to_string())
        })
        .collect();
    for probe in &slow {
        let (evidence, probe) = (evidence.clone(), probe.clone());
        tokio::spawn(async move { evidence.ask(probe).await });
    }
    until(|| asked.load(Ordering::SeqCst) == 8).await;
    let other = Gated::new("other");
    other.open();
    let answer = tokio::time::timeout(Duration::from_secs(2), evidence.ask(other)).await;
    assert_eq!(
        *answer.expect("not kept waiting").unwrap(),
        "answer to other"
    );
}

#[tokio::test]
async fn the_deadline_ends_every_wait() {
    let (evidence, probe) = (evidence(), Gated::new("one"));
    let closer = async {
        until(|| probe.asked.load(Ordering::SeqCst) == 1).await;
        evidence.close();
    };
    let (answer, ()) = tokio::join!(evidence.ask(probe.clone()), closer);
    let deadline = ProbeError::Deadline {
        key: "gated one".into(),
    };
    assert_eq!(answer.unwrap_err().error, deadline);
    assert!(evidence.record().is_empty(), "it has come to no end");
}

#[tokio::test]
async fn answers_that_came_are_given_after_the_deadline_too() {
    let (evidence, probe) = (evidence(), Gated::new("one"));
    probe.open();
    evidence.ask(probe.clone()).await.unwrap();
    evidence.close();
    assert!(evidence.ask(probe).await.is_ok());
}

#[tokio::test]
async fn a_look_that_breaks_breaks_nothing_else() {
    let (evidence, probe) = (evidence(), Gated::new("panics"));
    probe.open();
    let error = evidence.ask(probe).await.unwrap_err().error;
    assert!(matches!(error, ProbeError::Broke { .. }), "{error:?}");
    let other = Gated::new("other");
    other.open();
    assert!(evidence.ask(other).await.is_ok());
}

#[tokio::test]
async fn what_was_recorded_answers_the_same_without_the_world() {
    let server = Server::always(answered(200, "application/json", r#"{"a":1}"#)).await;
    let evidence = World::new().evidence();
    let (good, bad) = (server.url("/x"), "http://nowhere.test/");
    let answer = evidence.ask(HttpGet::new(&good)).await.unwrap();
    let failure = evidence.ask(HttpGet::new(bad)).await.unwrap_err();

    let text = serde_json::to_string(&evidence.record()).unwrap();
    let replay = Evidence::replay(serde_json::from_str(&text).unwrap(), evidence.started());

    assert_eq!(replay.started(), evidence.started());
    assert_eq!(replay.ask(HttpGet::new(&good)).await.unwrap(), answer);
    assert_eq!(replay.ask(HttpGet::new(bad)).await.unwrap_err(), failure);
    assert_eq!(replay.record(), evidence.record());
    let other = replay
        .ask(HttpGet::new(server.url("/y")))
        .await
        .unwrap_err()
        .error;
    assert!(matches!(other, ProbeError::NotRecorded { .. }), "{other:?}");
    assert_eq!(server.heads().len(), 1);
}
