//! Writing a snapshot.

use super::{FORMAT, FeedPosition, MAGIC, SnapshotError};
use crate::base::about::{Abouts, Column, Word};
use crate::base::columns::{Amounts, Columns, Ids};
use crate::base::goods::{Goods, Slim};
use crate::base::history::History;
use crate::base::live::LiveBase;
use crate::base::people::People;
use serde::Serialize;
use std::io::Write;

/// Bytes handed to the caller at a time.
const CHUNK: usize = 1 << 20;

struct Out<W> {
    to: W,
    buffer: Vec<u8>,
    hash: blake3::Hasher,
    length: u64,
}

macro_rules! numbers {
    ($name:ident, $type:ty) => {
        fn $name(&mut self, values: &[$type]) -> std::io::Result<()> {
            self.u64(values.len() as u64)?;
            for part in values.chunks(CHUNK / size_of::<$type>()) {
                self.buffer
                    .extend(part.iter().flat_map(|value| value.to_le_bytes()));
                self.flush_full()?;
            }
            Ok(())
        }
    };
}

impl<W: Write> Out<W> {
    numbers!(i8s, i8);
    numbers!(i16s, i16);
    numbers!(u16s, u16);
    numbers!(u32s, u32);
    numbers!(i32s, i32);
    numbers!(i64s, i64);

