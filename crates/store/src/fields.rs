//! Definitions of the shop's own fields. Values are facts of customers and stand with these.

use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;
use vernis_domain::about::field::{CustomField, FieldKind};
use vernis_domain::{FieldId, Instant};

static FIELD_IDS: IdSource = ids_of!("custom_field");

fn field(row: &Row<'_>) -> Result<CustomField, StoreError> {
    let kind = row.text(2)?;
    Ok(CustomField {
        id: FieldId(row.int(0)?),
        key: row.text(1)?,
        kind: FieldKind::from_code(&kind)
            .ok_or_else(|| StoreError::Decode(format!("a field of kind {kind}")))?,
        ru: row.text(3)?,
        en: row.text(4)?,
        choices: serde_json::from_str(&row.text(5)?)
            .map_err(|error| StoreError::Decode(format!("choices of a field: {error}")))?,
        personal: row.int(6)? != 0,
        position: row.int(7)?,
        archived_at: row.opt_int(8)?.map(Instant),
    })
}

impl ReadTx<'_> {
    /// All own fields in the order they are shown, archived ones too.
    pub fn custom_fields(&mut self) -> Result<Vec<CustomField>, StoreError> {
        self.db.all(
            "select id, key, kind, name_ru, name_en, choices, personal, position, archived_at
             from custom_field order by position, id",
            &[],
            field,
        )
    }
}

impl WriteTx<'_> {
    /// Adds a field (its id is set here) or changes one: name, choices, place, archived.
    pub fn put_custom_field(&mut self, field: &CustomField) -> Result<FieldId, StoreError> {
        let choices = serde_json::to_string(&field.choices)
            .map_err(|error| StoreError::Invalid(error.to_string()))?;
        let now = self.now();
        let changed = self.db.execute(
            "update custom_field set name_ru = $2, name_en = $3, choices = $4, personal = $5,
               position = $6, archived_at = $7 where id = $1",
            &[
                field.id.into(),
                (&field.ru).into(),
                (&field.en).into(),
                (&choices).into(),
                i64::from(field.personal).into(),
                field.position.into(),
                field.archived_at.into(),
            ],
        )?;
        let mut id = field.id;
        if changed == 0 {
            id = FieldId(self.db.new_ids(&FIELD_IDS, 1)?[0]);
            self.db.execute(
                "insert into custom_field (id, key, kind, name_ru, name_en, choices, personal,
                   position, recorded_at, archived_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                &[
                    id.into(),
                    (&field.key).into(),
                    field.kind.code().into(),
                    (&field.ru).into(),
                    (&field.en).into(),
                    (&choices).into(),
                    i64::from(field.personal).into(),
                    field.position.into(),
                    now.into(),
                    field.archived_at.into(),
                ],
            )?;
        }
        self.changes.fields = Some(self.custom_fields()?);
        Ok(id)
    }
}
