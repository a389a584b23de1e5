-- A customer's purchases are found in the live base. In the truth the index cost every purchase a
-- page of its own (customers come in no order): half of what an import wrote.
drop index purchase_customer;
