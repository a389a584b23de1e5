//! Kept answers: the same request with the same key gets the same answer, for ever.

use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::seal::Place;
use crate::tx::{ReadTx, WriteTx};

static IDS: IdSource = ids_of!("idempotency");

/// An answer kept for a repeat.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptReply {
    /// HTTP status.
    pub status: i64,
    /// Body; sealed on disk.
    pub body: Vec<u8>,
}

/// What is known of a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Kept {
    /// The key is new.
    Nothing,
    /// The same request was answered.
    Reply(KeptReply),
    /// The key was used for another request.
    OtherRequest,
}

pub(crate) fn place(id: i64) -> Place {
    Place {
        table: "idempotency",
        id,
    }
}

impl ReadTx<'_> {
    /// What was answered under this key of this scope (a user, an API key). `request` is the
    /// request's body, of which a digest is compared.
    pub fn kept_reply(
        &mut self,
        scope: &str,
        key: &str,
        request: &[u8],
    ) -> Result<Kept, StoreError> {
        let hash = self.keys.digest("idempotency key", key.as_bytes());
        let request = self.keys.digest("idempotent request", request);
        let found = self.db.first(
            "select id, request_hash, status, reply from idempotency
             where scope = $1 and key_hash = $2",
            &[scope.into(), (&hash).into()],
            |row| Ok((row.int(0)?, row.bytes(1)?, row.int(2)?, row.bytes(3)?)),
        )?;
        Ok(match found {
            None => Kept::Nothing,
            Some((_, hash, _, _)) if hash != request => Kept::OtherRequest,
            Some((id, _, status, sealed)) => Kept::Reply(KeptReply {
                status,
                body: self.keys.open_for_shop(place(id), &sealed)?,
            }),
        })
    }
}

impl WriteTx<'_> {
    /// Keeps an answer, in the transaction that did what it tells.
    pub fn keep_reply(
        &mut self,
        scope: &str,
        key: &str,
        request: &[u8],
        reply: &KeptReply,
    ) -> Result<(), StoreError> {
        let hash = self.keys.digest("idempotency key", key.as_bytes());
        let request = self.keys.digest("idempotent request", request);
        let id = self.db.new_ids(&IDS, 1)?[0];
        let sealed = self.keys.seal_for_shop(place(id), &reply.body)?;
        let now = self.now();
        self.db.execute(
            "insert into idempotency (id, scope, key_hash, request_hash, status, reply, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            &[
                id.into(),
                scope.into(),
                (&hash).into(),
                (&request).into(),
                reply.status.into(),
                (&sealed).into(),
                now.into(),
            ],
        )?;
        Ok(())
    }
}
