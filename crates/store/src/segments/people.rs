//! Who is in a segment or out of it by hand; static lists.

use super::SEGMENT_IDS;
use crate::StoreError;
use crate::dialect::{Insert, insert};
use crate::tx::{ReadTx, WriteTx};
use std::collections::BTreeMap;
use vernis_domain::{CustomerId, Instant};

static PERSON: Insert<4> = insert!("segment_person", key 0, [
    1 "segment_id" Int, 2 "customer_id" Int, 3 "stands" Int, 4 "recorded_at" Int,
]);

/// What was decided about somebody by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// In, whatever the conditions say.
    In,
    /// Out.
    Out,
    /// As the conditions say.
    Free,
}

impl Stands {
    const fn code(self) -> i64 {
        match self {
            Stands::In => 1,
            Stands::Out => -1,
            Stands::Free => 0,
        }
    }

    const fn from_code(code: i64) -> Stands {
        match code {
            1 => Stands::In,
            -1 => Stands::Out,
            _ => Stands::Free,
        }
    }
}

/// Somebody who is in or out by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentPerson {
    /// Who.
    pub customer_id: CustomerId,
    /// In or out.
    pub stands: Stands,
    /// Since when.
    pub recorded_at: Instant,
}

impl ReadTx<'_> {
    /// Who is in a segment or out of it by hand, by row id.
    pub fn segment_people(&mut self, id: i64) -> Result<Vec<SegmentPerson>, StoreError> {
        let said = self.db.all(
            "select customer_id, stands, recorded_at from segment_person
             where segment_id = $1 order by id",
            &[id.into()],
            |row| {
                Ok(SegmentPerson {
                    customer_id: CustomerId(row.int(0)?),
                    stands: Stands::from_code(row.int(1)?),
                    recorded_at: Instant(row.int(2)?),
                })
            },
        )?;
        let mut last = BTreeMap::new();
        for one in said {
            match one.stands {
                Stands::Free => last.remove(&one.customer_id),
                _ => last.insert(one.customer_id, one),
            };
        }
        Ok(last.into_values().collect())
    }
}

impl WriteTx<'_> {
    /// Makes an empty static list, put away until it is whole ([`Self::change_segment`]).
    pub fn create_list(&mut self, name: &str, definition: &str) -> Result<i64, StoreError> {
        let id = self.db.new_ids(&SEGMENT_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into segment (id, name, created_at, updated_at, archived_at, is_list)
             values ($1, $2, $3, $3, $3, 1)",
            &[id.into(), name.into(), now.into()],
        )?;
        self.add_segment_version(id, definition, None)?;
        Ok(id)
    }

    /// Puts people into a segment, keeps them out, or leaves them to its conditions.
    pub fn put_segment_people(
        &mut self,
        id: i64,
        people: &[(CustomerId, Stands)],
    ) -> Result<(), StoreError> {
        let now = self.now();
        let rows = self.db.execute(
            "update segment set updated_at = (select max(updated_at) + 1 from segment) where id = $1",
            &[id.into()],
        )?;
        if rows == 0 {
            return Err(StoreError::NotFound("The segment"));
        }
        self.db.insert_many(
            &PERSON,
            people.iter().map(|(customer, stands)| {
                [
                    id.into(),
                    (*customer).into(),
                    stands.code().into(),
                    now.into(),
                ]
            }),
        )
    }
}
