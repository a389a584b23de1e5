//! Saved segments: definitions by version, who is in as last recorded, who came and went; static
//! lists, and who is in or out by hand ([`people`]).

pub mod people;

use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::dialect::{Insert, insert};
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;
use vernis_domain::{CustomerId, Day, Instant};

static SEGMENT_IDS: IdSource = ids_of!("segment");

static MOVE: Insert<4> = insert!("segment_move", key 0, [
    1 "segment_id" Int, 2 "customer_id" Int, 3 "came" Int, 4 "recorded_at" Int,
]);

/// A saved segment with its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    /// Row id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was archived.
    pub archived_at: Option<Instant>,
    /// Number of the version, from 1.
    pub version_no: i64,
    /// Definition as JSON.
    pub definition: String,
    /// Borders of RFM it was saved with, as JSON.
    pub borders: Option<String>,
    /// When the version was saved.
    pub versioned_at: Instant,
    /// A static list: nobody is in but by hand.
    pub is_list: bool,
    /// The latest word about somebody by hand, 0 without any.
    pub people_no: i64,
}

/// An earlier version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentVersion {
    /// Number, from 1.
    pub version_no: i64,
    /// Definition as JSON.
    pub definition: String,
    /// When it was saved.
    pub recorded_at: Instant,
}

/// Who was in when a version was first counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentState {
    /// Version the state is of.
    pub version_no: i64,
    /// Members, in the caller's form.
    pub members: Vec<u8>,
    /// Moves up to this one were made before.
    pub moves_before: i64,
    /// How many moves were recorded since.
    pub moves: i64,
}

/// Somebody came in or went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentMove {
    /// Row id: grows with time.
    pub id: i64,
    /// Which segment.
    pub segment_id: i64,
    /// Who.
    pub customer_id: CustomerId,
    /// In, not out.
    pub came: bool,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// How large a segment was at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentDay {
    /// Day of the shop's zone.
    pub day: Day,
    /// Customers.
    pub customers: i64,
    /// What they had paid so far, minor units.
    pub paid_minor: i64,
}

fn segment(row: &Row<'_>) -> Result<SegmentRow, StoreError> {
    Ok(SegmentRow {
        id: row.int(0)?,
        name: row.text(1)?,
        created_at: Instant(row.int(2)?),
        archived_at: row.opt_int(3)?.map(Instant),
        version_no: row.int(4)?,
        definition: row.text(5)?,
        borders: row.opt_text(6)?,
        versioned_at: Instant(row.int(7)?),
        is_list: row.int(8)? == 1,
        people_no: row.int(9)?,
    })
}

fn moved(row: &Row<'_>) -> Result<SegmentMove, StoreError> {
    Ok(SegmentMove {
        id: row.int(0)?,
        segment_id: row.int(1)?,
        customer_id: CustomerId(row.int(2)?),
        came: row.int(3)? == 1,
        recorded_at: Instant(row.int(4)?),
    })
}

