import { Tabs } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { PageHead } from "../../ui/page.tsx";
import { useTabInSight } from "../../ui/tabs.ts";
import { AccountTab } from "./account.tsx";
import { BlockedTab } from "./blocked.tsx";
import { BordersTab } from "./borders.tsx";
import { FieldsTab } from "./fields.tsx";
import { JournalTab } from "./journal.tsx";
import { KeysTab } from "./keys.tsx";
import { ProductsTab } from "./products.tsx";
import { ShopTab } from "./shop.tsx";
import { StoresTab } from "./stores.tsx";
import { SETTINGS_TABS, type SettingsTab } from "./tabs.ts";

type Tab = SettingsTab;

const TAB: Record<Tab, ComponentType> = {
  shop: ShopTab,
  stores: StoresTab,
  products: ProductsTab,
  fields: FieldsTab,
  borders: BordersTab,
  blocked: BlockedTab,
  keys: KeysTab,
  journal: JournalTab,
  account: AccountTab,
};

export function SettingsPage() {
  const { t, language } = useI18n();
  const { session } = useHere();
  const { tab } = useParams({ from: "/app/settings/$tab" });
  const go = useNavigate();
  const Shown = TAB[tab];
  const row = useTabInSight(tab);
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
        value={tab}
        onChange={(next) => next && void go({ to: "/settings/$tab", params: { tab: next as Tab } })}
        keepMounted={false}
      >
        <Tabs.List
          ref={row}
          mb={24}
          aria-label={t.settings.title}
          style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}
        >
          {SETTINGS_TABS.filter(
            (one) => one !== "journal" || session.user.permissions.includes("journal_see"),
          ).map((one) => (
            <Tabs.Tab key={one} value={one} style={{ flex: "none" }}>
              {t.settings.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab}>
          <Shown />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
