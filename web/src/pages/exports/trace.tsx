import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import * as api from "../../api/exports.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { DropArea } from "../../ui/drop-area.tsx";
import { Panel, ProblemNote } from "../../ui/page.tsx";
import css from "./exports.module.css";

/** A leaked file, or some lines of it: whose export is it? */
export function TracePanel() {
  const { t } = useI18n();
  const words = t.exports.trace;
  const [text, setText] = useState("");
  const trace = useMutation({
    mutationFn: (what: File | string) =>
      typeof what === "string" ? api.act.traceText(what) : api.act.traceFile(what),
  });
  return (
    <Panel title={words.title} note={words.note}>
      <DropArea onFile={(file) => trace.mutate(file)}>
        {(_over, choose) => (
          <>
            <Textarea
              label={words.paste}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              autosize
              minRows={2}
              maxRows={8}
            />
            <Group mt={12}>
              <Button loading={trace.isPending} disabled={!text.trim()} onClick={() => trace.mutate(text)}>
                {words.find}
              </Button>
              <Button variant="default" loading={trace.isPending} onClick={choose}>
                {words.file}
              </Button>
            </Group>
          </>
        )}
      </DropArea>
      <div style={{ marginTop: 16 }} aria-live="polite">
        {trace.error && <ProblemNote error={trace.error} />}
        {trace.data && <Told told={trace.data} />}
      </div>
    </Panel>
  );
}

function Told({ told }: { told: api.Trace }) {
  const { t, f } = useI18n();
  const { session } = useHere();
  const words = t.exports.trace;
  return (
    <Stack>
      {told.found.length === 0 && <p>{words.nothing(f.count(told.rows), f.count(told.known))}</p>}
      {told.found.map(({ export: one, evidence }) => {
        const say = evidence.certain ? words.found : words.maybe;
        return (
          <div key={one.id} className={css.found} data-maybe={evidence.certain ? undefined : true}>
            <p>
              <b>{say(one.asked_by, f.moment(one.asked_at, session.shop.time_zone))}</b>
            </p>
            <p>{one.reason}</p>
            <p className="soft small">
              {[
                evidence.row_codes > 0 && words.codes(f.count(evidence.row_codes)),
                evidence.addresses > 0 && words.addresses(f.count(evidence.addresses)),
                evidence.names > 0 && words.names(f.count(evidence.names)),
                evidence.ordered_rows > 0 && words.ordered(f.count(evidence.ordered_rows)),
              ]
                .filter(Boolean)
                .join(" · ")}
            </p>
          </div>
        );
      })}
      {told.unknown_codes > 0 && <p>{words.unknown(f.count(told.unknown_codes))}</p>}
    </Stack>
  );
}
