//! Frames pass unchanged, however they are cut, unless their headers nest too deep.

use super::*;

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind, 0, 1][..], &size, payload, &[0xCE]].concat()
}

/// A frame of properties with a content type and these headers.
fn properties(headers: &[u8]) -> Vec<u8> {
    let size = u32::try_from(headers.len()).unwrap().to_be_bytes();
    let head = [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
    frame(2, &[&head[..], &[0xA0, 0], b"\x04json", &size, headers].concat())
}

fn nested(depth: usize) -> Vec<u8> {
    (1..depth).fold(vec![], |inner, _| {
        let size = u32::try_from(inner.len()).unwrap().to_be_bytes();
        [b"\x01aF", &size[..], &inner].concat()
    })
}

fn passed(bytes: &[u8], cut: usize) -> io::Result<Vec<u8>> {
    let mut frames = Frames::default();
    let mut out = Vec::new();
    for part in bytes.chunks(cut) {
        frames.take(part)?;
        let mut buffer = [0; 11];
        loop {
            let given = frames.give(&mut buffer);
            if given == 0 {
                break;
            }
            out.extend_from_slice(&buffer[..given]);
        }
    }
    Ok(out)
}

#[test]
fn frames_pass_unchanged_wherever_the_stream_is_cut() {
    let stream =
        [frame(1, b"method"), properties(&nested(3)), frame(3, b"body"), frame(8, b""), frame(3, &[7; 99])]
            .concat();
    for cut in 1..stream.len() {
        assert_eq!(passed(&stream, cut).unwrap(), stream, "cut every {cut}");
    }
}

#[test]
fn headers_may_nest_as_deep_as_the_limit_and_no_deeper() {
    assert!(passed(&properties(&nested(DEPTH_MAX)), 4_096).is_ok());
    for depth in [DEPTH_MAX + 1, 2_000, 18_000] {
        assert!(passed(&properties(&nested(depth)), 4_096).is_err(), "{depth}");
    }
}

#[test]
fn headers_that_cannot_be_followed_do_not_pass() {
    for headers in [&b"\x01aF\xff\xff\xff\xff"[..], b"\x01a?", b"\xffa", b"\x01aS\0\0\0\x09short"] {
        assert!(passed(&properties(headers), 4_096).is_err(), "{headers:?}");
    }
}

#[test]
fn every_kind_of_value_passes() {
    let values: [&[u8]; 17] = [
        b"t\x01",
        b"b\xff",
        b"B\x01",
        b"s\0\x01",
        b"U\0\x01",
        b"u\0\x01",
        b"I\0\0\0\x01",
        b"i\0\0\0\x01",
        b"l\0\0\0\0\0\0\0\x01",
        b"L\0\0\0\0\0\0\0\x01",
        b"f\0\0\0\0",
        b"d\0\0\0\0\0\0\0\0",
        b"D\x02\0\0\0\x01",
        b"S\0\0\0\x04text",
        b"x\0\0\0\x02\x01\x02",
        b"V",
        b"A\0\0\0\x08VF\0\0\0\0VV",
    ];
    let table: Vec<u8> = values.iter().flat_map(|value| [b"\x01k", *value].concat()).collect();
    let frame = properties(&table);
    assert_eq!(passed(&frame, 4_096).unwrap(), frame);
}

#[test]
fn what_a_client_writes_passes() {
    // Without headers, and with an encoding before them.
    let head = [0_u8; PROPERTIES_HEAD_BYTES];
    assert!(look(&[&head[..], &[0, 0x80], b"\x02m1"].concat()).is_ok());
    assert!(look(&[&head[..], &[0x60, 0], b"\x05utf-8", &[0, 0, 0, 3], b"\x01kV"].concat()).is_ok());
    assert!(look(&head).is_err());
}
