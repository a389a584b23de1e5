export const SETTINGS_TABS = ["shop", "stores", "borders", "keys", "account"] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];
