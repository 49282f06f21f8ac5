//! What the broker sends is looked through before the client library parses it. The library descends into nested
//! headers without a limit, so a few kilobytes from any sender would overflow its stack and end the process. Here they
//! end the connection, as every other unreadable message does, and the delivery limit carries it out of the queue.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use async_rs::traits::Reactor;
use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use futures_io::{AsyncRead, AsyncWrite};
use futures_util::Stream;
use lapin::tcp::{AMQPUriTcpExt as _, AsyncTcpStream, OwnedTLSConfig};
use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties};

/// Deepest nesting of headers: those of the broker itself (`x-death`) have three levels.
const DEPTH_MAX: usize = 16;
/// Bytes read from the socket at once.
const CHUNK_BYTES: usize = 32 * 1024;
/// Kind, channel and size, before the payload of a frame.
const FRAME_HEAD_BYTES: usize = 7;
/// The mark behind the payload of a frame.
const FRAME_END_BYTES: usize = 1;
/// The kind of frame that holds a message's properties.
const KIND_PROPERTIES: u8 = 2;
/// Class, weight and size of the body, before the flags of the properties.
const PROPERTIES_HEAD_BYTES: usize = 12;
/// Flags of the properties that stand before and at the headers.
const CONTENT_TYPE: u16 = 1 << 15;
const CONTENT_ENCODING: u16 = 1 << 14;
const HEADERS: u16 = 1 << 13;

/// Connects as the client library does, with the guard between the socket (or TLS) and its parser.
pub(crate) async fn connect(uri: AMQPUri, properties: ConnectionProperties) -> lapin::Result<Connection> {
    let runtime = Runtime::new(RuntimeParts::new(Tokio::current(), Guarded { tokio: Tokio::current() }));
    let open = async |uri: AMQPUri, _runtime| {
        let tokio = Runtime::tokio_current();
        let tls = OwnedTLSConfig::default();
        let socket = uri.connect_with_config_async(tls.as_ref(), &tokio).await?;
        Ok(AsyncTcpStream::Plain(Guard::new(Box::new(socket))))
    };
    Connection::connector(uri, runtime, open, properties).await
}

/// A socket, encrypted or not.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

/// Everything that the client library asks of a runtime, with guarded sockets.
#[derive(Clone, Debug)]
struct Guarded {
    tokio: Tokio,
}

impl Reactor for Guarded {
    type TcpStream = Guard;
    type Sleep = <Tokio as Reactor>::Sleep;

    /// The client library never hands over a socket of its own.
    fn register<H: io::Read + io::Write + Send + 'static>(
        &self,
        _socket: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        Err::<Guard, _>(io::ErrorKind::Unsupported.into())
    }

    fn sleep(&self, dur: Duration) -> Self::Sleep {
        self.tokio.sleep(dur)
    }

    fn interval(&self, dur: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.tokio.interval(dur)
    }

    fn tcp_connect_addr(
        &self,
        addr: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        let socket = self.tokio.tcp_connect_addr(addr);
        async move { Ok(Guard::new(Box::new(socket.await?))) }
    }
}

/// A socket whose incoming frames are looked through.
struct Guard {
    socket: Box<dyn Socket>,
    chunk: Box<[u8]>,
    frames: Frames,
}

impl Guard {
    fn new(socket: Box<dyn Socket>) -> Self {
        Self { socket, chunk: vec![0; CHUNK_BYTES].into(), frames: Frames::default() }
    }
}

impl AsyncRead for Guard {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut [u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        loop {
            let given = this.frames.give(out);
            if given > 0 || out.is_empty() {
                return Poll::Ready(Ok(given));
            }
            let read = ready!(Pin::new(&mut this.socket).poll_read(cx, &mut this.chunk))?;
            if read == 0 {
                return Poll::Ready(Ok(0));
            }
            this.frames.take(&this.chunk[..read])?;
        }
    }
}

impl AsyncWrite for Guard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx)
    }
}

/// The stream of frames: what was looked through, and what is not whole yet.
#[derive(Debug, Default)]
struct Frames {
    passed: Vec<u8>,
    given: usize,
    /// The head of a frame, or a whole frame of properties, as far as it has come.
    held: Vec<u8>,
    /// Bytes of the present frame that need no look.
    plain: usize,
}

impl Frames {
    /// Hands out what was looked through.
    fn give(&mut self, out: &mut [u8]) -> usize {
        let count = out.len().min(self.passed.len() - self.given);
        out[..count].copy_from_slice(&self.passed[self.given..self.given + count]);
        self.given += count;
        if self.given == self.passed.len() {
            self.passed.clear();
            self.given = 0;
        }
        count
    }

    fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.plain > 0 {
                let (now, later) = bytes.split_at(self.plain.min(bytes.len()));
                self.passed.extend_from_slice(now);
                self.plain -= now.len();
                bytes = later;
            } else {
                bytes = self.hold(bytes)?;
            }
        }
        Ok(())
    }

    /// Gathers the head of a frame, and the whole of it if it holds properties.
    fn hold<'a>(&mut self, bytes: &'a [u8]) -> io::Result<&'a [u8]> {
        let wanted = match frame_size(&self.held) {
            None => FRAME_HEAD_BYTES,
            Some(size) => FRAME_HEAD_BYTES + size + FRAME_END_BYTES,
        };
        let (now, later) = bytes.split_at((wanted - self.held.len()).min(bytes.len()));
        self.held.extend_from_slice(now);
        let Some(size) = frame_size(&self.held) else { return Ok(later) };
        let is_whole = self.held.len() == FRAME_HEAD_BYTES + size + FRAME_END_BYTES;
        if self.held[0] != KIND_PROPERTIES {
            self.plain = size + FRAME_END_BYTES;
        } else if is_whole {
            look(&self.held[FRAME_HEAD_BYTES..FRAME_HEAD_BYTES + size])?;
        } else {
            return Ok(later);
        }
        self.passed.append(&mut self.held);
        Ok(later)
    }
}

/// The size of the payload, once the head of the frame is whole.
fn frame_size(held: &[u8]) -> Option<usize> {
    let size = held.get(3..FRAME_HEAD_BYTES)?;
    Some(u32::from_be_bytes(size.try_into().ok()?) as usize)
}

/// Fails if the headers of these properties nest too deep, or cannot be followed.
fn look(properties: &[u8]) -> io::Result<()> {
    let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "a message's headers cannot be followed");
    let mut at = Cursor { bytes: properties, place: PROPERTIES_HEAD_BYTES };
    let flags = at.take(2).map(|flags| u16::from_be_bytes([flags[0], flags[1]])).ok_or_else(unreadable)?;
    for flag in [CONTENT_TYPE, CONTENT_ENCODING] {
        if flags & flag != 0 {
            at.short_string().ok_or_else(unreadable)?;
        }
    }
    if flags & HEADERS == 0 {
        return Ok(());
    }
    let depth = depth(&mut at).ok_or_else(unreadable)?;
    if depth > DEPTH_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a message's headers nest too deep"));
    }
    Ok(())
}

/// How deep the table at this place nests, counted no further than one beyond the limit. `None`: it is no table.
fn depth(at: &mut Cursor<'_>) -> Option<usize> {
    /// A table or an array that is being read: where it ends, and whether its values have names.
    struct Open {
        end: usize,
        named: bool,
    }
    let end = at.block()?;
    let mut open = vec![Open { end, named: true }];
    let mut deepest = open.len();
    while let Some(Open { end, named }) = open.last() {
        if at.place >= *end {
            open.pop();
            continue;
        }
        if *named {
            at.short_string()?;
        }
        let bytes = match at.take(1)?[0] {
            b'V' => 0,
            b't' | b'b' | b'B' => 1,
            b's' | b'U' | b'u' => 2,
            b'I' | b'i' | b'f' => 4,
            b'D' => 5,
            b'L' | b'l' | b'd' | b'T' => 8,
            b'S' | b'x' => {
                at.place = at.block()?;
                0
            }
            kind @ (b'A' | b'F') => {
                open.push(Open { end: at.block()?, named: kind == b'F' });
                deepest = deepest.max(open.len());
                if deepest > DEPTH_MAX {
                    return Some(deepest);
                }
                0
            }
            _unknown => return None,
        };
        at.take(bytes)?;
    }
    Some(deepest)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.place..self.place.checked_add(count)?)?;
        self.place += count;
        Some(taken)
    }

    fn short_string(&mut self) -> Option<()> {
        let size = usize::from(self.take(1)?[0]);
        self.take(size).map(drop)
    }

    /// The end of the block of bytes that begins with its size here.
    fn block(&mut self) -> Option<usize> {
        let size = u32::from_be_bytes(self.take(4)?.try_into().ok()?) as usize;
        let end = self.place.checked_add(size)?;
        (end <= self.bytes.len()).then_some(end)
    }
}

#[cfg(test)]
mod tests;
