import { Button, Group, Modal, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../../api/calls.ts";
import type { ApiKey, StaffScope } from "../../../api/types.ts";
import { useI18n } from "../../../i18n/index.tsx";
import { Await, Panel, ProblemNote } from "../../../ui/page.tsx";
import { Scroll } from "../../../ui/scroll.tsx";
import { Secret } from "../../../ui/secret.tsx";
import css from "../settings.module.css";
import { useScopeText } from "../staff/scope-fields.tsx";
import { KeyForm } from "./form.tsx";

/** What is open above the list. */
type Open =
  | { what: "new" }
  | { what: "change"; key: ApiKey }
  | { what: "rotate"; key: ApiKey }
  | { what: "remove"; key: ApiKey };

/** Programs that may come in: what each may do, whom it sees, and when it was here last. */
export function KeysTab() {
  const { t, f } = useI18n();
  const words = t.keys;
  const queries = useQueryClient();
  const keys = useQuery(calls.apiKeys);
  const may = useMayText();
  const scopeText = useScopeText();
  const [open, setOpen] = useState<Open | null>(null);
  const [secret, setSecret] = useState<ApiKey | null>(null);
  const done = (key?: ApiKey) => {
    if (key?.key) setSecret(key);
    setOpen(null);
    void queries.invalidateQueries({ queryKey: ["api-keys"] });
  };
  return (
    <Panel
      title={t.settings.tabs.keys}
      note={words.note}
      tools={<Button onClick={() => setOpen({ what: "new" })}>{words.create}</Button>}
    >
      {secret?.key && <Secret value={secret.key}>{words.once(secret.name)}</Secret>}
      <Await query={keys}>
        {(data) =>
          data.items.length === 0 ? (
            <p className="soft">{words.none}</p>
          ) : (
            <Scroll label={t.settings.tabs.keys}>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{words.name}</th>
                    <th scope="col">{words.may}</th>
                    <th scope="col">{t.staff.scope}</th>
                    <th scope="col">{words.used}</th>
                    <th scope="col" aria-label={t.staff.change} />
                  </tr>
                </thead>
                <tbody>
                  {data.items.map((key) => (
                    <tr key={key.id}>
                      <td>
                        <b>{key.name}</b>
                        <div className="soft small">
                          {[
                            key.created_at && words.since(f.moment(key.created_at)),
                            key.rotated_at && words.rotatedAt(f.moment(key.rotated_at)),
                            key.old_works_until && words.oldUntil(f.moment(key.old_works_until)),
                          ]
                            .filter(Boolean)
                            .join(" · ")}
                        </div>
                      </td>
                      <td>
                        {may(key.permissions)}
                        {typeof key.per_minute === "number" && (
                          <div className="soft small">{words.pace(key.per_minute)}</div>
                        )}
                      </td>
                      <td>{scopeText(key.scope as StaffScope)}</td>
                      <td className="soft">{key.last_used_at ? f.moment(key.last_used_at) : words.never}</td>
                      <td className="num">
                        <Group gap={6} justify="flex-end" wrap="nowrap">
                          {(["change", "rotate", "remove"] as const).map((what) => (
                            <Button
                              key={what}
                              size="compact-sm"
                              variant="default"
                              aria-label={words.acts[what](key.name)}
                              onClick={() => setOpen({ what, key })}
                            >
                              {words[what]}
                            </Button>
                          ))}
                        </Group>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Await>
      {open?.what === "new" && <KeyForm onClose={() => setOpen(null)} onDone={done} />}
      {open?.what === "change" && <KeyForm of={open.key} onClose={() => setOpen(null)} onDone={done} />}
      {open?.what === "rotate" && <Rotate of={open.key} onClose={() => setOpen(null)} onDone={done} />}
      {open?.what === "remove" && <Remove of={open.key} onClose={() => setOpen(null)} onDone={done} />}
    </Panel>
  );
}

/** What a key may do, in few words. */
function useMayText(): (codes: string[]) => string {
  const { t, l } = useI18n();
  const permissions = useQuery(calls.permissions);
  return (codes) => {
    const possible = (permissions.data?.items ?? []).filter((one) => !one.people_only);
    const may = possible.filter((one) => codes.includes(one.code));
    if (possible.length > 0 && may.length === possible.length) return t.keys.everything;
    if (may.length > 3) return t.keys.some(may.length, possible.length);
    return may.map((one) => l(one.label)).join(", ") || t.keys.nothing;
  };
}

function Rotate(props: { of: ApiKey; onClose: () => void; onDone: (key: ApiKey) => void }) {
  const { t } = useI18n();
  const words = t.keys;
  const [hours, setHours] = useState("24");
  const rotate = useMutation({
    mutationFn: () => calls.act.rotateKey(props.of.id, Number(hours)),
    onSuccess: props.onDone,
  });
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={words.acts.rotate(props.of.name)}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      <div className={css.form}>
        <p style={{ margin: 0 }}>{words.rotateNote}</p>
        <Select
          label={words.grace}
          value={hours}
          allowDeselect={false}
          data={["0", "1", "24", "168"].map((value) => ({ value, label: words.graces(Number(value)) }))}
          onChange={(next) => next && setHours(next)}
        />
        {rotate.error && <ProblemNote error={rotate.error} kept />}
        <Group gap={12}>
          <Button loading={rotate.isPending} onClick={() => rotate.mutate()}>
            {words.rotate}
          </Button>
          <Button variant="default" onClick={props.onClose}>
            {t.common.act.cancel}
          </Button>
        </Group>
      </div>
    </Modal>
  );
}

function Remove(props: { of: ApiKey; onClose: () => void; onDone: () => void }) {
  const { t } = useI18n();
  const words = t.keys;
  const drop = useMutation({
    mutationFn: () => calls.act.dropKey(props.of.id),
    onSuccess: () => props.onDone(),
  });
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={words.acts.remove(props.of.name)}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      <p style={{ marginTop: 0 }}>{words.confirm(props.of.name)}</p>
      {drop.error && <ProblemNote error={drop.error} />}
      <Group gap={12}>
        <Button color="red.8" loading={drop.isPending} onClick={() => drop.mutate()}>
          {words.remove}
        </Button>
        <Button variant="default" onClick={props.onClose}>
          {t.common.act.cancel}
        </Button>
      </Group>
    </Modal>
  );
}
