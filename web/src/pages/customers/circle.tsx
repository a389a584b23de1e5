import { ActionIcon, Button, Group, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { CustomerCard, GroupPerson } from "../../api/types.ts";
import { useMay } from "../../app/may.ts";
import { useI18n } from "../../i18n/index.tsx";
import { AddIcon, CloseIcon } from "../../ui/icons.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import company from "../companies/companies.module.css";
import { CompanyForm } from "../companies/company.tsx";
import { GroupPeople } from "../companies/people.tsx";
import found from "./merge.module.css";
import css from "./noted.module.css";
import { PersonPick } from "./person-pick.tsx";

/** Where somebody works and who lives with him. */
export function Circle({ card }: { card: CustomerCard }) {
  const { t, f } = useI18n();
  const words = t.circle;
  const edits = useMay()("customers_edit");
  const queries = useQueryClient();
  const circle = useQuery(calls.circle(card.id));
  const [adding, setAdding] = useState(false);
  const refresh = () => queries.invalidateQueries({ queryKey: calls.LIVE });
  const dropCompany = useMutation({
    mutationFn: (id: string) => calls.act.dropCompanyPerson(id, card.id),
    onSuccess: refresh,
  });
  const dropPerson = useMutation({
    mutationFn: (other: GroupPerson) => calls.act.dropHousehold(card.id, other.id),
    onSuccess: refresh,
  });
  const data = circle.data;
  if (!data) return null;
  const empty = data.companies.length === 0 && !data.household;
  if (empty && !edits) return null;
  const error = dropCompany.error ?? dropPerson.error;
  return (
    <section>
      <div className={css.head}>
        <h2>{words.title}</h2>
        {edits && (
          <ActionIcon
            variant="subtle"
            size={28}
            aria-label={words.add}
            title={words.add}
            onClick={() => setAdding(!adding)}
          >
            <AddIcon size={16} />
          </ActionIcon>
        )}
      </div>
      {data.companies.length > 0 && (
        <ul className={company.people}>
          {data.companies.map((one) => (
            <li key={one.id}>
              <span>
                <Link to="/companies" search={{ open: one.id }}>
                  {one.name}
                </Link>
                <span className="soft small">
                  {one.role && ` · ${one.role}`}
                  {one.inn && ` · ${t.companies.innIs(one.inn)}`}
                </span>
              </span>
              {edits && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={28}
                  aria-label={words.drop(one.name)}
                  title={words.drop(one.name)}
                  onClick={() => dropCompany.mutate(one.id)}
                >
                  <CloseIcon size={14} />
                </ActionIcon>
              )}
            </li>
          ))}
        </ul>
      )}
      {data.household && (
        <>
          <p className="soft small" style={{ margin: "8px 0 0" }}>
            {words.home({
              n: data.household.together.orders,
              count: f.count(data.household.together.orders),
              money: f.money(data.household.together.revenue_minor),
            })}
          </p>
          <GroupPeople
            people={data.household.people}
            self={card.id}
            onDrop={edits ? (one) => dropPerson.mutate(one) : undefined}
          />
        </>
      )}
      {error && <ProblemNote error={error} />}
      {adding && <Adding card={card} home={data.household?.people ?? []} onClose={() => setAdding(false)} />}
    </section>
  );
}

function Adding(props: { card: CustomerCard; home: GroupPerson[]; onClose: () => void }) {
  const { t } = useI18n();
  const words = t.circle;
  const [what, setWhat] = useState("company");
  return (
    <div className={company.pick}>
      <SegmentedControl
        size="xs"
        value={what}
        data={[
          { value: "company", label: words.addCompany },
          { value: "home", label: words.addHousehold },
        ]}
        onChange={setWhat}
      />
      {what === "company" ? <AddCompany {...props} /> : <AddHome {...props} />}
    </div>
  );
}

function AddCompany({ card, onClose }: { card: CustomerCard; onClose: () => void }) {
  const { t } = useI18n();
  const words = t.circle;
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const [role, setRole] = useState("");
  const [making, setMaking] = useState(false);
  const [asked] = useDebouncedValue(typed.trim(), 150);
  const list = useQuery({ ...calls.companies(asked, false), enabled: asked.length >= 2 });
  const join = useMutation({
    mutationFn: (id: string) => calls.act.putCompanyPerson(id, card.id, role),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: calls.LIVE });
      onClose();
    },
  });
  if (making)
    return (
      <CompanyForm
        name={/^\d+$/.test(typed) ? "" : typed}
        person={{ id: card.id, name: card.name || t.customers.noName }}
        onDone={onClose}
        onCancel={() => setMaking(false)}
      />
    );
  return (
    <>
      <TextInput
        label={t.companies.role}
        placeholder={t.companies.roleHint}
        maxLength={60}
        value={role}
        onChange={(event) => setRole(event.currentTarget.value)}
      />
      <TextInput
        label={words.companyFind}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <ul className={found.found} style={{ margin: 0, minHeight: 0 }}>
        {(asked.length >= 2 ? (list.data?.items ?? []) : []).slice(0, 5).map((one) => (
          <li key={one.id}>
            <button type="button" onClick={() => join.mutate(one.id)}>
              <b>{one.name}</b>
              <span className="small soft">{one.inn && t.companies.innIs(one.inn)}</span>
            </button>
          </li>
        ))}
      </ul>
      {join.error && <ProblemNote error={join.error} />}
      <Group gap={8}>
        <Button size="xs" variant="default" onClick={() => setMaking(true)}>
          {typed.trim() && !/^\d+$/.test(typed) ? words.companyNew(typed.trim()) : t.companies.add}
        </Button>
        <Button size="xs" variant="subtle" onClick={onClose}>
          {t.common.act.cancel}
        </Button>
      </Group>
    </>
  );
}

function AddHome(props: { card: CustomerCard; home: GroupPerson[]; onClose: () => void }) {
  const { t } = useI18n();
  const words = t.circle;
  const queries = useQueryClient();
  const [role, setRole] = useState("");
  const join = useMutation({
    mutationFn: (other: string) => calls.act.putHousehold(props.card.id, other, role),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: calls.LIVE });
      props.onClose();
    },
  });
  return (
    <>
      <TextInput
        label={words.roleHome}
        placeholder={words.roleHomeHint}
        maxLength={60}
        value={role}
        onChange={(event) => setRole(event.currentTarget.value)}
      />
      <PersonPick
        label={words.findHome}
        except={[props.card.id, ...props.home.map((one) => one.id)]}
        onPick={(one) => join.mutate(one.id)}
      />
      <p className="soft small" style={{ margin: 0 }}>
        {words.moves}
      </p>
      {join.error && <ProblemNote error={join.error} />}
      <div>
        <Button size="xs" variant="subtle" onClick={props.onClose}>
          {t.common.act.cancel}
        </Button>
      </div>
    </>
  );
}
