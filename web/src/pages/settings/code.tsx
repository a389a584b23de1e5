import { Button, CopyButton, PasswordInput, Switch, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import * as calls from "../../api/code.ts";
import { asProblem } from "../../api/problem.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await, Panel, ProblemNote } from "../../ui/page.tsx";
import css from "./code.module.css";

/** One's own sign-in with a code, on the account page. */
export function CodePanel({ mayRequire }: { mayRequire: boolean }) {
  const { t, f } = useI18n();
  const words = t.code;
  const own = useQuery(calls.own);
  const [doing, setDoing] = useState<"on" | "codes" | "off" | null>(null);
  return (
    <Panel title={words.title} note={words.note}>
      <Await query={own}>
        {(is) => (
          <>
            <p>
              {is.since ? words.on(f.day(is.since)) : words.off}{" "}
              {is.since && <span className="soft">{words.left(is.codes_left)}</span>}
            </p>
            {is.since && is.codes_left < 3 && <p className="down">{words.fewLeft}</p>}
            {is.required && <p className="soft">{words.requiredHere}</p>}
            {doing === null && (
              <div className={css.buttons}>
                {!is.since && <Button onClick={() => setDoing("on")}>{words.turnOn}</Button>}
                {is.since && (
                  <Button variant="default" onClick={() => setDoing("codes")}>
                    {words.newCodes}
                  </Button>
                )}
                {is.since && !is.required && (
                  <Button variant="default" onClick={() => setDoing("off")}>
                    {words.turnOff}
                  </Button>
                )}
              </div>
            )}
            {doing === "on" && <SetUp onDone={() => setDoing(null)} />}
            {doing === "codes" && <NewCodes onDone={() => setDoing(null)} />}
            {doing === "off" && <TurnOff onDone={() => setDoing(null)} />}
          </>
        )}
      </Await>
      {mayRequire && <Requirement />}
    </Panel>
  );
}

/** A form whose wrong field is told beside it and everything else below. */
function Form(props: {
  error: unknown;
  fields: string[];
  busy: boolean;
  ready: boolean;
  submit: string;
  onSubmit: () => void;
  onCancel?: () => void;
  children: (wrong: (field: string) => string | undefined) => ReactNode;
}) {
  const { t, l } = useI18n();
  const errors = props.error ? asProblem(props.error).errors : undefined;
  const wrong = (field: string) => {
    const found = errors?.find((one) => one.field === field);
    return found && l(found.message);
  };
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        props.onSubmit();
      }}
    >
      {props.children(wrong)}
      {props.error !== null && !props.fields.some(wrong) && <ProblemNote error={props.error} />}
      <div className={css.buttons}>
        <Button type="submit" disabled={!props.ready} loading={props.busy}>
          {props.submit}
        </Button>
        {props.onCancel && (
          <Button variant="default" onClick={props.onCancel}>
            {t.common.act.cancel}
          </Button>
        )}
      </div>
    </form>
  );
}

/** Password, picture, code, recovery codes. */
export function SetUp({ onDone, forced }: { onDone: () => void; forced?: boolean }) {
  const { t } = useI18n();
  const words = t.code;
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const begin = useMutation({ mutationFn: () => calls.act.begin(password) });
  const confirm = useMutation({
    mutationFn: () => calls.act.confirm(code),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["second-factor"] });
      void queries.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  if (confirm.data) return <Codes codes={confirm.data.codes} onDone={onDone} />;
  if (!begin.data)
    return (
      <Form
        error={begin.error}
        fields={["password"]}
        busy={begin.isPending}
        ready={password !== ""}
        submit={words.begin}
        onSubmit={() => begin.mutate()}
        onCancel={forced ? undefined : onDone}
      >
        {(wrong) => <Password value={password} error={wrong("password")} onChange={setPassword} />}
      </Form>
    );
  const told = begin.data;
  return (
    <Form
      error={confirm.error}
      fields={["code"]}
      busy={confirm.isPending}
      ready={code.replace(/\s/g, "").length === 6}
      submit={words.confirm}
      onSubmit={() => confirm.mutate()}
      onCancel={forced ? undefined : onDone}
    >
      {(wrong) => (
        <>
          <p className={css.lead}>{words.scan}</p>
          <svg
            className={css.picture}
            viewBox={`0 0 ${told.qr_size} ${told.qr_size}`}
            role="img"
            aria-label={words.picture}
            shapeRendering="crispEdges"
          >
            <rect width="100%" height="100%" fill="#fff" />
            <path d={told.qr_path} fill="#000" />
          </svg>
          <p className="small">
            {words.byHand} <code className={css.key}>{told.key}</code>
          </p>
          <TextInput
            label={words.typed}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={9}
            value={code}
            error={wrong("code")}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        </>
      )}
    </Form>
  );
}

