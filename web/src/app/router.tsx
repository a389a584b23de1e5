import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { choice, defined, one, parseSearch, scopeSearch, stringifySearch } from "../lib/url.ts";
import { analyticsSearch, TABS } from "../pages/analytics/search.ts";
import { customersSearch } from "../pages/customers/search.ts";
import { editSearch, newSegmentSearch } from "../pages/segments/search.ts";
import { type JournalSearch, journalSearch } from "../pages/settings/journal-search.ts";
import { SETTINGS_TABS } from "../pages/settings/tabs.ts";
import { TodayPage } from "../pages/today/page.tsx";
import { Crashed, NotFound } from "./fallbacks.tsx";
import { Gate } from "./gate.tsx";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const firstRun = createRoute({
  getParentRoute: () => root,
  path: "/first-run/$token",
  component: lazyRouteComponent(() => import("../pages/welcome/first-run.tsx"), "FirstRunPage"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation/$token",
  component: lazyRouteComponent(() => import("../pages/welcome/invitation.tsx"), "InvitationPage"),
});

/** Everything behind the sign-in. */
const app = createRoute({ getParentRoute: () => root, id: "app", component: Gate });

const today = createRoute({
  getParentRoute: () => app,
  path: "/",
  component: TodayPage,
  validateSearch: scopeSearch,
});
const customers = createRoute({
  getParentRoute: () => app,
  path: "/customers",
  component: lazyRouteComponent(() => import("../pages/customers/page.tsx"), "CustomersPage"),
  validateSearch: customersSearch,
});
const duplicates = createRoute({
  getParentRoute: () => app,
  path: "/customers/duplicates",
  component: lazyRouteComponent(() => import("../pages/customers/duplicates.tsx"), "DuplicatesPage"),
});
const companies = createRoute({
  getParentRoute: () => app,
  path: "/companies",
  component: lazyRouteComponent(() => import("../pages/companies/page.tsx"), "CompaniesPage"),
  validateSearch: (raw: Record<string, unknown>): { q?: string; open?: string } =>
    defined({ q: one(raw.q), open: one(raw.open) }),
});
const customer = createRoute({
  getParentRoute: () => app,
  path: "/customers/$id",
  component: lazyRouteComponent(() => import("../pages/customers/customer-page.tsx"), "CustomerPage"),
  validateSearch: (raw: Record<string, unknown>): { purchase?: string } =>
    defined({ purchase: one(raw.purchase) }),
});
const segments = createRoute({
  getParentRoute: () => app,
  path: "/segments",
  component: lazyRouteComponent(() => import("../pages/segments/page.tsx"), "SegmentsPage"),
});
const segmentNew = createRoute({
  getParentRoute: () => app,
  path: "/segments/new",
  component: lazyRouteComponent(() => import("../pages/segments/new-page.tsx"), "NewSegmentPage"),
  validateSearch: newSegmentSearch,
});
const segmentCompare = createRoute({
  getParentRoute: () => app,
  path: "/segments/compare",
  component: lazyRouteComponent(() => import("../pages/segments/compare-page.tsx"), "ComparePage"),
  validateSearch: scopeSearch,
});
const segmentOne = createRoute({
  getParentRoute: () => app,
  path: "/segments/$id",
  component: lazyRouteComponent(() => import("../pages/segments/segment-page.tsx"), "SegmentPage"),
  validateSearch: editSearch,
});
const analyticsHome = createRoute({
  getParentRoute: () => app,
  path: "/analytics",
  beforeLoad: () => {
    throw redirect({ to: "/analytics/$tab", params: { tab: "metrics" }, replace: true });
  },
});
const analytics = createRoute({
  getParentRoute: () => app,
  path: "/analytics/$tab",
  component: lazyRouteComponent(() => import("../pages/analytics/page.tsx"), "AnalyticsPage"),
  params: {
    parse: ({ tab }) => ({ tab: choice(tab, TABS) ?? "metrics" }),
    stringify: ({ tab }) => ({ tab }),
  },
  validateSearch: analyticsSearch,
});
const exportsPage = createRoute({
  getParentRoute: () => app,
  path: "/exports",
  component: lazyRouteComponent(() => import("../pages/exports/page.tsx"), "ExportsPage"),
});
const imports = createRoute({
  getParentRoute: () => app,
  path: "/imports",
  component: lazyRouteComponent(() => import("../pages/imports/page.tsx"), "ImportsPage"),
});
const importOne = createRoute({
  getParentRoute: () => app,
  path: "/imports/$id",
  component: lazyRouteComponent(() => import("../pages/imports/import-page.tsx"), "ImportPage"),
});
const settingsHome = createRoute({
  getParentRoute: () => app,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/$tab", params: { tab: "shop" }, replace: true });
  },
});
const settings = createRoute({
  getParentRoute: () => app,
  path: "/settings/$tab",
  component: lazyRouteComponent(() => import("../pages/settings/page.tsx"), "SettingsPage"),
  params: {
    parse: ({ tab }) => ({ tab: choice(tab, SETTINGS_TABS) ?? "shop" }),
    stringify: ({ tab }) => ({ tab }),
  },
  validateSearch: (raw: Record<string, unknown>): { q?: string } & JournalSearch => ({
    ...defined({ q: one(raw.q) }),
    ...journalSearch(raw),
  }),
});

export const router = createRouter({
  routeTree: root.addChildren([
    firstRun,
    invitation,
    app.addChildren([
      today,
      customers,
      duplicates,
      companies,
      customer,
      segments,
      segmentNew,
      segmentCompare,
      segmentOne,
      analyticsHome,
      analytics,
      exportsPage,
      imports,
      importOne,
      settingsHome,
      settings,
    ]),
  ]),
  parseSearch,
  stringifySearch,
  defaultErrorComponent: Crashed,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
