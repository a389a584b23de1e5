export const duplicates = {
  title: "Duplicates",
  open: (n: string) => `Duplicates: ${n}`,
  openNone: "Duplicates",
  sentence: (n: number, text: string) =>
    `${text} ${n === 1 ? "pair of cards waits" : "pairs of cards wait"} to be told apart or merged.`,
  none: "Nothing to decide: no cards look alike.",
  searching:
    "Looking for cards that are alike in the whole base. Disputed ids are here already, the rest comes in a minute.",
  putOff: (n: number, text: string) => `${text} ${n === 1 ? "pair is" : "pairs are"} put off for a week.`,
  sort: "Order",
  sorts: { score: "Likeliest first", money: "Best buyers first" },
  queue: "Queue",
  conflict: "Disputed ids",
  likely: (score: number) => `Alike: ${score} of 100`,
  conflictWhy: (p: { one: string; other: string; source: string; day: string }) =>
    `${p.one} is this customer's, ${p.other} is the other's: it came ${p.source} on ${p.day}. It was recorded for the first, nobody was merged.`,
  why: "Why",
  against: "Against",
  same: "Merge",
  different: "Not the same",
  later: "Later",
  undo: "Take the last decision back",
  undone: "The decision was taken back",
  done: { same: "Cards merged", different: "Not to be proposed again", later: "Put off for a week" },
  keys: "Keys: M merges, N tells apart, L puts off, U takes the last decision back",
  swap: "Swap",
  emptyTitle: "No duplicates found",
  emptyDo: "Newcomers are compared with the base by themselves: those alike will be here.",
};

export const blocked = {
  note: "Nobody is recognised or merged by these contacts: the shop's phone, the cashier's card, an address typed for everybody. Usual fillers (test@test.ru, +7 000…) are known to the program.",
  kind: "Kind",
  value: "Value",
  since: "Blocked since",
  add: "Block",
  none: "No blocked contacts of your own yet.",
  drop: (value: string) => `Recognise by ${value} again`,
};

export const history = {
  open: "History of changes",
  title: "History of changes",
  field: "Field",
  all: "All fields",
  removed: "taken away",
  verified: (how: string) => `verified ${how}`,
  now: "now",
  back: "Set back",
  backTo: (value: string) => `Set back: ${value}`,
  done: "The value was set back",
};
