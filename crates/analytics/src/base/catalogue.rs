//! Stores and channels, and the short codes the columns name them by.

use std::collections::HashMap;
use vernis_domain::{Channel, ChannelId, Store, StoreId};

/// Dictionaries of the base. Codes are given in order of appearance and never change.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    store_ids: Vec<StoreId>,
    store_codes: HashMap<StoreId, u16>,
    stores: HashMap<StoreId, Store>,
    channel_ids: Vec<ChannelId>,
    channel_codes: HashMap<ChannelId, u16>,
    channels: HashMap<ChannelId, Channel>,
}

/// The code of no store and no channel: 65 535 of each are enough.
pub const NO_CODE: u16 = u16::MAX;

impl Catalogue {
    /// Code of a store, given now if it is new. The 65 536th store and later share [`NO_CODE`].
    pub fn store_code(&mut self, id: StoreId) -> u16 {
        if let Some(code) = self.store_codes.get(&id) {
            return *code;
        }
        let code = u16::try_from(self.store_ids.len()).unwrap_or(NO_CODE);
        if code != NO_CODE {
            self.store_ids.push(id);
            self.store_codes.insert(id, code);
        }
        code
    }

    /// Code of a channel, given now if it is new. The 65 536th channel and later share [`NO_CODE`].
    pub fn channel_code(&mut self, id: ChannelId) -> u16 {
        if let Some(code) = self.channel_codes.get(&id) {
            return *code;
        }
        let code = u16::try_from(self.channel_ids.len()).unwrap_or(NO_CODE);
        if code != NO_CODE {
            self.channel_ids.push(id);
            self.channel_codes.insert(id, code);
        }
        code
    }

    /// Adds or replaces a store.
    pub fn put_store(&mut self, store: &Store) {
        self.store_code(store.id);
        self.stores.insert(store.id, store.clone());
    }

    /// Adds or replaces a channel.
    pub fn put_channel(&mut self, channel: &Channel) {
        self.channel_code(channel.id);
        self.channels.insert(channel.id, channel.clone());
    }

    /// Code of a known store.
    pub fn find_store(&self, id: StoreId) -> Option<u16> {
        self.store_codes.get(&id).copied()
    }

    /// Code of a known channel.
    pub fn find_channel(&self, id: ChannelId) -> Option<u16> {
        self.channel_codes.get(&id).copied()
    }

    /// Row id behind a store code.
    pub fn store_id(&self, code: u16) -> Option<StoreId> {
        self.store_ids.get(usize::from(code)).copied()
    }

    /// Row id behind a channel code.
    pub fn channel_id(&self, code: u16) -> Option<ChannelId> {
        self.channel_ids.get(usize::from(code)).copied()
    }

    /// A store by its row id.
    pub fn store(&self, id: StoreId) -> Option<&Store> {
        self.stores.get(&id)
    }

    /// A channel by its row id.
    pub fn channel(&self, id: ChannelId) -> Option<&Channel> {
        self.channels.get(&id)
    }

    /// All stores seen, by row id.
    pub fn stores(&self) -> Vec<StoreId> {
        let mut ids = self.store_ids.clone();
        ids.sort_unstable();
        ids
    }

    /// All channels seen, by row id.
    pub fn channels(&self) -> Vec<ChannelId> {
        let mut ids = self.channel_ids.clone();
        ids.sort_unstable();
        ids
    }

    /// Store ids in code order, for the snapshot file.
    pub fn store_order(&self) -> &[StoreId] {
        &self.store_ids
    }

    /// Channel ids in code order, for the snapshot file.
    pub fn channel_order(&self) -> &[ChannelId] {
        &self.channel_ids
    }
}