    fn raw(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        for part in bytes.chunks(CHUNK) {
            self.buffer.extend_from_slice(part);
            self.flush_full()?;
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.u64(bytes.len() as u64)?;
        self.raw(bytes)
    }

    fn u64(&mut self, value: u64) -> std::io::Result<()> {
        self.raw(&value.to_le_bytes())
    }

    fn flush_full(&mut self) -> std::io::Result<()> {
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.hash.update(&self.buffer);
        self.length += self.buffer.len() as u64;
        self.to.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn amounts(&mut self, amounts: &Amounts) -> std::io::Result<()> {
        match amounts {
            Amounts::Narrow(values) => {
                self.raw(&[0])?;
                self.i32s(values)
            }
            Amounts::Wide(values) => {
                self.raw(&[1])?;
                self.i64s(values)
            }
        }
    }

    fn ids(&mut self, ids: &Ids) -> std::io::Result<()> {
        match ids {
            Ids::Narrow(values) => {
                self.raw(&[0])?;
                self.u32s(values)
            }
            Ids::Wide(values) => {
                self.raw(&[1])?;
                self.i64s(values)
            }
        }
    }

    fn columns(&mut self, c: &Columns) -> std::io::Result<()> {
        self.u16s(&c.day)?;
        self.amounts(&c.paid)?;
        self.amounts(&c.discount)?;
        self.amounts(&c.cost)?;
        self.u16s(&c.store)?;
        self.u16s(&c.channel)?;
        self.bytes(&c.flags)?;
        self.u32s(&c.moment)?;
        self.ids(&c.id)?;
        self.u64(c.links.len() as u64)?;
        for link in &c.links {
            self.raw(&link.row.to_le_bytes())?;
            self.raw(&link.day.to_le_bytes())?;
            self.raw(&link.original.to_le_bytes())?;
        }
        self.goods(&c.goods)
    }

    fn slim(&mut self, numbers: &Slim) -> std::io::Result<()> {
        match numbers {
            Slim::Byte(values) => {
                self.raw(&[0])?;
                self.i8s(values)
            }
            Slim::Short(values) => {
                self.raw(&[1])?;
                self.i16s(values)
            }
            Slim::Half(values) => {
                self.raw(&[2])?;
                self.i32s(values)
            }
            Slim::Wide(values) => {
                self.raw(&[3])?;
                self.i64s(values)
            }
        }
    }

    fn goods(&mut self, g: &Goods) -> std::io::Result<()> {
        self.u32s(&g.ends)?;
        self.slim(&g.product)?;
        self.raw(&[u8::from(g.quantity.parts)])?;
        self.slim(&g.quantity.numbers)?;
        self.slim(&g.paid)?;
        self.slim(&g.discount)
    }

    fn people(&mut self, p: &People) -> std::io::Result<()> {
        self.bytes(p.text.as_bytes())?;
        self.u32s(&p.text_at)?;
        self.bytes(p.search.as_bytes())?;
        self.u32s(&p.search_at)?;
        self.i64s(&p.store)?;
        self.i64s(&p.channel)?;
        self.u16s(&p.registered)?;
        self.bytes(&p.sex)?;
        self.u32s(&p.birthday)?;
        self.i64s(&p.recorded)
    }

    fn words(&mut self, words: &[Word]) -> std::io::Result<()> {
        self.u64(words.len() as u64)?;
        words
            .iter()
            .try_for_each(|word| self.bytes(word.shown.as_bytes()))
    }

    fn abouts(&mut self, abouts: &Abouts) -> std::io::Result<()> {
        self.u64(abouts.columns().len() as u64)?;
        for (name, column) in abouts.columns() {
            self.raw(&name.to_le_bytes())?;
            match column {
                Column::Numbers(numbers) => {
                    self.raw(&[0])?;
                    self.i64s(&numbers.values())?;
                }
                Column::Words { words, codes } => {
                    self.raw(&[1])?;
                    self.words(words)?;
                    self.u16s(codes)?;
                }
                Column::Lists { words, at, codes } => {
                    self.raw(&[2])?;
                    self.words(words)?;
                    self.u32s(at)?;
                    self.u16s(codes)?;
                }
            }
        }
        Ok(())
    }

    fn history(&mut self, h: &History) -> std::io::Result<()> {
        let k = &h.kept;
        self.u32s(&h.offsets)?;
        self.u16s(&k.first_day)?;
        self.u16s(&k.last_day)?;
        self.u32s(&k.orders)?;
        self.i64s(&k.paid)?;
        self.i64s(&k.discount)?;
        self.i64s(&k.cost)?;
        self.u32s(&k.uncosted)?;
        self.i64s(&k.returned)?;
        self.u32s(&k.gap_twice)?;
        self.u16s(&k.first_store)?;
        self.u16s(&k.first_channel)?;
        self.columns(&h.columns)
    }

    fn json(&mut self, value: &impl Serialize) -> std::io::Result<()> {
        let text = serde_json::to_vec(value).map_err(std::io::Error::other)?;
        self.bytes(&text)
    }
}

/// Writes the base and the feed position it stands at. Waiting purchases are folded in first.
/// The bytes reach `to` in pieces of about one MiB.
///
/// # Errors
/// [`SnapshotError::Io`] when `to` fails.
pub fn write_snapshot(
    base: &LiveBase,
    position: FeedPosition,
    to: impl Write,
) -> Result<(), SnapshotError> {
    let base = base.compact();
    let mut out = Out {
        to,
        buffer: Vec::with_capacity(2 * CHUNK),
        hash: blake3::Hasher::new(),
        length: 0,
    };
    out.raw(MAGIC)?;
    out.raw(&FORMAT.to_le_bytes())?;
    out.raw(&position.0.to_le_bytes())?;
    out.raw(&position.1.to_le_bytes())?;
    out.json(&base.shop)?;
    let catalogue = &base.catalogue;
    let stores: Vec<_> = catalogue
        .store_order()
        .iter()
        .map(|&id| (id, catalogue.store(id)))
        .collect();
    let channels: Vec<_> = catalogue
        .channel_order()
        .iter()
        .map(|&id| (id, catalogue.channel(id)))
        .collect();
    out.json(&stores)?;
    out.json(&channels)?;
    let products = &base.products;
    let products: Vec<_> = products
        .order()
        .iter()
        .zip(1..)
        .map(|(&id, code)| (id, products.product(code)))
        .collect();
    out.json(&products)?;
    out.json(&base.own.fields())?;
    out.json(&base.links.all().collect::<Vec<_>>())?;
    out.json(&base.managers.all().collect::<Vec<_>>())?;
    out.u64(base.shards.len() as u64)?;
    for shard in &base.shards {
        out.raw(&shard.key.to_le_bytes())?;
        out.u16s(&shard.lows)?;
        out.people(&shard.people)?;
        out.abouts(&shard.about)?;
        out.history(shard.whole())?;
    }
    out.u64(base.anonymous.len() as u64)?;
    for block in &base.anonymous {
        out.raw(&block.key.to_le_bytes())?;
        out.columns(&block.columns)?;
    }
    out.flush()?;
    let (length, digest) = (out.length, out.hash.finalize());
    out.to.write_all(&length.to_le_bytes())?;
    out.to.write_all(digest.as_bytes())?;
    out.to.flush()?;
    Ok(())
}
