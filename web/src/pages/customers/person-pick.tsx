import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { useI18n } from "../../i18n/index.tsx";
import css from "./merge.module.css";
import { phoneText } from "./phone.ts";

/** Somebody who was picked. */
export interface Picked {
  id: string;
  name: string;
}

/** Finds a person by name, phone, e-mail or card while typing. */
export function PersonPick(props: { label: string; except: string[]; onPick: (one: Picked) => void }) {
  const { t } = useI18n();
  const words = t.customers.merge;
  const [typed, setTyped] = useState("");
  const [asked] = useDebouncedValue(typed.trim(), 150);
  const found = useQuery(calls.search(asked));
  const people =
    (asked.length >= 2 && found.data?.customers.filter((one) => !props.except.includes(one.id))) || [];
  return (
    <>
      <TextInput
        label={props.label}
        placeholder={t.customers.search}
        value={typed}
        data-autofocus
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <ul className={css.found} aria-label={words.found}>
        {people.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              onClick={() => {
                setTyped("");
                props.onPick({ id: one.id, name: one.name || t.customers.noName });
              }}
            >
              <b>{one.name || t.customers.noName}</b>
              <span className="small soft">
                {[one.phone && phoneText(one.phone), one.hint].filter(Boolean).join(" · ")}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {asked.length >= 2 && found.data && people.length === 0 && <p className="soft small">{words.nobody}</p>}
    </>
  );
}
