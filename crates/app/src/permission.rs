//! What somebody may do: the registry of permissions and the roles that are given. A permission is
//! one entry here; the API, the pages and the documentation read the list.

use vernis_domain::Text;

/// One thing somebody may do or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// See customers: lists, cards, search, their purchases.
    CustomersSee,
    /// See phones, e-mails and other contacts in full.
    ContactsSee,
    /// Open a masked contact one by one, counted.
    ContactsReveal,
    /// Add and change customers.
    CustomersEdit,
    /// Merge two cards and take them apart.
    CustomersMerge,
    /// Say who looks after customers.
    ManagersSet,
    /// Record sales and returns.
    PurchasesRecord,
    /// See numbers: metrics, cohorts, RFM, life cycle.
    NumbersSee,
    /// Whoever sees only some stores: see everything his customers bought elsewhere too.
    OtherStoresSee,
    /// Set RFM: names, strategies, frozen borders.
    RfmSet,
    /// Load files.
    ImportsRun,
    /// Set the shop, its stores and channels.
    SettingsChange,
    /// Make, rotate and end API keys.
    KeysManage,
    /// Invite, change, block members of staff.
    StaffManage,
    /// Edit roles.
    RolesManage,
    /// Read the journal.
    JournalSee,
    /// Take customers out as a file.
    Export,
    /// Let others take out many, and find out whose a leaked file is.
    ExportsApprove,
}

/// Where a permission stands on the page of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// About people.
    Customers,
    /// About numbers.
    Numbers,
    /// About what the program is told to do.
    Shop,
    /// About who works with it.
    People,
}

impl Group {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Group::Customers => "customers",
            Group::Numbers => "numbers",
            Group::Shop => "shop",
            Group::People => "people",
        }
    }

    /// Name.
    pub fn label(self) -> Text {
        match self {
            Group::Customers => Text::new("Клиенты и покупки", "Customers and purchases"),
            Group::Numbers => Text::new("Отчёты", "Reports"),
            Group::Shop => Text::new("Магазин", "Shop"),
            Group::People => Text::new("Сотрудники и доступ", "Staff and access"),
        }
    }
}

/// A permission with its words.
pub struct Entry {
    /// Which.
    pub permission: Permission,
    /// Stable code.
    pub code: &'static str,
    /// Where it stands.
    pub group: Group,
    /// Name.
    pub label: Text,
    /// What it allows, in words.
    pub allows: Text,
    /// Only a person may use it, not an API key.
    pub people_only: bool,
}

const fn entry(
    permission: Permission,
    code: &'static str,
    group: Group,
    label: Text,
    allows: Text,
) -> Entry {
    Entry {
        permission,
        code,
        group,
        label,
        allows,
        people_only: false,
    }
}

const fn of_people(permission: Permission, code: &'static str, label: Text, allows: Text) -> Entry {
    Entry {
        permission,
        code,
        group: Group::People,
        label,
        allows,
        people_only: true,
    }
}

