import { Button, Select, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { currencyChoices, zoneChoices } from "../../lib/places.ts";
import { Panel, ProblemNote } from "../../ui/page.tsx";
import css from "./settings.module.css";

export function ShopTab() {
  const { t, language } = useI18n();
  const words = t.settings.shop;
  const { session } = useHere();
  const queries = useQueryClient();
  const { name, currency, time_zone, currency_locked } = session.shop;
  const [form, setForm] = useState({ name, currency, time_zone });
  const save = useMutation({
    mutationFn: () =>
      calls.act.patchShop({
        name: form.name,
        time_zone: form.time_zone,
        ...(currency_locked ? {} : { currency: form.currency }),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      notifications.show({ message: t.common.saved });
    },
  });
  const changed = form.name !== name || form.currency !== currency || form.time_zone !== time_zone;
  return (
    <Panel>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={words.name}
          value={form.name}
          required
          withAsterisk={false}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
        <Select
          label={words.currency}
          description={currency_locked ? words.currencyLocked : undefined}
          disabled={currency_locked}
          data={currencyChoices(language)}
          value={form.currency}
          allowDeselect={false}
          searchable
          onChange={(value) => value && setForm({ ...form, currency: value })}
        />
        <Select
          label={words.zone}
          description={words.zoneNote}
          data={zoneChoices(language)}
          value={form.time_zone}
          allowDeselect={false}
          searchable
          onChange={(value) => value && setForm({ ...form, time_zone: value })}
        />
        {save.error && <ProblemNote error={save.error} kept />}
        <div>
          <Button type="submit" disabled={!changed} loading={save.isPending}>
            {t.common.act.save}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
