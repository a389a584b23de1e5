//! What comes back: whole receipts and parts of them, days later, pointing at the sale.

use super::basket::Assortment;
use super::catalogue::ONLINE;
use super::draw::Draw;
use super::{DemoLine, DemoPurchase, Receipts, calendar};
use vernis_domain::{Day, PurchaseKind};

const MICRO: i64 = 1_000_000;

/// Adds the returns of a sale, if there are any, to the owner's receipts.
pub(super) fn add_returns(
    draw: &mut Draw,
    assortment: &Assortment,
    sale: &DemoPurchase,
    home: u8,
    receipts: &mut Receipts<'_>,
) {
    let whole = draw.chance(9);
    let mut back: Vec<DemoLine> = Vec::new();
    for (line, no) in sale.lines.iter().zip(1i64..) {
        let shelf = assortment.products[line.product as usize].shelf;
        if whole || draw.chance(shelf.return_per_mille()) {
            let pieces = line.quantity_micro / MICRO;
            let by_piece = line.quantity_micro % MICRO == 0 && pieces > 1 && !whole;
            let taken = if by_piece {
                1 + i64::from(draw.below(pieces as u32))
            } else {
                pieces
            };
            let quantity = if by_piece {
                taken * MICRO
            } else {
                line.quantity_micro
            };
            back.push(part(line, no, quantity));
        }
    }
    if back.is_empty() {
        return;
    }
    let store = if sale.store == ONLINE && draw.chance(300) {
        home
    } else {
        sale.store
    };
    let day = sale.local_day.plus(1 + draw.waiting(4.0).min(20.0) as i32);
    let rest = remaining(sale, &back);
    let everything_else_follows = !rest.is_empty() && draw.chance(120);
    push(draw, sale, back, store, day, receipts);
    if everything_else_follows {
        let later = day.plus(1 + draw.below(6) as i32);
        push(draw, sale, rest, store, later, receipts);
    }
}

fn push(
    draw: &mut Draw,
    sale: &DemoPurchase,
    lines: Vec<DemoLine>,
    store: u8,
    day: Day,
    receipts: &mut Receipts<'_>,
) {
    let second = calendar::second_of_day(draw, store == ONLINE);
    receipts.add(
        PurchaseKind::Return,
        store,
        sale.channel,
        day,
        second,
        lines,
        Some(sale.key),
    );
}

/// The part of a sold line that comes back; all amounts negative. Parts of discounts are rounded
/// towards zero and what is paid back is list price less discounts, so the sum always agrees.
fn part(line: &DemoLine, no: i64, quantity: i64) -> DemoLine {
    let share = |amount: i64| amount * quantity / line.quantity_micro;
    let list = share(line.list_minor);
    let auto = share(line.discount_auto_minor);
    let code = share(line.discount_code_minor);
    let manual = share(line.discount_manual_minor);
    let paid = share(line.paid_minor);
    DemoLine {
        product: line.product,
        quantity_micro: -quantity,
        list_minor: -list,
        paid_minor: -paid,
        discount_auto_minor: -auto,
        discount_code_minor: -code,
        discount_manual_minor: -manual,
        discount_rounding_minor: -(list - paid - auto - code - manual),
        cost_minor: line.cost_minor.map(|cost| -share(cost)),
        returned_line_no: Some(no),
    }
}

/// What is left of a sale after these lines came back, as lines of another return.
fn remaining(sale: &DemoPurchase, back: &[DemoLine]) -> Vec<DemoLine> {
    let mut rest = Vec::new();
    for (line, no) in sale.lines.iter().zip(1i64..) {
        let returned = back.iter().find(|back| back.returned_line_no == Some(no));
        let quantity = line.quantity_micro + returned.map_or(0, |back| back.quantity_micro);
        if quantity == 0 {
            continue;
        }
        let mut left = part(line, no, line.quantity_micro);
        if let Some(back) = returned {
            left.quantity_micro -= back.quantity_micro;
            left.list_minor -= back.list_minor;
            left.paid_minor -= back.paid_minor;
            left.discount_auto_minor -= back.discount_auto_minor;
            left.discount_code_minor -= back.discount_code_minor;
            left.discount_manual_minor -= back.discount_manual_minor;
            left.discount_rounding_minor -= back.discount_rounding_minor;
            left.cost_minor = left
                .cost_minor
                .zip(back.cost_minor)
                .map(|(all, part)| all - part);
        }
        rest.push(left);
    }
    rest
}
