//! One HTTP/1.1 message, read whole so that it can be passed on.

use std::io::{BufRead, Read};

/// A head or a body is not read beyond this.
const BYTES_MAX: u64 = 16 << 20;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Answer,
}

/// How a body ends.
#[derive(Debug, PartialEq, Eq)]
enum Body {
    None,
    Bytes(u64),
    Chunks,
    /// With the connection.
    Rest,
}

/// The next message; `None` if the other side closed or what it says is not HTTP.
pub(super) fn read(stream: &mut impl BufRead, kind: Kind) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let head_bytes = head(stream, &mut message)?;
    match body(std::str::from_utf8(&message[..head_bytes]).ok()?, kind)? {
        Body::None => {}
        Body::Bytes(count) => exactly(stream, count, &mut message)?,
        Body::Chunks => chunks(stream, &mut message)?,
        Body::Rest => drop(stream.take(BYTES_MAX).read_to_end(&mut message).ok()?),
    }
    Some(message)
}

/// Lines up to and with the empty one.
fn head(stream: &mut impl BufRead, message: &mut Vec<u8>) -> Option<usize> {
    loop {
        let before = message.len();
        line(stream, message)?;
        if message.len() - before == 2 {
            return Some(message.len());
        }
    }
}

fn line(stream: &mut impl BufRead, message: &mut Vec<u8>) -> Option<()> {
    let left = BYTES_MAX.checked_sub(message.len() as u64)?;
    stream.take(left).read_until(b'\n', message).ok()?;
    message.ends_with(b"\r\n").then_some(())
}

fn exactly(stream: &mut impl BufRead, count: u64, message: &mut Vec<u8>) -> Option<()> {
    let read = stream.take(count).read_to_end(message).ok()?;
    (count <= BYTES_MAX && read as u64 == count).then_some(())
}

/// Chunks up to the empty one, and the trailer's empty line.
fn chunks(stream: &mut impl BufRead, message: &mut Vec<u8>) -> Option<()> {
    loop {
        let before = message.len();
        line(stream, message)?;
        let size = std::str::from_utf8(&message[before..]).ok()?;
        let size = u64::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return head(stream, message).map(drop);
        }
        // The chunk ends with an end of line of its own.
        exactly(stream, size + 2, message)?;
    }
}

fn body(head: &str, kind: Kind) -> Option<Body> {
    let mut lines = head.lines();
    let first = lines.next()?;
    let header = |name: &str| {
        let mut pairs = head.lines().filter_map(|line| line.split_once(':'));
        pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    if header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return Some(Body::Chunks);
    }
    if let Some(length) = header("content-length") {
        return Some(Body::Bytes(length.parse().ok()?));
    }
    let status = first.split(' ').nth(1)?;
    let is_empty = kind == Kind::Request || status.starts_with('1') || ["204", "304"].contains(&status);
    Some(if is_empty { Body::None } else { Body::Rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(mut text: &[u8], kind: Kind) -> Option<(String, usize)> {
        let message = read(&mut text, kind)?;
        Some((String::from_utf8(message).unwrap(), text.len()))
    }

    #[test]
    fn a_message_ends_where_its_head_says() {
        let two = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n";
        let (first, left) = whole(two, Kind::Request).unwrap();
        assert!(first.ends_with("\r\n\r\nabc"));
        assert_eq!(left, "GET /b HTTP/1.1\r\n\r\n".len());
        assert_eq!(whole(&two[two.len() - left..], Kind::Request).unwrap().1, 0);
    }

    #[test]
    fn chunks_are_passed_on_as_they_are() {
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nnext";
        let (message, left) = whole(chunked, Kind::Answer).unwrap();
        assert!(message.ends_with("3\r\nabc\r\n0\r\n\r\n"));
        assert_eq!(left, 4);
    }

    #[test]
    fn an_answer_without_a_length_ends_with_its_connection() {
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\n\r\nall of it", Kind::Answer).unwrap().1, 0);
        assert_eq!(whole(b"HTTP/1.1 204 No Content\r\n\r\nnext", Kind::Answer).unwrap().1, 4);
    }

    #[test]
    fn half_a_message_is_none() {
        assert_eq!(whole(b"", Kind::Request), None);
        assert_eq!(whole(b"GET / HT", Kind::Request), None);
        assert_eq!(whole(b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc", Kind::Request), None);
    }
}
