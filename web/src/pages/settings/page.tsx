import { Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useNavigate, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useMay } from "../../app/may.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { PageHead } from "../../ui/page.tsx";
import { useTabInSight } from "../../ui/tabs.ts";
import { AccountTab } from "./account.tsx";
import { BlockedTab } from "./blocked.tsx";
import { BordersTab } from "./borders.tsx";
import { ExportsTab } from "./exports.tsx";
import { FieldsTab } from "./fields.tsx";
import { JournalTab } from "./journal.tsx";
import { KeysTab } from "./keys/tab.tsx";
import { ProductsTab } from "./products.tsx";
import css from "./settings.module.css";
import { ShopTab } from "./shop.tsx";
import { StaffTab } from "./staff/tab.tsx";
import { StoresTab } from "./stores.tsx";
import { SETTINGS_TABS, type SettingsTab } from "./tabs.ts";

type Tab = SettingsTab;

const TAB: Record<Tab, ComponentType> = {
  shop: ShopTab,
  stores: StoresTab,
  products: ProductsTab,
  fields: FieldsTab,
  borders: BordersTab,
  staff: StaffTab,
  blocked: BlockedTab,
  keys: KeysTab,
  exports: ExportsTab,
  journal: JournalTab,
  account: AccountTab,
};

/** What a tab needs; the others are everybody's. */
const NEEDS: Partial<Record<Tab, { permission: string; whole?: boolean }>> = {
  shop: { permission: "settings_change", whole: true },
  stores: { permission: "settings_change", whole: true },
  borders: { permission: "rfm_set", whole: true },
  keys: { permission: "keys_manage" },
  exports: { permission: "roles_manage", whole: true },
  journal: { permission: "journal_see" },
};

export function SettingsPage() {
  const { t, language } = useI18n();
  const { session } = useHere();
  const { tab } = useParams({ from: "/app/settings/$tab" });
  const go = useNavigate();
  const may = useMay();
  const open = SETTINGS_TABS.filter((one) => {
    const need = NEEDS[one];
    if (one === "staff") return may("staff_manage") || may("roles_manage");
    return !need || may(need.permission, need.whole);
  });
  const Shown = TAB[open.includes(tab) ? tab : "account"];
  const row = useTabInSight(tab);
  const wide = useMediaQuery("(min-width: 1100px)");
  const currency =
    new Intl.DisplayNames([language], { type: "currency" }).of(session.shop.currency) ??
    session.shop.currency;
  return (
    <>
      <PageHead
        title={t.settings.title}
        sentence={t.settings.sentence({
          shop: session.shop.name,
          currency: `${currency} (${session.shop.currency})`,
          zone: session.shop.time_zone,
        })}
      />
      <Tabs
        orientation={wide ? "vertical" : "horizontal"}
        className={css.page}
        value={open.includes(tab) ? tab : "account"}
        onChange={(next) => next && void go({ to: "/settings/$tab", params: { tab: next as Tab } })}
        keepMounted={false}
      >
        <Tabs.List ref={row} aria-label={t.settings.title} className={css.tabs}>
          {open.map((one) => (
            <Tabs.Tab key={one} value={one} style={{ flex: "none" }}>
              {t.settings.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel className={css.panel} value={open.includes(tab) ? tab : "account"}>
          <Shown />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
