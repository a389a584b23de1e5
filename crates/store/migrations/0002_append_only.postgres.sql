-- Ground facts cannot be changed or removed, whatever the program tries.
create function refuse_change() returns trigger language plpgsql as
$$ begin raise exception '% is append-only', tg_table_name; end $$;
create trigger purchase_append_only before update or delete on purchase for each row execute function refuse_change();
create trigger purchase_line_append_only before update or delete on purchase_line for each row execute function refuse_change();
create trigger purchase_void_append_only before update or delete on purchase_void for each row execute function refuse_change();
create trigger customer_value_append_only before update or delete on customer_value for each row execute function refuse_change();
create trigger customer_no_delete before delete on customer for each row execute function refuse_change();
create trigger change_append_only before update or delete on change for each row execute function refuse_change();
-- A restore brings rows with transaction numbers of another server: see restore.rs.