function Password(props: { value: string; error?: string; onChange: (value: string) => void }) {
  const { t } = useI18n();
  return (
    <PasswordInput
      label={t.code.password}
      autoComplete="current-password"
      value={props.value}
      error={props.error}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

function Codes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useI18n();
  const words = t.code;
  return (
    <div className={css.form} role="status">
      <h3 className={css.head}>{words.codesTitle}</h3>
      <p className={css.lead}>{words.codesNote}</p>
      <ul className={css.codes} aria-label={words.codesTitle}>
        {codes.map((one) => (
          <li key={one}>
            <code>{one}</code>
          </li>
        ))}
      </ul>
      <div className={css.buttons}>
        <CopyButton value={codes.join("\n")}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? t.common.act.copied : words.copyAll}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onDone}>{words.codesKept}</Button>
      </div>
    </div>
  );
}

function NewCodes({ onDone }: { onDone: () => void }) {
  const { t } = useI18n();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const make = useMutation({
    mutationFn: () => calls.act.newCodes(password),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["second-factor"] }),
  });
  if (make.data) return <Codes codes={make.data.codes} onDone={onDone} />;
  return (
    <Form
      error={make.error}
      fields={["password"]}
      busy={make.isPending}
      ready={password !== ""}
      submit={t.code.make}
      onSubmit={() => make.mutate()}
      onCancel={onDone}
    >
      {(wrong) => (
        <>
          <p className={css.lead}>{t.code.newCodesNote}</p>
          <Password value={password} error={wrong("password")} onChange={setPassword} />
        </>
      )}
    </Form>
  );
}

function TurnOff({ onDone }: { onDone: () => void }) {
  const { t } = useI18n();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const remove = useMutation({
    mutationFn: () => calls.act.remove({ password, code }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["second-factor"] });
      notifications.show({ message: t.code.turnedOff });
      onDone();
    },
  });
  return (
    <Form
      error={remove.error}
      fields={["password", "code"]}
      busy={remove.isPending}
      ready={password !== "" && code !== ""}
      submit={t.code.turnOff}
      onSubmit={() => remove.mutate()}
      onCancel={onDone}
    >
      {(wrong) => (
        <>
          <p className={css.lead}>{t.code.turnOffNote}</p>
          <Password value={password} error={wrong("password")} onChange={setPassword} />
          <TextInput
            label={t.code.anyCode}
            autoComplete="one-time-code"
            value={code}
            error={wrong("code")}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        </>
      )}
    </Form>
  );
}

/** For whoever may manage staff: everybody has to have it. */
function Requirement() {
  const { t } = useI18n();
  const queries = useQueryClient();
  const asked = useQuery(calls.requirement);
  const put = useMutation({
    mutationFn: calls.act.require,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["second-factor-requirement"] });
      void queries.invalidateQueries({ queryKey: ["second-factor"] });
    },
  });
  if (!asked.data) return null;
  return (
    <div className={css.requirement}>
      <Switch
        label={t.code.requirement}
        description={t.code.requirementNote}
        checked={asked.data.required}
        disabled={put.isPending}
        onChange={(event) => put.mutate(event.currentTarget.checked)}
      />
      {put.error && <ProblemNote error={put.error} />}
    </div>
  );
}
