//! Exports: what was asked for, and the steps each went through. Both are facts: appended, never changed.

use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::keys::Keys;
use crate::seal::Place;
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;
use std::collections::BTreeMap;
use vernis_domain::{Instant, UserId};

static EXPORT_IDS: IdSource = ids_of!("export");
static STEP_IDS: IdSource = ids_of!("export_step");

/// An export as it was asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportRow {
    /// Row id.
    pub id: i64,
    /// Names the export in every row of its file.
    pub mark: u32,
    /// Gives the order of rows and the invented customers.
    pub seed: [u8; 16],
    /// Who asked.
    pub asked_by: UserId,
    /// When.
    pub asked_at: Instant,
    /// What was asked, as the program writes it.
    pub wanted: String,
    /// How many people it was then.
    pub people: i64,
    /// Contacts are masked in it.
    pub masked: bool,
    /// A second person has to approve it.
    pub needs_second: bool,
    /// What became of it, the earliest first.
    pub steps: Vec<ExportStep>,
}

/// Something that became of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportStep {
    /// decided, begun, ended, downloaded, removed.
    pub step: String,
    /// approved, refused, withdrawn; made, failed; expired, erased, by_hand; empty.
    pub outcome: String,
    /// Who did it; nobody for the program.
    pub actor: Option<UserId>,
    /// People in the file.
    pub people: Option<i64>,
    /// Size of the file.
    pub size_bytes: Option<i64>,
    /// Invented customers in the file.
    pub canaries: Option<i64>,
    /// When.
    pub recorded_at: Instant,
}

impl ExportRow {
    /// A step of it.
    pub fn step(&self, name: &str) -> Option<&ExportStep> {
        self.steps.iter().find(|one| one.step == name)
    }
}

/// An export to be noted.
#[derive(Clone)]
pub struct NewExport {
    /// Names it in every row of its file.
    pub mark: u32,
    /// Gives the order of rows and the invented customers.
    pub seed: [u8; 16],
    /// Who asks.
    pub asked_by: UserId,
    /// What is asked, as the program writes it.
    pub wanted: String,
    /// How many people it is.
    pub people: i64,
    /// Contacts are masked in it.
    pub masked: bool,
    /// A second person has to approve it.
    pub needs_second: bool,
}

impl ExportStep {
    /// A step of somebody, or of the program.
    pub fn new(step: &str, outcome: &str, actor: Option<UserId>) -> ExportStep {
        ExportStep {
            step: step.to_owned(),
            outcome: outcome.to_owned(),
            actor,
            people: None,
            size_bytes: None,
            canaries: None,
            recorded_at: Instant(0),
        }
    }
}

fn place(id: i64) -> Place {
    Place {
        table: "export",
        id,
    }
}

fn export_of(keys: &Keys, row: &Row<'_>) -> Result<ExportRow, StoreError> {
    let id = row.int(0)?;
    let wanted = keys.open_for_shop(place(id), &row.bytes(5)?)?;
    Ok(ExportRow {
        id,
        mark: row.int(1)? as u32,
        seed: row.array(2)?,
        asked_by: UserId(row.int(3)?),
        asked_at: Instant(row.int(4)?),
        wanted: String::from_utf8_lossy(&wanted).into_owned(),
        people: row.int(6)?,
        masked: row.int(7)? != 0,
        needs_second: row.int(8)? != 0,
        steps: Vec::new(),
    })
}

fn step_of(row: &Row<'_>) -> Result<(i64, ExportStep), StoreError> {
    Ok((
        row.int(0)?,
        ExportStep {
            step: row.text(1)?,
            outcome: row.text(2)?,
            actor: row.opt_int(3)?.map(UserId),
            people: row.opt_int(4)?,
            size_bytes: row.opt_int(5)?,
            canaries: row.opt_int(6)?,
            recorded_at: Instant(row.int(7)?),
        },
    ))
}

