//! A witness over real HTTP: what it cosigns, what it refuses and with which status, and that it never forgets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed; its helpers are no different")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use svod_log::cosignature::CosignerKey;
use svod_log::growth::Growth;
use svod_log::note::{Note, NoteSigner};
use svod_log::tree::Frontier;
use svod_log::{Checkpoint, Hash};
use svod_witness::{AddCheckpoint, Book, BookError, Logs, WitnessServer, identity, serve};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const ORIGIN: &str = "log.example/smolensk";
const NOW: u64 = 1_700_000_000;

fn leaf(number: u64) -> Hash {
    Hash::of(&number.to_be_bytes())
}

fn tree(size: u64) -> Frontier {
    (0..size).map(leaf).collect()
}

fn signer() -> NoteSigner {
    NoteSigner::try_new(ORIGIN, &[1; 32]).unwrap()
}

/// The key that the log had before.
fn retired() -> NoteSigner {
    NoteSigner::try_new(ORIGIN, &[8; 32]).unwrap()
}

fn signed(signer: &NoteSigner, size: u64, root: Hash) -> String {
    let origin = signer.verifier_key().name().to_owned();
    signer.sign(&Checkpoint { origin, size, root }.to_string()).to_string()
}

/// The honest log's checkpoint at a size.
fn note(size: u64) -> String {
    signed(&signer(), size, tree(size).root())
}

fn proof(from: u64, to: u64) -> Vec<Hash> {
    let mut growth = Growth::new(tree(from), to);
    for number in from..to {
        growth.append(leaf(number));
    }
    growth.end().0
}

fn request(old: u64, proof: Vec<Hash>, note: String) -> String {
    AddCheckpoint { old, proof, note }.to_string()
}

fn growth(from: u64, to: u64) -> String {
    request(from, proof(from, to), note(to))
}

