//! Promises of what is kept for witnesses.

use super::{Home, append, record};
use crate::{Cosigned, CosignedHead, Position, READ_MAX, StoreError};

fn head(witness: &str, size: u64) -> CosignedHead {
    let note = format!("the log with {size} entries, says {witness}\n");
    let cosigned = Cosigned { size, witness: witness.into(), note };
    CosignedHead { cosigned, frontier: size.to_be_bytes().to_vec() }
}

promises! { $ witnessed_promises of witnessed:
    /// Leaves are read in order and in parts, and they are those of the entries.
    async fn leaves_are_those_of_the_entries(home) {
        let store = home.open().await;
        for number in 0..3 {
            record(&*store, append(&format!("activity-{number}"), &["a", "b"])).await?;
        }
        let entries = store.read(Position::START, READ_MAX).await?;
        let leaves: Vec<_> = entries.iter().map(|entry| entry.leaf).collect();
        assert_eq!(store.leaves(Position::START, READ_MAX).await?, leaves);
        assert_eq!(store.leaves(Position(2), 3).await?, leaves[2..5]);
        assert_eq!(store.leaves(Position(6), 3).await?, []);
    }

    /// The newest cosigned checkpoint of each witness is kept, and never gives way to one of a smaller log.
    async fn the_newest_cosigned_checkpoint_of_each_witness_is_kept(home) {
        let store = home.open().await;
        assert_eq!(store.cosigned_heads().await?, []);
        for (witness, size) in [("w2", 7), ("w1", 3), ("w1", 9), ("w1", 4)] {
            store.keep_cosigned(&head(witness, size), false).await?;
        }
        assert_eq!(home.open().await.cosigned_heads().await?, [head("w1", 9), head("w2", 7)]);
        // Of the same log the later cosignature is the better: it says that nothing came since.
        let mut later = head("w2", 7);
        later.cosigned.note.push('!');
        store.keep_cosigned(&later, false).await?;
        assert_eq!(store.cosigned_heads().await?, [head("w1", 9), later]);
        assert_eq!(store.cosigned((0, ""), 9).await?, []);
    }

    /// A cosigned checkpoint that is to stay stays as it was first kept.
    async fn a_cosigned_checkpoint_that_is_to_stay_stays(home) {
        let store = home.open().await;
        for (witness, size) in [("w1", 5), ("w2", 5), ("w1", 300), ("w2", 8)] {
            store.keep_cosigned(&head(witness, size), true).await?;
        }
        let mut again = head("w1", 5);
        again.cosigned.note.push('!');
        store.keep_cosigned(&again, true).await?;
        let of = |witness, size| head(witness, size).cosigned;
        let all = [of("w1", 5), of("w2", 5), of("w2", 8), of("w1", 300)];
        let store = home.open().await;
        assert_eq!(store.cosigned((0, ""), 9).await?, all);
        assert_eq!(store.cosigned((5, "w1"), 2).await?, all[1..3]);
        assert_eq!(store.cosigned_heads().await?, [head("w1", 300), head("w2", 8)]);
    }
}
