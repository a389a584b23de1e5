import type { Dictionary } from "../ru/index.ts";

export const keys: Dictionary["keys"] = {
  note: "A key lets a program use the API: a till, a web shop, an accounting system. To each its own key, with only what it needs.",
  create: "Create a key",
  createTitle: "A new key",
  name: "What the key is for",
  nameHint: "Till in Main Street",
  may: "What it may do",
  everything: "Everything a program may",
  nothing: "Nothing",
  some: (n, all) => `${n} of ${all} permissions`,
  used: "Last used",
  never: "never used",
  since: (moment) => `created ${moment}`,
  rotatedAt: (moment) => `secret replaced ${moment}`,
  oldUntil: (moment) => `the one before works until ${moment}`,
  pace: (n) => `at most ${n} a minute`,
  perMinute: "Requests a minute, at most",
  perMinuteNote: "Empty: no limit.",
  once: (name) => `The key “${name}”. Save it now: it will not be shown again.`,
  none: "No keys.",
  change: "Change",
  rotate: "New secret",
  remove: "Delete",
  acts: {
    change: (name) => `The key “${name}”: what it may do`,
    rotate: (name) => `A new secret for the key “${name}”`,
    remove: (name) => `Delete the key “${name}”`,
  },
  rotateNote:
    "The program gets a new secret. The one before goes on working for a while, so that no till stands still meanwhile.",
  grace: "The secret before",
  graces: (hours) =>
    hours === 0
      ? "stops at once"
      : hours === 168
        ? "works for another week"
        : hours === 24
          ? "works for another day"
          : "works for another hour",
  confirm: (name) => `Delete the key “${name}”? The program that uses it loses access at once.`,
};
