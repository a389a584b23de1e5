import { createContext, useContext } from "react";
import type { Session } from "../api/types.ts";
import type { Range } from "../lib/scope.ts";

/** Who is here, which shop this is, and where its base begins and ends. Known on every page behind the sign-in. */
export interface Here {
  session: Session;
  range: Range;
}

const Context = createContext<Here | null>(null);
export const HereProvider = Context.Provider;

export function useHere(): Here {
  const here = useContext(Context);
  if (!here) throw new Error("useHere outside the signed-in part");
  return here;
}
