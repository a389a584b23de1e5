-- Purchases are found by the number on the receipt.
create index purchase_receipt on purchase (receipt_no) where receipt_no is not null;
