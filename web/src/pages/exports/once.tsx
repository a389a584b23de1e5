import { Button, CopyButton, Group, Progress, Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import * as api from "../../api/exports.ts";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import css from "./exports.module.css";

/** The password, this once, and the file as soon as it is made. */
export function Once(props: { id: string; password: string; onClose: () => void }) {
  const { t, f } = useI18n();
  const words = t.exports.once;
  const queries = useQueryClient();
  const all = useQuery(api.exportsOf(false));
  const one = all.data?.items.find((item) => item.id === props.id);
  const save = useMutation({
    mutationFn: (opened: boolean) =>
      opened ? api.act.open(props.id, props.password) : api.act.download(props.id),
    onSettled: () => void queries.invalidateQueries({ queryKey: ["exports"] }),
  });
  const progress = one?.progress;
  return (
    <Stack>
      <div className={css.once} role="status">
        <b>{words.title}</b>
        <code data-testid="export-password">{props.password}</code>
        <CopyButton value={props.password}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? t.common.act.copied : t.common.act.copy}
            </Button>
          )}
        </CopyButton>
        <p className="soft small">{words.note}</p>
      </div>
      {one?.state === "failed" ? (
        <p role="alert">{words.failed}</p>
      ) : one?.state === "ready" ? (
        <>
          <Group>
            <Button loading={save.isPending} onClick={() => save.mutate(false)}>
              {words.download}
            </Button>
            <Button variant="default" loading={save.isPending} onClick={() => save.mutate(true)}>
              {words.open}
            </Button>
          </Group>
          <p className="soft small">{words.how}</p>
        </>
      ) : (
        <div role="status">
          <p>
            {words.making} {progress && words.progress(f.count(progress.done), f.count(progress.total))}
          </p>
          <Progress
            value={progress?.total ? (progress.done / progress.total) * 100 : 0}
            aria-label={words.making}
            animated
          />
        </div>
      )}
      {save.error && <ProblemNote error={save.error} />}
      <Group justify="flex-end">
        <Button component={Link} to="/exports" variant="default" onClick={props.onClose}>
          {words.toList}
        </Button>
      </Group>
    </Stack>
  );
}
