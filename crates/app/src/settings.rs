//! What a shop sets about itself: name, currency, zone, stores, channels; its products.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::refusal::{Refusal, RefusalKind};
use vernis_domain::{Channel, Currency, Product, ProductId, Store, StoreId, Text, Zone, text};

/// A change of the shop; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct ShopPatch {
    /// Name.
    pub name: Option<String>,
    /// Currency; refused once there are purchases.
    pub currency: Option<Currency>,
    /// IANA zone.
    pub time_zone: Option<String>,
}

impl App {
    /// Changes the shop.
    ///
    /// # Errors
    /// A wrong field; a currency after the first purchase.
    pub fn change_shop(&self, caller: &Caller, patch: ShopPatch) -> Result<(), Refusal> {
        let note = Note::new(&acts::SHOP_CHANGED, caller);
        let name = patch
            .name
            .as_deref()
            .map(|name| checked("name", name, 200))
            .transpose()?;
        if let Some(zone) = &patch.time_zone {
            check_zone(zone)?;
        }
        self.store.write(move |tx| -> Result<(), Refusal> {
            let mut shop = tx.shop()?.ok_or_else(Refusal::not_found)?;
            let before = shop.clone();
            if let Some(name) = &name {
                shop.name.clone_from(name);
            }
            if let Some(zone) = &patch.time_zone {
                shop.time_zone.clone_from(zone);
            }
            if let Some(currency) = patch.currency
                && currency != shop.currency
            {
                if tx.purchase_count()? > 0 {
                    return Err(Refusal::new(
                        RefusalKind::Conflict,
                        "currency_locked",
                        Text::new(
                            "Валюту нельзя сменить: уже есть покупки. Остальное не изменено.",
                            "The currency cannot be changed: there are purchases. Nothing was changed.",
                        ),
                    ));
                }
                shop.currency = currency;
            }
            if shop == before {
                return Ok(());
            }
            tx.put_shop(&shop)?;
            note.clone()
                .changed(&fields::SHOP_NAME, &before.name, &shop.name)
                .changed(&fields::TIME_ZONE, &before.time_zone, &shop.time_zone)
                .changed(&fields::CURRENCY, before.currency.code(), shop.currency.code())
                .write(tx)?;
            Ok(())
        })
    }

    /// Whether the currency can no longer be changed, because there are purchases.
    pub fn currency_locked(&self) -> bool {
        self.live.current().purchases() > 0
    }

    /// All stores.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn stores(&self) -> Result<Vec<Store>, Refusal> {
        self.store.read(|tx| tx.stores().map_err(Refusal::from))
    }

    /// Adds a store.
    ///
    /// # Errors
    /// A wrong field, or a code that is taken.
    pub fn add_store(
        &self,
        caller: &Caller,
        code: &str,
        name: &str,
        time_zone: Option<String>,
    ) -> Result<Store, Refusal> {
        let code = checked("code", code, 50)?;
        let name = checked("name", name, 200)?;
        let time_zone = time_zone.unwrap_or_else(|| self.shop().time_zone);
        check_zone(&time_zone)?;
        let note = Note::new(&acts::STORE_ADDED, caller);
        self.store.write(move |tx| -> Result<Store, Refusal> {
            let (id, made) = tx.store_by_code(&code, &name, &time_zone)?;
            if !made {
                return Err(taken());
            }
            note.clone()
                .of("store", [id.0])
                .fact(&fields::CODE, &code)
                .write(tx)?;
            Ok(Store {
                id,
                code: code.clone(),
                name: name.clone(),
                time_zone: time_zone.clone(),
            })
        })
    }

    /// Changes a store. Days already recorded keep the zone they were made in.
    ///
    /// # Errors
    /// Not found, a wrong field, or a code that is taken.
    pub fn change_store(
        &self,
        caller: &Caller,
        id: StoreId,
        code: &str,
        name: &str,
        time_zone: Option<String>,
    ) -> Result<Store, Refusal> {
        let code = checked("code", code, 50)?;
        let name = checked("name", name, 200)?;
        if let Some(zone) = &time_zone {
            check_zone(zone)?;
        }
        let note = Note::new(&acts::STORE_CHANGED, caller).of("store", [id.0]);
        self.store.write(move |tx| -> Result<Store, Refusal> {
            let stores = tx.stores()?;
            let before = stores
                .iter()
                .find(|store| store.id == id)
                .ok_or_else(Refusal::not_found)?;
            if stores
                .iter()
                .any(|store| store.id != id && store.code == code)
            {
                return Err(taken());
            }
            let changed = Store {
                id,
                code: code.clone(),
                name: name.clone(),
                time_zone: time_zone
                    .clone()
                    .unwrap_or_else(|| before.time_zone.clone()),
            };
            tx.update_store(&changed)?;
            note.clone()
                .changed(&fields::CODE, &before.code, &changed.code)
                .changed(&fields::NAME, &before.name, &changed.name)
                .changed(&fields::TIME_ZONE, &before.time_zone, &changed.time_zone)
                .write(tx)?;
            Ok(changed)
        })
    }

    /// All channels.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn channels(&self) -> Result<Vec<Channel>, Refusal> {
        self.store.read(|tx| tx.channels().map_err(Refusal::from))
    }

    /// Adds a channel.
    ///
    /// # Errors
    /// A wrong field, or a code that is taken.
    pub fn add_channel(&self, caller: &Caller, code: &str, name: &str) -> Result<Channel, Refusal> {
        let code = checked("code", code, 50)?;
        let name = checked("name", name, 200)?;
        let note = Note::new(&acts::CHANNEL_ADDED, caller);
        self.store.write(move |tx| -> Result<Channel, Refusal> {
            let (id, made) = tx.channel_by_code(&code, &name)?;
            if !made {
                return Err(taken());
            }
            note.clone()
                .of("channel", [id.0])
                .fact(&fields::CODE, &code)
                .write(tx)?;
            Ok(Channel {
                id,
                code: code.clone(),
                name: name.clone(),
            })
        })
    }

    /// A page of products after the one named.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn products(&self, after: ProductId, limit: i64) -> Result<Vec<Product>, Refusal> {
        self.store
            .read(|tx| tx.products_after(after, limit).map_err(Refusal::from))
    }
}

fn checked(field: &'static str, typed: &str, longest: usize) -> Result<String, Refusal> {
    let value = text::clean(typed, longest + 1);
    if value.is_empty() || value.chars().count() > longest {
        return Err(Refusal::field(
            field,
            "length",
            Text::owned(
                format!("от 1 до {longest} знаков"),
                format!("from 1 to {longest} characters"),
            ),
        ));
    }
    Ok(value)
}

fn check_zone(zone: &str) -> Result<(), Refusal> {
    if Zone::new(zone).is_some() {
        return Ok(());
    }
    Err(Refusal::field(
        "time_zone",
        "unknown",
        Text::new("такого часового пояса нет", "there is no such time zone"),
    ))
}

fn taken() -> Refusal {
    Refusal::field(
        "code",
        "taken",
        Text::new("такой код уже есть", "this code is taken"),
    )
}
