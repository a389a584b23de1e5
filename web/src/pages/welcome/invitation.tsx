import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import * as calls from "../../api/calls.ts";
import { RequestProblem } from "../../api/problem.ts";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote, SkeletonLate } from "../../ui/page.tsx";
import { DoorFrame } from "./frame.tsx";
import css from "./welcome.module.css";

/** Somebody who was invited chooses his name and password. */
export function InvitationPage() {
  const { t, l } = useI18n();
  const words = t.staff.accept;
  const { token } = useParams({ from: "/invitation/$token" });
  const link = useQuery(calls.invitation(token));
  const queries = useQueryClient();
  const go = useNavigate();
  const [name, setName] = useState<string>();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  useEffect(() => {
    document.title = "Vernis";
  }, []);
  const start = useMutation({
    mutationFn: () =>
      calls.act.acceptInvitation(token, { name: name ?? link.data?.name ?? "", login, password }),
    onSuccess: async () => {
      await queries.resetQueries({ queryKey: ["session"] });
      await go({ to: "/" });
    },
  });
  const told = start.error instanceof RequestProblem ? (start.error.problem.errors ?? []) : [];
  const wrong = (field: string) => {
    const found = told.find((one) => one.field === field);
    return found && l(found.message);
  };
  if (link.error) {
    return (
      <DoorFrame title={words.goneTitle} lead={words.goneDo}>
        <Button component={Link} to="/">
          {t.welcome.signIn.submit}
        </Button>
      </DoorFrame>
    );
  }
  if (!link.data) return <SkeletonLate height={360} />;
  return (
    <DoorFrame title={words.title(link.data.shop)} lead={words.lead(l(link.data.role))}>
      <form
        noValidate
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate();
        }}
      >
        <TextInput
          label={t.welcome.firstRun.name}
          autoComplete="name"
          value={name ?? link.data.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={t.welcome.firstRun.login}
          autoComplete="username"
          value={login}
          error={wrong("login")}
          onChange={(event) => setLogin(event.currentTarget.value)}
        />
        <PasswordInput
          label={t.welcome.firstRun.password}
          description={t.welcome.firstRun.passwordNote}
          autoComplete="new-password"
          value={password}
          error={wrong("password")}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {start.error && told.length === 0 && <ProblemNote error={start.error} kept />}
        <Button type="submit" size="md" disabled={!login || !password} loading={start.isPending}>
          {words.submit}
        </Button>
      </form>
    </DoorFrame>
  );
}
