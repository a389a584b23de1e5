export const SETTINGS_TABS = [
  "shop",
  "stores",
  "products",
  "fields",
  "borders",
  "staff",
  "blocked",
  "keys",
  "exports",
  "journal",
  "account",
] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];
