//! The two servers as processes of their own, ended by their id.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts a server and waits for the line that ends with its address (`http://…`).
    ///
    /// # Errors
    /// When it ends without such a line.
    pub fn start(command: &mut Command) -> Result<Server> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().context("standard output")?;
        let mut lines = BufReader::new(out).lines();
        for line in &mut lines {
            let line = line?;
            if let Some((_, address)) = line.split_once("http://") {
                let address = address.parse()?;
                // What it prints further is read away, so that it never waits for a reader.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Server { child, address });
            }
        }
        let _ = child.wait();
        bail!("the server did not say where it listens")
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn end(mut self) -> Result<()> {
        self.signal()
    }

    fn signal(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            Command::new("kill")
                .arg(self.child.id().to_string())
                .status()?;
            self.child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.signal();
    }
}