/// A witness that runs until the test lets it go.
struct Running {
    url: String,
    key: CosignerKey,
    now: Arc<AtomicU64>,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Running {
    async fn start(folder: &Path) -> Self {
        let cosigner = identity(folder, Some("witness.example/w1")).unwrap();
        let key = cosigner.verifier_key();
        let logs = Logs::from_iter([signer(), retired()].map(|signer| signer.verifier_key()));
        let book = Book::open(folder, cosigner, logs).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (now, stop) = (Arc::new(AtomicU64::new(NOW)), CancellationToken::new());
        let (asked, stopped) = (Arc::clone(&now), stop.clone());
        let clock = Arc::new(move || asked.load(Ordering::Relaxed));
        let served = tokio::spawn(async move {
            serve(WitnessServer { listener, book, clock }, stopped).await.unwrap();
        });
        Self { url, key, now, stop, served }
    }

    async fn add(&self, body: impl Into<Vec<u8>>) -> (u16, String) {
        let url = format!("{}/add-checkpoint", self.url);
        let answer = reqwest::Client::new().post(url).body(body.into()).send().await.unwrap();
        let status = answer.status().as_u16();
        if status == 409 {
            assert_eq!(answer.headers()["content-type"], "text/x.tlog.size");
        }
        (status, answer.text().await.unwrap())
    }

    async fn read(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    #[track_caller]
    fn cosigned_at(&self, note: &str, answer: &(u16, String)) -> u64 {
        assert_eq!(answer.0, 200, "{}", answer.1);
        let note = Note::parse(&format!("{note}{}", answer.1)).unwrap();
        self.key.cosigned_at(&note).unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        self.served.await.unwrap();
    }
}

fn origin_hash() -> Hash {
    Hash::of(ORIGIN.as_bytes())
}

#[tokio::test]
async fn growth_is_cosigned_and_shown_with_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let witness = Running::start(folder.path()).await;
    let path = format!("/{}/checkpoint", origin_hash());
    assert_eq!(witness.read(&path).await.0, 404);
    let mut size = 0;
    for (seconds, next) in [(0, 3), (10, 3), (20, 4), (30, 64), (40, 65), (50, 200)] {
        witness.now.store(NOW + seconds, Ordering::Relaxed);
        let answer = witness.add(growth(size, next)).await;
        assert_eq!(witness.cosigned_at(&note(next), &answer), NOW + seconds, "{size} to {next}");
        assert_eq!(witness.read(&path).await, (200, format!("{}{}", note(next), answer.1)));
        size = next;
    }
    let (_, status) = witness.read("/").await;
    assert!(status.contains("\"size\": 200") && status.contains(&witness.key.to_string()), "{status}");
    let (_, metrics) = witness.read("/metrics").await;
    for line in [
        "svod_witness_log_size{origin=\"log.example/smolensk\"} 200",
        "svod_witness_log_cosigned_seconds{origin=\"log.example/smolensk\"} 1700000050",
        "svod_witness_requests_total{status=\"200\"} 6",
    ] {
        assert!(metrics.lines().any(|each| each == line), "{line}: {metrics}");
    }
    witness.end().await;
}

#[tokio::test]
async fn an_empty_log_can_be_cosigned_and_grows_without_a_proof() {
    let folder = tempfile::tempdir().unwrap();
    let witness = Running::start(folder.path()).await;
    let wrong = signed(&signer(), 0, leaf(0));
    assert_eq!(witness.add(request(0, vec![], wrong)).await.0, 422);
    assert_eq!(witness.add(growth(0, 0)).await.0, 200);
    assert_eq!(witness.add(growth(0, 5)).await.0, 200);
    witness.end().await;
}

#[tokio::test]
async fn everything_else_is_refused_with_the_status_that_the_protocol_names() {
    let folder = tempfile::tempdir().unwrap();
    let witness = Running::start(folder.path()).await;
    let (stranger, forger) = (
        NoteSigner::try_new("other.example/log", &[2; 32]).unwrap(),
        NoteSigner::try_new(ORIGIN, &[3; 32]).unwrap(),
    );
    let of = |signer: &NoteSigner, size| signed(signer, size, tree(size).root());
    // Another key under the same name beside the log's own is passed over; a false signature of the log's own is not.
    let both = format!("{}{}", note(7), of(&forger, 7).rsplit_once("\n\n").unwrap().1);
    let bent = note(7).replace("\n7\n", "\n8\n");
    assert_eq!(witness.add(growth(0, 5)).await.0, 200);
    let mut bent_proof = proof(5, 7);
    bent_proof[0].0[0] ^= 1;
    let long = [proof(5, 7), vec![leaf(0)]].concat();
    for (what, status, body) in [
        ("no request", 400, String::new()),
        ("no empty line", 400, format!("old 5\n{}", note(7).replace("\n\n", "\n"))),
        ("a size with a nought before it", 400, growth(5, 7).replacen("old 5", "old 05", 1)),
        ("a proof of 64 lines", 400, request(5, vec![leaf(1); 64], note(7))),
        (
            "a note without signatures",
            400,
            request(5, proof(5, 7), note(7).split_once("— ").unwrap().0.into()),
        ),
        ("a note that is no checkpoint", 400, request(5, vec![], signer().sign("hello\n").to_string())),
        ("an old size larger than the new", 400, request(5, vec![], note(4))),
        ("another log", 404, request(0, vec![], of(&stranger, 7))),
        ("another key", 403, request(5, proof(5, 7), of(&forger, 7))),
        ("a false signature", 403, request(5, proof(5, 8), bent)),
        ("a log that was never seen", 409, growth(0, 7)),
        ("a size that was never cosigned", 409, growth(4, 7)),
        ("a rollback", 409, growth(0, 3)),
        ("a rollback that names the size", 400, request(5, vec![], note(3))),
        ("growth without a proof", 422, request(5, vec![], note(7))),
        ("a bent proof", 422, request(5, bent_proof, note(7))),
        ("a proof that is too long", 422, request(5, long, note(7))),
        ("another root of the same size", 422, request(5, vec![], signed(&signer(), 5, leaf(9)))),
        ("the same with a proof", 422, request(5, vec![leaf(1)], note(5))),
    ] {
        let answer = witness.add(body).await;
        assert_eq!(answer.0, status, "{what}: {}", answer.1);
        if status == 409 {
            assert_eq!(answer.1, "5\n", "{what}");
        }
    }
    assert_eq!(witness.add(vec![0xff, 0xfe]).await.0, 400);
    assert_eq!(witness.add("o".repeat(svod_witness::REQUEST_BYTES_MAX + 1)).await.0, 413);
    assert_eq!(witness.read("/add-checkpoint").await.0, 405);
    assert_eq!(witness.read("/nothing").await.0, 404);
    // None of it moved anything.
    let answer = witness.add(request(5, proof(5, 7), both)).await;
    assert_eq!(answer.0, 200);
    // Nor does the witness show what others wrote under it.
    let shown = witness.read(&format!("/{}/checkpoint", origin_hash())).await.1;
    assert_eq!(shown, format!("{}{}", note(7), answer.1));
    witness.end().await;
}

#[tokio::test]
async fn each_key_of_a_log_is_believed_and_a_false_signature_of_any_of_them_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let witness = Running::start(folder.path()).await;
    let of = |signer: &NoteSigner, size| signed(signer, size, tree(size).root());
    assert_eq!(witness.add(request(0, vec![], of(&retired(), 5))).await.0, 200);
    let line_of_another_size = of(&retired(), 6).rsplit_once("\n\n").unwrap().1.to_owned();
    let half = format!("{}{line_of_another_size}", note(7));
    assert_eq!(witness.add(request(5, proof(5, 7), half)).await.0, 403);
    assert_eq!(witness.add(growth(5, 7)).await.0, 200);
    witness.end().await;
}

