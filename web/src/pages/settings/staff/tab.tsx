import { Button, Group, Modal, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../../api/calls.ts";
import { asProblem } from "../../../api/problem.ts";
import type { Member, StaffScope } from "../../../api/types.ts";
import { useMay } from "../../../app/may.ts";
import { useI18n } from "../../../i18n/index.tsx";
import { Await, Panel, ProblemNote } from "../../../ui/page.tsx";
import { Scroll } from "../../../ui/scroll.tsx";
import { Secret } from "../../../ui/secret.tsx";
import css from "../settings.module.css";
import { RolesPanel } from "./roles.tsx";
import { ScopeFields, sentScope, useScopeText } from "./scope-fields.tsx";

/** Who works here, with which role, and whom he sees. */
export function StaffTab() {
  const may = useMay();
  return (
    <Stack gap={20}>
      {may("staff_manage") && <People />}
      {may("staff_manage", true) && <Rules />}
      <RolesPanel />
    </Stack>
  );
}

function useRoleName(): (code: string) => string {
  const { l } = useI18n();
  const roles = useQuery(calls.roles);
  return (code) => {
    const found = roles.data?.items.find((one) => one.code === code);
    return found ? l(found.name) : code;
  };
}

function People() {
  const { t, f } = useI18n();
  const words = t.staff;
  const staff = useQuery(calls.staff);
  const roleName = useRoleName();
  const scopeText = useScopeText();
  const queries = useQueryClient();
  const [inviting, setInviting] = useState(false);
  const [changing, setChanging] = useState<Member | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: ["staff"] });
  const withdraw = useMutation({
    mutationFn: (id: string) => calls.act.withdrawInvitation(id),
    onSettled: refresh,
  });
  const state = (one: Member) => {
    if (one.blocked_at) return words.blocked;
    return one.signed_in_at ? words.since(f.moment(one.signed_in_at)) : words.out;
  };
  return (
    <Panel
      title={words.title}
      note={words.note}
      tools={<Button onClick={() => setInviting(true)}>{words.invite}</Button>}
    >
      <Await query={staff}>
        {(data) => (
          <>
            <Scroll label={words.title}>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{words.who}</th>
                    <th scope="col">{words.role}</th>
                    <th scope="col">{words.scope}</th>
                    <th scope="col">{words.state}</th>
                    <th scope="col" aria-label={words.change} />
                  </tr>
                </thead>
                <tbody>
                  {data.items.map((one) => (
                    <tr key={one.id}>
                      <td>
                        <b>{one.name}</b> <span className="soft small">{one.login}</span>
                      </td>
                      <td>{roleName(one.role)}</td>
                      <td>{scopeText(one.scope)}</td>
                      <td className="soft">
                        {[state(one), one.second_factor && words.withCode].filter(Boolean).join(" · ")}
                      </td>
                      <td className="num">
                        {one.this ? (
                          <span className="soft small">{words.you}</span>
                        ) : (
                          one.can_change && (
                            <Button
                              size="compact-sm"
                              variant="default"
                              aria-label={words.changeTitle(one.name)}
                              onClick={() => setChanging(one)}
                            >
                              {words.change}
                            </Button>
                          )
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
            {data.invitations.length > 0 && (
              <>
                <h3 className="small" style={{ margin: "20px 0 4px" }}>
                  {words.pending}
                </h3>
                <ul className={css.sessions}>
                  {data.invitations.map((one) => (
                    <li key={one.id}>
                      <div>
                        <b>{one.name || words.nameless}</b>
                        <small className="soft">
                          {[
                            roleName(one.role),
                            scopeText(one.scope),
                            words.until(f.moment(one.expires_at)),
                          ].join(" · ")}
                        </small>
                      </div>
                      <Button
                        size="compact-sm"
                        variant="default"
                        style={{ flex: "none" }}
                        aria-label={words.withdrawWho(one.name || words.nameless)}
                        onClick={() => withdraw.mutate(one.id)}
                      >
                        {words.withdraw}
                      </Button>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </>
        )}
      </Await>
      {inviting && <Invite onClose={() => setInviting(false)} onDone={refresh} />}
      {changing && <Change member={changing} onClose={() => setChanging(null)} onDone={refresh} />}
    </Panel>
  );
}

function useRoleChoices() {
  const { l } = useI18n();
  const roles = useQuery(calls.roles);
  return (roles.data?.items ?? [])
    .filter((one) => one.can_give)
    .map((one) => ({ value: one.code, label: l(one.name) }));
}

function useFieldError(error: unknown): (field: string) => string | undefined {
  const { l } = useI18n();
  return (field) => {
    const found = error ? asProblem(error).errors?.find((one) => one.field === field) : undefined;
    return found && l(found.message);
  };
}

function Invite({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { t } = useI18n();
  const words = t.staff;
  const choices = useRoleChoices();
  const [name, setName] = useState("");
  const [role, setRole] = useState("manager");
  const [scope, setScope] = useState<StaffScope>({ kind: "all" });
  const invite = useMutation({
    mutationFn: () => calls.act.invite({ name: name.trim(), role, scope: sentScope(scope) }),
    onSuccess: onDone,
  });
  const wrong = useFieldError(invite.error);
  const link = invite.data?.token && `${window.location.origin}/invitation/${invite.data.token}`;
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.inviteTitle}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      {link ? (
        <Secret value={link}>{words.link}</Secret>
      ) : (
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate();
          }}
        >
          <p className="soft small" style={{ margin: 0 }}>
            {words.inviteNote}
          </p>
          <TextInput
            label={words.name}
            placeholder={words.nameHint}
            value={name}
            data-autofocus
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={words.role}
            data={choices}
            value={role}
            allowDeselect={false}
            error={wrong("role") ?? wrong("permissions")}
            onChange={(next) => next && setRole(next)}
          />
          <ScopeFields value={scope} onChange={setScope} error={wrong("scope") ?? wrong("filter")} />
          {invite.error && asProblem(invite.error).errors === undefined && (
            <ProblemNote error={invite.error} kept />
          )}
          <div>
            <Button type="submit" loading={invite.isPending}>
              {words.inviteDo}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}

function Change({ member, onClose, onDone }: { member: Member; onClose: () => void; onDone: () => void }) {
  const { t } = useI18n();
  const words = t.staff;
  const choices = useRoleChoices();
  const [name, setName] = useState(member.name);
  const [role, setRole] = useState(member.role);
  const [scope, setScope] = useState<StaffScope>(member.scope);
  const change = useMutation({
    mutationFn: (blocked?: boolean) =>
      calls.act.changeStaff(
        member.id,
        blocked === undefined ? { name: name.trim(), role, scope: sentScope(scope) } : { blocked },
      ),
    onSuccess: () => {
      notifications.show({ message: words.changed });
      onDone();
      onClose();
    },
  });
  const out = useMutation({
    mutationFn: () => calls.act.endSessionsOf(member.id),
    onSuccess: () => {
      notifications.show({ message: words.signedOut });
      onDone();
    },
  });
  const resetCode = useMutation({
    mutationFn: () => calls.act.resetCodeOf(member.id),
    onSuccess: () => {
      notifications.show({ message: words.codeReset });
      onDone();
      onClose();
    },
  });
  const wrong = useFieldError(change.error);
  const failed = change.error ?? out.error ?? resetCode.error;
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.changeTitle(member.name)}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(undefined);
        }}
      >
        <p className="soft small" style={{ margin: 0 }}>
          {words.changeNote}
        </p>
        <TextInput label={words.name} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select
          label={words.role}
          data={choices}
          value={role}
          allowDeselect={false}
          error={wrong("role") ?? wrong("permissions")}
          onChange={(next) => next && setRole(next)}
        />
        <ScopeFields value={scope} onChange={setScope} error={wrong("scope") ?? wrong("filter")} />
        {failed && asProblem(failed).errors === undefined && <ProblemNote error={failed} kept />}
        <Group gap={12}>
          <Button type="submit" loading={change.isPending}>
            {t.common.act.save}
          </Button>
          <Button variant="default" loading={out.isPending} onClick={() => out.mutate()}>
            {words.signOut}
          </Button>
          {member.second_factor && (
            <Button variant="default" loading={resetCode.isPending} onClick={() => resetCode.mutate()}>
              {words.resetCode}
            </Button>
          )}
          <Button
            variant="default"
            c={member.blocked_at ? undefined : "red.8"}
            onClick={() => change.mutate(!member.blocked_at)}
          >
            {member.blocked_at ? words.unblock : words.block}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

function Rules() {
  const { t } = useI18n();
  const words = t.staff;
  const rules = useQuery(calls.staffRules);
  const queries = useQueryClient();
  const [typed, setTyped] = useState<number | null>(null);
  const save = useMutation({
    mutationFn: (reveals_a_day: number) => calls.act.setStaffRules({ reveals_a_day }),
    onSuccess: () => {
      setTyped(null);
      notifications.show({ message: words.changed });
      void queries.invalidateQueries({ queryKey: ["staff-rules"] });
    },
  });
  return (
    <Panel title={words.rules} note={words.rulesNote}>
      <Await query={rules}>
        {(data) => (
          <form
            className={css.place}
            onSubmit={(event) => {
              event.preventDefault();
              if (typed !== null) save.mutate(typed);
            }}
          >
            <NumberInput
              label={words.reveals}
              min={0}
              max={10_000}
              value={typed ?? data.reveals_a_day}
              onChange={(next) => setTyped(typeof next === "number" ? next : null)}
            />
            <Button type="submit" disabled={typed === null} loading={save.isPending}>
              {t.common.act.save}
            </Button>
          </form>
        )}
      </Await>
      {save.error && <ProblemNote error={save.error} kept />}
    </Panel>
  );
}
