-- Who did what to whom, from where, when and why: append-only. Rows are named by their ids, never by a
-- personal value; a reason that a person typed is sealed. `mark` is a keyed digest of the row: one that
-- the program did not write, or wrote otherwise, does not fit.
create table journal (
  id {id},
  txid bigint not null default {txid},
  recorded_at bigint not null,
  act text not null,
  actor_kind text not null,
  actor_id bigint,
  address text not null,
  agent text not null,
  subjects text not null,
  details text not null,
  reason {bytes},
  mark {bytes} not null
);
create index journal_order on journal (txid, id);
create index journal_time on journal (recorded_at, id);
create index journal_act on journal (act, recorded_at, id);
create index journal_actor on journal (actor_kind, actor_id, recorded_at, id);
{append_only journal}
-- Whom an entry concerns, to be found by: derived from `subjects`, which `verify` compares.
create table journal_subject (
  kind text not null,
  subject_id bigint not null,
  journal_id bigint not null references journal (id),
  primary key (kind, subject_id, journal_id)
) {clustered};
{append_only journal_subject}
-- The chain: entries in the order of their commits, each bound to all before it.
create table journal_seal (
  number {id},
  journal_id bigint not null unique references journal (id),
  link {bytes} not null
);
{append_only journal_seal}
-- Spool files of card views that are in the journal already and may still lie in the data folder.
create table journal_spool (
  id text primary key
) {clustered};
