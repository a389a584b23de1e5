//! Reading a snapshot. Nothing is believed before the digest agrees; lengths are never trusted
//! with memory the bytes have not earned.

use super::{FORMAT, FeedPosition, MAGIC, SnapshotError};
use crate::base::about::{Abouts, Column, Numbers, Word};
use crate::base::anonymous::Block;
use crate::base::catalogue::Catalogue;
use crate::base::columns::{Amounts, Columns, Ids, Link};
use crate::base::goods::{Goods, Quantities, Slim};
use crate::base::history::{History, Kept};
use crate::base::links::Joined;
use crate::base::live::LiveBase;
use crate::base::people::People;
use crate::base::products::Products;
use crate::base::shard::Shard;
use crate::facts::own::OwnFacts;
use crate::memo::Memo;
use crate::pool::Pool;
use std::io::Read;
use std::sync::Arc;
use vernis_domain::{
    Channel, ChannelId, CustomerId, Product, ProductId, Shop, Store, StoreId, UserId,
};

const CHUNK: usize = 1 << 20;

struct In<R> {
    from: R,
    hash: blake3::Hasher,
    length: u64,
    scratch: Vec<u8>,
}

type Result<T> = std::result::Result<T, SnapshotError>;

macro_rules! numbers {
    ($name:ident, $type:ty) => {
        fn $name(&mut self) -> Result<Vec<$type>> {
            const SIZE: usize = size_of::<$type>();
            let count = self.u64()?;
            let mut left = usize::try_from(count)
                .ok()
                .and_then(|count| count.checked_mul(SIZE))
                .ok_or(SnapshotError::Damaged)?;
            let mut values = Vec::with_capacity((left / SIZE).min(CHUNK));
            while left > 0 {
                let part = left.min(CHUNK);
                self.fill(part)?;
                values.extend(self.scratch[..part].chunks_exact(SIZE).map(|bytes| {
                    let mut value = [0; SIZE];
                    value.copy_from_slice(bytes);
                    <$type>::from_le_bytes(value)
                }));
                left -= part;
            }
            Ok(values)
        }
    };
}

impl<R: Read> In<R> {
    numbers!(u8s, u8);
    numbers!(i8s, i8);
    numbers!(i16s, i16);
    numbers!(u16s, u16);
    numbers!(u32s, u32);
    numbers!(i32s, i32);
    numbers!(i64s, i64);

    /// Reads `count` (at most [`CHUNK`]) bytes into the scratch.
    fn fill(&mut self, count: usize) -> Result<()> {
        self.from.read_exact(&mut self.scratch[..count])?;
        self.hash.update(&self.scratch[..count]);
        self.length += count as u64;
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.fill(N)?;
        let mut value = [0; N];
        value.copy_from_slice(&self.scratch[..N]);
        Ok(value)
    }

    fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    fn text(&mut self) -> Result<String> {
        String::from_utf8(self.u8s()?).map_err(|_| SnapshotError::Damaged)
    }

    fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T> {
        serde_json::from_slice(&self.u8s()?).map_err(|_| SnapshotError::Damaged)
    }

    fn amounts(&mut self) -> Result<Amounts> {
        match self.array()? {
            [0] => Ok(Amounts::Narrow(self.i32s()?)),
            [1] => Ok(Amounts::Wide(self.i64s()?)),
            _ => Err(SnapshotError::Damaged),
        }
    }

    fn ids(&mut self) -> Result<Ids> {
        match self.array()? {
            [0] => Ok(Ids::Narrow(self.u32s()?)),
            [1] => Ok(Ids::Wide(self.i64s()?)),
            _ => Err(SnapshotError::Damaged),
        }
    }

    fn columns(&mut self) -> Result<Columns> {
        let mut columns = Columns {
            day: self.u16s()?,
            paid: self.amounts()?,
            discount: self.amounts()?,
            cost: self.amounts()?,
            store: self.u16s()?,
            channel: self.u16s()?,
            flags: self.u8s()?,
            moment: self.u32s()?,
            id: self.ids()?,
            links: Vec::new(),
            goods: Goods::default(),
        };
        for _ in 0..self.u64()? {
            columns.links.push(Link {
                row: u32::from_le_bytes(self.array()?),
                day: u16::from_le_bytes(self.array()?),
                original: self.i64()?,
            });
        }
        columns.goods = self.goods()?;
        if !columns.goods.is_sound(columns.len()) {
            return Err(SnapshotError::Damaged);
        }
        Ok(columns)
    }

    fn slim(&mut self) -> Result<Slim> {
        match self.array()? {
            [0] => Ok(Slim::Byte(self.i8s()?)),
            [1] => Ok(Slim::Short(self.i16s()?)),
            [2] => Ok(Slim::Half(self.i32s()?)),
            [3] => Ok(Slim::Wide(self.i64s()?)),
            _ => Err(SnapshotError::Damaged),
        }
    }

