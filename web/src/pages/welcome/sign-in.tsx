import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import * as calls from "../../api/calls.ts";
import { asProblem } from "../../api/problem.ts";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import { DoorFrame } from "./frame.tsx";
import css from "./welcome.module.css";

export function SignInPage() {
  const { t } = useI18n();
  const queries = useQueryClient();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  /** Asked for only where the password is not enough. */
  const [code, setCode] = useState<string | null>(null);
  const words = t.welcome.signIn;
  useEffect(() => {
    document.title = `${words.title} · Vernis`;
  }, [words.title]);
  const signIn = useMutation({
    mutationKey: ["sign-in"],
    mutationFn: calls.act.signIn,
    onSuccess: () => queries.resetQueries({ queryKey: ["session"] }),
    onError: (error) => asProblem(error).code === "code_required" && setCode(""),
  });
  return (
    <DoorFrame title={words.title}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate({ login, password, ...(code ? { code } : {}) });
        }}
      >
        {code === null ? (
          <>
            <TextInput
              label={words.login}
              autoComplete="username"
              required
              withAsterisk={false}
              value={login}
              onChange={(event) => setLogin(event.currentTarget.value)}
            />
            <PasswordInput
              label={words.password}
              autoComplete="current-password"
              required
              withAsterisk={false}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          </>
        ) : (
          <TextInput
            label={t.code.signIn.code}
            description={t.code.signIn.note}
            autoComplete="one-time-code"
            data-autofocus
            ref={(field) => field?.focus()}
            required
            withAsterisk={false}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        )}
        {signIn.error && asProblem(signIn.error).code !== "code_required" && (
          <ProblemNote error={signIn.error} kept />
        )}
        <Button type="submit" size="md" loading={signIn.isPending}>
          {words.submit}
        </Button>
        {code === null ? (
          <p className="small soft">{words.first}</p>
        ) : (
          <Button variant="subtle" onClick={() => setCode(null)}>
            {t.code.signIn.back}
          </Button>
        )}
      </form>
    </DoorFrame>
  );
}
