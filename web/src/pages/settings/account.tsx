import { Button, PasswordInput, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { asProblem } from "../../api/problem.ts";
import { useHere } from "../../app/session.tsx";
import { useSignOut } from "../../app/shell.tsx";
import { useI18n } from "../../i18n/index.tsx";
import type { Language } from "../../i18n/language.ts";
import { Await, Panel, ProblemNote } from "../../ui/page.tsx";
import { CodePanel } from "./code.tsx";
import css from "./settings.module.css";

export function AccountTab() {
  const { t, language, setLanguage } = useI18n();
  const words = t.settings.account;
  const { session } = useHere();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  return (
    <div className={css.two}>
      <Panel>
        <div className={css.form}>
          <dl style={{ margin: 0, display: "grid", gridTemplateColumns: "auto 1fr", gap: "6px 24px" }}>
            <dt className="soft">{words.name}</dt>
            <dd style={{ margin: 0 }}>{session.user.name}</dd>
            <dt className="soft">{words.login}</dt>
            <dd style={{ margin: 0 }}>{session.user.login}</dd>
            <dt className="soft">{words.program}</dt>
            <dd style={{ margin: 0 }}>{t.common.top.program(session.program_version)}</dd>
          </dl>
          <div>
            <div className="small" style={{ fontWeight: 500, marginBottom: 4 }}>
              {words.language}
            </div>
            <SegmentedControl
              aria-label={words.language}
              value={language}
              onChange={(next) => setLanguage(next as Language)}
              data={[
                { value: "ru", label: "Русский" },
                { value: "en", label: "English" },
              ]}
            />
          </div>
          <div>
            <div className="small" style={{ fontWeight: 500, marginBottom: 4 }}>
              {words.theme}
            </div>
            <SegmentedControl
              aria-label={words.theme}
              value={colorScheme}
              onChange={(next) => setColorScheme(next as "light" | "dark" | "auto")}
              data={[
                { value: "light", label: words.light },
                { value: "dark", label: words.dark },
                { value: "auto", label: words.auto },
              ]}
            />
          </div>
          <div>
            <Button variant="default" loading={signOut.isPending} onClick={() => signOut.mutate()}>
              {words.signOut}
            </Button>
          </div>
        </div>
      </Panel>
      <Password />
      <CodePanel mayRequire={session.user.permissions.includes("roles_manage")} />
      <Sessions />
    </div>
  );
}

/** Where one is signed in, and signing out from afar. */
function Sessions() {
  const { t, f, l } = useI18n();
  const words = t.settings.account.sessions;
  const queries = useQueryClient();
  const open = useQuery(calls.sessions);
  const refresh = () => queries.invalidateQueries({ queryKey: ["sessions"] });
  const end = useMutation({ mutationFn: (id: string) => calls.act.endSession(id), onSettled: refresh });
  const others = useMutation({ mutationFn: () => calls.act.endOtherSessions(), onSettled: refresh });
  const failed = end.error ?? others.error;
  return (
    <Panel title={words.title} note={words.note}>
      <Await query={open}>
        {({ items }) => (
          <>
            <ul className={css.sessions} aria-label={words.title}>
              {items.map((one) => (
                <li key={one.id}>
                  <div>
                    <b>{l(one.browser)}</b>
                    <small className="soft">
                      {one.this ? words.here : words.since(f.moment(one.signed_in_at))}
                    </small>
                  </div>
                  {!one.this && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={words.endWhere(l(one.browser))}
                      loading={end.isPending && end.variables === one.id}
                      onClick={() => end.mutate(one.id)}
                    >
                      {words.end}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
            {failed && <ProblemNote error={failed} />}
            {items.length > 1 && (
              <Button variant="default" loading={others.isPending} onClick={() => others.mutate()}>
                {words.endOthers}
              </Button>
            )}
          </>
        )}
      </Await>
    </Panel>
  );
}

function Password() {
  const { t, l } = useI18n();
  const words = t.settings.account.password;
  const { session } = useHere();
  const queries = useQueryClient();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const change = useMutation({
    mutationFn: () => calls.act.changePassword({ old_password: old, password: fresh }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["sessions"] });
      setOld("");
      setFresh("");
      notifications.show({ message: words.changed });
    },
  });
  const errors = change.error ? asProblem(change.error).errors : undefined;
  const wrong = (field: string) => {
    const found = errors?.find((one) => one.field === field);
    return found && l(found.message);
  };
  return (
    <Panel title={words.title} note={words.rule}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        {/* Password keepers ask whose password this is. */}
        <input type="text" autoComplete="username" value={session.user.login} readOnly hidden />
        <PasswordInput
          label={words.old}
          autoComplete="current-password"
          value={old}
          error={wrong("old_password")}
          onChange={(event) => setOld(event.currentTarget.value)}
        />
        <PasswordInput
          label={words.fresh}
          autoComplete="new-password"
          value={fresh}
          error={wrong("password")}
          onChange={(event) => setFresh(event.currentTarget.value)}
        />
        {change.error && !wrong("old_password") && !wrong("password") && (
          <ProblemNote error={change.error} kept />
        )}
        <div>
          <Button type="submit" disabled={!old || !fresh} loading={change.isPending}>
            {words.change}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
