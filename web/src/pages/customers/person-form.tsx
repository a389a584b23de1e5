import { Button, Group, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { asProblem } from "../../api/problem.ts";
import type { CustomerCard, CustomerProfile } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { AddIcon, CloseIcon } from "../../ui/icons.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import css from "./customers.module.css";
import {
  CONTACT_FIELDS,
  ContactFields,
  sentContacts,
  type TypedContacts,
  typedContacts,
} from "./person-contacts.tsx";

interface Birthday {
  day: string;
  month: string;
  year: string;
}

interface Form {
  last_name: string;
  first_name: string;
  middle_name: string;
  contacts: TypedContacts;
  birthday: Birthday;
  children: (Birthday & { name: string })[];
  sex: string;
  city: string;
  address: string;
  store: string | null;
}

const NO_BIRTHDAY: Birthday = { day: "", month: "", year: "" };

/** A birthday of the API (`1985-03-08`, `--03-08`) in its three fields. */
const birthdayOf = (text: string | null | undefined): Birthday => {
  const [, year = "", month = "", day = ""] = text?.match(/^(\d{4}|-)-(\d{2})-(\d{2})$/) ?? [];
  return { day: day.replace(/^0/, ""), month: month.replace(/^0/, ""), year: year === "-" ? "" : year };
};

const formOf = (card: CustomerCard | undefined): Form => ({
  last_name: card?.last_name ?? "",
  first_name: card?.first_name ?? "",
  middle_name: card?.middle_name ?? "",
  contacts: typedContacts(card),
  birthday: birthdayOf(card?.birthday),
  children: (card?.children ?? []).map((child) => ({
    ...birthdayOf(child.birthday),
    name: child.name ?? "",
  })),
  sex: card?.sex ?? "",
  city: card?.city ?? "",
  address: card?.address ?? "",
  store: card?.store ?? null,
});

/** Nothing of a birthday is filled in. */
const blank = (birthday: Birthday): boolean => !(birthday.day.trim() || birthday.month);

const two = (text: string): string => text.trim().padStart(2, "0");

/** The three fields as the API writes a birthday; it may lack its year. */
const birthdayText = (birthday: Birthday): string =>
  blank(birthday) ? "" : `${birthday.year.trim() || "-"}-${two(birthday.month)}-${two(birthday.day)}`;

/** Rows of children that are sent: those that say anything. */
const told = (children: Form["children"]) => children.filter((one) => one.name.trim() || !blank(one));

/** What is typed, as the API takes it: empty rows fall away. */
const profileOf = (form: Form): CustomerProfile => ({
  last_name: form.last_name,
  first_name: form.first_name,
  middle_name: form.middle_name,
  ...sentContacts(form.contacts),
  birthday: birthdayText(form.birthday),
  children: told(form.children).map((one) => ({ name: one.name, birthday: birthdayText(one) })),
  sex: form.sex,
  city: form.city,
  address: form.address,
  ...(form.store ? { store: form.store } : {}),
});

/** Day, month and year, if it is known. */
function BirthdayFields(props: {
  value: Birthday;
  wrong: boolean;
  onChange: (part: Partial<Birthday>) => void;
}) {
  const { t, f } = useI18n();
  const words = t.customers.form;
  return (
    <div className={css.birthday}>
      <TextInput
        label={words.day}
        inputMode="numeric"
        maxLength={2}
        value={props.value.day}
        error={props.wrong}
        onChange={(event) => props.onChange({ day: event.currentTarget.value })}
      />
      <Select
        label={words.month}
        clearable
        value={props.value.month || null}
        error={props.wrong}
        data={Array.from({ length: 12 }, (_, at) => ({
          value: String(at + 1),
          label: f.monthName(at + 1),
        }))}
        onChange={(month) => props.onChange({ month: month ?? "" })}
      />
      <TextInput
        label={words.year}
        inputMode="numeric"
        maxLength={4}
        value={props.value.year}
        error={props.wrong}
        onChange={(event) => props.onChange({ year: event.currentTarget.value })}
      />
    </div>
  );
}

/** A newcomer entered by hand, or the changes of somebody known. A wrong field says so itself. */
export function PersonForm(props: {
  card?: CustomerCard;
  onDone: (card: CustomerCard, known: boolean) => void;
  onCancel: () => void;
}) {
  const { t, l } = useI18n();
  const words = t.customers.form;
  const queries = useQueryClient();
  const stores = useQuery(calls.stores);
  const [form, setForm] = useState(() => formOf(props.card));
  const set = (part: Partial<Form>) => {
    setForm((now) => ({ ...now, ...part }));
    save.reset();
  };
  const save = useMutation({
    mutationFn: () => {
      const profile = profileOf(form);
      // What is behind a mask cannot be corrected: it stays as it is.
      if (props.card?.masked)
        for (const field of ["phones", "emails", "cards", "messengers"] as const) delete profile[field];
      return props.card
        ? calls.act.changeCustomer(props.card.id, profile).then((card) => ({ card, known: true }))
        : calls.act.addCustomer(profile);
    },
    onSuccess: async ({ card, known }) => {
      await queries.invalidateQueries();
      props.onDone(card, known);
    },
  });

  const problem = save.error ? asProblem(save.error) : null;
  const wrong = (field: string) => {
    const found = problem?.errors?.find((one) => one.field === field);
    return found && l(found.message);
  };
  const shown =
    problem?.errors?.length &&
    problem.errors.every(
      (one) =>
        CONTACT_FIELDS.test(one.field) ||
        /^children|^(birthday|store|city|address|sex|\w+_name|customer)$/.test(one.field),
    );

  const text = (key: "last_name" | "first_name" | "middle_name" | "city" | "address") => (
    <TextInput
      label={words[key]}
      autoComplete="off"
      value={form[key]}
      error={wrong(key)}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
    />
  );

  return (
    <form
      className={css.person}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {text("last_name")}
        {text("first_name")}
        {text("middle_name")}
        {text("city")}
      </SimpleGrid>
      {text("address")}
      {!props.card?.masked && (
        <ContactFields
          value={form.contacts}
          onChange={(part) => set({ contacts: { ...form.contacts, ...part } })}
          wrong={wrong}
          none={problem?.errors?.some((one) => one.rule === "no_contact") ? words.noContact : undefined}
        />
      )}
      <fieldset className={css.several}>
        <legend>{words.birthday}</legend>
        <BirthdayFields
          value={form.birthday}
          wrong={Boolean(wrong("birthday"))}
          onChange={(part) => set({ birthday: { ...form.birthday, ...part } })}
        />
        {wrong("birthday") && (
          <p className="small down" role="alert" style={{ margin: 0 }}>
            {words.wrongBirthday}
          </p>
        )}
      </fieldset>
      <fieldset className={css.several}>
        <legend>{words.children}</legend>
        {form.children.map((child, index) => {
          const problem = wrong(`children[${told(form.children.slice(0, index)).length}].birthday`);
          const change = (part: Partial<Form["children"][number]>) =>
            set({ children: form.children.map((one, at) => (at === index ? { ...one, ...part } : one)) });
          return (
            <div key={index} role="group" aria-label={words.childNumber(index + 1)} className={css.child}>
              <div className={css.contactRow}>
                <TextInput
                  aria-label={words.childName}
                  placeholder={words.childName}
                  autoComplete="off"
                  value={child.name}
                  onChange={(event) => change({ name: event.currentTarget.value })}
                />
                <Button
                  variant="subtle"
                  color="gray"
                  px={8}
                  aria-label={words.drop(child.name || words.childNumber(index + 1))}
                  onClick={() => set({ children: form.children.filter((_, at) => at !== index) })}
                >
                  <CloseIcon size={16} />
                </Button>
              </div>
              <BirthdayFields value={child} wrong={Boolean(problem)} onChange={change} />
              {problem && (
                <p className="small down" role="alert" style={{ margin: 0 }}>
                  {words.wrongBirthday}
                </p>
              )}
            </div>
          );
        })}
        {wrong("children") && (
          <p className="small down" role="alert" style={{ margin: 0 }}>
            {wrong("children")}
          </p>
        )}
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<AddIcon size={14} />}
          onClick={() => set({ children: [...form.children, { ...NO_BIRTHDAY, name: "" }] })}
        >
          {words.moreChildren}
        </Button>
      </fieldset>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label={words.sex}
          clearable
          value={form.sex || null}
          error={wrong("sex")}
          data={[
            { value: "female", label: words.female },
            { value: "male", label: words.male },
          ]}
          onChange={(sex) => set({ sex: sex ?? "" })}
        />
        <Select
          label={words.store}
          value={form.store}
          error={wrong("store")}
          data={(stores.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
          onChange={(store) => set({ store })}
        />
      </SimpleGrid>
      {save.error && !shown && <ProblemNote error={save.error} kept />}
      <Group gap={8}>
        <Button type="submit" loading={save.isPending}>
          {props.card ? t.common.act.save : t.common.act.add}
        </Button>
        <Button variant="default" onClick={props.onCancel}>
          {t.common.act.cancel}
        </Button>
      </Group>
    </form>
  );
}
