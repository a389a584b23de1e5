//! Checking every invariant of the data: the oracle of each fault test.

use crate::StoreError;
use crate::changes::{kind, ranges};
use crate::customers::{blind, sealed, value_place};
use crate::seal;
use crate::store::Store;
use crate::tx::ReadTx;
use std::collections::{HashMap, HashSet};

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check found it.
    pub check: &'static str,
    /// What is wrong, in words; names rows, never values.
    pub text: String,
}

/// Rows named per check; more of the same are only counted.
const NAMED: usize = 20;

/// A check that is one statement: every row it gives (an id) is a finding.
struct Check {
    name: &'static str,
    sql: &'static str,
    words: &'static str,
}

const CHECKS: &[Check] = &[
    Check {
        name: "lines add up",
        sql: "select p.id from purchase p left join (
                select purchase_id, count(*) as lines, cast(sum(paid_minor) as bigint) as paid,
                  cast(sum(list_minor) as bigint) as list
                from purchase_line group by purchase_id) l on l.purchase_id = p.id
              where p.line_count <> coalesce(l.lines, 0)
                or (l.lines > 0 and (p.paid_minor <> l.paid
                  or p.paid_minor + p.discount_minor <> l.list))
              order by p.id",
        words: "the lines of purchase {} do not add up to it",
    },
    Check {
        name: "signs",
        sql: "select id from purchase
              where (kind = 1 and (paid_minor > 0 or discount_minor > 0))
                or (kind = 0 and paid_minor < 0) or kind not in (0, 1)
              order by id",
        words: "purchase {} has amounts of the wrong sign",
    },
    Check {
        name: "segments",
        sql: "select s.id from segment s where not exists (select 1 from segment_version v where v.segment_id = s.id)
              or exists (select 1 from segment_state t where t.segment_id = s.id and t.moves <>
                (select count(*) from segment_move m where m.segment_id = s.id and m.id > t.moves_before))
              order by s.id",
        words: "segment {} has no version, or not the moves it counts",
    },
    Check {
        name: "segment moves",
        sql: "select m.id from segment_move m join segment_state t on t.segment_id = m.segment_id
              where m.id > t.moves_before and m.came = (select p.came from segment_move p
                where p.segment_id = m.segment_id and p.customer_id = m.customer_id
                  and p.id > t.moves_before and p.id < m.id order by p.id desc limit 1)
              order by m.id",
        words: "segment move {} says what the one before it has said",
    },
    Check {
        name: "segment people",
        sql: "select p.id from segment_person p join segment s on s.id = p.segment_id
              where p.stands not in (-1, 0, 1) or (s.is_list = 1 and p.stands = -1) order by p.id",
        words: "word {} about somebody by hand is none that is known",
    },
    Check {
        name: "exports",
        sql: "select e.id from export e join export_step b on b.export_id = e.id and b.step = 'begun'
              where e.needs_second <> 0 and not exists (select 1 from export_step d
                where d.export_id = e.id and d.step = 'decided' and d.outcome = 'approved'
                  and d.actor_id <> e.asked_by and d.id < b.id)
              order by e.id",
        words: "export {} was made without the second person it needs",
    },
    Check {
        name: "exports",
        sql: "select s.export_id from export_step s where (s.step = 'ended' and not exists
                (select 1 from export_step b where b.export_id = s.export_id and b.step = 'begun'))
              or (s.step = 'downloaded' and not exists (select 1 from export_step m
                where m.export_id = s.export_id and m.step = 'ended' and m.outcome = 'made'))
              order by s.export_id",
        words: "export {} ended or was downloaded without having been made",
    },
    Check {
        name: "returns",
        sql: "select r.id from purchase r left join purchase s on s.id = r.returned_purchase_id
              where r.returned_purchase_id is not null and (s.id is null or s.kind <> 0 or r.kind <> 1)
              order by r.id",
        words: "purchase {} takes back something that is not a sale",
    },
    Check {
        name: "voids",
        sql: "select v.purchase_id from purchase_void v left join purchase p on p.id = v.purchase_id
              where p.id is null order by v.purchase_id",
        words: "a void names purchase {}, which does not exist",
    },
    Check {
        name: "imports",
        sql: "select p.id from purchase p left join import i on i.id = p.import_id
              where p.import_id is not null and i.id is null order by p.id",
        words: "purchase {} names an import that does not exist",
    },
    Check {
        name: "person keys",
        sql: "select c.id from customer c left join person_key k on k.customer_id = c.id
              where c.archived_at is null and (k.customer_id is null or c.profile is null)
              order by c.id",
        words: "customer {} has no key or no values",
    },
    Check {
        name: "person keys",
        sql: "select k.customer_id from person_key k left join customer c on c.id = k.customer_id
              where c.id is null order by k.customer_id",
        words: "there is a key for customer {}, who does not exist",
    },
    Check {
        name: "look-up",
        sql: "select i.customer_id from identifier i left join customer c on c.id = i.customer_id
              where i.customer_id is not null and (c.id is null or c.archived_at is not null)
              order by i.customer_id",
        words: "a contact finds customer {}, who is gone",
    },
    Check {
        name: "merges",
        sql: "select l.joined_id from customer_link l left join merge m on m.id = l.merge_id
              where m.id is null or m.undoes is not null or m.joined_id <> l.joined_id
                or m.survivor_id <> l.survivor_id
                or exists (select 1 from merge u where u.undoes = l.merge_id)
              order by l.joined_id",
        words: "customer {} is joined to somebody by no merge that holds",
    },
    Check {
        name: "merges",
        sql: "select m.joined_id from merge m left join customer_link l on l.merge_id = m.id
              where m.undoes is null and l.joined_id is null
                and not exists (select 1 from merge u where u.undoes = m.id)
              order by m.joined_id",
        words: "the merge of customer {} holds and does not show",
    },
    Check {
        name: "merges",
        sql: "select u.joined_id from merge u left join merge m on m.id = u.undoes
              where u.undoes is not null and (m.id is null or m.undoes is not null
                or m.joined_id <> u.joined_id or m.survivor_id <> u.survivor_id)
              order by u.joined_id",
        words: "an unmerge of customer {} takes back something that is no merge of his",
    },
    Check {
        name: "merges",
        sql: "with recursive up (start_id, at, steps) as (
                select joined_id, survivor_id, 1 from customer_link
                union all
                select up.start_id, l.survivor_id, up.steps + 1
                from up join customer_link l on l.joined_id = up.at where up.steps < 10000)
              select distinct start_id from up where start_id = at order by start_id",
        words: "the merges of customer {} go in a circle",
    },
    Check {
        name: "notes",
        sql: "select n.id from note n left join note f on f.id = n.thread_id
              where f.id is null or f.thread_id <> f.id or f.customer_id <> n.customer_id
                or (n.id = n.thread_id and n.removed <> 0)
              order by n.id",
        words: "note {} belongs to no thread of its customer",
    },
    Check {
        name: "duplicates",
        sql: "select d.id from duplicate_decision d
              left join duplicate_decision u on u.id = d.undoes
              left join merge m on m.id = d.merge_id
              where (d.undoes is not null and (u.id is null or u.undoes is not null))
                or (d.decision = 'same') <> (m.id is not null)
              order by d.id",
        words: "decision {} about duplicates does not fit what it names",
    },
    Check {
        name: "blocked values",
        sql: "select w.id from blocked_contact w left join blocked_contact b on b.id = w.withdraws
              where w.withdraws is not null and (b.id is null or b.withdraws is not null)
              order by w.id",
        words: "row {} lets a value go that was never blocked",
    },
    Check {
        name: "groups",
        sql: "select p.id from group_person p join people_group g on g.id = p.group_id
              where p.present not in (0, 1) or (p.present = 0 and p.role is not null)
                or (g.kind = 'household' and p.present = 1
                  and not exists (select 1 from group_person l where l.group_id = p.group_id
                    and l.customer_id = p.customer_id and l.id > p.id)
                  and exists (select 1 from group_person o join people_group h on h.id = o.group_id
                    where h.kind = 'household' and o.customer_id = p.customer_id
                      and o.group_id <> p.group_id and o.present = 1
                      and not exists (select 1 from group_person m where m.group_id = o.group_id
                        and m.customer_id = o.customer_id and m.id > o.id)))
              order by p.id",
        words: "row {} puts somebody into a second household, or out of a group with a role",
    },
    Check {
        name: "bulk edits",
        sql: "select b.id from bulk_edit b
              where b.looked_at > b.total or (b.state <> 'running' and b.looked_at <> b.total)
                or exists (select 1 from bulk_edit_step s where s.bulk_edit_id = b.id and (
                  (b.state <> 'running' and s.changed is null)
                  or (b.state = 'undone' and s.undone_at is null)
                  or (b.state in ('running', 'done') and s.undone_at is not null)))
              order by b.id",
        words: "bulk edit {} is not as far as it says",
    },
    Check {
        name: "withdrawals",
        sql: "select w.id from customer_value w left join customer_value v on v.id = w.withdraws
              where w.withdraws is not null and (v.id is null or v.customer_id <> w.customer_id)
              order by w.id",
        words: "fact {} withdraws something that is not there",
    },
];

