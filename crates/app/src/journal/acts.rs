//! The registry of acts: everything the journal can tell of, with its words. The codes are on disk:
//! never change one. An act is one line here and one call where it is done.

use vernis_domain::Text;

/// What somebody did.
pub struct Act {
    /// Stable code.
    pub code: &'static str,
    /// Where it stands in the filter.
    pub group: Group,
    /// In words.
    pub label: Text,
}

/// Groups of acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Coming in and going out.
    Access,
    /// Who may do what.
    Powers,
    /// Seeing and changing people.
    Customers,
    /// Purchases by hand.
    Purchases,
    /// Files in and out.
    Files,
    /// What the shop is told to do.
    Settings,
    /// The data as a whole.
    Data,
}

impl Group {
    /// All, in the order of the filter.
    pub const ALL: [Group; 7] = [
        Group::Customers,
        Group::Purchases,
        Group::Files,
        Group::Access,
        Group::Powers,
        Group::Settings,
        Group::Data,
    ];

    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Group::Access => "access",
            Group::Powers => "powers",
            Group::Customers => "customers",
            Group::Purchases => "purchases",
            Group::Files => "files",
            Group::Settings => "settings",
            Group::Data => "data",
        }
    }

    /// Name.
    pub fn label(self) -> Text {
        match self {
            Group::Access => Text::new("Входы", "Sign-ins"),
            Group::Powers => Text::new("Сотрудники и права", "Staff and powers"),
            Group::Customers => Text::new("Клиенты", "Customers"),
            Group::Purchases => Text::new("Покупки", "Purchases"),
            Group::Files => Text::new("Файлы", "Files"),
            Group::Settings => Text::new("Настройки", "Settings"),
            Group::Data => Text::new("База целиком", "The base as a whole"),
        }
    }
}

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $group:ident, $ru:literal, $en:literal;)+) => {
        $(
            $(#[$doc])*
            pub static $name: Act = Act {
                code: $code,
                group: Group::$group,
                label: Text::new($ru, $en),
            };
        )+
        /// All acts.
        pub static ACTS: &[&Act] = &[$(&$name),+];
    };
}

