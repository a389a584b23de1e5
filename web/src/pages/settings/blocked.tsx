import { Button, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { asProblem } from "../../api/problem.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await, Panel, ProblemNote } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import { phoneText } from "../customers/phone.ts";
import css from "./settings.module.css";

/** The shop's own contacts by which nobody is recognised. */
export function BlockedTab() {
  const { t, f, l } = useI18n();
  const words = t.blocked;
  const queries = useQueryClient();
  const blocked = useQuery(calls.blockedContacts);
  const kinds = useQuery(calls.contactKinds);
  const [kind, setKind] = useState("phone");
  const [value, setValue] = useState("");
  const label = (code: string) => {
    const found = kinds.data?.items.find((one) => one.kind === code);
    return found ? l(found.label) : code;
  };
  const add = useMutation({
    mutationFn: () => calls.act.blockContact({ kind, value }),
    onSuccess: async () => {
      setValue("");
      await queries.invalidateQueries();
    },
  });
  const drop = useMutation({
    mutationFn: (id: string) => calls.act.unblockContact(id),
    onSuccess: () => queries.invalidateQueries(),
  });
  const wrong = add.error ? asProblem(add.error).errors?.[0] : undefined;
  return (
    <Panel title={t.settings.tabs.blocked} note={words.note}>
      <form
        className={css.block}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Select
          label={words.kind}
          value={kind}
          allowDeselect={false}
          data={(kinds.data?.items ?? [])
            .filter((one) => one.kind !== "external")
            .map((one) => ({ value: one.kind, label: l(one.label) }))}
          onChange={(next) => next && setKind(next)}
        />
        <TextInput
          label={words.value}
          value={value}
          error={wrong && l(wrong.message)}
          onChange={(event) => {
            setValue(event.currentTarget.value);
            add.reset();
          }}
        />
        <Button type="submit" disabled={value.trim() === ""} loading={add.isPending}>
          {words.add}
        </Button>
      </form>
      {add.error && !wrong && <ProblemNote error={add.error} kept />}
      {drop.error && <ProblemNote error={drop.error} />}
      <Await query={blocked}>
        {(data) =>
          data.items.length === 0 ? (
            <p className="soft">{words.none}</p>
          ) : (
            <Scroll label={t.settings.tabs.blocked}>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{words.kind}</th>
                    <th scope="col">{words.value}</th>
                    <th scope="col">{words.since}</th>
                    <th scope="col" aria-label={t.common.act.remove} />
                  </tr>
                </thead>
                <tbody>
                  {data.items.map((one) => {
                    const shown = one.value.startsWith("+") ? phoneText(one.value) : one.value;
                    return (
                      <tr key={one.id}>
                        <td>{label(one.kind)}</td>
                        <td>{shown}</td>
                        <td className="soft">{f.moment(one.recorded_at)}</td>
                        <td className="num">
                          <Button
                            size="compact-sm"
                            variant="default"
                            aria-label={words.drop(shown)}
                            loading={drop.isPending && drop.variables === one.id}
                            onClick={() => drop.mutate(one.id)}
                          >
                            {t.common.act.remove}
                          </Button>
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Await>
    </Panel>
  );
}
