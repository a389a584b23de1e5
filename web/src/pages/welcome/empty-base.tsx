import { Button, Progress } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import * as calls from "../../api/calls.ts";
import { useI18n } from "../../i18n/index.tsx";
import { PageHead, Panel, ProblemNote } from "../../ui/page.tsx";
import { DropFile } from "../imports/drop-file.tsx";
import css from "./welcome.module.css";

/** What an empty base shows instead of empty reports: the one step that fills it. */
export function EmptyBase({ title }: { title: string }) {
  const { t, f, l } = useI18n();
  const words = t.welcome.empty;
  const queries = useQueryClient();
  const [jobId, setJobId] = useState<string | null>(null);
  const demo = useMutation({
    mutationFn: calls.act.demo,
    onSuccess: (made) => {
      // A server that fills in the background gives the job to watch; one that has filled already gives counts.
      setJobId("id" in made ? made.id : null);
      void queries.invalidateQueries({ queryKey: ["session"] });
    },
  });
  const job = useQuery({ ...calls.importOne(jobId ?? ""), enabled: jobId !== null });
  const running = demo.isPending || (demo.isSuccess && job.data?.state !== "failed");
  const progress = job.data?.progress;
  const share = progress?.rows_total_estimate ? progress.rows_done / progress.rows_total_estimate : null;

  useEffect(() => {
    if (!demo.isSuccess) return;
    // The base fills while we watch; the page turns into the real one with the first purchases.
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: ["session"] }), 1000);
    return () => clearInterval(timer);
  }, [demo.isSuccess, queries]);

  return (
    <>
      <PageHead
        title={title}
        sentence={
          <>
            <b>{words.title}.</b> {words.lead}
          </>
        }
      />
      <div className={css.start}>
        <Panel label={words.fileTitle}>
          <h2>{words.fileTitle}</h2>
          <p className="soft" style={{ margin: "0 0 16px" }}>
            {words.fileNote}
          </p>
          <DropFile />
        </Panel>
        <Panel label={words.demoTitle}>
          <div className={css.demo}>
            <h2>{words.demoTitle}</h2>
            <p>{words.demoNote}</p>
            {running ? (
              <div role="status" style={{ width: "100%" }}>
                <p>
                  {words.demoRun}
                  {progress && ` ${t.common.rows(progress.rows_done, f.count(progress.rows_done))}`}
                </p>
                <Progress
                  value={share === null ? 100 : share * 100}
                  animated={share === null}
                  aria-label={words.demoRun}
                />
              </div>
            ) : (
              <Button variant="default" onClick={() => demo.mutate()}>
                {words.demoDo}
              </Button>
            )}
            {demo.error && <ProblemNote error={demo.error} onRetry={() => demo.mutate()} />}
            {job.data?.error && <p role="alert">{l(job.data.error.message)}</p>}
          </div>
        </Panel>
      </div>
    </>
  );
}
