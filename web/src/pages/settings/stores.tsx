import { Button, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { Place } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { codeOf } from "../../lib/code.ts";
import { Await, Panel, ProblemNote } from "../../ui/page.tsx";
import css from "./settings.module.css";

export function StoresTab() {
  const { t } = useI18n();
  const words = t.settings.stores;
  const stores = useQuery(calls.stores);
  const channels = useQuery(calls.channels);
  return (
    <div className={css.two}>
      <Panel title={words.stores}>
        <Await query={stores}>
          {(data) => data.items.map((store) => <StoreName key={store.id} store={store} />)}
        </Await>
        <AddPlace label={words.add} add={calls.act.addStore} refresh="stores" />
      </Panel>
      <Panel title={words.channels}>
        <Await query={channels}>
          {(data) => (
            <ul style={{ margin: "0 0 16px", paddingLeft: 20 }}>
              {data.items.map((channel) => (
                <li key={channel.id}>
                  {channel.name} <span className="soft small">{channel.code}</span>
                </li>
              ))}
            </ul>
          )}
        </Await>
        <AddPlace label={words.addChannel} add={calls.act.addChannel} refresh="channels" />
      </Panel>
    </div>
  );
}

function StoreName({ store }: { store: Place }) {
  const { t } = useI18n();
  const queries = useQueryClient();
  const [name, setName] = useState(store.name);
  const save = useMutation({
    mutationFn: () => calls.act.changeStore(store.id, { name, code: store.code }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["stores"] });
      notifications.show({ message: t.settings.stores.renamed });
    },
  });
  return (
    <form
      className={css.place}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <TextInput
        label={`${t.settings.stores.name} · ${store.code}`}
        value={name}
        required
        withAsterisk={false}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        type="submit"
        variant="default"
        disabled={name.trim() === "" || name === store.name}
        loading={save.isPending}
      >
        {t.common.act.rename}
      </Button>
      {save.error && <ProblemNote error={save.error} kept />}
    </form>
  );
}

function AddPlace(props: {
  label: string;
  add: (place: { name: string; code: string }) => Promise<unknown>;
  refresh: string;
}) {
  const { t } = useI18n();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [code, setCode] = useState("");
  const add = useMutation({
    mutationFn: () => props.add({ name: name.trim(), code: code.trim() || codeOf(name) }),
    onSuccess: async () => {
      setName("");
      setCode("");
      await queries.invalidateQueries({ queryKey: [props.refresh] });
    },
  });
  return (
    <form
      className={css.place}
      style={{ marginTop: 16 }}
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <div className={css.pair}>
        <TextInput
          label={props.label}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={t.settings.stores.code}
          placeholder={codeOf(name)}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
      </div>
      <Button type="submit" disabled={name.trim() === ""} loading={add.isPending}>
        {t.common.act.add}
      </Button>
      {add.error && <ProblemNote error={add.error} kept />}
    </form>
  );
}
