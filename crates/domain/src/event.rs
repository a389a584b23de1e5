//! What a committed transaction did, in the form the live base takes in.
//!
//! On disk the change feed keeps only references (kind and row ids); a process that follows the
//! feed reads the rows again. The process that wrote them hands these values over directly.

use crate::{
    Channel, CustomField, Customer, CustomerId, Product, Purchase, PurchaseId, Shop, Store, UserId,
};

/// One effect of a committed transaction. Applying an event twice changes nothing.
#[derive(Clone, Debug)]
pub enum Event {
    /// The shop's own settings changed.
    Shop(Shop),
    /// Stores were added or changed.
    Stores(Vec<Store>),
    /// Channels were added or changed.
    Channels(Vec<Channel>),
    /// Products were added or changed.
    Products(Vec<Product>),
    /// The shop's own fields changed: all of them, archived ones included.
    Fields(Vec<CustomField>),
    /// Records were joined to another one (the second), or stand for themselves again (`None`).
    /// Comes before the customers it changes.
    Links(Vec<(CustomerId, Option<CustomerId>)>),
    /// Records got a responsible member of staff, or lost him.
    Managers(Vec<(CustomerId, Option<UserId>)>),
    /// Customers were added or changed: the whole current value of each.
    Customers(Vec<Customer>),
    /// Purchases were recorded.
    Purchases(Vec<Purchase>),
    /// Purchases were taken out of all numbers (a cancelled document, an undone import).
    PurchasesVoided(Vec<(Option<CustomerId>, PurchaseId)>),
    /// Customers were taken out (an undone import, an erasure).
    CustomersRemoved(Vec<CustomerId>),
}

impl Event {
    /// Appends an event to those of a group. Neighbours of one kind become one event, so that who
    /// takes them in does once for the group what he would do for each.
    pub fn append(events: &mut Vec<Event>, event: Event) {
        match (events.last_mut(), event) {
            (Some(Event::Purchases(all)), Event::Purchases(more)) => all.extend(more),
            (Some(Event::Customers(all)), Event::Customers(more)) => all.extend(more),
            (_, event) => events.push(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_kind_become_one_event_and_their_order_stays() {
        let mut events = Vec::new();
        for event in [
            Event::Customers(Vec::new()),
            Event::CustomersRemoved(vec![CustomerId(1)]),
            Event::Customers(Vec::new()),
            Event::Customers(Vec::new()),
            Event::Purchases(Vec::new()),
            Event::Purchases(Vec::new()),
        ] {
            Event::append(&mut events, event);
        }
        assert!(matches!(
            events[..],
            [
                Event::Customers(_),
                Event::CustomersRemoved(_),
                Event::Customers(_),
                Event::Purchases(_)
            ]
        ));
    }
}
