import { enPlural } from "../plural.ts";
import type { Dictionary } from "../ru/index.ts";

export const code: Dictionary["code"] = {
  title: "Sign-in with a code",
  note: "Besides the password the program asks for six digits from your phone. A stolen password is not enough then.",
  off: "It is off.",
  on: (day) => `On since ${day}.`,
  left: (count) => `${count} recovery ${enPlural(count, { one: "code", other: "codes" })} left.`,
  fewLeft: "Hardly any recovery codes are left: make new ones.",
  requiredHere: "In this shop everybody has to have it.",
  password: "Your password",
  turnOn: "Turn on",
  begin: "Show the code for the phone",
  scan: "Open a program for codes on your phone (Google Authenticator or any other) and point it at the picture.",
  byHand: "Cannot scan it? Type the key by hand:",
  picture: "Picture for the program on your phone",
  typed: "Six digits from the phone",
  confirm: "Confirm",
  codesTitle: "Recovery codes",
  codesNote:
    "Save or print them: each lets you in once when the phone is not at hand. They will not be shown again.",
  codesKept: "I have saved them",
  copyAll: "Copy all",
  newCodes: "New recovery codes",
  newCodesNote: "The recovery codes before will no longer work.",
  make: "Make them",
  turnOff: "Turn off",
  turnOffNote: "It takes your password and a code from the phone or a recovery code.",
  anyCode: "Code from the phone or recovery code",
  turnedOff: "Sign-in with a code is off",
  requirement: "Everybody has to sign in with a code",
  requirementNote: "Whoever has not set it up does so at the next sign-in and can do nothing before.",
  first: {
    title: "Set up sign-in with a code",
    lead: "In this shop everybody has to have it. It takes two minutes and a phone.",
    on: "Go on",
  },
  signIn: {
    code: "Code from the phone or recovery code",
    note: "Six digits from the program on your phone. No phone at hand? Enter a recovery code.",
    back: "Sign in as somebody else",
  },
};