/// All permissions, in the order of the page of roles.
pub static PERMISSIONS: &[Entry] = &[
    entry(
        Permission::CustomersSee,
        "customers_see",
        Group::Customers,
        Text::new("Видеть клиентов", "See customers"),
        Text::new(
            "Списки, поиск, карточки и покупки клиентов. Телефоны и почта — под звёздочками.",
            "Lists, search, cards and purchases of customers. Phones and e-mails are masked.",
        ),
    ),
    entry(
        Permission::ContactsReveal,
        "contacts_reveal",
        Group::Customers,
        Text::new("Открывать контакты по одному", "Show contacts one by one"),
        Text::new(
            "Показать скрытые телефон и почту одного клиента. Каждый показ считается и записывается.",
            "Show the masked phone and e-mail of one customer. Every time is counted and written down.",
        ),
    ),
    entry(
        Permission::ContactsSee,
        "contacts_see",
        Group::Customers,
        Text::new("Видеть контакты целиком", "See contacts in full"),
        Text::new(
            "Телефоны, почта и номера карт везде без звёздочек.",
            "Phones, e-mails and card numbers everywhere, not masked.",
        ),
    ),
    entry(
        Permission::CustomersEdit,
        "customers_edit",
        Group::Customers,
        Text::new("Добавлять и изменять клиентов", "Add and change customers"),
        Text::new(
            "Завести клиента и исправить его карточку.",
            "Add a customer and correct his card.",
        ),
    ),
    entry(
        Permission::CustomersMerge,
        "customers_merge",
        Group::Customers,
        Text::new("Объединять карточки", "Merge cards"),
        Text::new(
            "Сделать из двух карточек одну и разъединить их обратно.",
            "Make one card of two and take them apart again.",
        ),
    ),
    entry(
        Permission::ManagersSet,
        "managers_set",
        Group::Customers,
        Text::new("Назначать ответственных", "Say who looks after whom"),
        Text::new(
            "Отдать клиентов менеджеру, который их ведёт, по одному или списком.",
            "Give customers to the manager who looks after them, one by one or many at once.",
        ),
    ),
    entry(
        Permission::PurchasesRecord,
        "purchases_record",
        Group::Customers,
        Text::new("Записывать покупки", "Record purchases"),
        Text::new(
            "Провести продажу или возврат; новый покупатель заводится сам.",
            "Record a sale or a return; a new customer is added by itself.",
        ),
    ),
    entry(
        Permission::NumbersSee,
        "numbers_see",
        Group::Numbers,
        Text::new("Видеть отчёты", "See reports"),
        Text::new(
            "Показатели, RFM, когорты, жизненный цикл — по тем клиентам, которые видны.",
            "Metrics, RFM, cohorts, life cycle, of those customers who are seen.",
        ),
    ),
    entry(
        Permission::OtherStoresSee,
        "other_stores_see",
        Group::Numbers,
        Text::new(
            "Видеть покупки своих клиентов в других магазинах",
            "See what one's customers bought in other stores",
        ),
        Text::new(
            "Для тех, кому видны не все магазины: итоги и история клиента — по всей сети.",
            "For those who see only some stores: sums and history of a customer over all stores.",
        ),
    ),
    entry(
        Permission::RfmSet,
        "rfm_set",
        Group::Numbers,
        Text::new("Настраивать RFM", "Set RFM"),
        Text::new(
            "Названия и стратегии сегментов, закреплённые границы.",
            "Names and strategies of segments, frozen borders.",
        ),
    ),
    entry(
        Permission::ImportsRun,
        "imports_run",
        Group::Shop,
        Text::new("Загружать файлы", "Load files"),
        Text::new(
            "Загрузить клиентов и покупки из файла, видеть отклонённые строки.",
            "Load customers and purchases from a file, see the rejected rows.",
        ),
    ),
    entry(
        Permission::SettingsChange,
        "settings_change",
        Group::Shop,
        Text::new("Менять настройки магазина", "Change the shop's settings"),
        Text::new(
            "Название, валюта, часовой пояс, магазины и каналы.",
            "Name, currency, time zone, stores and channels.",
        ),
    ),
    of_people(
        Permission::StaffManage,
        "staff_manage",
        Text::new("Управлять сотрудниками", "Manage staff"),
        Text::new(
            "Приглашать, менять роль и охват, блокировать, завершать входы. Не больше, чем можно самому.",
            "Invite, change role and scope, block, end sessions. Never more than one may oneself.",
        ),
    ),
    of_people(
        Permission::RolesManage,
        "roles_manage",
        Text::new("Менять роли", "Change roles"),
        Text::new(
            "Решать, что может каждая роль. Не больше, чем можно самому.",
            "Decide what each role may do. Never more than one may oneself.",
        ),
    ),
    of_people(
        Permission::KeysManage,
        "keys_manage",
        Text::new("Управлять ключами API", "Manage API keys"),
        Text::new(
            "Выпускать, заменять и отзывать ключи для касс и программ.",
            "Make, replace and end keys for tills and programs.",
        ),
    ),
    of_people(
        Permission::JournalSee,
        "journal_see",
        Text::new("Смотреть журнал", "Read the journal"),
        Text::new(
            "Кто, что, с чьей карточкой и откуда делал. Только тем, кому видны все клиенты.",
            "Who did what, to whose card and from where. Only for those who see all customers.",
        ),
    ),
    of_people(
        Permission::Export,
        "export",
        Text::new("Выгружать клиентов в файл", "Take customers out as a file"),
        Text::new(
            "Скачать тех клиентов, которые видны, — с причиной, под паролем и с метками. Контакты — как видны ему самому.",
            "Download the customers who are seen, with a reason, under a password and marked. Contacts as he sees them himself.",
        ),
    ),
    of_people(
        Permission::ExportsApprove,
        "exports_approve",
        Text::new("Разрешать большие выгрузки", "Approve large exports"),
        Text::new(
            "Разрешить или отклонить чужую большую выгрузку, узнать по утёкшему файлу, чей он. Только тем, кому видны все клиенты.",
            "Approve or refuse somebody else's large export, find out whose a leaked file is. Only for those who see all customers.",
        ),
    ),
];

