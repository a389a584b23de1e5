import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** Deep teal: the one accent. Shades 6 and 7 carry white text at 5.5:1 and more. */
const teal: MantineColorsTuple = [
  "#eaf5f4",
  "#d3e9e7",
  "#a9d3d0",
  "#7bbcb8",
  "#4fa29e",
  "#2f8985",
  "#1a7270",
  "#0d5b5f",
  "#0a494e",
  "#07383d",
];
/** Paper greys, a little warm. */
const gray: MantineColorsTuple = [
  "#faf9f6",
  "#f4f2ec",
  "#e9e6dd",
  "#dcd8cc",
  "#c6c1b3",
  "#a29d90",
  "#7a766b",
  "#5c594f",
  "#413f38",
  "#2a2924",
];
/** Night: a green-blue ink. */
const dark: MantineColorsTuple = [
  "#d9dedd",
  "#b6bfbe",
  "#96a3a2",
  "#647473",
  "#3a4a4b",
  "#2b3a3c",
  "#1c282b",
  "#151e21",
  "#12171a",
  "#0c1012",
];

const FONT =
  'system-ui, -apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif';

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  colors: { teal, gray, dark },
  black: "#1d2325",
  fontFamily: FONT,
  headings: { fontFamily: FONT, fontWeight: "620" },
  defaultRadius: 8,
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  fontSizes: { xs: "0.78rem", sm: "0.875rem", md: "0.95rem", lg: "1.1rem", xl: "1.3rem" },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f7f6f2",
    "--mantine-color-text": "#1d2325",
    "--mantine-color-dimmed": "#5f6462",
    "--mantine-color-placeholder": "#71706a",
    "--mantine-color-default-border": "#d5d1c5",
    "--mantine-color-error": "#a8321f",
  },
  dark: {
    "--mantine-color-body": "#12171a",
    "--mantine-color-text": "#e3e7e6",
    "--mantine-color-dimmed": "#9dabaa",
    "--mantine-color-placeholder": "#8b9998",
    "--mantine-color-default-border": "#33443f",
    "--mantine-color-error": "#ff9a85",
  },
});
