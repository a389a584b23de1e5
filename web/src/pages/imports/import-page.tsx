import { Button, Progress } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import * as calls from "../../api/calls.ts";
import { RequestProblem } from "../../api/problem.ts";
import type { Import } from "../../api/types.ts";
import { type I18n, useI18n } from "../../i18n/index.tsx";
import { Await, PageHead, Panel, ProblemNote } from "../../ui/page.tsx";
import { CountsView } from "./counts.tsx";
import { DropFile } from "./drop-file.tsx";
import css from "./imports.module.css";
import { Mapping } from "./mapping.tsx";

/** One file from its first rows to what came of it. The page may be closed at any moment: the work goes on. */
export function ImportPage() {
  const i18n = useI18n();
  const { t } = i18n;
  const { id } = useParams({ from: "/app/imports/$id" });
  const queries = useQueryClient();
  const job = useQuery(calls.importOne(id));
  const state = job.data?.state;

  // What was just found out stands at the top.
  useEffect(() => {
    if (state === "checked" || state === "done") window.scrollTo({ top: 0 });
  }, [state]);

  useEffect(() => {
    if (state !== "done" && state !== "cancelled") return;
    // The base has changed: every number is asked anew.
    void queries.invalidateQueries({ queryKey: ["session"] });
    void queries.invalidateQueries({ queryKey: calls.LIVE });
    void queries.invalidateQueries({ queryKey: ["imports"], exact: true });
    void queries.invalidateQueries({ queryKey: ["stores"] });
    void queries.invalidateQueries({ queryKey: ["channels"] });
  }, [state, queries]);

  return (
    <>
      <p style={{ margin: "0 0 12px" }}>
        <Link to="/imports" className="small">
          ← {t.imports.history}
        </Link>
      </p>
      <PageHead
        title={job.data?.file_name ?? t.imports.title}
        sentence={job.data && sentence(job.data, i18n)}
      />
      <Await query={job} height={360}>
        {(data) => <Step job={data} silent={job.failureCount > 0} />}
      </Await>
    </>
  );
}

function sentence(job: Import, { t, f, l }: I18n): string {
  const counts = job.result ?? job.dry_run;
  const told = (words: (n: number, text: string) => string, n: number) =>
    n > 0 ? words(n, f.count(n)) : null;
  const texts = counts && {
    added: [
      told(t.common.purchases, counts.purchases_new),
      told(t.common.customers, counts.customers_new),
    ].filter((one) => one !== null),
    changed: told(t.common.customers, counts.customers_changed),
    rejected: told(t.common.rows, counts.rejected),
  };
  if (job.state === "done" && texts && counts) {
    const nothing =
      counts.purchases_new + counts.customers_new + counts.customers_changed === 0 && counts.rejected === 0;
    return nothing ? t.imports.nothingNew : t.imports.doneSentence(texts);
  }
  if (job.state === "failed" && job.error) return l(job.error.message);
  if (job.state === "cancelled") return t.imports.cancelledNote;
  if (job.state === "interrupted") return job.error ? l(job.error.message) : t.imports.interruptedSentence;
  if (job.state === "checked" && texts) return t.imports.drySentence(texts);
  if (job.preview && (job.state === "uploaded" || job.state === "checked")) {
    const columns = job.preview.columns;
    return t.imports.mappingSentence({
      known: columns.filter((column) => column.field).length,
      all: columns.length,
    });
  }
  return `${t.imports.states[job.state]}…`;
}

/** `silent`: the program has not answered the last question. */
function Step({ job, silent }: { job: Import; silent: boolean }) {
  const { t } = useI18n();
  const queries = useQueryClient();
  const put = (next: Import) => queries.setQueryData(["imports", job.id], next);
  const cancel = useMutation({ mutationFn: () => calls.act.cancelImport(job.id), onSuccess: put });
  const resume = useMutation({ mutationFn: () => calls.act.resumeImport(job.id), onSuccess: put });
  const words = t.imports;
  const moving =
    job.state === "importing" || job.state === "checking" || (job.state === "uploaded" && !job.preview);

  return (
    <div className={css.stack}>
      {moving && (
        <Panel label={words.states[job.state]}>
          <Running job={job} />
          <div className={css.actions}>
            <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
              {words.cancel}
            </Button>
            <span className="soft small">{silent ? words.silent : words.background}</span>
          </div>
          {cancel.error && <ProblemNote error={cancel.error} />}
        </Panel>
      )}
      {job.state === "interrupted" && (
        <Panel label={words.states.interrupted}>
          <p style={{ marginTop: 0 }}>{words.interruptedNote}</p>
          <Button loading={resume.isPending} onClick={() => resume.mutate()}>
            {words.resume}
          </Button>
          {resume.error && <ProblemNote error={resume.error} />}
        </Panel>
      )}
      {job.error && job.state !== "interrupted" && (
        <ProblemNote error={new RequestProblem({ title: "", status: 0, ...job.error })} />
      )}
      {job.state === "done" && job.result && (
        <Panel label={words.states.done}>
          <CountsView counts={job.result} id={job.id} />
          <div className={css.actions}>
            <Button component={Link} to="/">
              {words.toToday}
            </Button>
            <Button component={Link} to="/customers" variant="default">
              {words.toCustomers}
            </Button>
          </div>
        </Panel>
      )}
      {job.preview && !moving && job.state !== "done" && job.state !== "interrupted" && (
        <Mapping key={job.id} job={job} preview={job.preview} />
      )}
      {(job.state === "done" || job.state === "failed" || job.state === "cancelled") && (
        <Panel title={words.again}>
          <DropFile />
        </Panel>
      )}
    </div>
  );
}

function Running({ job }: { job: Import }) {
  const { t, f } = useI18n();
  const words = t.imports;
  const progress = job.progress;
  const total = progress?.rows_total_estimate ?? null;
  const share = progress && total ? Math.min(1, progress.rows_done / total) : null;
  return (
    <div role="status">
      <div className={css.progressText}>
        <b>
          {progress
            ? words.progress({ done: f.count(progress.rows_done), total: total ? f.count(total) : null })
            : `${words.states[job.state]}…`}
        </b>
        <span className="soft">
          {[
            progress?.rows_per_second && words.speed(f.count(progress.rows_per_second)),
            progress?.seconds_left !== null &&
              progress?.seconds_left !== undefined &&
              words.left(f.duration(progress.seconds_left)),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </div>
      <Progress
        value={share === null ? 100 : share * 100}
        animated={share === null}
        size="lg"
        aria-label={words.states[job.state]}
      />
    </div>
  );
}
