//! Row identifiers. Inside they are plain integers; outside they are shown only as sealed public
//! ids (see `vernis_store::public_id`), so that nothing can be guessed or counted.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A person of the base.
    CustomerId,
    /// A sale or a return: both are documents of one table and share one number range.
    PurchaseId,
    /// One product line of a purchase.
    LineId,
    /// An article the shop sells.
    ProductId,
    /// A place of sale with its own time zone: a shop in a street or an online shop.
    StoreId,
    /// How the purchase or the customer came: till, web, marketplace, advertising.
    ChannelId,
    /// One run of an import.
    ImportId,
    /// A member of staff who can sign in.
    UserId,
    /// A field that a shop made for itself.
    FieldId,
}
