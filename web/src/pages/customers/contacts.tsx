import { Button, Menu, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import * as calls from "../../api/calls.ts";
import type { Contact, CustomerCard } from "../../api/types.ts";
import { useMay } from "../../app/may.ts";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import css from "./customers.module.css";
import { phoneText } from "./phone.ts";

/** Contacts of a card; masked ones are shown on request, counted. */
export function Contacts({ card }: { card: CustomerCard }) {
  const { t, f, l } = useI18n();
  const words = t.customers.card;
  const may = useMay();
  const reveal = useMutation({ mutationFn: () => calls.act.reveal(card.id) });
  const shown = reveal.data?.contacts;
  if (card.contacts.length === 0)
    return (
      <p className="soft small" style={{ margin: 0 }}>
        {words.noContacts}
      </p>
    );
  return (
    <>
      <ul className={css.contacts}>
        {card.contacts.map((contact, at) => (
          <li key={contact.kind + contact.value + at}>
            <Value
              contact={shown?.[at] ? { ...contact, value: shown[at].value } : contact}
              masked={card.masked && !shown}
            />
            <small>
              {[
                words.kinds[contact.kind] ?? contact.kind,
                contact.recorded_at
                  ? words.contactFrom(l(contact.source_label), f.day(contact.recorded_at))
                  : l(contact.source_label),
                contact.verified && t.history.verified(l(contact.verified.label)),
                contact.finds_nobody && words.findsNobody,
              ]
                .filter(Boolean)
                .join(" · ")}
            </small>
            {!card.masked && !contact.verified && reaches(contact) && may("customers_edit") && (
              <Verify card={card} contact={contact} />
            )}
          </li>
        ))}
      </ul>
      {card.masked && may("contacts_reveal") && (
        <div role="status">
          {!shown && (
            <Button
              size="compact-sm"
              variant="default"
              loading={reveal.isPending}
              onClick={() => reveal.mutate()}
            >
              {words.reveal}
            </Button>
          )}
          {typeof reveal.data?.left_today === "number" && (
            <small className="soft">{words.left(reveal.data.left_today)}</small>
          )}
        </div>
      )}
      {reveal.error && <ProblemNote error={reveal.error} />}
    </>
  );
}

/** One who is written to or called by it: a card or a number of another program needs no proof. */
const reaches = (contact: Contact) => !["card", "external"].includes(contact.kind) && !contact.finds_nobody;

/** Says how it was made sure that a contact is the person's own. */
function Verify({ card, contact }: { card: CustomerCard; contact: Contact }) {
  const { t, l } = useI18n();
  const words = t.customers.card;
  const queries = useQueryClient();
  const kinds = useQuery(calls.contactKinds);
  const verify = useMutation({
    mutationFn: (how: string) =>
      calls.act.verifyContact(card.id, {
        how,
        kind: contact.kind,
        value: contact.value,
        source: contact.source,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: calls.LIVE }),
  });
  return (
    <>
      <Menu position="bottom-start" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            size="compact-xs"
            variant="subtle"
            ml={-8}
            loading={verify.isPending}
            aria-label={words.verifyWhat(contact.value)}
          >
            {words.verify}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(kinds.data?.verifications ?? []).map((way) => (
            <Menu.Item key={way.how} onClick={() => verify.mutate(way.how)}>
              {l(way.label)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {verify.error && <ProblemNote error={verify.error} />}
    </>
  );
}

function Value({ contact, masked }: { contact: Contact; masked: boolean }) {
  if (masked) return <b>{contact.value}</b>;
  if (contact.kind === "phone") return <a href={`tel:${contact.value}`}>{phoneText(contact.value)}</a>;
  if (contact.kind === "email") return <a href={`mailto:${contact.value}`}>{contact.value}</a>;
  return <b>{contact.value}</b>;
}

/** Who looks after the customer; whoever may gives him to somebody else. */
export function ManagerLine({ card }: { card: CustomerCard }) {
  const { t } = useI18n();
  const words = t.customers.card;
  const may = useMay();
  const queries = useQueryClient();
  const edits = may("managers_set");
  const possible = useQuery({ ...calls.possibleManagers, enabled: edits });
  const set = useMutation({
    mutationFn: (manager: string | null) => calls.act.setManagers({ customers: [card.id], manager }),
    onSuccess: () => queries.invalidateQueries({ queryKey: calls.LIVE }),
  });
  if (!edits)
    return card.manager ? (
      <p className="soft small" style={{ margin: 0 }}>
        {words.managerIs(card.manager.name)}
      </p>
    ) : null;
  return (
    <>
      <Select
        label={words.manager}
        placeholder={words.managerNone}
        clearable
        size="xs"
        value={card.manager?.id ?? null}
        data={(possible.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
        onChange={(next) => set.mutate(next)}
      />
      {set.error && <ProblemNote error={set.error} />}
    </>
  );
}
