import { ActionIcon, Badge } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { CustomerCard, FactSpec } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { EditIcon } from "../../ui/icons.tsx";
import { useFactText } from "./fact.tsx";
import css from "./noted.module.css";
import { NotedForm } from "./noted-form.tsx";

/** What the shop notes about somebody: marks with their reasons, tags, tastes, own fields. */
export function Noted({ card, facts }: { card: CustomerCard; facts: FactSpec[] }) {
  const { t, f, l } = useI18n();
  const words = t.noted;
  const write = useFactText();
  const fields = useQuery(calls.customFields);
  const [editing, setEditing] = useState(false);
  const own = facts.filter((spec) => spec.own && card.facts[spec.key] !== null);
  const links = new Set(facts.filter((spec) => spec.type === "link").map((spec) => spec.key));
  const marks = [
    { key: "vip", label: words.vip, mark: card.vip },
    { key: "problem", label: words.problem, mark: card.problem },
  ].filter((one) => one.mark);
  const empty = marks.length + own.length + card.tags.length + card.likes.length === 0;
  return (
    <section>
      <div className={css.head}>
        <h2>{words.title}</h2>
        <ActionIcon
          variant="subtle"
          size={28}
          aria-label={words.edit}
          title={words.edit}
          onClick={() => setEditing(true)}
        >
          <EditIcon size={15} />
        </ActionIcon>
      </div>
      {empty && (
        <p className="soft small" style={{ margin: 0 }}>
          {words.nothing}
        </p>
      )}
      {marks.map(({ key, label, mark }) => (
        <p key={key} className={css.mark} data-kind={key}>
          <b>{label}</b>
          {mark?.reason && <span>{mark.reason}</span>}
          {(mark?.by || mark?.at) && (
            <small className="soft">{words.mark({ by: mark.by, day: mark.at ? f.day(mark.at) : "" })}</small>
          )}
        </p>
      ))}
      {card.tags.length > 0 && (
        <div className={css.words}>
          {card.tags.map((tag) => (
            <Badge key={tag} variant="light" radius="sm" tt="none" fw={500} className={css.tag} title={tag}>
              {tag}
            </Badge>
          ))}
        </div>
      )}
      {(card.likes.length > 0 || own.length > 0) && (
        <dl className={css.own}>
          {card.likes.length > 0 && (
            <div>
              <dt>{words.likes}</dt>
              <dd>{card.likes.join(", ")}</dd>
            </div>
          )}
          {own.map((spec) => (
            <div key={spec.key}>
              <dt>{l(spec.label)}</dt>
              <dd>
                {links.has(spec.key) ? (
                  <a href={String(card.facts[spec.key])} target="_blank" rel="noopener noreferrer nofollow">
                    {String(card.facts[spec.key]).replace(/^https?:\/\//, "")}
                  </a>
                ) : (
                  write(spec, card.facts[spec.key])
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {editing && fields.data && (
        <NotedForm card={card} fields={fields.data.items} onClose={() => setEditing(false)} />
      )}
    </section>
  );
}

/** The marks and tags of a row of a list, behind the name. */
export function RowNotes(props: { vip?: string | null; problem?: string | null; tags: string[] }) {
  const { t } = useI18n();
  const words = t.noted;
  const shown = props.tags.slice(0, 2);
  const marks = [
    { kind: "vip", label: words.vip, reason: props.vip },
    { kind: "problem", label: words.problem, reason: props.problem },
  ].filter((one) => typeof one.reason === "string");
  if (marks.length + shown.length === 0) return null;
  return (
    <span className={css.rowNotes}>
      {marks.map((one) => (
        <span key={one.kind} className={css.rowMark} data-kind={one.kind} title={one.reason || one.label}>
          {one.label}
        </span>
      ))}
      {shown.map((tag) => (
        <span key={tag} className={css.rowTag} title={props.tags.join(", ")}>
          {tag}
        </span>
      ))}
      {props.tags.length > shown.length && (
        <span className="soft" title={props.tags.join(", ")}>
          {words.more(props.tags.length - shown.length)}
        </span>
      )}
    </span>
  );
}
