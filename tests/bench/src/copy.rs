//! The binary form in which PostgreSQL copies rows in and out (its documentation, COPY, «Binary Format»).

use anyhow::{Context as _, Result, ensure};

use crate::rows::{KIND, Row};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Behind the signature: flags, and the length of an extension of the header.
const HEADER: usize = 19;

/// Rows as they are copied in.
pub fn encode(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 900);
    out.extend_from_slice(SIGNATURE);
    out.extend_from_slice(&[0; 8]);
    let field = |out: &mut Vec<u8>, bytes: &[u8]| {
        out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes());
        out.extend_from_slice(bytes);
    };
    for row in rows {
        out.extend_from_slice(&7_i16.to_be_bytes());
        field(&mut out, &row.position.to_be_bytes());
        field(&mut out, row.stream.as_bytes());
        field(&mut out, &row.version.to_be_bytes());
        field(&mut out, KIND.as_bytes());
        field(&mut out, &row.payload);
        field(&mut out, &row.metadata);
        field(&mut out, &row.at.to_be_bytes());
    }
    out.extend_from_slice(&(-1_i16).to_be_bytes());
    out
}

/// Reads what is copied out, in whatever pieces it comes.
#[derive(Default)]
pub struct Copied {
    kept: Vec<u8>,
    begun: bool,
    /// Rows so far.
    pub rows: u64,
}

impl Copied {
    /// Takes a piece and hands over the fields of each row that is whole.
    pub fn take(&mut self, piece: &[u8], mut row: impl FnMut(&[Option<&[u8]>]) -> Result<()>) -> Result<()> {
        // A piece is a row mostly, and then nothing is copied.
        let joined;
        let mut bytes = if self.kept.is_empty() {
            piece
        } else {
            joined = [std::mem::take(&mut self.kept).as_slice(), piece].concat();
            &joined
        };
        if !self.begun {
            if bytes.len() < HEADER {
                self.kept = bytes.to_vec();
                return Ok(());
            }
            ensure!(bytes.starts_with(SIGNATURE), "this is no binary copy");
            (self.begun, bytes) = (true, &bytes[HEADER..]);
        }
        while let Some((fields, rest)) = tuple(bytes)? {
            row(&fields)?;
            (self.rows, bytes) = (self.rows + 1, rest);
        }
        if bytes != (-1_i16).to_be_bytes() {
            self.kept = bytes.to_vec();
        }
        Ok(())
    }
}

type Tuple<'a> = (Vec<Option<&'a [u8]>>, &'a [u8]);

/// The row that bytes begin with, if it is whole.
fn tuple(bytes: &[u8]) -> Result<Option<Tuple<'_>>> {
    let Some((count, mut rest)) = bytes.split_first_chunk::<2>() else { return Ok(None) };
    let count = i16::from_be_bytes(*count);
    if count < 0 {
        return Ok(None);
    }
    let mut fields = Vec::with_capacity(usize::try_from(count)?);
    for _ in 0..count {
        let Some((length, after)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = i32::from_be_bytes(*length);
        if length < 0 {
            fields.push(None);
            rest = after;
            continue;
        }
        let length = usize::try_from(length).context("a length")?;
        let Some((field, after)) = after.split_at_checked(length) else { return Ok(None) };
        fields.push(Some(field));
        rest = after;
    }
    Ok(Some((fields, rest)))
}
