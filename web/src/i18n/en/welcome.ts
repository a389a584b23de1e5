import type { Dictionary } from "../ru/index.ts";

export const welcome: Dictionary["welcome"] = {
  firstRun: {
    title: "Welcome to Vernis",
    lead: "Name your shop and choose how you sign in. It takes a minute and is done once.",
    shop: "The shop",
    shopName: "Name of the shop",
    shopNameHint: "For example, Corner Coffee",
    currency: "Currency",
    zone: "Time zone",
    you: "You",
    name: "Your name",
    login: "Sign-in name",
    password: "Password",
    passwordNote: "At least 10 characters. A few words in a row work best.",
    submit: "Start",
    usedTitle: "This link no longer works",
    usedDo:
      "It works once. If you have an account, sign in; if not, take a new link from the window where the program runs.",
  },
  signIn: {
    title: "Sign in",
    login: "Sign-in name",
    password: "Password",
    submit: "Sign in",
    first: "First run? Open the one-time link from the window where the program runs.",
  },
  empty: {
    title: "The base is still empty",
    lead: "Put a file of purchases here, and in a minute you will see who buys, who is leaving and what that is in money.",
    fileTitle: "Import your own file",
    fileNote:
      "From a till, an accounting system or a spreadsheet: CSV or Excel. We show what we understood first and save nothing without you.",
    demoTitle: "Look at an example",
    demoNote: "We fill the base with an invented shop: customers, seasons, returns, several stores.",
    demoDo: "Fill with the demo shop",
    demoRun: "Filling the base with the demo shop…",
    customersTitle: "Your customers will be here",
    analyticsTitle: "The whole picture of the base will be here",
  },
  required: "Please fill this in",
  passwordShort: "The password is shorter than 10 characters",
};
