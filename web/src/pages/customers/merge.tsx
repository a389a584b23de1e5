import { Button, Group, Modal, Radio } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { CustomerCard, JoinedRecord, MergeSide } from "../../api/types.ts";
import { NONE } from "../../i18n/format.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await, ProblemNote } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import css from "./merge.module.css";
import { PersonPick } from "./person-pick.tsx";
import { phoneText } from "./phone.ts";

/** Finds the other card, shows both and what they would be as one, and merges. */
export function MergeDialog({ card, onClose }: { card: CustomerCard; onClose: () => void }) {
  const { t } = useI18n();
  const words = t.customers.merge;
  const [other, setOther] = useState<string>();
  return (
    <Modal
      opened
      onClose={onClose}
      size={other ? "xl" : "md"}
      title={words.title(card.name || t.customers.noName)}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      {other ? (
        <Compare one={card.id} other={other} onBack={() => setOther(undefined)} onDone={onClose} />
      ) : (
        <PersonPick label={words.find} except={[card.id]} onPick={(one) => setOther(one.id)} />
      )}
    </Modal>
  );
}

function Compare(props: { one: string; other: string; onBack: () => void; onDone: () => void }) {
  const { t } = useI18n();
  const words = t.customers.merge;
  const queries = useQueryClient();
  const go = useNavigate();
  const [stays, setStays] = useState(props.one);
  const joins = stays === props.one ? props.other : props.one;
  const told = useQuery(calls.mergePreview(stays, joins));
  const merge = useMutation({
    mutationFn: () => calls.act.merge(stays, joins),
    onSuccess: async (done) => {
      notifications.show({ message: words.done });
      props.onDone();
      // At once: the address of the joined one shows the survivor as well, and the joined one again when
      // they are taken apart.
      const survivor = { to: "/customers/$id", params: { id: done.survivor.id }, replace: true } as const;
      if (done.survivor.id !== props.one) await go(survivor);
      await queries.invalidateQueries();
    },
  });
  return (
    <Await query={told} height={320}>
      {(pair) => (
        <>
          <Radio.Group label={words.who} value={stays} onChange={setStays}>
            <Group gap={16} mt={6} mb={14}>
              {[props.one, props.other].map((id) => {
                const side = id === pair.survivor.id ? pair.survivor : pair.joined;
                const phone = side.contacts.find((one) => one.kind === "phone")?.value;
                const told = [side.name || t.customers.noName, phone && phoneText(phone)];
                return <Radio key={id} value={id} label={told.filter(Boolean).join(", ")} />;
              })}
            </Group>
          </Radio.Group>
          <Sides pair={pair} />
          <p className="small soft">{words.explain}</p>
          {merge.error && <ProblemNote error={merge.error} />}
          <Group gap={8} className={css.acts}>
            <Button loading={merge.isPending} onClick={() => merge.mutate()}>
              {words.act}
            </Button>
            <Button variant="default" onClick={props.onBack}>
              {t.common.act.back}
            </Button>
          </Group>
        </>
      )}
    </Await>
  );
}

/** Both cards and the merged one, line by line. */
export function Sides({ pair }: { pair: { survivor: MergeSide; joined: MergeSide; merged: MergeSide } }) {
  const { t, f } = useI18n();
  const words = t.customers.merge;
  const sides = [pair.survivor, pair.joined, pair.merged];
  const contacts = (side: MergeSide) =>
    side.contacts.map((one) => (one.kind === "phone" ? phoneText(one.value) : one.value));
  const rows: [string, (side: MergeSide) => string | string[]][] = [
    [t.customers.name, (side) => side.name],
    [t.customers.card.contacts, contacts],
    [words.birthday, (side) => (side.birthday ? f.birthday(side.birthday) : "")],
    [
      t.customers.card.children,
      (side) =>
        side.children.map((child) => t.customers.card.child(child.name ?? "", f.birthday(child.birthday))),
    ],
    [t.customers.form.city, (side) => side.city],
    [t.customers.form.address, (side) => side.address],
    [words.registered, (side) => f.day(side.registered)],
    [words.documents, (side) => f.count(side.documents)],
    [words.paid, (side) => f.money(side.paid_minor)],
  ];
  // What neither side knows needs no row.
  const says = ([, value]: (typeof rows)[number]) => sides.some((side) => value(side).length > 0);
  return (
    <Scroll label={words.compare}>
      <table className={`table ${css.sides}`}>
        <thead>
          <tr>
            <th scope="col" aria-label={words.compare} />
            <th scope="col">{words.stays}</th>
            <th scope="col">{words.joins}</th>
            <th scope="col">{words.result}</th>
          </tr>
        </thead>
        <tbody>
          {rows.filter(says).map(([label, value]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {sides.map((side, at) => {
                const shown = [value(side)].flat().filter(Boolean);
                return (
                  <td key={at} data-result={at === 2 || undefined}>
                    {shown.length === 0 ? NONE : shown.map((one) => <div key={one}>{one}</div>)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** The records a card is made of, each with the way back. */
export function MergedFrom({ card }: { card: CustomerCard }) {
  const { t, f } = useI18n();
  const words = t.customers.merge;
  const queries = useQueryClient();
  const apart = useMutation({
    mutationFn: (record: JoinedRecord) => calls.act.unmerge(card.id, record.id),
    onSuccess: async () => {
      await queries.invalidateQueries();
      notifications.show({ message: words.apartDone });
    },
  });
  if (card.merged_from.length === 0) return null;
  return (
    <section>
      <h2>{words.from}</h2>
      <ul className={css.joined}>
        {card.merged_from.map((record) => (
          <li key={record.id}>
            <div>
              <b>{record.name || t.customers.noName}</b>
              <small className="soft">
                {[
                  ...record.contacts.map((one) => (one.kind === "phone" ? phoneText(one.value) : one.value)),
                  words.since(f.day(record.merged_at)),
                ].join(" · ")}
              </small>
            </div>
            <Button
              size="compact-sm"
              variant="default"
              loading={apart.isPending && apart.variables?.id === record.id}
              aria-label={words.apartWho(record.name || t.customers.noName)}
              onClick={() => apart.mutate(record)}
            >
              {words.apart}
            </Button>
          </li>
        ))}
      </ul>
      {apart.error && <ProblemNote error={apart.error} />}
    </section>
  );
}
