import { Button, Group, NumberInput, Stack, Switch, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as api from "../../api/exports.ts";
import type { Schemas } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await, Panel, ProblemNote } from "../../ui/page.tsx";

/** From how many people a second person is asked, where mail of invented customers comes, how many people
 * may be seen in a day. */
export function ExportsTab() {
  const rules = useQuery(api.exportRules);
  const shown = useQuery(api.peopleADay);
  return (
    <Stack gap={20}>
      <Await query={rules}>{(data) => <Rules rules={data} />}</Await>
      <Await query={shown}>{(data) => <Shown budgets={data} />}</Await>
    </Stack>
  );
}

function Rules({ rules }: { rules: Schemas["ExportRulesOut"] }) {
  const { t, l } = useI18n();
  const words = t.exports.rules;
  const queries = useQueryClient();
  const [over, setOver] = useState<number | string>(rules.approve_over);
  const [second, setSecond] = useState(rules.second_person);
  const [typed, setTyped] = useState("");
  const [mail, setMail] = useState(rules.canary_mail);
  const [phone, setPhone] = useState(rules.canary_phone);
  const save = useMutation({
    mutationFn: () =>
      api.act.setRules({
        approve_over: Number(over) || 0,
        second_person: second,
        canary_mail: mail,
        canary_phone: phone,
        confirmation: typed,
      }),
    onSuccess: (next) => {
      queries.setQueryData(["export-rules"], next);
      setMail(next.canary_mail);
      setPhone(next.canary_phone);
      setTyped("");
      notifications.show({ message: t.common.saved });
    },
  });
  const asks = rules.second_person && !second;
  return (
    <Panel title={words.title} note={words.note}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack maw={520}>
          <Switch
            label={words.second}
            checked={second}
            onChange={(event) => setSecond(event.currentTarget.checked)}
          />
          {asks && (
            <TextInput
              label={words.confirm(l(rules.confirmation))}
              description={words.alone}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
            />
          )}
          {second && (
            <NumberInput
              label={words.over}
              value={over}
              onChange={setOver}
              min={0}
              max={1_000_000}
              allowDecimal={false}
              thousandSeparator=" "
            />
          )}
          <TextInput
            label={words.mail}
            description={words.mailNote}
            placeholder={words.mailHint}
            value={mail}
            onChange={(event) => setMail(event.currentTarget.value)}
          />
          <TextInput
            label={words.phone}
            description={words.phoneNote}
            value={phone}
            onChange={(event) => setPhone(event.currentTarget.value)}
            type="tel"
          />
          {save.error && <ProblemNote error={save.error} kept />}
          <Group>
            <Button type="submit" loading={save.isPending}>
              {t.common.act.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function Shown({ budgets }: { budgets: Schemas["PeopleADayJson"] }) {
  const { t } = useI18n();
  const words = t.exports.rules;
  const queries = useQueryClient();
  const [staff, setStaff] = useState<number | string>(budgets.staff);
  const [keys, setKeys] = useState<number | string>(budgets.keys);
  const save = useMutation({
    mutationFn: () => api.act.setPeopleADay({ staff: Number(staff) || 0, keys: Number(keys) || 0 }),
    onSuccess: (next) => {
      queries.setQueryData(["people-a-day"], next);
      notifications.show({ message: t.common.saved });
    },
  });
  const field = (label: string, value: number | string, set: (next: number | string) => void) => (
    <NumberInput
      label={label}
      value={value}
      onChange={set}
      min={0}
      max={10_000_000}
      allowDecimal={false}
      thousandSeparator=" "
    />
  );
  return (
    <Panel title={words.shownTitle} note={words.shownNote}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack maw={520}>
          {field(words.staff, staff, setStaff)}
          {field(words.keys, keys, setKeys)}
          {save.error && <ProblemNote error={save.error} kept />}
          <Group>
            <Button type="submit" loading={save.isPending}>
              {t.common.act.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
