-- Ground facts cannot be changed or removed, whatever the program tries.
create trigger purchase_no_update before update on purchase begin select raise(abort, 'purchase is append-only'); end;
create trigger purchase_no_delete before delete on purchase begin select raise(abort, 'purchase is append-only'); end;
create trigger purchase_line_no_update before update on purchase_line begin select raise(abort, 'purchase_line is append-only'); end;
create trigger purchase_line_no_delete before delete on purchase_line begin select raise(abort, 'purchase_line is append-only'); end;
create trigger purchase_void_no_update before update on purchase_void begin select raise(abort, 'purchase_void is append-only'); end;
create trigger purchase_void_no_delete before delete on purchase_void begin select raise(abort, 'purchase_void is append-only'); end;
create trigger customer_value_no_update before update on customer_value begin select raise(abort, 'customer_value is append-only'); end;
create trigger customer_value_no_delete before delete on customer_value begin select raise(abort, 'customer_value is append-only'); end;
create trigger customer_no_delete before delete on customer begin select raise(abort, 'customer rows are archived, never deleted'); end;
create trigger change_no_update before update on change begin select raise(abort, 'change is append-only'); end;
create trigger change_no_delete before delete on change begin select raise(abort, 'change is append-only'); end;
