-- The first ground tables. One text for both databases; tokens in braces are spelled by dialect.rs:
--   {id}            the row id column's type and key
--   {bytes}         bytes
--   {clustered}     rows lie in the order of the primary key where the engine can do that
--   {txid}          the number of the writing transaction
-- Money in minor units, instants in microseconds UTC, days since 1970-01-01: all bigint.

create table setting (
  key text primary key,
  value text not null,
  updated_at bigint not null
);

-- One row: which master key this base was made with, and proof of it.
create table key_check (
  id {id},
  key_id {bytes} not null,
  check_value {bytes} not null,
  made_at bigint not null
);

-- One row: changes when the data are replaced by a restore, so that old positions are refused.
create table feed_epoch (
  id {id},
  epoch bigint not null
);

create table store (
  id {id},
  code text not null unique,
  name text not null,
  time_zone text not null,
  recorded_at bigint not null,
  archived_at bigint
);

create table channel (
  id {id},
  code text not null unique,
  name text not null,
  recorded_at bigint not null,
  archived_at bigint
);

create table product (
  id {id},
  code text not null unique,
  name text not null,
  category text not null,
  price_minor bigint,
  cost_minor bigint,
  recorded_at bigint not null,
  archived_at bigint
);

create table import (
  id {id},
  file_name text not null,
  size_bytes bigint not null,
  digest {bytes} not null,
  kind text,
  format text,
  state text not null,
  settings text not null,
  preview {bytes},
  counts text,
  dry_run text,
  progress text,
  error text,
  created_by bigint,
  created_at bigint not null,
  updated_at bigint not null,
  finished_at bigint
);

-- One row per committed chunk: where to go on after a stop, and which rows a chunk made (so that an
-- undo needs no index by import).
create table import_chunk (
  import_id bigint not null references import (id),
  chunk_no bigint not null,
  rows_done bigint not null,
  first_purchase_id bigint,
  last_purchase_id bigint,
  first_customer_id bigint,
  last_customer_id bigint,
  counts text not null,
  recorded_at bigint not null,
  primary key (import_id, chunk_no)
) {clustered};

create table rejected_row (
  import_id bigint not null references import (id),
  row_no bigint not null,
  reason text not null,
  cells {bytes} not null,
  primary key (import_id, row_no)
) {clustered};

-- The customer's current values: a projection of customer_value, kept in the same transaction.
-- `profile` is sealed with the person's key; null after an erasure.
create table customer (
  id {id},
  store_id bigint references store (id),
  channel_id bigint references channel (id),
  registered_day bigint not null,
  recorded_at bigint not null,
  updated_at bigint not null,
  version bigint not null,
  archived_at bigint,
  import_id bigint,
  profile {bytes}
);

-- Destroyed at an erasure: what the append-only tables hold of the person can then never be read.
create table person_key (
  customer_id {id},
  sealed_key {bytes} not null
);

-- What was ever learned about a person, append-only. A correction or withdrawal is a new row that
-- names the one it takes back; rows are never changed, so the source of every value stays known.
create table customer_value (
  id {id},
  customer_id bigint not null references customer (id),
  kind text not null,
  value {bytes} not null,
  source_kind text not null,
  source_id bigint,
  recorded_at bigint not null,
  withdraws bigint
);
create index customer_value_customer on customer_value (customer_id);

-- Look-up of a person by a contact: the keyed digest of kind, source and normalised value.
create table identifier (
  blind {bytes} primary key,
  kind text not null,
  customer_id bigint not null references customer (id)
) {clustered};

-- Sales and returns, append-only: a row never changes. `operation_key` makes a repeat harmless.
create table purchase (
  id {id},
  operation_key {bytes} not null unique,
  kind bigint not null,
  customer_id bigint references customer (id),
  store_id bigint not null references store (id),
  channel_id bigint not null references channel (id),
  occurred_at bigint not null,
  recorded_at bigint not null,
  local_day bigint not null,
  time_precision bigint not null,
  paid_minor bigint not null,
  discount_minor bigint not null,
  cost_minor bigint,
  returned_purchase_id bigint,
  import_id bigint,
  line_count bigint not null,
  receipt_no text,
  till text,
  cashier text,
  fiscal_drive text,
  fiscal_document text,
  fiscal_sign text
);
create index purchase_customer on purchase (customer_id) where customer_id is not null;
create index purchase_returned on purchase (returned_purchase_id) where returned_purchase_id is not null;

-- Taking a purchase out of all numbers is a fact of its own: the purchase row stays exactly as it
-- was recorded, and the insert path of ten million rows carries no column that is nearly always null.
create table purchase_void (
  purchase_id {id},
  reason text not null,
  recorded_at bigint not null
);

create table purchase_line (
  purchase_id bigint not null references purchase (id),
  line_no bigint not null,
  product_id bigint references product (id),
  quantity_micro bigint not null,
  list_minor bigint not null,
  paid_minor bigint not null,
  discount_auto_minor bigint not null,
  discount_code_minor bigint not null,
  discount_points_minor bigint not null,
  discount_manual_minor bigint not null,
  discount_rounding_minor bigint not null,
  cost_minor bigint,
  returned_line_no bigint,
  vat_rate_bp bigint,
  vat_minor bigint,
  vat_included bigint,
  primary key (purchase_id, line_no)
) {clustered};

-- What every transaction did: kind and row ids only, never values. Ordered by (txid, id).
create table change (
  id {id},
  txid bigint not null default {txid},
  kind text not null,
  subjects text not null,
  recorded_at bigint not null
);
create index change_order on change (txid, id);

create table staff_user (
  id {id},
  login text not null unique,
  name text not null,
  password_hash text not null,
  created_at bigint not null,
  blocked_at bigint
);

-- Sessions, keys and links are kept as keyed digests of their secrets.
create table session (
  token_hash {bytes} primary key,
  user_id bigint not null references staff_user (id),
  created_at bigint not null,
  expires_at bigint not null
);

create table api_key (
  id {id},
  key_hash {bytes} not null unique,
  name text not null,
  created_at bigint not null,
  last_used_at bigint,
  revoked_at bigint
);

create table one_time_link (
  token_hash {bytes} primary key,
  purpose text not null,
  created_at bigint not null,
  expires_at bigint not null,
  used_at bigint
);

-- Answers of value operations, kept for ever; the reply is sealed.
create table idempotency (
  id {id},
  scope text not null,
  key_hash {bytes} not null,
  request_hash {bytes} not null,
  status bigint not null,
  reply {bytes} not null,
  recorded_at bigint not null,
  unique (scope, key_hash)
);
