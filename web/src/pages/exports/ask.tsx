import { Alert, Button, Checkbox, Group, Menu, Modal, Radio, Stack, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import * as api from "../../api/exports.ts";
import { useMay } from "../../app/may.ts";
import { useI18n } from "../../i18n/index.tsx";
import { FileIcon } from "../../ui/icons.tsx";
import { Await, ProblemNote } from "../../ui/page.tsx";
import css from "./exports.module.css";
import { Once } from "./once.tsx";

/** Columns that say who somebody is; the rest are facts. */
const WHO = [
  "name",
  "last_name",
  "first_name",
  "middle_name",
  "phone",
  "email",
  "phones",
  "emails",
  "card",
  "city",
  "address",
];

/** What a list offers: these customers as a file, and all files there were. */
export function ExportMenu(props: { question: api.Question; shown: string[] }) {
  const { t } = useI18n();
  const may = useMay();
  const [open, setOpen] = useState(false);
  if (!may("export") && !may("exports_approve", true)) return null;
  return (
    <>
      <Menu position="bottom-start" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" leftSection={<FileIcon size={18} />}>
            {t.exports.menu}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {may("export") && <Menu.Item onClick={() => setOpen(true)}>{t.exports.these}</Menu.Item>}
          <Menu.Item component={Link} to="/exports">
            {t.exports.all}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t.exports.ask.title}
        size="lg"
        closeButtonProps={{ "aria-label": t.common.act.close }}
      >
        {open && <Ask {...props} onClose={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Ask(props: { question: api.Question; shown: string[]; onClose: () => void }) {
  const outlook = useQuery(api.outlook(props.question));
  return (
    <Await query={outlook} height={320}>
      {(seen) => <Form {...props} seen={seen} />}
    </Await>
  );
}

function Form(props: { question: api.Question; shown: string[]; seen: api.Outlook; onClose: () => void }) {
  const { t, f, l } = useI18n();
  const words = t.exports.ask;
  const { seen } = props;
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [form, setForm] = useState<"xlsx" | "csv">("xlsx");
  const [columns, setColumns] = useState(["name", "phone", "email", ...props.shown]);
  const send = useMutation({
    mutationFn: () =>
      api.act.ask({
        reason,
        form,
        question: props.question,
        columns: seen.columns.map((one) => one.key).filter((key) => columns.includes(key)),
      }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["exports"] }),
  });
  const begun = send.data;
  if (begun?.password) return <Once id={begun.export.id} password={begun.password} onClose={props.onClose} />;
  if (begun)
    return (
      <Stack>
        <p>{words.second(f.count(seen.approve_over))}</p>
        <Group justify="flex-end">
          <Button component={Link} to="/exports" onClick={props.onClose}>
            {t.exports.once.toList}
          </Button>
        </Group>
      </Stack>
    );
  if (seen.people === 0) return <p className="soft">{words.none}</p>;
  const group = (of: (key: string) => boolean) => (
    <div className={css.columns}>
      {seen.columns
        .filter((one) => of(one.key))
        .map((one) => (
          <Checkbox
            key={one.key}
            size="md"
            value={one.key}
            label={one.masked ? `${l(one.label)} (${words.maskedMark})` : l(one.label)}
          />
        ))}
    </div>
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <Stack>
        <p className={css.count}>{words.people(seen.people, f.count(seen.people))}</p>
        <Textarea
          label={words.reason}
          placeholder={words.reasonHint}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          autosize
          minRows={2}
          required
          data-autofocus
        />
        <Checkbox.Group label={words.columns} value={columns} onChange={setColumns}>
          <h3 className={css.group}>{words.contacts}</h3>
          {group((key) => WHO.includes(key))}
          <h3 className={css.group}>{words.facts}</h3>
          {group((key) => !WHO.includes(key))}
        </Checkbox.Group>
        <Radio.Group label={words.form} value={form} onChange={(next) => setForm(next as "xlsx" | "csv")}>
          <Group mt={6}>
            <Radio size="md" value="xlsx" label={words.xlsx} />
            <Radio size="md" value="csv" label={words.csv} />
          </Group>
        </Radio.Group>
        {seen.needs_second && (
          <Alert color="yellow" variant="light">
            {words.second(f.count(seen.approve_over))} {!seen.second_exists && words.noSecond}
          </Alert>
        )}
        <ul className={css.notes}>
          {seen.masked && <li>{words.masked}</li>}
          <li>
            {seen.canaries > 0 ? words.canaries(seen.canaries, f.count(seen.canaries)) : words.noCanaries}
          </li>
          <li>{words.order}</li>
        </ul>
        {send.error && <ProblemNote error={send.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {t.common.act.cancel}
          </Button>
          <Button type="submit" loading={send.isPending} disabled={columns.length === 0}>
            {seen.needs_second ? words.sendSecond : words.send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
