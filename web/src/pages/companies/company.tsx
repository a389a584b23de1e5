import { ActionIcon, Button, Group, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { asProblem } from "../../api/problem.ts";
import type { Company } from "../../api/types.ts";
import { useMay } from "../../app/may.ts";
import { useI18n } from "../../i18n/index.tsx";
import { AddIcon, EditIcon } from "../../ui/icons.tsx";
import { Await, ProblemNote } from "../../ui/page.tsx";
import { PersonPick, type Picked } from "../customers/person-pick.tsx";
import css from "./companies.module.css";
import { GroupPeople } from "./people.tsx";

/** What is known of a company, new or changed. */
export function CompanyForm(props: {
  company?: Company;
  /** Its first person. */
  person?: Picked;
  name?: string;
  onDone: (id: string) => void;
  onCancel: () => void;
}) {
  const { t, l } = useI18n();
  const words = t.companies;
  const queries = useQueryClient();
  const { company } = props;
  const [typed, setTyped] = useState({
    name: company?.name ?? props.name ?? "",
    inn: company?.inn ?? "",
    kpp: company?.kpp ?? "",
    note: company?.note ?? "",
  });
  const [people, setPeople] = useState<Picked[]>(props.person ? [props.person] : []);
  const save = useMutation({
    mutationFn: async () => {
      if (company) return { company: await calls.act.changeCompany(company.id, typed), known: false };
      const first = people.map((one) => ({ customer: one.id, role: "" }));
      return calls.act.addCompany({ ...typed, people: first });
    },
    onSuccess: async (done) => {
      await queries.invalidateQueries({ queryKey: calls.LIVE });
      notifications.show({
        message: company ? t.common.saved : done.known ? words.known : words.added,
      });
      props.onDone(done.company.id);
    },
  });
  const problem = save.error ? asProblem(save.error) : null;
  const wrong = (field: string) => {
    const found = problem?.errors?.find((one) => one.field === field);
    return found && l(found.message);
  };
  const shown = problem?.errors?.length && problem.errors.every((one) => one.field in typed);
  const put = (next: Partial<typeof typed>) => {
    save.reset();
    setTyped((now) => ({ ...now, ...next }));
  };
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <TextInput
        label={words.name}
        value={typed.name}
        maxLength={200}
        error={wrong("name")}
        data-autofocus
        onChange={(event) => put({ name: event.currentTarget.value })}
      />
      <div className={css.two}>
        <TextInput
          label={words.inn}
          description={words.innHint}
          inputWrapperOrder={["label", "input", "error", "description"]}
          inputMode="numeric"
          value={typed.inn}
          error={wrong("inn")}
          onChange={(event) => put({ inn: event.currentTarget.value })}
        />
        <TextInput
          label={words.kpp}
          value={typed.kpp}
          error={wrong("kpp")}
          onChange={(event) => put({ kpp: event.currentTarget.value })}
        />
      </div>
      <Textarea
        label={words.note}
        autosize
        minRows={2}
        maxLength={2000}
        value={typed.note}
        onChange={(event) => put({ note: event.currentTarget.value })}
      />
      {!company && (
        <div>
          {people.length > 0 && (
            <p style={{ margin: "0 0 6px" }}>{people.map((one) => one.name).join(", ")}</p>
          )}
          <PersonPick
            label={words.addPerson}
            except={people.map((one) => one.id)}
            onPick={(one) => setPeople((all) => [...all, one])}
          />
        </div>
      )}
      {save.error && !shown && <ProblemNote error={save.error} kept />}
      <Group gap={8}>
        <Button type="submit" loading={save.isPending}>
          {t.common.act.save}
        </Button>
        <Button variant="default" onClick={props.onCancel}>
          {t.common.act.cancel}
        </Button>
      </Group>
    </form>
  );
}

/** A company: its numbers, its people, what they bought together. */
export function CompanyCard({ id }: { id: string }) {
  const company = useQuery(calls.company(id));
  return <Await query={company}>{(data) => <Known company={data} />}</Await>;
}

