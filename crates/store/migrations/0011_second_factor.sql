-- The second factor of a member of staff: the sealed secret of his phone's program, and the last
-- half-minute a code of it was taken for, so that none is taken twice. Not confirmed: being set up.
create table staff_totp (
  user_id {id} references staff_user (id),
  secret {bytes} not null,
  confirmed_at bigint,
  last_step bigint not null
);
-- Recovery codes as keyed digests; each is good once.
create table recovery_code (
  user_id bigint not null references staff_user (id),
  code_hash {bytes} not null,
  used_at bigint,
  primary key (user_id, code_hash)
) {clustered};