impl Store {
    /// Checks every invariant of the truth. An empty list is a clean base.
    pub fn verify(&self) -> Result<Vec<Finding>, StoreError> {
        self.read(|tx| {
            let mut findings = Findings::default();
            tx.check_engine(&mut findings)?;
            for check in CHECKS {
                tx.db.query(check.sql, &[], &mut |row| {
                    let id = row.int(0)?;
                    findings.add(check.name, || check.words.replace("{}", &id.to_string()));
                    Ok(())
                })?;
            }
            tx.check_customers(&mut findings)?;
            tx.check_facts(&mut findings)?;
            tx.check_shop_values(&mut findings)?;
            tx.check_feed(&mut findings)?;
            tx.check_journal(&mut findings)?;
            Ok(findings.finish())
        })
    }
}

/// Findings, with a limit of named rows per check.
#[derive(Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    counts: Vec<(&'static str, usize)>,
}

impl Findings {
    pub fn add(&mut self, check: &'static str, text: impl FnOnce() -> String) {
        let count = match self.counts.iter_mut().find(|(name, _)| *name == check) {
            Some((_, count)) => count,
            None => {
                self.counts.push((check, 0));
                let last = self.counts.len() - 1;
                &mut self.counts[last].1
            }
        };
        *count += 1;
        if *count <= NAMED {
            self.list.push(Finding {
                check,
                text: text(),
            });
        }
    }

