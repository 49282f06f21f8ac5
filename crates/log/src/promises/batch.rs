//! Promises of a batch and of receipts: all or nothing, each append for itself, and one answer for ever.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{
    Home, append, append_at, appended, kept_receipt, kinds, message, receipt, record, refusal, sound, stream,
};
use crate::{
    Answer, Append, Assumption, BATCH_APPENDS_MAX, Checkpoint, Hash, MessageKey, NewReceipt, Piece, Position,
    ReceiptBody, StoreError, Version,
};

promises! { $ batch_promises of batch:
    /// Later appends of a batch see what earlier ones did, and each is answered in its place.
    async fn later_appends_of_a_batch_see_earlier_ones(home) {
        let store = home.open().await;
        let batch = [
            append_at("a", 0, &["a1", "a2"]),
            append_at("a", 0, &["stale"]),
            append_at("b", 0, &["b1"]),
            append_at("a", 2, &["a3"]),
        ];
        let assumption = Assumption::Stream(stream("a"), Version::NONE);
        let expected = [appended(1, 2), Answer::Conflict { assumption }, appended(3, 3), appended(4, 4)];
        assert_eq!(store.append(&batch).await?, expected);
        assert_eq!(kinds(&sound(&*store).await?), ["a1", "a2", "b1", "a3"]);
    }

    /// An append may write to several streams, and to one of them more than once.
    async fn one_append_may_write_to_several_streams(home) {
        let store = home.open().await;
        let mut wide = append("a", &["a1"]);
        wide.events.extend(append("b", &["b1"]).events);
        wide.events.extend(append("a", &["a2"]).events);
        assert_eq!(store.append(&[wide]).await?, [appended(1, 3)]);
        let entries = sound(&*store).await?;
        assert_eq!(kinds(&entries), ["a1", "b1", "a2"]);
        assert_eq!(entries[2].version, Version(2));
    }

    /// An empty batch is no work and no failure.
    async fn an_empty_batch_has_no_answers(home) {
        assert_eq!(home.open().await.append(&[]).await?, []);
    }

    /// The largest batch is recorded in its order.
    async fn the_largest_batch_is_recorded_in_order(home) {
        let store = home.open().await;
        let batch: Vec<_> = (0..BATCH_APPENDS_MAX)
            .map(|number| Append {
                receipt: Some(receipt(&number.to_string(), "accepted")),
                ..append(&format!("activity-{}", number % 100), &["one"])
            })
            .collect();
        for (number, answer) in (1..).zip(store.append(&batch).await?) {
            let receipt = Some("accepted".as_bytes().into());
            assert_eq!(answer, Answer::Appended { positions: Some((Position(number), Position(number))), receipt });
        }
        assert_eq!(sound(&*store).await?.len(), BATCH_APPENDS_MAX);
    }

    /// A batch whose caller gives up while it is written is kept whole or not at all, and the store works on.
    async fn an_abandoned_batch_is_kept_whole_or_not_at_all(home) {
        let store = home.open().await;
        let batch = [append("a", &["a", "a"]), append("b", &["b"]), refusal("again", "refused")];
        let mut before = 0;
        for patience in 0..40 {
            let mut abandoned = store.append(&batch);
            for _ in 0..patience {
                if futures_util::poll!(&mut abandoned).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(abandoned);
            record(&*store, append("c", &["c"])).await?;
            let after = sound(&*store).await?.len();
            assert!(after == before + 1 || after == before + 4, "{before} became {after}");
            before = after;
        }
    }

    /// The answer to a message is the same bytes for ever, in every process.
    async fn a_message_gets_the_same_answer_for_ever(home) {
        let (store, other) = (home.open().await, home.open().await);
        let first = Append { receipt: Some(receipt("m-1", "accepted\0")), ..append("a", &["first"]) };
        let again = Append { receipt: Some(receipt("m-1", "other")), ..append("a", &["again"]) };
        record(&*store, first).await?;
        let kept = kept_receipt("m-1", "accepted\0");
        for store in [&store, &other, &home.open().await] {
            assert_eq!(store.append(std::slice::from_ref(&again)).await?, [Answer::AnsweredBefore(kept.clone())]);
            assert_eq!(store.receipt(&message("m-1")).await?, Some(kept.clone()));
        }
        assert_eq!(kinds(&sound(&*store).await?), ["first"]);
    }

    /// A message that comes twice in one batch is answered by the first.
    async fn a_message_twice_in_a_batch_is_answered_once(home) {
        let store = home.open().await;
        let with = |kind| Append { receipt: Some(receipt("m-1", kind)), ..append("a", &[kind]) };
        let answers = store.append(&[with("first"), with("second")]).await?;
        let receipt = Some("first".as_bytes().into());
        assert_eq!(answers[0], Answer::Appended { positions: Some((Position(1), Position(1))), receipt });
        assert_eq!(answers[1], Answer::AnsweredBefore(kept_receipt("m-1", "first")));
        assert_eq!(kinds(&sound(&*store).await?), ["first"]);
    }

    /// An earlier answer comes before every other look at an append, so that a repetition is never a conflict.
    async fn a_repeated_message_is_answered_before_it_is_checked(home) {
        let store = home.open().await;
        let filed = Append { receipt: Some(receipt("m-1", "accepted")), ..append_at("a", 0, &["first"]) };
        record(&*store, filed.clone()).await?;
        let kept = kept_receipt("m-1", "accepted");
        assert_eq!(store.append(&[filed]).await?, [Answer::AnsweredBefore(kept)]);
    }

    /// A refusal keeps its answer and no event; the log does not move.
    async fn a_refusal_keeps_only_its_answer(home) {
        let store = home.open().await;
        record(&*store, append("a", &["first"])).await?;
        let head = store.head().await?;
        let receipt = Some("refused".as_bytes().into());
        let answers = store.append(&[refusal("m-1", "refused")]).await?;
        assert_eq!(answers, [Answer::Appended { positions: None, receipt }]);
        assert_eq!(store.head().await?, head);
        let kept = kept_receipt("m-1", "refused");
        assert_eq!(store.append(&[refusal("m-1", "other")]).await?, [Answer::AnsweredBefore(kept)]);
        assert_eq!(kinds(&sound(&*store).await?), ["first"]);
    }

    /// An answer carries the checkpoint of the log with all that was recorded together with it, and one that was given
    /// earlier in the same batch is the very same.
    async fn an_answer_carries_the_checkpoint_of_its_batch(home) {
        let store = home.open().await;
        let signed = |id| NewReceipt { body: ReceiptBody(vec![Piece::Checkpoint]), ..receipt(id, "") };
        let with = |id, events: &[&str]| Append { receipt: Some(signed(id)), ..append("a", events) };
        let batch = [with("m-1", &["one"]), with("m-2", &["two", "three"]), with("m-1", &["again"]), with("m-3", &[])];
        let answers = store.append(&batch).await?;
        let head = store.head().await?;
        let bodies = ["m-1", "m-2", "m-3"].map(message);
        let kept = store.receipts(&bodies).await?;
        for body in kept.values().map(|receipt| &receipt.body) {
            let note: String = serde_json::from_slice(body).expect("a checkpoint is written as a JSON string");
            let (text, _signature) = note.split_once("\n\n").expect("a checkpoint is signed");
            let checkpoint = Checkpoint::parse(&format!("{text}\n")).expect("the text is a checkpoint");
            assert_eq!((Position(checkpoint.size), checkpoint.root), (head.position, head.root));
        }
        assert_eq!(kept.len(), 3);
        assert_eq!(answers[2], Answer::AnsweredBefore(kept[&message("m-1")].clone()));
    }

    /// An answer can tell the position of the first event that it caused.
    async fn an_answer_tells_its_position(home) {
        let store = home.open().await;
        let around = |id| NewReceipt {
            body: ReceiptBody(vec![
                Piece::Bytes(b"{\"position\":".to_vec()),
                Piece::Position,
                Piece::Bytes(b"}".to_vec()),
            ]),
            ..receipt(id, "")
        };
        let batch: Vec<_> = ["m-1", "m-2", "m-3"]
            .map(|id| Append { receipt: Some(around(id)), ..append("a", &["one", "two"]) })
            .into();
        let answers = store.append(&batch).await?;
        for (answer, (id, body)) in answers.iter().zip([("m-1", "1"), ("m-2", "3"), ("m-3", "5")]) {
            let body = format!("{{\"position\":{body}}}");
            let Answer::Appended { receipt: Some(receipt), .. } = answer else { panic!("{answer:?}") };
            assert_eq!(**receipt, *body.as_bytes());
            assert_eq!(store.receipt(&message(id)).await?, Some(kept_receipt(id, &body)));
        }
    }

    /// One message that reaches several processes at once is answered by one of them.
    async fn a_message_that_reaches_two_processes_is_answered_once(home) {
        let stores = [home.open().await, home.open().await];
        for number in 0..10 {
            let mut deliveries = JoinSet::new();
            for (copy, store) in stores.iter().enumerate() {
                let receipt = Some(receipt(&format!("m-{number}"), &format!("copy {copy}")));
                // Every other message is refused, so that the race is about receipts alone.
                let append = if number % 2 == 0 { append("a", &["one"]) } else { append("a", &[]) };
                let store = Arc::clone(store);
                deliveries.spawn(async move { store.append(&[Append { receipt, ..append }]).await });
            }
            let mut bodies = Vec::new();
            while let Some(answers) = deliveries.join_next().await {
                let mut answers = answers.expect("no delivery panics")?;
                match answers.remove(0) {
                    Answer::Appended { receipt: Some(body), .. } => bodies.push(body),
                    Answer::AnsweredBefore(receipt) => bodies.push(receipt.body),
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(bodies[0], bodies[1]);
        }
        assert_eq!(sound(&*stores[0]).await?.len(), 5);
    }

    /// Answers are found by several keys at once, whatever is in the names, and two names are never one.
    async fn receipts_are_found_by_any_key(home) {
        let store = home.open().await;
        let long = "λ".repeat(5_000);
        let keys: Vec<_> = [("a", "bc"), ("ab", "c"), ("/πόλη", "№ 1"), ("a\0", "bc"), ("", ""), ("/", &long)]
            .map(|(source, id)| MessageKey { source: source.into(), id: id.into() })
            .into();
        for (number, key) in keys.iter().enumerate() {
            let receipt = NewReceipt { message: key.clone(), ..receipt("x", &number.to_string()) };
            record(&*store, Append { receipt: Some(receipt), ..append("a", &["one"]) }).await?;
        }
        let absent = [message("nobody's")];
        let found = store.receipts(&[&keys[..], &absent].concat()).await?;
        assert_eq!(found.len(), keys.len());
        for (number, key) in keys.iter().enumerate() {
            assert_eq!(*found[key].body, *number.to_string().as_bytes());
            assert_eq!(found[key].digest, Hash::of(b"x"));
        }
        assert!(store.receipts(&[]).await?.is_empty());
        let entries = sound(&*store).await?;
        assert_eq!(entries[3].message.as_ref(), Some(&keys[3]));
    }

    /// What a process has never read is not taken for empty, however sure it is of where the log ends.
    async fn what_a_process_has_not_read_is_asked_before_it_writes(home) {
        let one = home.open().await;
        let filed = Append { receipt: Some(receipt("m-1", "accepted")), ..append_at("a", 0, &["first"]) };
        record(&*one, filed.clone()).await?;
        record(&*one, append("person", &["erased"])).await?;
        let assumes = |name: &str| Assumption::Stream(stream(name), Version::NONE);
        let writes_to_it = append_at("a", 0, &["again"]);
        let rests_on_it = Append { assumes: vec![assumes("person")], ..append("c", &["named"]) };
        for (asked, answer) in [
            (writes_to_it, Answer::Conflict { assumption: assumes("a") }),
            (rests_on_it, Answer::Conflict { assumption: assumes("person") }),
            (filed, Answer::AnsweredBefore(kept_receipt("m-1", "accepted"))),
        ] {
            // Each by one that has read nothing but the end of the log.
            let fresh = home.open().await;
            record(&*fresh, append("b", &["own"])).await?;
            assert_eq!(fresh.append(&[asked]).await?, [answer]);
        }
        sound(&*one).await?;
    }

    /// Answers that another process has given meanwhile are found, also when nothing else has changed.
    async fn an_answer_of_another_process_is_found(home) {
        let (one, other) = (home.open().await, home.open().await);
        record(&*one, append("a", &["first"])).await?;
        record(&*other, refusal("m-1", "refused")).await?;
        let late = Append { receipt: Some(receipt("m-1", "accepted")), ..append("a", &["late"]) };
        let kept = kept_receipt("m-1", "refused");
        assert_eq!(one.append(&[late]).await?, [Answer::AnsweredBefore(kept)]);
        record(&*one, append_at("a", 1, &["second"])).await?;
        assert_eq!(kinds(&sound(&*one).await?), ["first", "second"]);
    }
}
