import { Button, Checkbox, Group, Modal, NumberInput, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import * as calls from "../../../api/calls.ts";
import { asProblem } from "../../../api/problem.ts";
import type { ApiKey, StaffScope } from "../../../api/types.ts";
import { useHere } from "../../../app/session.tsx";
import { useI18n } from "../../../i18n/index.tsx";
import { Await, ProblemNote } from "../../../ui/page.tsx";
import css from "../settings.module.css";
import { ScopeFields, sentScope } from "../staff/scope-fields.tsx";

/** A new key, or what one is called and may do. */
export function KeyForm(props: { of?: ApiKey; onClose: () => void; onDone: (key: ApiKey) => void }) {
  const { t, l } = useI18n();
  const words = t.keys;
  const { user } = useHere().session;
  const permissions = useQuery(calls.permissions);
  const [name, setName] = useState(props.of?.name ?? "");
  const [chosen, setChosen] = useState<string[] | null>(props.of?.permissions ?? null);
  const [scope, setScope] = useState<StaffScope>((props.of?.scope as StaffScope) ?? { kind: "all" });
  const [pace, setPace] = useState<number | "">(props.of?.per_minute ?? "");
  /** Nobody gives a key what he may not do himself. */
  const possible = (permissions.data?.items ?? []).filter(
    (one) => !one.people_only && user.permissions.includes(one.code),
  );
  const has = chosen ?? possible.map((one) => one.code);
  const save = useMutation({
    mutationFn: () => {
      const body = {
        name: name.trim(),
        permissions: has,
        per_minute: pace === "" ? 0 : pace,
        ...(user.sees_all ? { scope: sentScope(scope) } : {}),
      };
      return props.of ? calls.act.changeKey(props.of.id, body) : calls.act.addKey(body);
    },
    onSuccess: props.onDone,
  });
  const wrong = (field: string) => {
    const found = save.error
      ? asProblem(save.error).errors?.find((one) => one.field === field || one.field.startsWith(`${field}.`))
      : undefined;
    return found && l(found.message);
  };
  return (
    <Modal
      opened
      size="lg"
      onClose={props.onClose}
      title={props.of ? words.acts.change(props.of.name) : words.createTitle}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      <form
        className={css.form}
        style={{ maxWidth: "none" }}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={words.name}
          placeholder={words.nameHint}
          data-autofocus
          value={name}
          error={wrong("name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Await query={permissions}>
          {() => (
            <fieldset className={css.choices}>
              <legend>{words.may}</legend>
              {possible.map((one, at) => (
                <Fragment key={one.code}>
                  {possible[at - 1]?.group !== one.group && (
                    <span className="soft small">{l(one.group_label)}</span>
                  )}
                  <Checkbox
                    label={l(one.label)}
                    description={l(one.allows)}
                    checked={has.includes(one.code)}
                    onChange={() =>
                      setChosen(
                        has.includes(one.code) ? has.filter((code) => code !== one.code) : [...has, one.code],
                      )
                    }
                  />
                </Fragment>
              ))}
              {wrong("permissions") && (
                <p className="small down" role="alert">
                  {wrong("permissions")}
                </p>
              )}
            </fieldset>
          )}
        </Await>
        {user.sees_all && (
          <ScopeFields
            value={scope}
            onChange={setScope}
            error={wrong("scope") ?? wrong("filter")}
            of="program"
          />
        )}
        <NumberInput
          label={words.perMinute}
          description={words.perMinuteNote}
          min={1}
          max={1_000_000}
          allowDecimal={false}
          value={pace}
          error={wrong("per_minute")}
          onChange={(next) => setPace(typeof next === "number" ? next : "")}
        />
        {save.error && asProblem(save.error).errors === undefined && <ProblemNote error={save.error} kept />}
        <Group gap={12}>
          <Button type="submit" disabled={name.trim() === "" || has.length === 0} loading={save.isPending}>
            {props.of ? t.common.act.save : words.create}
          </Button>
          <Button variant="default" onClick={props.onClose}>
            {t.common.act.cancel}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
