import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import * as calls from "../api/calls.ts";
import { RequestProblem } from "../api/problem.ts";
import type { Session } from "../api/types.ts";
import { useI18n } from "../i18n/index.tsx";
import { useRange } from "../lib/scope.ts";
import { SetUpCodePage } from "../pages/welcome/set-up-code.tsx";
import { SignInPage } from "../pages/welcome/sign-in.tsx";
import { ProblemNote, SkeletonLate } from "../ui/page.tsx";
import { HereProvider } from "./session.tsx";
import { Shell } from "./shell.tsx";

/** Lets in only who is signed in. Signing in happens in place: the address asked for stays. */
export function Gate() {
  const session = useQuery(calls.session);
  if (session.error instanceof RequestProblem && session.error.signInRequired) return <SignInPage />;
  if (session.data?.user.set_up_first) return <SetUpCodePage />;
  if (session.data) return <Inside session={session.data} />;
  if (session.error) {
    return (
      <main style={{ maxWidth: 560, margin: "15vh auto", padding: 16 }}>
        <ProblemNote error={session.error} onRetry={() => void session.refetch()} />
      </main>
    );
  }
  return <SkeletonLate height={400} />;
}

function Inside({ session }: { session: Session }) {
  const { setMoney } = useI18n();
  const queries = useQueryClient();
  const range = useRange(session);
  const { currency, currency_digits: digits } = session.shop;
  useEffect(() => setMoney({ currency, digits }), [currency, digits, setMoney]);

  // A purchase moved the base on: what is on the page is asked anew, old numbers staying until then.
  const version = useRef(session.version);
  useEffect(() => {
    if (version.current !== session.version) {
      version.current = session.version;
      void queries.invalidateQueries({ queryKey: calls.LIVE });
    }
  }, [session.version, queries]);

  return (
    <HereProvider value={{ session, range }}>
      <Shell />
    </HereProvider>
  );
}