function Known({ company }: { company: Company }) {
  const { t, f } = useI18n();
  const words = t.companies;
  const queries = useQueryClient();
  const edits = useMay()("customers_edit");
  const [editing, setEditing] = useState(false);
  const [adding, setAdding] = useState(false);
  const refresh = () => queries.invalidateQueries({ queryKey: calls.LIVE });
  const archive = useMutation({
    mutationFn: () => calls.act.changeCompany(company.id, { archived: !company.archived }),
    onSuccess: refresh,
  });
  const drop = useMutation({
    mutationFn: (customer: string) => calls.act.dropCompanyPerson(company.id, customer),
    onSuccess: refresh,
  });
  if (editing)
    return (
      <CompanyForm company={company} onDone={() => setEditing(false)} onCancel={() => setEditing(false)} />
    );
  const numbers = [
    company.inn && words.innIs(company.inn),
    company.kpp && words.kppIs(company.kpp),
    company.archived && words.archived,
  ];
  const { together } = company;
  return (
    <div className={css.card}>
      <div>
        <div className={css.head}>
          <h2 style={{ margin: 0, overflowWrap: "anywhere" }}>{company.name}</h2>
          {edits && (
            <ActionIcon
              variant="default"
              size={32}
              aria-label={words.edit}
              title={words.edit}
              onClick={() => setEditing(true)}
            >
              <EditIcon size={16} />
            </ActionIcon>
          )}
        </div>
        <span className="soft small">{numbers.filter(Boolean).join(" · ")}</span>
      </div>
      {company.note && <p style={{ whiteSpace: "pre-wrap" }}>{company.note}</p>}
      <p>
        <b>
          {words.together({
            n: together.orders,
            count: f.count(together.orders),
            money: f.money(together.revenue_minor),
          })}
        </b>
        {together.last_day && (
          <span className="soft small">
            {" · "}
            {words.last.toLowerCase()} {f.day(together.last_day)}
          </span>
        )}
      </p>
      <section>
        <h3>{words.peopleTitle}</h3>
        {company.people.length === 0 && <p className="soft">{words.peopleNone}</p>}
        <GroupPeople people={company.people} onDrop={edits ? (one) => drop.mutate(one.id) : undefined} />
        {(drop.error ?? archive.error) && <ProblemNote error={drop.error ?? archive.error} />}
      </section>
      {edits && adding && <AddPerson company={company} onClose={() => setAdding(false)} />}
      {edits && !adding && (
        <Group gap={8}>
          <Button
            variant="default"
            size="xs"
            leftSection={<AddIcon size={16} />}
            onClick={() => setAdding(true)}
          >
            {words.addPerson}
          </Button>
          <Button variant="subtle" size="xs" loading={archive.isPending} onClick={() => archive.mutate()}>
            {company.archived ? words.restore : words.archive}
          </Button>
        </Group>
      )}
    </div>
  );
}

function AddPerson({ company, onClose }: { company: Company; onClose: () => void }) {
  const { t } = useI18n();
  const words = t.companies;
  const queries = useQueryClient();
  const [one, setOne] = useState<Picked>();
  const [role, setRole] = useState("");
  const add = useMutation({
    mutationFn: (customer: string) => calls.act.putCompanyPerson(company.id, customer, role),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: calls.LIVE });
      onClose();
    },
  });
  return (
    <form
      className={css.pick}
      onSubmit={(event) => {
        event.preventDefault();
        if (one) add.mutate(one.id);
      }}
    >
      {one ? (
        <>
          <b>{one.name}</b>
          <TextInput
            label={words.role}
            placeholder={words.roleHint}
            maxLength={60}
            value={role}
            onChange={(event) => setRole(event.currentTarget.value)}
          />
        </>
      ) : (
        <PersonPick label={words.find} except={company.people.map((known) => known.id)} onPick={setOne} />
      )}
      {add.error && <ProblemNote error={add.error} />}
      <Group gap={8}>
        <Button type="submit" size="xs" disabled={!one} loading={add.isPending}>
          {t.circle.add}
        </Button>
        <Button variant="default" size="xs" onClick={onClose}>
          {t.common.act.cancel}
        </Button>
      </Group>
    </form>
  );
}