impl Permission {
    /// Its entry.
    pub fn entry(self) -> &'static Entry {
        PERMISSIONS
            .iter()
            .find(|entry| entry.permission == self)
            .unwrap_or_else(|| unreachable!("a test sees that every permission has an entry"))
    }

    /// Stable code.
    pub fn code(self) -> &'static str {
        self.entry().code
    }

    /// The permission of a code.
    pub fn of_code(code: &str) -> Option<Permission> {
        PERMISSIONS
            .iter()
            .find(|entry| entry.code == code)
            .map(|entry| entry.permission)
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u64);

impl Permissions {
    /// None.
    pub const NONE: Permissions = Permissions(0);

    /// Every one there is.
    pub fn all() -> Permissions {
        PERMISSIONS.iter().map(|entry| entry.permission).collect()
    }

    /// Those that an API key can have.
    pub fn of_keys() -> Permissions {
        let keys = PERMISSIONS.iter().filter(|entry| !entry.people_only);
        keys.map(|entry| entry.permission).collect()
    }

    /// Whether this one is among them.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u64) != 0
    }

    /// Whether all of `others` are among them.
    pub fn has_all(self, others: Permissions) -> bool {
        self.0 & others.0 == others.0
    }

    /// Those in both.
    #[must_use]
    pub fn and(self, others: Permissions) -> Permissions {
        Permissions(self.0 & others.0)
    }

    /// All of them, in the order of the registry.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        let all = PERMISSIONS.iter().map(|entry| entry.permission);
        all.filter(move |permission| self.has(*permission))
    }

    /// As it is kept: codes with spaces between.
    pub fn text(self) -> String {
        self.iter()
            .map(Permission::code)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Reads what was kept; `*` is everything. A code this program does not know gives nothing.
    pub fn parse(text: &str) -> Permissions {
        if text.trim() == "*" {
            return Permissions::all();
        }
        text.split_whitespace()
            .filter_map(Permission::of_code)
            .collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Permissions {
        let bits = permissions.into_iter().map(|one| 1 << one as u64);
        Permissions(bits.fold(0, |set, bit: u64| set | bit))
    }
}

/// A role the program gives; the shop may edit all but the owner.
pub struct Given {
    /// Stable code.
    pub code: &'static str,
    /// Name.
    pub name: Text,
    /// For whom.
    pub about: Text,
    /// What it may do until the shop says otherwise.
    pub permissions: &'static [Permission],
}

/// Code of the role that may do everything, always.
pub const OWNER: &str = "owner";

use Permission as P;

/// Roles the program gives. The owner's permissions are all of them, also those that come later.
pub static GIVEN: &[Given] = &[
    Given {
        code: OWNER,
        name: Text::new("Владелец", "Owner"),
        about: Text::new("Может всё.", "May do everything."),
        permissions: &[],
    },
    Given {
        code: "administrator",
        name: Text::new("Администратор", "Administrator"),
        about: Text::new(
            "Ведёт магазин и сотрудников; роли меняет владелец.",
            "Runs the shop and its staff; the owner edits roles.",
        ),
        permissions: &[
            P::CustomersSee,
            P::ContactsReveal,
            P::ContactsSee,
            P::CustomersEdit,
            P::CustomersMerge,
            P::ManagersSet,
            P::PurchasesRecord,
            P::NumbersSee,
            P::OtherStoresSee,
            P::RfmSet,
            P::ImportsRun,
            P::SettingsChange,
            P::StaffManage,
            P::KeysManage,
            P::ExportsApprove,
        ],
    },
    Given {
        code: "marketer",
        name: Text::new("Маркетолог", "Marketer"),
        about: Text::new(
            "Смотрит отчёты, выбирает, кому что предложить; контакты скрыты.",
            "Reads reports and chooses whom to offer what; contacts are masked.",
        ),
        permissions: &[P::CustomersSee, P::NumbersSee, P::OtherStoresSee, P::RfmSet],
    },
    Given {
        code: "manager",
        name: Text::new("Менеджер", "Manager"),
        about: Text::new(
            "Ведёт своих клиентов; контакт открывает по одному.",
            "Looks after his customers; shows a contact one by one.",
        ),
        permissions: &[
            P::CustomersSee,
            P::ContactsReveal,
            P::CustomersEdit,
            P::PurchasesRecord,
            P::NumbersSee,
        ],
    },
    Given {
        code: "cashier",
        name: Text::new("Кассир", "Cashier"),
        about: Text::new(
            "Находит клиента, заводит нового, проводит покупку.",
            "Finds a customer, adds a new one, records a purchase.",
        ),
        permissions: &[P::CustomersSee, P::CustomersEdit, P::PurchasesRecord],
    },
    Given {
        code: "analyst",
        name: Text::new("Аналитик", "Analyst"),
        about: Text::new(
            "Видит отчёты и списки без контактов; ничего не меняет.",
            "Sees reports and lists with contacts masked; changes nothing.",
        ),
        permissions: &[P::CustomersSee, P::NumbersSee, P::OtherStoresSee],
    },
    Given {
        code: "auditor",
        name: Text::new("Проверяющий", "Auditor"),
        about: Text::new(
            "Видит всё, что есть, и ничего не меняет.",
            "Sees all there is and changes nothing.",
        ),
        permissions: &[
            P::CustomersSee,
            P::ContactsReveal,
            P::NumbersSee,
            P::OtherStoresSee,
            P::JournalSee,
        ],
    },
];

/// The given role of a code.
pub fn given(code: &str) -> Option<&'static Given> {
    GIVEN.iter().find(|role| role.code == code)
}

