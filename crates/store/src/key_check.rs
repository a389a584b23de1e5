//! Whether the master key belongs to this base.

use crate::db::Db;
use crate::keys::Keys;
use crate::{StoreError, seal};
use data_encoding::HEXLOWER;
use vernis_domain::Instant;

/// Remembers the key at the first start, refuses another one later.
pub(crate) fn check(db: &mut Db, keys: &Keys, now: Instant) -> Result<(), StoreError> {
    let find = |db: &mut Db| {
        db.first(
            "select key_id, check_value from key_check where id = 1",
            &[],
            |row| Ok((row.bytes(0)?, row.bytes(1)?)),
        )
    };
    if find(db)?.is_none() {
        // Two first starts on one PostgreSQL: whoever is second finds the first one's row.
        db.execute(
            "insert into key_check (id, key_id, check_value, made_at) values (1, $1, $2, $3)
             on conflict do nothing",
            &[
                (&keys.id()).into(),
                (&keys.check_value()).into(),
                now.into(),
            ],
        )?;
        new_epoch(db)?;
    }
    let Some((key_id, value)) = find(db)? else {
        return Err(StoreError::Decode("the key check".to_owned()));
    };
    if value != keys.check_value() {
        return Err(StoreError::WrongMasterKey {
            key: keys.id_hex(),
            wanted: HEXLOWER.encode(&key_id),
        });
    }
    Ok(())
}

/// Whether a base lies here already.
pub(crate) fn is_used(db: &mut Db) -> Result<bool, StoreError> {
    Ok(db
        .first("select id from key_check where id = 1", &[], |row| {
            row.int(0)
        })?
        .is_some())
}

/// Gives the feed its epoch, if it has none.
pub(crate) fn new_epoch(db: &mut Db) -> Result<(), StoreError> {
    let epoch = i64::from_be_bytes(seal::random()?) >> 1;
    db.execute(
        "insert into feed_epoch (id, epoch) values (1, $1) on conflict do nothing",
        &[epoch.into()],
    )?;
    Ok(())
}
