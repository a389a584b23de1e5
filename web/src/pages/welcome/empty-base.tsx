import { Button, Progress } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import * as calls from "../../api/calls.ts";
import { useI18n } from "../../i18n/index.tsx";
import { PageHead, Panel, ProblemNote } from "../../ui/page.tsx";
import { DropFile } from "../imports/drop-file.tsx";
import css from "./welcome.module.css";

/** What an empty base shows instead of empty reports: the one step that fills it. */
export function EmptyBase({ title }: { title: string }) {
  const { t } = useI18n();
  const words = t.welcome.empty;
  const queries = useQueryClient();
  const demo = useMutation({
    mutationFn: calls.act.demo,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["session"] }),
  });
  const running = demo.isPending || demo.isSuccess;

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
                <p>{words.demoRun}</p>
                <Progress value={100} animated aria-label={words.demoRun} />
              </div>
            ) : (
              <Button variant="default" onClick={() => demo.mutate()}>
                {words.demoDo}
              </Button>
            )}
            {demo.error && <ProblemNote error={demo.error} onRetry={() => demo.mutate()} />}
          </div>
        </Panel>
      </div>
    </>
  );
}