impl Given {
    /// What it may do until the shop says otherwise.
    pub fn set(&self) -> Permissions {
        if self.code == OWNER {
            return Permissions::all();
        }
        self.permissions.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_one_entry_and_one_code() {
        let codes: std::collections::BTreeSet<_> = PERMISSIONS.iter().map(|e| e.code).collect();
        assert_eq!(codes.len(), PERMISSIONS.len());
        for (at, entry) in PERMISSIONS.iter().enumerate() {
            assert_eq!(Permission::of_code(entry.code), Some(entry.permission));
            let again = PERMISSIONS[at + 1..].iter();
            assert!(again.into_iter().all(|e| e.permission != entry.permission));
        }
        // The last variant in the enum's own order is the highest bit: none is left out of the list.
        let highest = PERMISSIONS.iter().map(|e| e.permission as usize).max();
        assert_eq!(highest, Some(PERMISSIONS.len() - 1));
    }

    #[test]
    fn a_set_comes_back_as_it_was_kept() {
        let cashier = given("cashier").unwrap().set();
        assert_eq!(Permissions::parse(&cashier.text()), cashier);
        assert!(Permissions::all().has_all(cashier) && !cashier.has_all(Permissions::all()));
        assert_eq!(Permissions::parse("*"), Permissions::all());
        assert_eq!(
            Permissions::parse("fly customers_see"),
            [P::CustomersSee].into_iter().collect()
        );
        assert!(!cashier.has(P::NumbersSee));
        assert_eq!(given(OWNER).unwrap().set(), Permissions::all());
    }
}
