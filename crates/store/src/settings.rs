//! Settings: small JSON values by key. The shop itself is one of them.

use crate::StoreError;
use crate::tx::{ReadTx, WriteTx};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vernis_domain::Shop;

const SHOP: &str = "shop";

impl ReadTx<'_> {
    /// A setting, or `None` if it was never put.
    pub fn setting<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, StoreError> {
        self.db
            .first(
                "select value from setting where key = $1",
                &[key.into()],
                |row| row.text(0),
            )?
            .map(|json| serde_json::from_str(&json))
            .transpose()
            .map_err(|error| StoreError::Decode(format!("setting {key}: {error}")))
    }

    /// The shop, or `None` before the first run.
    pub fn shop(&mut self) -> Result<Option<Shop>, StoreError> {
        self.setting(SHOP)
    }
}

impl WriteTx<'_> {
    /// Puts a setting. Not for personal values: settings are plain text on disk.
    pub fn put_setting<T: Serialize>(&mut self, key: &str, value: &T) -> Result<(), StoreError> {
        let json = serde_json::to_string(value)
            .map_err(|error| StoreError::Invalid(format!("setting {key}: {error}")))?;
        let now = self.now();
        self.db.execute(
            "insert into setting (key, value, updated_at) values ($1, $2, $3)
             on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at",
            &[key.into(), (&json).into(), now.into()],
        )?;
        Ok(())
    }

    /// Puts the shop.
    pub fn put_shop(&mut self, shop: &Shop) -> Result<(), StoreError> {
        self.put_setting(SHOP, shop)?;
        self.changes.shop = Some(shop.clone());
        Ok(())
    }
}
