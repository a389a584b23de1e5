import type { Dictionary } from "../ru/index.ts";
import { analytics } from "./analytics.ts";
import { code } from "./code.ts";
import { common } from "./common.ts";
import { circle, companies } from "./companies.ts";
import { customers } from "./customers.ts";
import { blocked, duplicates, history } from "./duplicates.ts";
import { exports } from "./exports.ts";
import { imports } from "./imports.ts";
import { journal } from "./journal.ts";
import { keys } from "./keys.ts";
import { bulk, fields, noted, timeline } from "./noted.ts";
import { segments } from "./segments.ts";
import { settings } from "./settings.ts";
import { staff } from "./staff.ts";
import { today } from "./today.ts";
import { welcome } from "./welcome.ts";

export const en: Dictionary = {
  common,
  today,
  customers,
  companies,
  circle,
  analytics,
  imports,
  exports,
  segments,
  settings,
  staff,
  welcome,
  noted,
  bulk,
  fields,
  timeline,
  journal,
  keys,
  code,
  duplicates,
  blocked,
  history,
};
