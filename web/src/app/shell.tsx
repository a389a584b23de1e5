import { ActionIcon, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { Spotlight, spotlight } from "@mantine/spotlight";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import * as calls from "../api/calls.ts";
import { useI18n } from "../i18n/index.tsx";
import { Notices } from "../pages/exports/notices.tsx";
import {
  AnalyticsIcon,
  CollectIcon,
  MoonIcon,
  PeopleIcon,
  SearchIcon,
  SegmentsIcon,
  SettingsIcon,
  SunIcon,
  TodayIcon,
  UserIcon,
} from "../ui/icons.tsx";
import mark from "./mark.svg";
import { useMay } from "./may.ts";
import { SearchList } from "./search.tsx";
import { useHere } from "./session.tsx";
import css from "./shell.module.css";

/** Pages that are reached from a section and have an address of their own. */
const WITHIN: Record<string, string> = { "/companies": "/customers", "/exports": "/customers" };

/** Pages that do not exist yet are not in the rail. */
export const SECTIONS = [
  { to: "/", key: "today", Icon: TodayIcon, needs: "numbers_see", whole: false },
  { to: "/customers", key: "customers", Icon: PeopleIcon, needs: "customers_see", whole: false },
  { to: "/segments", key: "segments", Icon: SegmentsIcon, needs: "customers_see", whole: false },
  { to: "/analytics", key: "analytics", Icon: AnalyticsIcon, needs: "numbers_see", whole: false },
  { to: "/imports", key: "imports", Icon: CollectIcon, needs: "imports_run", whole: true },
  { to: "/settings", key: "settings", Icon: SettingsIcon, needs: null, whole: false },
] as const;

export function Shell() {
  const { t } = useI18n();
  const { session } = useHere();
  const may = useMay();
  const here = useLocation({ select: (place) => `/${place.pathname.split("/")[1]}` });
  return (
    <>
      <a className={css.skip} href="#content">
        {t.common.nav.skip}
      </a>
      <div className={css.frame}>
        <div className={css.rail}>
          <Link to="/" className={css.brand} aria-label={`Vernis, ${session.shop.name}`}>
            <img src={mark} alt="" />
            <span className={css.brandName}>{session.shop.name}</span>
          </Link>
          <nav className={css.nav} aria-label={t.common.nav.main}>
            {SECTIONS.filter(({ needs, whole }) => !needs || may(needs, whole)).map(({ to, key, Icon }) => (
              <Link
                key={key}
                to={to}
                className={css.link}
                data-within={WITHIN[here] === to || undefined}
                activeOptions={{ exact: to === "/", includeSearch: false }}
              >
                <Icon />
                {t.common.nav[key]}
              </Link>
            ))}
          </nav>
          <div className={css.railFoot}>{t.common.top.program(session.program_version)}</div>
        </div>
        <div style={{ minWidth: 0 }}>
          <TopBar />
          <main id="content" className={css.main} tabIndex={-1}>
            <Notices />
            <Outlet />
          </main>
        </div>
      </div>
      <Spotlight.Root shortcut={["mod + K"]} maxHeight={460} scrollable transitionProps={{ duration: 80 }}>
        <SearchList />
      </Spotlight.Root>
    </>
  );
}

function TopBar() {
  const { t, f } = useI18n();
  const { range } = useHere();
  const stale = range.asOf !== range.today;
  return (
    <div className={css.top} role="banner">
      <button type="button" className={css.searchButton} onClick={() => spotlight.open()}>
        <SearchIcon size={18} />
        <span className={css.searchText}>{t.common.top.searchLong}</span>
        <kbd className={css.kbd}>Ctrl K</kbd>
      </button>
      <Tooltip
        label={stale ? t.common.top.asOfWhy(f.day(range.asOf)) : t.common.top.asOfLive}
        multiline
        maw={280}
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the reason must open by keyboard too */}
        <span className={css.asOf} tabIndex={0}>
          {t.common.top.asOf(f.day(range.asOf))}
        </span>
      </Tooltip>
      <LanguageButton />
      <SchemeButton />
      <UserMenu />
    </div>
  );
}

export function LanguageButton() {
  const { language, setLanguage } = useI18n();
  const other = language === "ru" ? "en" : "ru";
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      c="var(--mantine-color-text)"
      size={38}
      fz="sm"
      fw={600}
      onClick={() => setLanguage(other)}
      aria-label={`${other.toUpperCase()}: ${other === "ru" ? "Русский язык" : "English"}`}
    >
      {other.toUpperCase()}
    </ActionIcon>
  );
}

export function SchemeButton() {
  const { t } = useI18n();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      c="var(--mantine-color-text)"
      size={38}
      onClick={() => setColorScheme(dark ? "light" : "dark")}
      aria-label={dark ? t.common.top.toLight : t.common.top.toDark}
    >
      {dark ? <SunIcon /> : <MoonIcon />}
    </ActionIcon>
  );
}

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: calls.act.signOut,
    onSettled: () => {
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      void queries.resetQueries({ queryKey: ["session"] });
    },
  });
}

function UserMenu() {
  const { t } = useI18n();
  const { session } = useHere();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end" width={220} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          size={38}
          aria-label={t.common.top.user}
        >
          <UserIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="var(--ink-soft)">
          {session.user.name || session.user.login} · {session.shop.name}
        </Menu.Label>
        <Menu.Item component={Link} to="/settings/account">
          {t.common.top.user}
        </Menu.Item>
        <Menu.Item onClick={() => signOut.mutate()}>{t.common.top.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
