import { Button, CopyButton, Modal, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { ApiKey } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await, Panel, ProblemNote } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import css from "./settings.module.css";

export function KeysTab() {
  const { t, f } = useI18n();
  const words = t.settings.keys;
  const queries = useQueryClient();
  const keys = useQuery(calls.apiKeys);
  const [name, setName] = useState("");
  const [going, setGoing] = useState<ApiKey | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: ["api-keys"] });
  const add = useMutation({
    mutationFn: () => calls.act.addKey(name.trim()),
    onSuccess: () => {
      setName("");
      void refresh();
    },
  });
  const drop = useMutation({
    mutationFn: (id: string) => calls.act.dropKey(id),
    onSuccess: () => {
      setGoing(null);
      void refresh();
    },
  });
  return (
    <Panel title={t.settings.tabs.keys} note={words.note}>
      <form
        className={css.place}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <TextInput label={words.name} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Button type="submit" disabled={name.trim() === ""} loading={add.isPending}>
          {words.create}
        </Button>
      </form>
      {add.error && <ProblemNote error={add.error} kept />}
      {add.data?.key && (
        <div className={css.key} role="status">
          <span>{words.once}</span>
          <code>{add.data.key}</code>
          <CopyButton value={add.data.key}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {copied ? t.common.act.copied : t.common.act.copy}
              </Button>
            )}
          </CopyButton>
        </div>
      )}
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
                    <th scope="col">{words.created}</th>
                    <th scope="col">{words.used}</th>
                    <th scope="col" aria-label={t.common.act.remove} />
                  </tr>
                </thead>
                <tbody>
                  {data.items.map((key) => (
                    <tr key={key.id}>
                      <td>{key.name}</td>
                      <td>{key.created_at && f.moment(key.created_at)}</td>
                      <td className="soft">{key.last_used_at ? f.moment(key.last_used_at) : words.never}</td>
                      <td className="num">
                        <Button size="compact-sm" variant="default" onClick={() => setGoing(key)}>
                          {t.common.act.remove}
                        </Button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Await>
      <Modal
        opened={going !== null}
        onClose={() => setGoing(null)}
        title={t.common.act.remove}
        closeButtonProps={{ "aria-label": t.common.act.close }}
      >
        <p style={{ marginTop: 0 }}>{going && words.confirm(going.name)}</p>
        {drop.error && <ProblemNote error={drop.error} />}
        <div style={{ display: "flex", gap: 12 }}>
          <Button color="red.8" loading={drop.isPending} onClick={() => going && drop.mutate(going.id)}>
            {t.common.act.remove}
          </Button>
          <Button variant="default" onClick={() => setGoing(null)}>
            {t.common.act.cancel}
          </Button>
        </div>
      </Modal>
    </Panel>
  );
}