acts! {
    /// Signed in.
    SIGNED_IN = "session.opened", Access, "Вход", "Signed in";
    /// A sign-in that was refused.
    SIGN_IN_REFUSED = "session.refused", Access, "Неудачный вход", "A sign-in was refused";
    /// Signed out.
    SIGNED_OUT = "session.closed", Access, "Выход", "Signed out";
    /// Ended one of his sessions from afar.
    SESSION_ENDED = "session.ended", Access, "Завершён вход на другом устройстве", "Signed out on another device";
    /// Ended all his other sessions.
    SESSIONS_ENDED = "session.others_ended", Access, "Завершены все остальные входы", "Signed out everywhere else";
    /// Changed his own password.
    PASSWORD_CHANGED = "password.changed", Access, "Сменён свой пароль", "Changed the own password";
    /// Set up the second factor.
    SECOND_FACTOR_ON = "second_factor.on", Access, "Включён вход с кодом", "Sign-in with a code was set up";
    /// Took the second factor off.
    SECOND_FACTOR_OFF = "second_factor.off", Access, "Отключён вход с кодом", "Sign-in with a code was taken off";
    /// Made new recovery codes.
    RECOVERY_CODES_MADE = "second_factor.codes_made", Access, "Выпущены новые запасные коды", "New recovery codes were made";
    /// Signed in with a recovery code.
    RECOVERY_CODE_USED = "second_factor.code_used", Access, "Вход по запасному коду", "Signed in with a recovery code";

    /// The first run.
    FIRST_RUN = "shop.opened", Powers, "Первый запуск: магазин и владелец", "First run: the shop and its owner";
    /// A one-time link for a first sign-in.
    FIRST_LINK_MADE = "staff.link_made", Powers, "Выпущена ссылка для первого входа", "A link for a first sign-in was made";
    /// A member of staff was added.
    STAFF_ADDED = "staff.added", Powers, "Добавлен сотрудник", "A member of staff was added";
    /// Somebody else's password was set.
    STAFF_PASSWORD_SET = "staff.password_set", Powers, "Сотруднику задан новый пароль", "A member of staff got a new password";
    /// Somebody else's second factor was taken off.
    SECOND_FACTOR_RESET = "staff.second_factor_reset", Powers, "Сотруднику сброшен вход с кодом", "Sign-in with a code was reset for a member of staff";
    /// Sign-in with a code became required, or not.
    SECOND_FACTOR_REQUIRED = "settings.second_factor", Powers, "Обязательность входа с кодом", "Whether sign-in with a code is required";
    /// A member of staff was invited.
    STAFF_INVITED = "staff.invited", Powers, "Приглашён сотрудник", "A member of staff was invited";
    /// An invitation was taken back.
    INVITATION_WITHDRAWN = "staff.invitation_withdrawn", Powers, "Отозвано приглашение", "An invitation was taken back";
    /// A member of staff got other powers or another name.
    STAFF_CHANGED = "staff.changed", Powers, "Изменён сотрудник", "A member of staff was changed";
    /// A member of staff was blocked.
    STAFF_BLOCKED = "staff.blocked", Powers, "Заблокирован сотрудник", "A member of staff was blocked";
    /// A member of staff was let in again.
    STAFF_UNBLOCKED = "staff.unblocked", Powers, "Разблокирован сотрудник", "A member of staff was let in again";
    /// A member of staff was signed out everywhere.
    STAFF_SIGNED_OUT = "staff.signed_out", Powers, "Завершены все входы сотрудника", "A member of staff was signed out everywhere";
    /// A role was made or edited.
    ROLE_CHANGED = "role.changed", Powers, "Изменена роль", "A role was changed";
    /// A role was removed or given its permissions back.
    ROLE_REMOVED = "role.removed", Powers, "Удалена роль или возвращены её права", "A role was removed or reset";
    /// A key got other powers or another name.
    KEY_CHANGED = "key.changed", Powers, "Изменён ключ API", "An API key was changed";
    /// A key got a new secret.
    KEY_ROTATED = "key.rotated", Powers, "Заменён секрет ключа API", "An API key got a new secret";
    /// The program froze an account that was shown too many people.
    ACCOUNT_FROZEN = "account.frozen", Powers, "Доступ заморожен: показано слишком много клиентов", "An account was frozen: it was shown too many customers";
    /// An owner was shown too many people.
    ACCOUNT_WARNED = "account.warned", Powers, "Показано необычно много клиентов", "An account was shown unusually many customers";
    /// Somebody let a frozen account in again.
    ACCOUNT_THAWED = "account.thawed", Powers, "Замороженный доступ возвращён", "A frozen account was let in again";
    /// How many people an account may be shown in a day.
    PEOPLE_A_DAY_SET = "settings.people_a_day", Powers, "Сколько клиентов можно показать за день", "How many customers may be shown a day";
    /// The rules of exports.
    EXPORT_RULES_SET = "settings.exports", Powers, "Изменены правила выгрузок", "The rules of exports were changed";
    /// How many contacts may be shown a day.
    REVEALS_SET = "settings.reveals", Powers, "Сколько контактов можно открыть за день", "How many contacts may be shown a day";
    /// An API key was made.
    KEY_MADE = "key.made", Powers, "Выпущен ключ API", "An API key was made";
    /// An API key was ended.
    KEY_REVOKED = "key.revoked", Powers, "Отозван ключ API", "An API key was ended";

    /// Opened a card.
    CUSTOMER_OPENED = "customer.opened", Customers, "Открыта карточка клиента", "A customer's card was opened";
    /// Found a card by a phone, e-mail or card number.
    CUSTOMER_LOOKED_UP = "customer.looked_up", Customers, "Клиент найден по контакту", "A customer was looked up by a contact";
    /// Masked contacts were shown.
    CONTACTS_REVEALED = "customer.revealed", Customers, "Показаны контакты клиента", "Contacts of a customer were shown";
    /// Somebody looks after customers now, or nobody.
    MANAGER_SET = "customer.manager", Customers, "Назначен ответственный", "Who looks after customers was set";
    /// A customer was added.
    CUSTOMER_ADDED = "customer.added", Customers, "Добавлен клиент", "A customer was added";
    /// A customer was changed.
    CUSTOMER_CHANGED = "customer.changed", Customers, "Изменена карточка клиента", "A customer was changed";
    /// A company was added.
    COMPANY_ADDED = "company.added", Customers, "Добавлена компания", "A company was added";
    /// A company was changed, archived or taken out of the archive.
    COMPANY_CHANGED = "company.changed", Customers, "Изменена компания", "A company was changed";
    /// Somebody belongs to a company now, has another role in it, or belongs to it no more.
    COMPANY_PEOPLE = "company.people", Customers, "Изменены люди компании", "The people of a company were changed";
    /// Who lives with whom.
    HOUSEHOLD_CHANGED = "household.changed", Customers, "Изменена семья клиента", "A customer's household was changed";
    /// A change of many customers began.
    BULK_EDIT_STARTED = "customers.bulk_started", Customers, "Начато массовое изменение", "A bulk edit was begun";
    /// It was done.
    BULK_EDIT_ENDED = "customers.bulk_ended", Customers, "Массовое изменение закончено", "A bulk edit was done";
    /// Somebody takes it back.
    BULK_EDIT_UNDO = "customers.bulk_undo", Customers, "Массовое изменение отменяется", "A bulk edit is being taken back";
    /// It was taken back.
    BULK_EDIT_UNDONE = "customers.bulk_undone", Customers, "Массовое изменение отменено", "A bulk edit was taken back";
    /// Two cards became one.
    CUSTOMERS_MERGED = "customer.merged", Customers, "Объединены карточки", "Cards were merged";
    /// One card became two again.
    CUSTOMERS_UNMERGED = "customer.unmerged", Customers, "Карточки разъединены", "Cards were taken apart";

    /// Two cards were said to be of different people, or left for another day.
    DUPLICATE_DECIDED = "customer.duplicate_decided", Customers, "Решено о похожих карточках", "Similar cards were decided about";
    /// Such a decision was taken back.
    DUPLICATE_UNDONE = "customer.duplicate_undone", Customers, "Отменено решение о похожих карточках", "A decision about similar cards was taken back";
    /// It was made sure that a contact is the customer's own.
    CONTACT_VERIFIED = "customer.contact_verified", Customers, "Контакт подтверждён", "A contact was verified";
    /// A note or a contact with the customer was written down.
    NOTE_ADDED = "customer.note_added", Customers, "Добавлена заметка", "A note was written";
    /// A note was written anew.
    NOTE_CHANGED = "customer.note_changed", Customers, "Изменена заметка", "A note was changed";
    /// A note was taken away.
    NOTE_REMOVED = "customer.note_removed", Customers, "Удалена заметка", "A note was taken away";

    /// A purchase by hand.
    PURCHASE_RECORDED = "purchase.recorded", Purchases, "Записана покупка", "A purchase was recorded";

    /// A file was uploaded.
    IMPORT_UPLOADED = "import.uploaded", Files, "Принят файл для загрузки", "A file was uploaded";
    /// An import began.
    IMPORT_STARTED = "import.started", Files, "Начата загрузка файла", "An import was begun";
    /// An import ended.
    IMPORT_ENDED = "import.ended", Files, "Загрузка файла закончилась", "An import ended";
    /// An import was cancelled.
    IMPORT_CANCELLED = "import.cancelled", Files, "Загрузка файла отменена", "An import was cancelled";
    /// Rejected rows were downloaded.
    REJECTED_DOWNLOADED = "import.rejected_downloaded", Files, "Скачаны отклонённые строки", "Rejected rows were downloaded";

    /// An export was asked for.
    EXPORT_ASKED = "export.asked", Files, "Запрошена выгрузка", "An export was asked for";
    /// A second person let an export be made.
    EXPORT_APPROVED = "export.approved", Files, "Выгрузка разрешена", "An export was approved";
    /// A second person did not.
    EXPORT_REFUSED = "export.refused", Files, "Выгрузка отклонена", "An export was refused";
    /// Whoever asked took it back.
    EXPORT_WITHDRAWN = "export.withdrawn", Files, "Запрос на выгрузку отозван", "A request for an export was taken back";
    /// The file was made.
    EXPORT_MADE = "export.made", Files, "Сделан файл выгрузки", "The file of an export was made";
    /// The file could not be made.
    EXPORT_FAILED = "export.failed", Files, "Выгрузка не удалась", "An export failed";
    /// The file was downloaded.
    EXPORT_DOWNLOADED = "export.downloaded", Files, "Скачан файл выгрузки", "The file of an export was downloaded";
    /// The file was removed.
    EXPORT_REMOVED = "export.removed", Files, "Удалён файл выгрузки", "The file of an export was removed";
    /// Somebody asked whose a leaked file is.
    EXPORT_TRACED = "export.traced", Files, "Поиск, чей это файл", "A leaked file was traced";

    /// The shop was changed.
    SHOP_CHANGED = "settings.shop", Settings, "Изменены сведения о магазине", "The shop was changed";
    /// A store was added.
    STORE_ADDED = "settings.store_added", Settings, "Добавлена точка продаж", "A store was added";
    /// A store was changed.
    STORE_CHANGED = "settings.store_changed", Settings, "Изменена точка продаж", "A store was changed";
    /// A channel was added.
    CHANNEL_ADDED = "settings.channel_added", Settings, "Добавлен канал", "A channel was added";
    /// A field of the shop's own was added.
    FIELD_ADDED = "settings.field_added", Settings, "Добавлено своё поле", "A field of the shop's own was added";
    /// A field of the shop's own was changed.
    FIELD_CHANGED = "settings.field_changed", Settings, "Изменено своё поле", "A field of the shop's own was changed";
    /// A contact was put on the list of those that say nobody.
    CONTACT_BLOCKED = "settings.contact_blocked", Settings, "Контакт внесён в заглушки", "A contact was put on the list of fillers";
    /// A contact was taken off that list.
    CONTACT_UNBLOCKED = "settings.contact_unblocked", Settings, "Контакт убран из заглушек", "A contact was taken off the list of fillers";
    /// Borders of RFM were frozen or set free.
    BORDERS_CHANGED = "settings.rfm_borders", Settings, "Изменены границы RFM", "RFM borders were changed";
    /// A cell of RFM was named anew.
    CELL_CHANGED = "settings.rfm_cell", Settings, "Изменена ячейка RFM", "An RFM cell was changed";
    /// A segment was saved.
    SEGMENT_ADDED = "settings.segment_added", Settings, "Сохранён сегмент", "A segment was saved";
    /// A static list was made.
    LIST_ADDED = "settings.list_added", Settings, "Сохранён список клиентов", "A list of customers was saved";
    /// People were put into a segment or kept out of it by hand.
    SEGMENT_PEOPLE_CHANGED = "settings.segment_people", Settings, "Люди добавлены в сегмент или убраны из него вручную", "People were put into a segment or taken out by hand";
    /// A segment was changed, archived or taken out of the archive.
    SEGMENT_CHANGED = "settings.segment", Settings, "Изменён сегмент", "A segment was changed";

    /// A backup was written.
    BACKUP_MADE = "backup.made", Data, "Сделана резервная копия", "A backup was made";
    /// A backup was brought back.
    BACKUP_RESTORED = "backup.restored", Data, "База восстановлена из копии", "The base was restored from a backup";
    /// The data were checked.
    DATA_VERIFIED = "data.verified", Data, "Проверка базы", "The data were verified";
    /// The demo shop was made.
    DEMO_MADE = "data.demo", Data, "Заведён демонстрационный магазин", "The demo shop was made";
    /// A list of customers was printed at the command line.
    LIST_PRINTED = "data.list_printed", Data, "Выведен список клиентов в командной строке", "A list of customers was printed at the command line";
}

/// The act of a code.
pub fn act(code: &str) -> Option<&'static Act> {
    ACTS.iter().copied().find(|act| act.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_given_once() {
        for (index, one) in ACTS.iter().enumerate() {
            assert!(
                ACTS[..index].iter().all(|other| other.code != one.code),
                "{}",
                one.code
            );
            assert!(!one.code.contains(','), "{}", one.code);
        }
        assert_eq!(BACKUP_RESTORED.code, vernis_store::RESTORED_ACT);
    }
}
