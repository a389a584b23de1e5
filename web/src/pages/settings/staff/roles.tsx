import { Button, Checkbox, TextInput, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import * as calls from "../../../api/calls.ts";
import type { Role } from "../../../api/types.ts";
import { useMay } from "../../../app/may.ts";
import { useI18n } from "../../../i18n/index.tsx";
import { Await, Panel, ProblemNote } from "../../../ui/page.tsx";
import { Scroll } from "../../../ui/scroll.tsx";
import css from "../settings.module.css";

const OWNER = "owner";

/** What each role may do: permissions down, roles across. */
export function RolesPanel() {
  const { t, l } = useI18n();
  const words = t.staff.roles;
  const may = useMay();
  const edits = may("roles_manage");
  const queries = useQueryClient();
  const roles = useQuery(calls.roles);
  const permissions = useQuery(calls.permissions);
  const [draft, setDraft] = useState<Record<string, string[]>>({});
  const [name, setName] = useState("");
  const refresh = () => queries.invalidateQueries({ queryKey: ["roles"] });
  const save = useMutation({
    mutationFn: async () => {
      const all = roles.data?.items ?? [];
      for (const [code, permissions] of Object.entries(draft)) {
        const role = all.find((one) => one.code === code);
        await calls.act.putRole(code, { name: role ? l(role.name) : "", permissions });
      }
      return Object.keys(draft).length;
    },
    onSuccess: (n) => {
      setDraft({});
      notifications.show({ message: words.saved(n) });
    },
    onSettled: refresh,
  });
  const add = useMutation({
    mutationFn: () => calls.act.addRole({ name: name.trim(), permissions: ["customers_see"] }),
    onSuccess: () => {
      setName("");
      void refresh();
    },
  });
  const drop = useMutation({ mutationFn: (code: string) => calls.act.dropRole(code), onSettled: refresh });
  const has = (role: Role, code: string) => (draft[role.code] ?? role.permissions).includes(code);
  const toggle = (role: Role, code: string) => {
    const now = draft[role.code] ?? role.permissions;
    const next = now.includes(code) ? now.filter((one) => one !== code) : [...now, code];
    setDraft((all) => ({ ...all, [role.code]: next }));
  };
  const failed = save.error ?? add.error ?? drop.error;
  return (
    <Panel title={words.title} note={words.note}>
      <Await query={roles}>
        {({ items }) => (
          <Scroll label={words.title}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{words.may}</th>
                  {items.map((role) => (
                    <th key={role.code} scope="col" style={{ textAlign: "center" }}>
                      <Tooltip label={l(role.about)} disabled={!l(role.about)}>
                        <span>{l(role.name)}</span>
                      </Tooltip>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {(permissions.data?.items ?? []).map((one, at, all) => (
                  <Fragment key={one.code}>
                    {one.group !== all[at - 1]?.group && (
                      <tr>
                        <th scope="colgroup" colSpan={items.length + 1} className="soft small">
                          {l(one.group_label)}
                        </th>
                      </tr>
                    )}
                    <tr>
                      <td>
                        <Tooltip label={l(one.allows)} multiline maw={320}>
                          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the words must open by keyboard too */}
                          <span tabIndex={0}>{l(one.label)}</span>
                        </Tooltip>
                      </td>
                      {items.map((role) => (
                        <td key={role.code}>
                          <Checkbox
                            style={{ display: "flex", justifyContent: "center" }}
                            aria-label={words.cell(l(role.name), l(one.label))}
                            checked={has(role, one.code)}
                            disabled={!edits || role.code === OWNER}
                            onChange={() => toggle(role, one.code)}
                          />
                        </td>
                      ))}
                    </tr>
                  </Fragment>
                ))}
                {edits && (
                  <tr>
                    <td />
                    {items.map((role) => (
                      <td key={role.code} style={{ textAlign: "center" }}>
                        {role.code !== OWNER && role.edited && (
                          <Button size="compact-xs" variant="subtle" onClick={() => drop.mutate(role.code)}>
                            {role.given ? words.reset : words.remove}
                          </Button>
                        )}
                      </td>
                    ))}
                  </tr>
                )}
              </tbody>
            </table>
          </Scroll>
        )}
      </Await>
      {failed && <ProblemNote error={failed} kept />}
      {edits && (
        <>
          <div style={{ margin: "16px 0" }}>
            <Button
              disabled={Object.keys(draft).length === 0}
              loading={save.isPending}
              onClick={() => save.mutate()}
            >
              {words.save}
            </Button>
          </div>
          <form
            className={css.place}
            onSubmit={(event) => {
              event.preventDefault();
              add.mutate();
            }}
          >
            <TextInput
              label={words.addName}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" disabled={name.trim() === ""} loading={add.isPending}>
              {words.add}
            </Button>
          </form>
        </>
      )}
    </Panel>
  );
}
