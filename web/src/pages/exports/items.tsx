import { Button, Group, Modal, Progress, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as api from "../../api/exports.ts";
import { useMay } from "../../app/may.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { Dot, ProblemNote } from "../../ui/page.tsx";
import css from "./exports.module.css";
import { Once } from "./once.tsx";

const COLOR: Record<string, string> = {
  waiting: "var(--seg-risk)",
  approved: "var(--seg-new)",
  making: "var(--seg-new)",
  ready: "var(--seg-returning)",
  refused: "var(--down)",
  failed: "var(--down)",
};

type Act = "make" | "withdraw" | "removeFile" | "download";

/** Exports with what can be done with each. */
export function Items({ items, everybody }: { items: api.Export[]; everybody: boolean }) {
  const { t, f } = useI18n();
  const { session } = useHere();
  const may = useMay();
  const words = t.exports.list;
  const queries = useQueryClient();
  const [made, setMade] = useState<{ id: string; password: string } | null>(null);
  const [opening, setOpening] = useState<string | null>(null);
  const refresh = () => void queries.invalidateQueries({ queryKey: ["exports"] });
  const act = useMutation({
    mutationFn: async ({ id, what }: { id: string; what: Act }) => {
      if (what === "make") {
        const begun = await api.act.make(id);
        if (begun.password) setMade({ id, password: begun.password });
      } else await api.act[what](id);
    },
    onSettled: refresh,
  });
  const decide = useMutation({
    mutationFn: ({ id, approve }: { id: string; approve: boolean }) => api.act.decide(id, approve),
    onSettled: refresh,
  });
  const when = (at: string) => f.moment(at, session.shop.time_zone);
  const narrowed = ({ question }: api.Export) =>
    Boolean(question.search || question.cell || question.segment || question.filters?.length);
  return (
    <>
      {(act.error || decide.error) && <ProblemNote error={act.error ?? decide.error} />}
      <ul className={css.items}>
        {items.map((one) => {
          const button = (what: Act, label: string, main = false) => (
            <Button
              size="compact-sm"
              variant={main ? "filled" : "default"}
              loading={act.isPending && act.variables?.id === one.id && act.variables.what === what}
              onClick={() => act.mutate({ id: one.id, what })}
            >
              {label}
            </Button>
          );
          return (
            <li key={one.id} data-testid="export">
              <div>
                <p>
                  <Dot color={COLOR[one.state] ?? "var(--seg-gone)"} />
                  <b>{t.exports.states[one.state]}</b>
                  {" · "}
                  {words.people(one.people, f.count(one.people))}
                  {everybody && ` · ${one.asked_by}`}
                </p>
                <p>{one.reason}</p>
                <p className="soft small">
                  {[
                    narrowed(one) ? words.narrowed : words.allPeople,
                    one.form.toUpperCase(),
                    one.masked && words.masked,
                    typeof one.canaries === "number" &&
                      (one.canaries > 0
                        ? words.canaries(one.canaries, f.count(one.canaries))
                        : words.noCanaries),
                    one.size_bytes && f.size(one.size_bytes),
                    one.ends_at && words.until(when(one.ends_at)),
                    one.size_bytes && words.downloads(one.downloads, f.count(one.downloads)),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </p>
                {one.state === "making" && (
                  <Progress
                    mt={6}
                    animated
                    aria-label={t.exports.states.making ?? ""}
                    value={one.progress?.total ? (one.progress.done / one.progress.total) * 100 : 0}
                  />
                )}
              </div>
              <div className={css.acts}>
                {one.mine && one.state === "approved" && button("make", words.make, true)}
                {one.mine && one.state === "waiting" && button("withdraw", words.withdraw)}
                {one.mine && one.state === "ready" && (
                  <>
                    {button("download", t.exports.once.download, true)}
                    <Button size="compact-sm" variant="default" onClick={() => setOpening(one.id)}>
                      {t.exports.once.open}
                    </Button>
                    {button("removeFile", words.remove)}
                  </>
                )}
                {!one.mine && one.state === "waiting" && may("exports_approve", true) && (
                  <>
                    <Button
                      size="compact-sm"
                      loading={decide.isPending}
                      onClick={() => decide.mutate({ id: one.id, approve: true })}
                    >
                      {words.approve}
                    </Button>
                    <Button
                      size="compact-sm"
                      variant="default"
                      loading={decide.isPending}
                      onClick={() => decide.mutate({ id: one.id, approve: false })}
                    >
                      {words.refuse}
                    </Button>
                  </>
                )}
              </div>
              <details className={css.steps}>
                <summary>{words.steps(when(one.asked_at))}</summary>
                {one.steps.map((step) => (
                  <div key={`${step.code}${step.at}`}>
                    {when(step.at)} —{" "}
                    {[step.who, t.exports.steps[step.code] ?? step.code].filter(Boolean).join(" ")}
                  </div>
                ))}
              </details>
            </li>
          );
        })}
      </ul>
      <Modal
        opened={made !== null}
        onClose={() => setMade(null)}
        title={t.exports.ask.title}
        size="lg"
        closeButtonProps={{ "aria-label": t.common.act.close }}
      >
        {made && <Once {...made} onClose={() => setMade(null)} />}
      </Modal>
      <Modal
        opened={opening !== null}
        onClose={() => setOpening(null)}
        title={t.exports.once.open}
        closeButtonProps={{ "aria-label": t.common.act.close }}
      >
        {opening && <Opening id={opening} onClose={() => setOpening(null)} />}
      </Modal>
    </>
  );
}

function Opening({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useI18n();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const open = useMutation({
    mutationFn: () => api.act.open(id, password),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["exports"] });
      onClose();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate();
      }}
    >
      <TextInput
        label={t.exports.list.password}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="off"
        data-autofocus
        required
      />
      <p className="soft small">{t.exports.once.how}</p>
      {open.error && <ProblemNote error={open.error} />}
      <Group justify="flex-end">
        <Button type="submit" loading={open.isPending}>
          {t.exports.once.open}
        </Button>
      </Group>
    </form>
  );
}
