import { expect, test } from "vitest";
import { en } from "./en/index.ts";
import { ru } from "./ru/index.ts";

type Node = string | ((...given: never[]) => string) | { [key: string]: Node };

function leaves(node: Node, path = ""): [string, string | ((...given: never[]) => string)][] {
  if (typeof node === "string" || typeof node === "function") return [[path, node]];
  return Object.entries(node).flatMap(([key, value]) => leaves(value, `${path}.${key}`));
}

const russian = new Map(leaves(ru as unknown as Node));
const english = new Map(leaves(en as unknown as Node));

// The compiler holds the named keys together; records keyed by data are held together here.
test("both languages say the same things", () => {
  expect([...english.keys()].sort()).toEqual([...russian.keys()].sort());
});

test("nothing is left empty", () => {
  for (const [path, text] of [...russian, ...english]) expect(text, path).not.toBe("");
});

test("English has no Russian letters and Russian words are Russian", () => {
  for (const [path, text] of english) if (typeof text === "string") expect(text, path).not.toMatch(/[а-яё]/i);
  const foreign = [...russian].filter(
    ([, text]) => typeof text === "string" && /[a-z]/i.test(text) && !/[а-яё]/i.test(text),
  );
  expect(foreign.map(([, text]) => text).sort()).toEqual([
    "MAX",
    "RFM",
    "Telegram",
    "VIP",
    "Viber",
    "WhatsApp",
  ]);
});
