//! Filling an empty base with the demo shop.

use crate::App;
use crate::caller::Caller;
use crate::demo::{DemoOptions, DemoShop, Loaded, load};
use crate::journal::{Note, acts, fields};
use crate::refusal::{Refusal, RefusalKind};
use vernis_domain::{Day, Text};

impl App {
    /// Fills an empty base with the demo shop of this size and seed, up to the day before `today`
    /// (the clock's day when absent).
    ///
    /// # Errors
    /// A base that has customers or purchases: the demo is never mixed with a shop's own data.
    pub fn load_demo(
        &self,
        caller: &Caller,
        customers: u32,
        seed: u64,
        today: Option<Day>,
        progress: impl FnMut(Loaded),
    ) -> Result<Loaded, Refusal> {
        let base = self.live.current();
        if base.purchases() > 0 || base.customers() > 0 {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "not_empty",
                Text::new(
                    "В базе уже есть клиенты или покупки. Демонстрационный магазин ставится только в пустую базу; ничего не изменено.",
                    "There are customers or purchases already. The demo shop goes into an empty base only; nothing was changed.",
                ),
            ));
        }
        let shop = DemoShop::new(DemoOptions {
            customers,
            seed,
            today: today.unwrap_or_else(|| self.today()),
        })
        .map_err(Refusal::internal)?;
        let loaded = load(&self.store, &shop, progress)?;
        self.tell(
            Note::new(&acts::DEMO_MADE, caller)
                .fact(&fields::CUSTOMERS, loaded.customers_new)
                .fact(&fields::PURCHASES, loaded.purchases_new),
        )?;
        Ok(loaded)
    }
}
