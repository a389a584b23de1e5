import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import * as api from "../../api/exports.ts";
import { useMay } from "../../app/may.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await, PageHead, Panel } from "../../ui/page.tsx";
import css from "./exports.module.css";
import { Items } from "./items.tsx";
import { TracePanel } from "./trace.tsx";

/** Files that left: one's own, everybody's for whoever approves them, and whose a leaked one is. */
export function ExportsPage() {
  const { t } = useI18n();
  const may = useMay();
  const approves = may("exports_approve", true);
  return (
    <>
      <PageHead title={t.exports.title} sentence={t.exports.sentence} />
      <div className={css.stack}>
        <List everybody={approves} />
        {approves && <TracePanel />}
      </div>
    </>
  );
}

function List({ everybody }: { everybody: boolean }) {
  const { t } = useI18n();
  const may = useMay();
  const all = useQuery({ ...api.exportsOf(everybody), enabled: everybody || may("export") });
  return (
    <Panel title={everybody ? t.exports.list.everybody : t.exports.list.mine}>
      <Await query={all} height={120}>
        {(data) => (
          <Stack>
            {data.items.length === 0 ? (
              <p className="soft">{t.exports.list.none}</p>
            ) : (
              <Items items={data.items} everybody={everybody} />
            )}
          </Stack>
        )}
      </Await>
    </Panel>
  );
}
