//! What comes back from a host, apart from the output of a job itself.
//!
//! A channel carries one reply after another, and whatever login scripts and the remains of earlier requests print in
//! between. So each reply stands between two lines with a word that only its request knew.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// The reply to one request.
pub(crate) enum Reply {
    /// Not a byte of it came.
    Missing,
    /// It came to no end.
    Cut,
    /// Its lines.
    Whole(Vec<String>),
}

/// What may stand before the reply begins.
pub(crate) const NOISE_LIMIT: usize = 64 * 1024;
const LINE_LIMIT: u64 = 8 * 1024;

/// The line before the reply to the request with this word.
fn begin_mark(nonce: &str) -> String {
    format!("drydock-reply {nonce}")
}

/// The line behind it.
fn end_mark(nonce: &str) -> String {
    format!("end {nonce}")
}

/// Reads one line of the supervisor. `None`: there is no more, or not a whole line.
pub(crate) async fn read_line(input: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    input.take(LINE_LIMIT).read_until(b'\n', &mut line).await?;
    if line.pop() != Some(b'\n') {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

/// Skips what came before the reply. `false`: there is no reply.
pub(crate) async fn find_reply(input: &mut (impl AsyncBufRead + Unpin), nonce: &str) -> bool {
    let begin = begin_mark(nonce);
    let mut skipped = 0;
    while skipped < NOISE_LIMIT {
        match read_line(input).await {
            Ok(Some(line)) if line == begin => return true,
            Ok(Some(line)) => skipped += line.len() + 1,
            // An error while reading is the end of it.
            Ok(None) | Err(_) => return false,
        }
    }
    false
}

/// Reads a reply that consists of lines.
pub(crate) async fn read_reply(input: &mut (impl AsyncBufRead + Unpin), nonce: &str) -> Reply {
    if !find_reply(input, nonce).await {
        return Reply::Missing;
    }
    let mut lines = Vec::new();
    while let Ok(Some(line)) = read_line(input).await {
        if line == end_mark(nonce) {
            return Reply::Whole(lines);
        }
        lines.push(line);
    }
    Reply::Cut
}

/// Whether the next line is the end of a reply that was taken in line by line.
pub(crate) async fn ends(input: &mut (impl AsyncBufRead + Unpin), nonce: &str) -> bool {
    matches!(read_line(input).await, Ok(Some(line)) if line == end_mark(nonce))
}

/// Why the bytes of a reply are not all there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotWhole {
    Cut,
    TooLarge,
}

/// Appends all up to the end of a reply to `bytes`, if these do not become more than `limit`.
pub(crate) async fn read_bytes(
    input: &mut (impl AsyncBufRead + Unpin),
    nonce: &str,
    limit: usize,
    bytes: &mut Vec<u8>,
) -> Result<(), NotWhole> {
    let end = end_mark(nonce) + "\n";
    while bytes.len() <= limit + end.len() {
        let piece = input.fill_buf().await.map_err(|_| NotWhole::Cut)?;
        if piece.is_empty() {
            return Err(NotWhole::Cut);
        }
        let (before, taken) = (bytes.len(), piece.len());
        bytes.extend_from_slice(piece);
        // The mark may have begun in an earlier piece.
        let from = before.saturating_sub(end.len());
        let Some(at) = find(bytes.get(from..).unwrap_or_default(), end.as_bytes()) else {
            input.consume(taken);
            continue;
        };
        input.consume((from + at + end.len()).saturating_sub(before));
        bytes.truncate(from + at);
        break;
    }
    if bytes.len() <= limit { Ok(()) } else { Err(NotWhole::TooLarge) }
}

/// What stands behind the beginning of a reply; nothing if there is none.
pub(crate) fn behind_begin<'b>(bytes: &'b [u8], nonce: &str) -> &'b [u8] {
    let begin = begin_mark(nonce) + "\n";
    let behind = find(bytes, begin.as_bytes()).and_then(|at| bytes.get(at + begin.len()..));
    behind.unwrap_or_default()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    async fn lines(mut input: &[u8]) -> Option<Vec<String>> {
        match read_reply(&mut input, "n1").await {
            Reply::Whole(lines) => Some(lines),
            Reply::Missing | Reply::Cut => None,
        }
    }

    #[tokio::test]
    async fn what_login_scripts_and_earlier_requests_print_is_skipped() {
        let earlier = "drydock-reply n0\nstate gone\nend n0\nhalf a line\n";
        let all = format!("Welcome!\n{earlier}drydock-reply n1\nstate none\nend n1\n");
        assert_eq!(lines(all.as_bytes()).await, Some(vec!["state none".to_owned()]));
    }

    #[tokio::test]
    async fn a_reply_that_was_cut_off_is_no_reply() {
        for cut in ["", "drydock-re", "\nstate none\nend n0\n", "\nstate exit 000\nend n", "\nend n"] {
            assert_eq!(lines(cut.as_bytes()).await, None, "{cut:?}");
            assert_eq!(lines(format!("drydock-reply n1{cut}").as_bytes()).await, None, "{cut:?}");
        }
    }

    #[tokio::test]
    async fn bytes_are_read_up_to_their_own_end_and_no_further_however_they_are_cut() {
        let whole = b"a\0b\nend n0\nend n1\nbehind";
        for piece in 1..whole.len() {
            let mut input = tokio::io::BufReader::with_capacity(piece, &whole[..]);
            let mut bytes = b"x".to_vec();
            read_bytes(&mut input, "n1", 12, &mut bytes).await.unwrap();
            assert_eq!(bytes, b"xa\0b\nend n0\n");
            let mut rest = Vec::new();
            input.read_to_end(&mut rest).await.unwrap();
            assert_eq!(rest, b"behind", "in pieces of {piece}");
        }
        for (mut input, nonce, limit, expected) in [
            (&whole[..], "n2", 100, NotWhole::Cut),
            (&whole[..], "n1", 10, NotWhole::TooLarge),
            (&[b'x'; 1000][..], "n1", 10, NotWhole::TooLarge),
        ] {
            assert_eq!(read_bytes(&mut input, nonce, limit, &mut Vec::new()).await, Err(expected));
        }
    }
}
