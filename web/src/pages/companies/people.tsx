import { ActionIcon } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { GroupPerson } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { CloseIcon } from "../../ui/icons.tsx";
import css from "./companies.module.css";

/** People of a company or a household: who, what they are there, what they bought. */
export function GroupPeople(props: {
  people: GroupPerson[];
  /** Whose card this is on: not a link there. */
  self?: string;
  onDrop?: ((one: GroupPerson) => void) | undefined;
}) {
  const { t, f } = useI18n();
  return (
    <ul className={css.people}>
      {props.people.map((one) => {
        const name = one.name || t.customers.noName;
        return (
          <li key={one.id}>
            <span>
              {one.id === props.self ? (
                name
              ) : (
                <Link to="/customers/$id" params={{ id: one.id }}>
                  {name}
                </Link>
              )}
              {one.role && <span className="soft small"> · {one.role}</span>}
            </span>
            <span className={css.money}>
              {f.money(one.bought.revenue_minor)}
              {props.onDrop && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={28}
                  aria-label={t.companies.drop(name)}
                  title={t.companies.drop(name)}
                  onClick={() => props.onDrop?.(one)}
                >
                  <CloseIcon size={14} />
                </ActionIcon>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
