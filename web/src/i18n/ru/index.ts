import { analytics } from "./analytics.ts";
import { code } from "./code.ts";
import { common } from "./common.ts";
import { customers } from "./customers.ts";
import { blocked, duplicates, history } from "./duplicates.ts";
import { imports } from "./imports.ts";
import { journal } from "./journal.ts";
import { fields, noted } from "./noted.ts";
import { settings } from "./settings.ts";
import { today } from "./today.ts";
import { welcome } from "./welcome.ts";

/** Russian is the first language: its dictionary is the shape that every other one must fill. */
export const ru = {
  common,
  today,
  customers,
  analytics,
  imports,
  settings,
  welcome,
  noted,
  fields,
  journal,
  code,
  duplicates,
  blocked,
  history,
};
export type Dictionary = typeof ru;
