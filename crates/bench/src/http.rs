//! One kept HTTP/1.1 connection, as cheap as it can be: the client must not be what is measured.

use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection that asks one thing after another.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
pub struct Answer<'a> {
    /// Status.
    pub status: u16,
    /// Body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            buffer: vec![0; 64 * 1024],
        })
    }

    /// Sends a whole request and reads a whole answer (it must have a content length).
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request)?;
        let mut filled = 0;
        let (head, length, status) = loop {
            filled += self.more(filled)?;
            if let Some(head) = find(&self.buffer[..filled], b"\r\n\r\n") {
                let text = std::str::from_utf8(&self.buffer[..head])?;
                let status = text.get(9..12).context("a status")?.parse()?;
                break (head + 4, content_length(text)?, status);
            }
        };
        while filled < head + length {
            filled += self.more(filled)?;
        }
        Ok(Answer {
            status,
            body: &self.buffer[head..head + length],
        })
    }

    fn more(&mut self, filled: usize) -> Result<usize> {
        if filled == self.buffer.len() {
            self.buffer.resize(filled * 2, 0);
        }
        match self.stream.read(&mut self.buffer[filled..])? {
            0 => bail!("the server closed the connection"),
            read => Ok(read),
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

fn content_length(head: &str) -> Result<usize> {
    for line in head.lines() {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok(value.trim().parse()?);
        }
    }
    bail!("an answer without a content length: {head}")
}

/// The text of a GET.
pub fn get(path: &str, key: &str) -> Vec<u8> {
    format!("GET /api/v1{path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n")
        .into_bytes()
}

/// The text of a POST; `more` are further header lines, each with its line end.
pub fn post(path: &str, key: &str, kind: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST /api/v1{path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\
         content-type: {kind}\r\n{more}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}