impl ReadTx<'_> {
    /// The newest exports, the latest first.
    pub fn exports(&mut self, limit: i64) -> Result<Vec<ExportRow>, StoreError> {
        let keys = self.keys;
        let mut all = self.db.all(
            "select id, mark, seed, asked_by, asked_at, wanted, people, masked, needs_second
             from export order by id desc limit $1",
            &[limit.into()],
            |row| export_of(keys, row),
        )?;
        let first = all.last().map_or(0, |row| row.id);
        let mut steps: BTreeMap<i64, Vec<ExportStep>> = BTreeMap::new();
        for (id, step) in self.db.all(
            "select export_id, step, outcome, actor_id, people, size_bytes, canaries, recorded_at
             from export_step where export_id >= $1 order by id",
            &[first.into()],
            step_of,
        )? {
            steps.entry(id).or_default().push(step);
        }
        for row in &mut all {
            row.steps = steps.remove(&row.id).unwrap_or_default();
        }
        Ok(all)
    }

    /// One export.
    pub fn export(&mut self, id: i64) -> Result<Option<ExportRow>, StoreError> {
        let keys = self.keys;
        let found = self.db.first(
            "select id, mark, seed, asked_by, asked_at, wanted, people, masked, needs_second
             from export where id = $1",
            &[id.into()],
            |row| export_of(keys, row),
        )?;
        let Some(mut found) = found else {
            return Ok(None);
        };
        let steps = self.db.all(
            "select export_id, step, outcome, actor_id, people, size_bytes, canaries, recorded_at
             from export_step where export_id = $1 order by id",
            &[id.into()],
            step_of,
        )?;
        found.steps = steps.into_iter().map(|(_, step)| step).collect();
        Ok(Some(found))
    }

    /// How many people somebody asked for or took out since then in files that nobody else approved.
    pub fn exported_alone_since(&mut self, by: UserId, since: Instant) -> Result<i64, StoreError> {
        let people = self.db.first(
            "select cast(coalesce(sum(e.people), 0) as bigint) from export e
             where e.asked_by = $1 and e.needs_second = 0 and (e.asked_at >= $2 or exists
               (select 1 from export_step s
                where s.export_id = e.id and s.step = 'begun' and s.recorded_at >= $2))",
            &[by.into(), since.into()],
            |row| row.int(0),
        )?;
        Ok(people.unwrap_or(0))
    }

    /// Exports whose making began and did not end.
    pub fn exports_unfinished(&mut self) -> Result<Vec<(i64, Instant)>, StoreError> {
        self.db.all(
            "select b.export_id, b.recorded_at from export_step b where b.step = 'begun' and not exists
               (select 1 from export_step e where e.export_id = b.export_id and e.step = 'ended')
             order by b.export_id",
            &[],
            |row| Ok((row.int(0)?, Instant(row.int(1)?))),
        )
    }

    /// Exports whose file is kept, with when it was made.
    pub fn exports_kept(&mut self) -> Result<Vec<(i64, Instant)>, StoreError> {
        self.db.all(
            "select m.export_id, m.recorded_at from export_step m
             where m.step = 'ended' and m.outcome = 'made' and not exists
               (select 1 from export_step r where r.export_id = m.export_id and r.step = 'removed')
             order by m.export_id",
            &[],
            |row| Ok((row.int(0)?, Instant(row.int(1)?))),
        )
    }
}

impl WriteTx<'_> {
    /// Lets one transaction of somebody's exports be decided after another, in whatever program: on
    /// PostgreSQL the later one fails by this update of nothing and is made again from the start.
    pub fn one_export_at_a_time(&mut self, of: UserId) -> Result<(), StoreError> {
        self.db.execute(
            "update staff_user set login = login where id = $1",
            &[of.into()],
        )?;
        Ok(())
    }

    /// Notes that an export was asked for.
    pub fn create_export(&mut self, new: &NewExport) -> Result<i64, StoreError> {
        let id = self.db.new_ids(&EXPORT_IDS, 1)?[0];
        let now = self.now();
        let wanted = self.keys.seal_for_shop(place(id), new.wanted.as_bytes())?;
        self.db.execute(
            "insert into export (id, mark, seed, asked_by, asked_at, wanted, people, masked, needs_second)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                id.into(),
                i64::from(new.mark).into(),
                (&new.seed).into(),
                new.asked_by.into(),
                now.into(),
                (&wanted).into(),
                new.people.into(),
                i64::from(new.masked).into(),
                i64::from(new.needs_second).into(),
            ],
        )?;
        Ok(id)
    }

    /// Notes a step of an export. All but a download happen once.
    pub fn add_export_step(&mut self, id: i64, step: &ExportStep) -> Result<(), StoreError> {
        let row = self.db.new_ids(&STEP_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into export_step
               (id, export_id, step, outcome, actor_id, people, size_bytes, canaries, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                row.into(),
                id.into(),
                (&step.step).into(),
                (&step.outcome).into(),
                step.actor.into(),
                step.people.into(),
                step.size_bytes.into(),
                step.canaries.into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// Every kept file ends: somebody was erased, and he may stand in any of them.
    pub(crate) fn end_kept_exports(&mut self) -> Result<(), StoreError> {
        for (id, _) in self.exports_kept()? {
            self.add_export_step(id, &ExportStep::new("removed", "erased", None))?;
        }
        Ok(())
    }
}
