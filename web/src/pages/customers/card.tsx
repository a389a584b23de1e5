import { ActionIcon, Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { CustomerCard } from "../../api/types.ts";
import { useMay } from "../../app/may.ts";
import { useI18n } from "../../i18n/index.tsx";
import { cellMeaning } from "../../lib/known.ts";
import { EditIcon } from "../../ui/icons.tsx";
import { Await, Dot, Panel } from "../../ui/page.tsx";
import { Circle } from "./circle.tsx";
import { Contacts, ManagerLine } from "./contacts.tsx";
import css from "./customers.module.css";
import { useFactText } from "./fact.tsx";
import { HistoryDrawer } from "./history.tsx";
import { MergeDialog, MergedFrom } from "./merge.tsx";
import { Noted } from "./noted.tsx";
import { PersonForm } from "./person-form.tsx";
import { Purchases } from "./purchases.tsx";
import timeline from "./timeline.module.css";
import { Timeline } from "./timeline.tsx";

/** Who this is and how important, with what they bought: one look, no scrolling on a laptop. */
export function Card({ id, narrow, opened }: { id: string; narrow?: boolean; opened?: string }) {
  const card = useQuery(calls.customer(id));
  return (
    <Await query={card} height={420}>
      {(data) => (
        <div className={css.card} data-narrow={narrow || undefined}>
          <Panel>
            <Person card={data} narrow={narrow} />
          </Panel>
          <div className={timeline.right}>
            <Purchases id={id} first={data.recent_purchases} total={data.purchases} opened={opened} />
            <Timeline id={id} />
          </div>
        </div>
      )}
    </Await>
  );
}

const NOTED = new Set(["tags", "flag"]);
/** Facts that the head of the card and its list of children tell already. */
const TOLD = new Set(["sex", "birthday", "children", "child_birthday", "child_age", "eldest_age"]);

function Person({ card, narrow }: { card: CustomerCard; narrow?: boolean }) {
  const { t } = useI18n();
  const [editing, setEditing] = useState(false);
  const [merging, setMerging] = useState(false);
  const may = useMay();
  const [looking, setLooking] = useState(false);
  if (editing)
    return (
      <PersonForm
        card={card}
        onCancel={() => setEditing(false)}
        onDone={() => {
          setEditing(false);
          notifications.show({ message: t.common.saved });
        }}
      />
    );
  return (
    <div className={css.who}>
      <Who card={card} narrow={narrow} onEdit={() => setEditing(true)} />
      <div>
        {may("customers_merge") && (
          <Button size="compact-sm" variant="subtle" px={0} mr={12} onClick={() => setMerging(true)}>
            {t.customers.merge.open}
          </Button>
        )}
        <Button size="compact-sm" variant="subtle" px={0} onClick={() => setLooking(true)}>
          {t.history.open}
        </Button>
      </div>
      {looking && <HistoryDrawer id={card.id} onClose={() => setLooking(false)} />}
      {merging && <MergeDialog card={card} onClose={() => setMerging(false)} />}
    </div>
  );
}

function Who({ card, narrow, onEdit }: { card: CustomerCard; narrow?: boolean; onEdit: () => void }) {
  const { t, f, l } = useI18n();
  const words = t.customers.card;
  const write = useFactText();
  const may = useMay();
  const catalogue = useQuery(calls.factCatalogue);
  const facts = (catalogue.data?.items ?? []).filter((spec) => {
    const value = card.facts[spec.key];
    // What is noted about a person stands in a section of its own.
    return (
      !spec.own &&
      !NOTED.has(spec.type) &&
      !TOLD.has(spec.key) &&
      value !== null &&
      value !== undefined &&
      value !== ""
    );
  });
  const Heading = narrow ? "h2" : "h1";
  const sex = card.sex === "male" ? t.customers.form.male : card.sex && t.customers.form.female;
  const details = [sex, card.birthday && words.birthday(f.birthday(card.birthday)), card.city, card.address]
    .filter(Boolean)
    .join(" · ");
  return (
    <>
      <div>
        <div className={css.nameLine}>
          <Heading className={css.cardName} style={{ color: "inherit" }}>
            {card.name || t.customers.noName}
          </Heading>
          {may("customers_edit") && (
            <ActionIcon
              variant="default"
              size={32}
              aria-label={t.customers.form.edit}
              title={t.customers.form.edit}
              onClick={onEdit}
            >
              <EditIcon size={16} />
            </ActionIcon>
          )}
        </div>
        {details && <span className="soft small">{details}</span>}
      </div>
      {card.rfm && (
        <div className={css.segment} style={{ "--seg": `var(--seg-${cellMeaning(card.rfm.cell)})` } as never}>
          <b>
            <Dot color="var(--seg)" />
            {card.rfm.cell} {l(card.rfm.name)}
          </b>
          <p className="soft">{l(card.rfm.strategy)}</p>
        </div>
      )}
      <section>
        <h2>{words.contacts}</h2>
        <Contacts card={card} />
      </section>
      <Noted card={card} facts={catalogue.data?.items ?? []} />
      <ManagerLine card={card} />
      {card.children.length > 0 && (
        <section>
          <h2>{words.children}</h2>
          <ul className={css.contacts}>
            {card.children.map((child, at) => (
              <li key={at}>{words.child(child.name ?? "", f.birthday(child.birthday))}</li>
            ))}
          </ul>
        </section>
      )}
      <Circle card={card} />
      <MergedFrom card={card} />
      {facts.length > 0 && (
        <section>
          <h2>{words.facts}</h2>
          <dl className={css.facts}>
            {facts.map((spec) => (
              <div key={spec.key}>
                <dt>{l(spec.label)}</dt>
                <dd>{write(spec, card.facts[spec.key])}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}
