//! Bytes of a text file, decoded piece by piece.

use encoding_rs::{CoderResult, Decoder, Encoding};
use std::io::{self, Read};

const RAW_BYTES: usize = 128 << 10;

/// A stream of decoded text over a stream of bytes.
pub(super) struct TextStream<R> {
    source: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_len: usize,
    ended: bool,
    finished: bool,
    out: Vec<u8>,
    /// Bytes taken from the source.
    pub bytes_read: u64,
    /// Something could not be decoded and was replaced.
    pub replaced: bool,
}

impl<R: Read> TextStream<R> {
    /// A mark of the byte order is recognised and left out.
    pub(super) fn new(source: R, encoding: &'static Encoding) -> Self {
        TextStream {
            source,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; RAW_BYTES],
            raw_at: 0,
            raw_len: 0,
            ended: false,
            finished: false,
            out: vec![0; RAW_BYTES * 3 + 16],
            bytes_read: 0,
            replaced: false,
        }
    }

    /// The next piece of text (whole characters); empty at the end.
    pub(super) fn next_piece(&mut self) -> io::Result<&[u8]> {
        while !self.finished {
            if self.raw_at == self.raw_len && !self.ended {
                let n = loop {
                    match self.source.read(&mut self.raw) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        other => break other?,
                    }
                };
                self.raw_at = 0;
                self.raw_len = n;
                self.bytes_read += n as u64;
                self.ended = n == 0;
            }
            let (result, read, written, replaced) = self.decoder.decode_to_utf8(
                &self.raw[self.raw_at..self.raw_len],
                &mut self.out,
                self.ended,
            );
            self.raw_at += read;
            self.replaced |= replaced;
            self.finished = self.ended && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(&self.out[..written]);
            }
        }
        Ok(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{UTF_8, UTF_16LE, WINDOWS_1251};

    fn all(bytes: &[u8], encoding: &'static Encoding) -> (String, bool) {
        let mut stream = TextStream::new(bytes, encoding);
        let mut out = Vec::new();
        loop {
            let piece = stream.next_piece().unwrap();
            if piece.is_empty() {
                break;
            }
            out.extend_from_slice(piece);
        }
        (String::from_utf8(out).unwrap(), stream.replaced)
    }

    #[test]
    fn long_text_is_decoded_across_pieces() {
        let text = "Ёлка;1 234,50\n".repeat(40_000);
        assert_eq!(
            all(&WINDOWS_1251.encode(&text).0, WINDOWS_1251),
            (text.clone(), false)
        );
        assert_eq!(
            all(format!("\u{feff}{text}").as_bytes(), UTF_8),
            (text, false)
        );
    }

    #[test]
    fn broken_utf16_is_replaced_and_told() {
        let (text, replaced) = all(&[0xFF, 0xFE, b'a', 0, 0x00, 0xD8, b'b', 0, 0x31], UTF_16LE);
        assert!(replaced);
        assert!(text.starts_with('a') && text.contains('\u{fffd}'));
    }
}
