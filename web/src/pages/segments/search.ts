import { cell, defined, many, one, parseFilter } from "../../lib/url.ts";

/** What a new segment begins with: a ready one, a text, or what a list or a report is narrowed by. */
export interface NewSegmentSearch {
  ready?: string;
  text?: string;
  segment?: string;
  cell?: string;
  filter?: string[];
  store?: string;
  channel?: string;
  window?: string;
}

export function newSegmentSearch(raw: Record<string, unknown>): NewSegmentSearch {
  const filters = many(raw.filter).filter((text) => parseFilter(text));
  return defined({
    ready: one(raw.ready),
    text: one(raw.text),
    segment: one(raw.segment),
    cell: cell(raw.cell),
    filter: filters.length ? filters : undefined,
    store: one(raw.store),
    channel: one(raw.channel),
    window: one(raw.window),
  });
}

export const editSearch = (raw: Record<string, unknown>): { edit?: string } =>
  defined({ edit: one(raw.edit) });