    fn goods(&mut self) -> Result<Goods> {
        Ok(Goods {
            ends: self.u32s()?,
            product: self.slim()?,
            quantity: Quantities {
                parts: self.array()? == [1],
                numbers: self.slim()?,
            },
            paid: self.slim()?,
            discount: self.slim()?,
        })
    }

    fn people(&mut self) -> Result<People> {
        Ok(People {
            text: self.text()?,
            text_at: self.u32s()?,
            search: self.text()?,
            search_at: self.u32s()?,
            store: self.i64s()?,
            channel: self.i64s()?,
            registered: self.u16s()?,
            sex: self.u8s()?,
            birthday: self.u32s()?,
            recorded: self.i64s()?,
        })
    }

    fn words(&mut self) -> Result<Vec<Word>> {
        let mut words = Vec::new();
        for _ in 0..self.u64()? {
            words.push(Word::new(&self.text()?));
        }
        Ok(words)
    }

    fn abouts(&mut self, customers: usize) -> Result<Abouts> {
        let mut columns = Vec::new();
        for _ in 0..self.u64()? {
            let name = self.i64()?;
            let column = match self.array()? {
                [0] => Column::Numbers(Numbers::of(&self.i64s()?)),
                [1] => Column::Words {
                    words: self.words()?,
                    codes: self.u16s()?,
                },
                [2] => Column::Lists {
                    words: self.words()?,
                    at: self.u32s()?,
                    codes: self.u16s()?,
                },
                _ => return Err(SnapshotError::Damaged),
            };
            columns.push((name, column));
        }
        Abouts::of(columns, customers).ok_or(SnapshotError::Damaged)
    }

    fn history(&mut self) -> Result<History> {
        Ok(History {
            offsets: self.u32s()?,
            kept: Kept {
                first_day: self.u16s()?,
                last_day: self.u16s()?,
                orders: self.u32s()?,
                paid: self.i64s()?,
                discount: self.i64s()?,
                cost: self.i64s()?,
                uncosted: self.u32s()?,
                returned: self.i64s()?,
                gap_twice: self.u32s()?,
                first_store: self.u16s()?,
                first_channel: self.u16s()?,
            },
            columns: Arc::new(self.columns()?),
            memo: Memo::default(),
        })
    }
}

/// Reads a snapshot written by [`super::write_snapshot`]; kernels of the base will run on `pool`.
///
/// # Errors
/// [`SnapshotError`]: in every case the base must be rebuilt from the database.
pub fn read_snapshot(from: impl Read, pool: Pool) -> Result<(LiveBase, FeedPosition)> {
    let mut read = In {
        from,
        hash: blake3::Hasher::new(),
        length: 0,
        scratch: vec![0; CHUNK],
    };
    if &read.array::<8>()? != MAGIC || u32::from_le_bytes(read.array()?) != FORMAT {
        return Err(SnapshotError::Version);
    }
    let position = (read.i64()?, read.i64()?);
    let mut base = LiveBase::empty(pool);
    base.shop = read.json::<Option<Shop>>()?;
    let mut catalogue = Catalogue::default();
    for (id, store) in read.json::<Vec<(StoreId, Option<Store>)>>()? {
        catalogue.store_code(id);
        store.iter().for_each(|store| catalogue.put_store(store));
    }
    for (id, channel) in read.json::<Vec<(ChannelId, Option<Channel>)>>()? {
        catalogue.channel_code(id);
        channel
            .iter()
            .for_each(|channel| catalogue.put_channel(channel));
    }
    base.catalogue = Arc::new(catalogue);
    let mut products = Products::default();
    for (id, product) in read.json::<Vec<(ProductId, Option<Product>)>>()? {
        products.code(id);
        product.iter().for_each(|product| {
            products.put(product);
        });
    }
    base.products = Arc::new(products);
    base.own = Arc::new(OwnFacts::of(read.json()?));
    for (id, joined) in read.json::<Vec<(CustomerId, Joined)>>()? {
        base.links.put(id, joined);
    }
    for (id, manager) in read.json::<Vec<(CustomerId, UserId)>>()? {
        base.managers.put(id, Some(manager));
    }
    for _ in 0..read.u64()? {
        let key = read.i64()?;
        let lows = Arc::new(read.u16s()?);
        let people = read.people()?;
        let about = Arc::new(read.abouts(lows.len())?);
        let history = read.history()?;
        if people.len() != lows.len() || history.len() != lows.len() {
            return Err(SnapshotError::Damaged);
        }
        let shard = Shard::of(key, lows, Arc::new(people), about, Arc::new(history));
        base.shards.push(Arc::new(shard));
    }
    for _ in 0..read.u64()? {
        let key = read.i64()?;
        let columns = Arc::new(read.columns()?);
        base.anonymous.push(Block::of(key, columns));
    }
    let (length, digest) = (read.length, read.hash.finalize());
    let mut trailer = [0; 40];
    read.from.read_exact(&mut trailer)?;
    if trailer[..8] != length.to_le_bytes() || trailer[8..] != digest.as_bytes()[..] {
        return Err(SnapshotError::Damaged);
    }
    Ok((base, position))
}