#[tokio::test]
async fn two_roots_for_one_size_are_kept_as_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let witness = Running::start(folder.path()).await;
    witness.add(growth(0, 5)).await;
    let other = signed(&signer(), 5, leaf(9));
    for old in [5, 4, 5] {
        let _refused = witness.add(request(old, vec![], other.clone())).await;
    }
    let kept: Vec<_> = std::fs::read_dir(folder.path().join("evidence"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!(std::fs::read_to_string(kept).unwrap(), other);
    witness.end().await;
}

#[tokio::test]
async fn what_was_cosigned_is_remembered_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let witness = Running::start(folder.path()).await;
    witness.add(growth(0, 9)).await;
    witness.end().await;
    let witness = Running::start(folder.path()).await;
    assert_eq!(witness.add(growth(0, 5)).await, (409, "9\n".to_owned()));
    assert_eq!(witness.add(growth(9, 10)).await.0, 200);
    witness.end().await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_make_cosignatures_older() {
    let folder = tempfile::tempdir().unwrap();
    let witness = Running::start(folder.path()).await;
    witness.add(growth(0, 5)).await;
    witness.now.store(NOW - 1000, Ordering::Relaxed);
    let answer = witness.add(growth(5, 6)).await;
    assert_eq!(witness.cosigned_at(&note(6), &answer), NOW);
    witness.end().await;
}

#[tokio::test]
async fn one_of_many_that_race_for_the_same_size_moves_the_witness() {
    let folder = tempfile::tempdir().unwrap();
    let witness = Arc::new(Running::start(folder.path()).await);
    witness.add(growth(0, 5)).await;
    let racing = (6..26).map(|size| {
        let witness = Arc::clone(&witness);
        async move { witness.add(growth(5, size)).await.0 }
    });
    let mut statuses = futures_util::future::join_all(racing).await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1], statuses.len()), (200, 409, 20));
}

#[tokio::test]
async fn a_memory_that_was_damaged_or_is_in_use_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let logs = Logs::from_iter([signer().verifier_key()]);
        Book::open(folder.path(), identity(folder.path(), None).unwrap(), logs)
    };
    let witness = Running::start(folder.path()).await;
    witness.add(growth(0, 9)).await;
    assert!(matches!(open(), Err(BookError::Taken { .. })));
    witness.end().await;
    let file = folder.path().join("logs").join(origin_hash().to_string());
    let kept = std::fs::read_to_string(&file).unwrap();
    for damaged in [String::new(), note(9), kept.replace("\n9\n", "\n8\n"), kept[..kept.len() - 9].to_owned()]
    {
        std::fs::write(&file, damaged).unwrap();
        assert!(matches!(open(), Err(BookError::Damaged { .. })));
    }
    std::fs::write(&file, kept).unwrap();
    assert!(open().is_ok());
}
