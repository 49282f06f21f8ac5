//! Who asks a witness: one request, one answer, and nothing of the answer believed but what the witness's key signed.

use std::time::Duration;

use svod_log::Hash;
use svod_log::cosignature::CosignerKey;
use svod_log::note::{NOTE_BYTES_MAX, Note, SignatureLine};

use crate::request::{AddCheckpoint, decimal};

/// Longest wait for an answer, connecting included: a witness writes to its disk before it answers.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// Most bytes of a refusal's words that are told on.
const WORDS_BYTES_MAX: usize = 200;

/// A witness as a ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its submission prefix, without the last slash: `https://witness.example`.
    pub url: String,
    /// Its key.
    pub key: CosignerKey,
}

/// What a witness says to a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It cosigned.
    Cosigned {
        /// The line to put under the note.
        line: SignatureLine,
        /// When, in seconds since 1970.
        at: u64,
    },
    /// It has cosigned another size last.
    Moved {
        /// That size.
        size: u64,
    },
}

/// Why there is no answer that could be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It cannot be reached, or the connection broke.
    #[error("the witness cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    /// It says no.
    #[error("the witness refuses: {status} {words}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said, shortened.
        words: String,
    },
    /// It does not speak the protocol, or somebody else speaks for it.
    #[error("the answer of the witness cannot be used: {0}")]
    Unfit(&'static str),
}

/// Speaks to one witness; keeps its connection.
#[derive(Clone, Debug)]
pub struct WitnessClient {
    witness: Witness,
    http: reqwest::Client,
}

impl WitnessClient {
    /// To this witness. Redirections are not followed: nobody but the witness says where it is.
    pub fn try_new(witness: Witness) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .timeout(ANSWER_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { witness, http })
    }

    /// Whom it speaks to.
    #[must_use]
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    /// Offers a checkpoint.
    pub async fn add_checkpoint(&self, request: &AddCheckpoint) -> Result<Answer, ClientError> {
        let url = format!("{}/add-checkpoint", self.witness.url);
        let response = self.http.post(url).body(request.to_string()).send().await?;
        let status = response.status().as_u16();
        let body = read(response).await?;
        match status {
            200 => self.cosigned(&request.note, &body),
            409 => {
                let size = body.strip_suffix('\n').and_then(decimal);
                Ok(Answer::Moved { size: size.ok_or(ClientError::Unfit("a conflict without a size"))? })
            }
            _ => Err(refusal(status, &body)),
        }
    }

    /// The checkpoint that the witness last cosigned for a log. `None`: none, or it does not show any.
    pub async fn checkpoint(&self, origin: &str) -> Result<Option<Note>, ClientError> {
        let url = format!("{}/{}/checkpoint", self.witness.url, Hash::of(origin.as_bytes()));
        let response = self.http.get(url).send().await?;
        let status = response.status().as_u16();
        let body = read(response).await?;
        match status {
            200 => {
                let note = Note::parse(&body).map_err(|_| ClientError::Unfit("no signed note"))?;
                let signed = self.witness.key.cosigned_at(&note);
                signed.map_err(|_| ClientError::Unfit("not signed by the witness"))?;
                Ok(Some(note))
            }
            404 => Ok(None),
            _ => Err(refusal(status, &body)),
        }
    }

    fn cosigned(&self, note: &str, lines: &str) -> Result<Answer, ClientError> {
        let unfit = |_| ClientError::Unfit("no lines of signatures");
        let text = Note::parse(note).map_err(unfit)?.text;
        // Lines of others are passed over; read alone under the text, ours stand or fall by themselves.
        let note = Note::parse(&format!("{text}\n{lines}")).map_err(unfit)?;
        let key = &self.witness.key;
        let at = key.cosigned_at(&note).map_err(|_| ClientError::Unfit("not signed by the witness"))?;
        let line = key.line_in(&note.signatures).cloned().ok_or(ClientError::Unfit("no line"))?;
        Ok(Answer::Cosigned { line, at })
    }
}

fn refusal(status: u16, body: &str) -> ClientError {
    let printable = body.chars().filter(|character| !character.is_control());
    ClientError::Refused { status, words: printable.take(WORDS_BYTES_MAX).collect() }
}

/// The body, as long as it is one that a witness may send.
async fn read(mut response: reqwest::Response) -> Result<String, ClientError> {
    let mut body = vec![];
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > NOTE_BYTES_MAX {
            return Err(ClientError::Unfit("it is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| ClientError::Unfit("it is no text"))
}

#[cfg(test)]
mod tests {
    use svod_log::cosignature::Cosigner;
    use svod_log::note::NoteSigner;

    use super::*;

    #[test]
    fn only_a_true_line_of_the_witness_is_taken_from_its_answer() {
        let cosigner = |seed| Cosigner::try_new("w1", &[seed; 32]).unwrap();
        let witness = Witness { url: "http://w1.invalid".into(), key: cosigner(1).verifier_key() };
        let client = WitnessClient::try_new(witness).unwrap();
        let root = "A".repeat(43);
        let text = format!("log\n3\n{root}=\n");
        let note = NoteSigner::try_new("log", &[7; 32]).unwrap().sign(&text).to_string();
        let (own, others) = (cosigner(1).cosign(&text, 9), cosigner(2).cosign(&text, 9));
        let false_one = cosigner(1).cosign(&text.replace("\n3\n", "\n4\n"), 9);
        let read = |lines: &[&SignatureLine]| {
            client.cosigned(&note, &lines.iter().map(ToString::to_string).collect::<Vec<_>>().concat())
        };
        let taken = Answer::Cosigned { line: own.clone(), at: 9 };
        assert_eq!(read(&[&others, &own]).ok(), Some(taken));
        for lines in [&[][..], &[&others], &[&false_one], &[&others, &false_one]] {
            assert!(matches!(read(lines), Err(ClientError::Unfit(_))), "{lines:?}");
        }
    }
}