impl ReadTx<'_> {
    /// All segments with their newest versions, archived ones too, in the order they were made.
    pub fn segments(&mut self) -> Result<Vec<SegmentRow>, StoreError> {
        self.db.all(
            "select s.id, s.name, s.created_at, s.archived_at, v.version_no, v.definition, v.borders, v.recorded_at,
               s.is_list, (select coalesce(max(p.id), 0) from segment_person p where p.segment_id = s.id)
             from segment s join segment_version v on v.segment_id = s.id
             where v.version_no = (select max(version_no) from segment_version where segment_id = s.id)
             order by s.id",
            &[],
            segment,
        )
    }

    /// A number that is another one whenever something about the definitions has changed.
    pub fn segments_stamp(&mut self) -> Result<(i64, i64), StoreError> {
        let stamp = self.db.first(
            "select coalesce(max(updated_at), 0), count(*) from segment",
            &[],
            |row| Ok((row.int(0)?, row.int(1)?)),
        )?;
        let versions = self.db.first(
            "select coalesce(max(id), 0) from segment_version",
            &[],
            |row| row.int(0),
        )?;
        let (updated, count) = stamp.unwrap_or_default();
        Ok((updated, count + versions.unwrap_or(0)))
    }

    /// The versions of a segment, newest first.
    pub fn segment_versions(&mut self, id: i64) -> Result<Vec<SegmentVersion>, StoreError> {
        self.db.all(
            "select version_no, definition, recorded_at from segment_version
             where segment_id = $1 order by version_no desc",
            &[id.into()],
            |row| {
                Ok(SegmentVersion {
                    version_no: row.int(0)?,
                    definition: row.text(1)?,
                    recorded_at: Instant(row.int(2)?),
                })
            },
        )
    }

    /// Who was in when the version was first counted.
    pub fn segment_state(&mut self, id: i64) -> Result<Option<SegmentState>, StoreError> {
        self.db.first(
            "select version_no, members, moves_before, moves from segment_state where segment_id = $1",
            &[id.into()],
            |row| {
                Ok(SegmentState {
                    version_no: row.int(0)?,
                    members: row.bytes(1)?,
                    moves_before: row.int(2)?,
                    moves: row.int(3)?,
                })
            },
        )
    }

    /// Moves of a segment after one of them, the earliest first.
    pub fn segment_moves(
        &mut self,
        id: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<SegmentMove>, StoreError> {
        self.db.all(
            "select id, segment_id, customer_id, came, recorded_at from segment_move
             where segment_id = $1 and id > $2 order by id limit $3",
            &[id.into(), after.into(), limit.into()],
            moved,
        )
    }

    /// The latest moves of a segment, newest first.
    pub fn latest_segment_moves(
        &mut self,
        id: i64,
        limit: i64,
    ) -> Result<Vec<SegmentMove>, StoreError> {
        self.db.all(
            "select id, segment_id, customer_id, came, recorded_at from segment_move
             where segment_id = $1 order by id desc limit $2",
            &[id.into(), limit.into()],
            moved,
        )
    }

    /// The latest moves of a customer, newest first.
    pub fn segment_moves_of(
        &mut self,
        customer: CustomerId,
        limit: i64,
    ) -> Result<Vec<SegmentMove>, StoreError> {
        self.db.all(
            "select id, segment_id, customer_id, came, recorded_at from segment_move
             where customer_id = $1 order by id desc limit $2",
            &[customer.into(), limit.into()],
            moved,
        )
    }

    /// How large a segment was, day by day.
    pub fn segment_days(&mut self, id: i64) -> Result<Vec<SegmentDay>, StoreError> {
        self.db.all(
            "select day, customers, paid_minor from segment_day where segment_id = $1 order by day",
            &[id.into()],
            |row| {
                Ok(SegmentDay {
                    day: Day(row.int(0)? as i32),
                    customers: row.int(1)?,
                    paid_minor: row.int(2)?,
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Makes a segment with its first version.
    pub fn create_segment(
        &mut self,
        name: &str,
        definition: &str,
        borders: Option<&str>,
    ) -> Result<i64, StoreError> {
        let id = self.db.new_ids(&SEGMENT_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into segment (id, name, created_at, updated_at) values ($1, $2, $3, $3)",
            &[id.into(), name.into(), now.into()],
        )?;
        self.add_segment_version(id, definition, borders)?;
        Ok(id)
    }

    /// Saves a new version of a definition.
    pub fn add_segment_version(
        &mut self,
        id: i64,
        definition: &str,
        borders: Option<&str>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let last = self.db.first(
            "select coalesce(max(version_no), 0) from segment_version where segment_id = $1",
            &[id.into()],
            |row| row.int(0),
        )?;
        let next = last.unwrap_or(0) + 1;
        self.db.execute(
            "insert into segment_version (segment_id, version_no, definition, borders, recorded_at)
             values ($1, $2, $3, $4, $5)",
            &[
                id.into(),
                next.into(),
                definition.into(),
                borders.into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// Changes a segment's name, and whether it is archived.
    pub fn change_segment(
        &mut self,
        id: i64,
        name: &str,
        archived_at: Option<Instant>,
    ) -> Result<(), StoreError> {
        // Grows with every change, also of one moment, so that nobody takes a change for none.
        let rows = self.db.execute(
            "update segment set name = $2, archived_at = $3,
               updated_at = (select max(updated_at) + 1 from segment) where id = $1",
            &[id.into(), name.into(), archived_at.into()],
        )?;
        if rows == 0 {
            return Err(StoreError::NotFound("The segment"));
        }
        Ok(())
    }

    /// Records who is in a version that is counted for the first time; who was first has said it.
    pub fn put_segment_state(
        &mut self,
        id: i64,
        version_no: i64,
        members: &[u8],
    ) -> Result<(), StoreError> {
        let now = self.now();
        self.db.execute(
            "insert into segment_state (segment_id, version_no, members, moves_before, moves, recorded_at)
             values ($1, $2, $3, (select coalesce(max(id), 0) from segment_move where segment_id = $1), 0, $4)
             on conflict (segment_id) do update set version_no = excluded.version_no, members = excluded.members,
               moves_before = excluded.moves_before, moves = 0, recorded_at = excluded.recorded_at
             where segment_state.version_no < excluded.version_no",
            &[id.into(), version_no.into(), members.into(), now.into()],
        )?;
        Ok(())
    }

    /// Records moves, when `known` moves of this version are recorded already: of several processes
    /// that see the same purchase one writes it down. Tells whether it was this one.
    pub fn add_segment_moves(
        &mut self,
        id: i64,
        version_no: i64,
        known: i64,
        moves: &[(CustomerId, bool)],
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let rows = self.db.execute(
            "update segment_state set moves = moves + $4, recorded_at = $5
             where segment_id = $1 and version_no = $2 and moves = $3",
            &[
                id.into(),
                version_no.into(),
                known.into(),
                (moves.len() as i64).into(),
                now.into(),
            ],
        )?;
        if rows == 0 {
            return Ok(false);
        }
        self.db.insert_many(
            &MOVE,
            moves.iter().map(|(customer, came)| {
                [
                    id.into(),
                    (*customer).into(),
                    i64::from(*came).into(),
                    now.into(),
                ]
            }),
        )?;
        Ok(true)
    }

    /// Records how large a segment is on a day.
    pub fn put_segment_day(&mut self, id: i64, size: SegmentDay) -> Result<(), StoreError> {
        self.db.execute(
            "insert into segment_day (segment_id, day, customers, paid_minor) values ($1, $2, $3, $4)
             on conflict (segment_id, day) do update set customers = excluded.customers, paid_minor = excluded.paid_minor",
            &[id.into(), i64::from(size.day.0).into(), size.customers.into(), size.paid_minor.into()],
        )?;
        Ok(())
    }
}
