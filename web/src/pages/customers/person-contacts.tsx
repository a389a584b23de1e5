import { Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import * as calls from "../../api/calls.ts";
import type { CustomerCard } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { AddIcon, CloseIcon } from "../../ui/icons.tsx";
import css from "./customers.module.css";
import { phoneText } from "./phone.ts";

/** Contacts as they are typed. */
export interface TypedContacts {
  phones: string[];
  emails: string[];
  cards: string[];
  messengers: { kind: string; value: string }[];
}

const MESSENGERS = ["telegram", "whatsapp", "max", "vk", "viber"];

export const typedContacts = (card: CustomerCard | undefined): TypedContacts => {
  const of = (kind: string) =>
    (card?.contacts ?? []).filter((one) => one.kind === kind).map((one) => one.value);
  const orOne = (values: string[]) => (values.length > 0 ? values : [""]);
  return {
    phones: orOne(of("phone").map(phoneText)),
    emails: orOne(of("email")),
    cards: of("card"),
    messengers: (card?.contacts ?? [])
      .filter((one) => MESSENGERS.includes(one.kind))
      .map(({ kind, value }) => ({ kind, value })),
  };
};

const filled = (list: string[]) => list.filter((one) => one.trim());

/** What is sent: empty rows fall away. */
export const sentContacts = (typed: TypedContacts): TypedContacts => ({
  phones: filled(typed.phones),
  emails: filled(typed.emails),
  cards: filled(typed.cards),
  messengers: typed.messengers.filter((one) => one.value.trim()),
});

/** Fields of the API that a refusal can name here. */
export const CONTACT_FIELDS = /^(phones|emails|cards|messengers)/;

/** Phones, e-mails, cards and messengers of a person, each as many as there are. */
export function ContactFields(props: {
  value: TypedContacts;
  onChange: (part: Partial<TypedContacts>) => void;
  /** What is wrong with a field of what was sent. */
  wrong: (field: string) => string | undefined;
  /** Nothing was given by which he could be found. */
  none: string | undefined;
}) {
  const { t, l } = useI18n();
  const words = t.customers.form;
  const kinds = useQuery(calls.contactKinds);
  const { value, onChange, wrong } = props;
  /** Empty rows are not sent: the server counts without them. */
  const sentAt = (list: string[], index: number) => filled(list.slice(0, index)).length;
  const drop = (label: string, onClick: () => void) => (
    <Button variant="subtle" color="gray" px={8} aria-label={words.drop(label)} onClick={onClick}>
      <CloseIcon size={16} />
    </Button>
  );
  const more = (label: string, onClick: () => void) => (
    <Button variant="subtle" size="compact-sm" leftSection={<AddIcon size={14} />} onClick={onClick}>
      {label}
    </Button>
  );
  const lines = (kind: "phones" | "emails" | "cards", type: "tel" | "email" | "text", add: string) => {
    const list = value[kind];
    const put = (next: string[]) => onChange({ [kind]: next });
    return (
      <fieldset className={css.several}>
        {list.length > 0 && <legend>{words[kind]}</legend>}
        {list.map((one, index) => (
          <div key={index} className={css.contactRow}>
            <TextInput
              aria-label={list.length > 1 ? `${words[kind]}, ${index + 1}` : words[kind]}
              type={type}
              inputMode={type}
              autoComplete="off"
              value={one}
              error={
                one.trim()
                  ? (wrong(`${kind}[${sentAt(list, index)}]`) ?? (index === 0 ? wrong(kind) : undefined))
                  : index === 0 && kind === "phones"
                    ? props.none
                    : undefined
              }
              onChange={(event) =>
                put(list.map((before, at) => (at === index ? event.currentTarget.value : before)))
              }
            />
            {(list.length > 1 || kind === "cards") &&
              drop(one, () => put(list.filter((_, at) => at !== index)))}
          </div>
        ))}
        {more(add, () => put([...list, ""]))}
      </fieldset>
    );
  };
  const label = (kind: string) => {
    const found = kinds.data?.items.find((one) => one.kind === kind);
    return found ? l(found.label) : kind;
  };
  const messengers = value.messengers;
  const change = (index: number, part: Partial<TypedContacts["messengers"][number]>) =>
    onChange({ messengers: messengers.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  return (
    <>
      {lines("phones", "tel", words.morePhones)}
      {lines("emails", "email", words.moreEmails)}
      {lines("cards", "text", words.moreCards)}
      <fieldset className={css.several}>
        {messengers.length > 0 && <legend>{words.messengers}</legend>}
        {messengers.map((one, index) => {
          const sent = filled(messengers.slice(0, index).map((before) => before.value)).length;
          return (
            <div key={index} className={css.messengerRow}>
              <Select
                aria-label={words.messenger(index + 1)}
                value={one.kind}
                allowDeselect={false}
                data={MESSENGERS.map((kind) => ({ value: kind, label: label(kind) }))}
                onChange={(kind) => kind && change(index, { kind })}
              />
              <TextInput
                aria-label={label(one.kind)}
                autoComplete="off"
                value={one.value}
                error={one.value.trim() ? wrong(`messengers[${sent}]`) : undefined}
                onChange={(event) => change(index, { value: event.currentTarget.value })}
              />
              {drop(one.value, () => onChange({ messengers: messengers.filter((_, at) => at !== index) }))}
            </div>
          );
        })}
        {more(words.moreMessengers, () =>
          onChange({ messengers: [...messengers, { kind: MESSENGERS[0] ?? "", value: "" }] }),
        )}
      </fieldset>
    </>
  );
}
