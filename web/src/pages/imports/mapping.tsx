import { Button, Checkbox, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { Import, ImportField, ImportKind, Preview, PreviewChange } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Panel, ProblemNote } from "../../ui/page.tsx";
import { CountsView } from "./counts.tsx";
import css from "./imports.module.css";

const KINDS: ImportKind[] = ["purchases", "customers", "both"];

/** The first rows with what each column was taken for; everything guessed can be changed before anything is kept. */
export function Mapping({ job, preview }: { job: Import; preview: Preview }) {
  const { t, l } = useI18n();
  const words = t.imports;
  const queries = useQueryClient();
  const put = (next: Import) => queries.setQueryData(["imports", job.id], next);
  const [keepGood, setKeepGood] = useState(true);
  const change = useMutation({
    mutationFn: (body: PreviewChange) => calls.act.previewImport(job.id, body),
    onSuccess: put,
  });
  const mapping = Object.fromEntries(
    preview.columns.flatMap((column) => (column.field ? [[String(column.index), column.field]] : [])),
  );
  const run = useMutation({
    mutationFn: (dry_run: boolean) =>
      calls.act.runImport(job.id, { dry_run, kind: preview.kind, mapping, keep_good_rows: keepGood }),
    onSuccess: (next) => {
      put(next);
      void queries.invalidateQueries({ queryKey: ["imports", job.id] });
    },
  });
  const setField = (index: number, field: string | null) => {
    const next = { ...mapping };
    // One field comes from one column: taking it for this column frees the other.
    for (const [other, used] of Object.entries(next)) if (field && used === field) delete next[other];
    if (field) next[String(index)] = field;
    else delete next[String(index)];
    change.mutate({ mapping: next });
  };
  const busy = change.isPending || run.isPending;

  return (
    <>
      {job.state === "checked" && job.dry_run && (
        <Panel title={words.dryTitle}>
          <CountsView counts={job.dry_run} id={job.id} />
        </Panel>
      )}
      <Panel title={words.preview} note={words.previewNote}>
        <Switches preview={preview} onChange={(body) => change.mutate(body)} />
        {preview.warnings.map((warning) => (
          <p key={warning.ru} className="small" role="note" style={{ color: "var(--seg-risk-text)" }}>
            {l(warning)}
          </p>
        ))}
        <FirstRows preview={preview} onField={setField} />
        {(change.error || run.error) && <ProblemNote error={change.error ?? run.error} kept />}
        <div className={css.actions}>
          <Button
            loading={run.isPending && run.variables === false}
            disabled={busy}
            onClick={() => run.mutate(false)}
          >
            {words.run}
          </Button>
          <Button
            variant="default"
            loading={run.isPending && run.variables === true}
            disabled={busy}
            onClick={() => run.mutate(true)}
          >
            {words.check}
          </Button>
          <Checkbox
            label={words.keepGood}
            checked={keepGood}
            onChange={(event) => setKeepGood(event.currentTarget.checked)}
          />
        </div>
      </Panel>
    </>
  );
}

function Switches({ preview, onChange }: { preview: Preview; onChange: (body: PreviewChange) => void }) {
  const { t, f } = useI18n();
  const words = t.imports;
  const delimiters = [
    ...new Set([...Object.keys(words.delimiters), ...(preview.delimiter ? [preview.delimiter] : [])]),
  ];
  return (
    <div className={css.tools}>
      <Select
        label={words.kind}
        w={200}
        allowDeselect={false}
        value={preview.kind}
        data={KINDS.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
        onChange={(kind) => kind && onChange({ kind: kind as ImportKind })}
      />
      {preview.encodings.length > 0 && (
        <Select
          label={words.encoding}
          w={160}
          allowDeselect={false}
          value={preview.encoding}
          data={[...new Set([...(preview.encoding ? [preview.encoding] : []), ...preview.encodings])]}
          onChange={(encoding) => encoding && onChange({ encoding })}
        />
      )}
      {preview.format === "csv" && (
        <Select
          label={words.delimiter}
          w={180}
          allowDeselect={false}
          value={preview.delimiter}
          data={delimiters.map((value) => ({ value, label: words.delimiters[value] ?? value }))}
          onChange={(delimiter) => delimiter && onChange({ delimiter })}
        />
      )}
      {preview.sheets.length > 0 && (
        <Select
          label={words.sheet}
          w={180}
          allowDeselect={false}
          value={preview.sheet}
          data={preview.sheets}
          onChange={(sheet) => sheet && onChange({ sheet })}
        />
      )}
      <Select
        label={words.headerRow}
        w={170}
        allowDeselect={false}
        value={preview.header_row == null ? "none" : String(preview.header_row)}
        data={[
          { value: "none", label: words.noHeader },
          ...Array.from({ length: Math.max(10, (preview.header_row ?? 0) + 1) }, (_, i) => ({
            value: String(i),
            label: f.count(i + 1),
          })),
        ]}
        onChange={(row) => row && onChange({ header_row: row === "none" ? null : Number(row) })}
      />
    </div>
  );
}

function FirstRows({
  preview,
  onField,
}: {
  preview: Preview;
  onField: (index: number, field: string | null) => void;
}) {
  const { t, l } = useI18n();
  const words = t.imports;
  const fields = useQuery(calls.importFields);
  const usable = (fields.data?.items ?? []).filter((field) => field.kinds.includes(preview.kind));
  const choices = (["customer", "purchase", "line"] as const)
    .map((group) => ({
      group: words.groups[group] ?? group,
      items: usable
        .filter((field: ImportField) => field.group === group)
        .map((field) => ({ value: field.key, label: l(field.label) })),
    }))
    .filter((group) => group.items.length > 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="table-scroll" tabIndex={0} aria-label={words.preview} style={{ maxHeight: 480 }}>
      <table className={css.preview}>
        <thead>
          <tr>
            {preview.columns.map((column) => (
              <th key={column.index} scope="col" data-off={column.field ? undefined : ""}>
                <span className={css.columnName} title={column.name}>
                  {column.name || `№ ${column.index + 1}`}
                </span>
                <Select
                  size="xs"
                  aria-label={words.field(column.name || `№ ${column.index + 1}`)}
                  value={column.field ?? ""}
                  data={[{ group: " ", items: [{ value: "", label: words.skip }] }, ...choices]}
                  allowDeselect={false}
                  searchable
                  comboboxProps={{ width: 240, position: "bottom-start" }}
                  onChange={(field) => onField(column.index, field || null)}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.rows.map((row, i) => (
            <tr key={i}>
              {preview.columns.map((column) => (
                <td key={column.index} data-off={column.field ? undefined : ""}>
                  {row[column.index]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
