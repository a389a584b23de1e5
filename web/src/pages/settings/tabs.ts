export const SETTINGS_TABS = ["shop", "stores", "products", "borders", "keys", "account"] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];
