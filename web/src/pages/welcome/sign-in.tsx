import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import * as calls from "../../api/calls.ts";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import { DoorFrame } from "./frame.tsx";
import css from "./welcome.module.css";

export function SignInPage() {
  const { t } = useI18n();
  const queries = useQueryClient();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const words = t.welcome.signIn;
  useEffect(() => {
    document.title = `${words.title} · Vernis`;
  }, [words.title]);
  const signIn = useMutation({
    mutationKey: ["sign-in"],
    mutationFn: calls.act.signIn,
    onSuccess: () => queries.resetQueries({ queryKey: ["session"] }),
  });
  return (
    <DoorFrame title={words.title}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate({ login, password });
        }}
      >
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
        {signIn.error && <ProblemNote error={signIn.error} kept />}
        <Button type="submit" size="md" loading={signIn.isPending}>
          {words.submit}
        </Button>
        <p className="small soft">{words.first}</p>
      </form>
    </DoorFrame>
  );
}