    pub fn finish(mut self) -> Vec<Finding> {
        for (check, count) in self.counts {
            if count > NAMED {
                self.list.push(Finding {
                    check,
                    text: format!("and {} more of the same", count - NAMED),
                });
            }
        }
        self.list
    }
}

impl ReadTx<'_> {
    fn check_engine(&mut self, findings: &mut Findings) -> Result<(), StoreError> {
        for sql in self.db.dialect().own_checks() {
            self.db.query(sql, &[], &mut |row| {
                let text = row.text(0)?;
                if text != "ok" {
                    findings.add("database file", || text.clone());
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Every living customer opens, and every look-up leads to one who has that contact.
    fn check_customers(&mut self, findings: &mut Findings) -> Result<(), StoreError> {
        let keys = self.keys;
        // Whose each contact is, and whether it should find him.
        let mut contacts: HashMap<([u8; 16], i64), bool> = HashMap::new();
        self.db.query(
            "select c.id, c.store_id, c.channel_id, c.registered_day, c.recorded_at, c.profile,
               k.sealed_key
             from customer c join person_key k on k.customer_id = c.id
             where c.archived_at is null and c.profile is not null order by c.id",
            &[],
            &mut |row| {
                let id = row.int(0)?;
                match sealed(row)?.open(keys) {
                    Ok(customer) => {
                        for contact in &customer.contacts {
                            let finds = contact.identifies();
                            contacts.insert((blind(keys, contact), id), finds);
                        }
                    }
                    Err(_) => findings.add("sealed values", || {
                        format!("the values of customer {id} do not open")
                    }),
                }
                Ok(())
            },
        )?;
        let mut found: HashSet<[u8; 16]> = HashSet::new();
        let mut nobodys: HashSet<[u8; 16]> = HashSet::new();
        self.db.query(
            "select blind, customer_id from identifier",
            &[],
            &mut |row| {
                let (digest, id) = (row.array(0)?, row.opt_int(1)?);
                found.insert(digest);
                let Some(id) = id else {
                    nobodys.insert(digest);
                    return Ok(());
                };
                if !contacts.contains_key(&(digest, id)) {
                    findings.add("look-up", || {
                        format!("a contact finds customer {id}, who does not have it")
                    });
                }
                Ok(())
            },
        )?;
        for one in self.blocked_contacts()? {
            if !nobodys.remove(&blind(keys, &one.contact)) {
                findings.add("blocked values", || {
                    format!("blocked value {} may still find somebody", one.id)
                });
            }
        }
        if !nobodys.is_empty() {
            findings.add("blocked values", || {
                format!(
                    "{} look-ups find nobody, and nobody blocked them",
                    nobodys.len()
                )
            });
        }
        for ((digest, id), finds) in &contacts {
            if *finds && !found.contains(digest) {
                findings.add("look-up", || {
                    format!("a contact of customer {id} finds nobody")
                });
            }
        }
        Ok(())
    }

    /// Every fact of a person who has a key opens.
    fn check_facts(&mut self, findings: &mut Findings) -> Result<(), StoreError> {
        let keys = self.keys;
        let mut current: Option<(i64, Option<seal::SealKey>)> = None;
        self.db.query(
            "select v.id, v.customer_id, v.value, k.sealed_key
             from customer_value v join person_key k on k.customer_id = v.customer_id
             order by v.customer_id, v.id",
            &[],
            &mut |row| {
                let (id, customer) = (row.int(0)?, row.int(1)?);
                let key = match &current {
                    Some((known, key)) if *known == customer => *key,
                    _ => {
                        let key = keys.open_person_key(customer, &row.bytes(3)?).ok();
                        current = Some((customer, key));
                        key
                    }
                };
                let opened = key.is_some_and(|key| {
                    seal::open(
                        &key,
                        value_place(id),
                        &row.with_value(2, |value| match value {
                            crate::value::Value::Bytes(bytes) => bytes.to_vec(),
                            _ => Vec::new(),
                        })
                        .unwrap_or_default(),
                    )
                    .is_ok()
                });
                if !opened {
                    findings.add("sealed values", || {
                        format!("fact {id} of customer {customer} does not open")
                    });
                }
                Ok(())
            },
        )
    }

    /// Values sealed for the shop open.
    fn check_shop_values(&mut self, findings: &mut Findings) -> Result<(), StoreError> {
        let imports = self
            .db
            .all("select id from import order by id", &[], |row| row.int(0))?;
        for id in imports {
            let import = vernis_domain::ImportId(id);
            if self.import(import).is_err() {
                findings.add("sealed values", || format!("import {id} cannot be read"));
            }
            let mut after = 0;
            loop {
                match self.rejected_rows(import, after, 1000) {
                    Ok(rows) => match rows.last() {
                        Some(last) => after = last.row_no,
                        None => break,
                    },
                    Err(_) => {
                        findings.add("sealed values", || {
                            format!("rejected rows of import {id} after row {after} do not open")
                        });
                        break;
                    }
                }
            }
        }
        let keys = self.keys;
        self.db.query(
            "select id, reply from idempotency order by id",
            &[],
            &mut |row| {
                let id = row.int(0)?;
                if keys
                    .open_for_shop(crate::idempotency::place(id), &row.bytes(1)?)
                    .is_err()
                {
                    findings.add("sealed values", || format!("kept reply {id} does not open"));
                }
                Ok(())
            },
        )
    }

    /// Every purchase and customer was told to the feed, and the feed tells of nothing else.
    fn check_feed(&mut self, findings: &mut Findings) -> Result<(), StoreError> {
        for (kind, words, sql) in [
            (
                kind::PURCHASES,
                "purchase",
                "select id from purchase order by id",
            ),
            (
                kind::CUSTOMERS,
                "customer",
                "select id from customer order by id",
            ),
        ] {
            let texts = self.db.all(
                "select subjects from change where kind = $1 order by id",
                &[kind.into()],
                |row| row.text(0),
            )?;
            let mut told = Vec::new();
            for text in texts {
                told.extend(ranges(&text)?);
            }
            told.sort_unstable();
            let mut merged: Vec<(i64, i64)> = Vec::with_capacity(told.len());
            for (first, last) in told {
                match merged.last_mut() {
                    Some(range) if first <= range.1 + 1 => range.1 = range.1.max(last),
                    _ => merged.push((first, last)),
                }
            }
            let (mut at, mut met) = (0, 0);
            self.db.query(sql, &[], &mut |row| {
                let id = row.int(0)?;
                while at < merged.len() && merged[at].1 < id {
                    at += 1;
                }
                if at < merged.len() && merged[at].0 <= id {
                    met += 1;
                } else {
                    findings.add("change feed", || {
                        format!("the feed never told of {words} {id}")
                    });
                }
                Ok(())
            })?;
            let claimed: i64 = merged.iter().map(|(first, last)| last - first + 1).sum();
            if claimed != met {
                findings.add("change feed", || {
                    format!(
                        "the feed tells of {} rows of kind {words} that do not exist",
                        claimed - met
                    )
                });
            }
        }
        Ok(())
    }
}
