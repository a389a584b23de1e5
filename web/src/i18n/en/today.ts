import { enPlural } from "../plural.ts";
import type { Dictionary } from "../ru/index.ts";

export const today: Dictionary["today"] = {
  title: "Today",
  sentence: (p) =>
    `${p.when}: ${p.revenue} in revenue from ${p.orders} ${enPlural(p.n, { one: "purchase", other: "purchases" })}`,
  change: (p) => `, ${p.by} ${p.more ? "more" : "less"} than in the period before`,
  same: ", the same as in the period before",
  retention: (p) => ` ${p.share} of earlier buyers came back.`,
  nothing: (when) => `${when} there were no purchases.`,
  risk: (p) =>
    ` ${p.people} ${enPlural(p.n, { one: "person who has", other: "people who have" })} brought you ${p.money} ${enPlural(p.n, { one: "is", other: "are" })} leaving.`,
  figures: "Main figures",
  allFigures: "All figures",
  revenue: "Revenue by month",
  revenueNote: "What new and returning customers brought",
  newPart: "New",
  returningPart: "Returning",
  month: "Month",
  leaving: "Who is leaving",
  leavingNote: "The money these people have brought so far",
  leavingEmpty: "Nobody is leaving yet.",
  leavingPeople: (n, text) => `${text} ${enPlural(n, { one: "person", other: "people" })}`,
  toRisk: "See who they are",
  rfm: "The base by recency and frequency",
  rfmNote: "The stronger the colour, the more money",
  rfmOpen: "Open RFM",
  recency: { "3": "recent", "2": "a while ago", "1": "long ago" },
  frequency: { "1": "once", "2": "seldom", "3": "often" },
  explain: "what it is and where it comes from",
};
