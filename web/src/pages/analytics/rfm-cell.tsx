import { Button, Drawer, Group, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { RfmCell, RfmQuery } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { defined } from "../../lib/url.ts";
import { asSegment } from "../../ui/door.tsx";
import { EditIcon } from "../../ui/icons.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import css from "./analytics.module.css";

const ENOUGH_TO_TEST = 100;

/** One segment: its figures, its people one click away, its name and strategy editable in place. */
export function RfmCellDrawer({
  cell,
  asked,
  onClose,
}: {
  cell: RfmCell | undefined;
  asked: RfmQuery;
  onClose: () => void;
}) {
  const { t, l } = useI18n();
  return (
    <Drawer
      opened={cell !== undefined}
      onClose={onClose}
      position="right"
      size={480}
      title={<b>{cell && `${cell.cell} ${l(cell.name)}`}</b>}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      {cell && <Inside key={cell.cell} cell={cell} asked={asked} />}
    </Drawer>
  );
}

function Inside({ cell, asked }: { cell: RfmCell; asked: RfmQuery }) {
  const { t, f, l } = useI18n();
  const words = t.analytics.rfm;
  const [editing, setEditing] = useState(false);
  const [r = "", fr = "", m = ""] = cell.cell;
  return (
    <div className={css.stack}>
      <p className="soft" style={{ margin: 0 }}>
        {[words.r[r], words.f[fr], words.m[m]].join(" · ")}
      </p>
      <dl className={css.three} style={{ margin: 0 }}>
        <div>
          <dt>{words.people}</dt>
          <dd>{f.count(cell.customers)}</dd>
        </div>
        <div>
          <dt>{words.money}</dt>
          <dd>{f.moneyShort(cell.revenue_minor)}</dd>
        </div>
        <div>
          <dt>{words.moneyShare}</dt>
          <dd>{f.unit(cell.share_revenue, "share", true)}</dd>
        </div>
      </dl>
      {cell.customers > 0 && cell.customers < ENOUGH_TO_TEST && (
        <p className="soft small" style={{ margin: 0 }}>
          {words.few}
        </p>
      )}
      <Button component={Link} to="/customers" search={defined({ ...asked, cell: cell.cell }) as never}>
        {words.open}
      </Button>
      <Button
        variant="default"
        component={Link}
        to="/segments/new"
        search={asSegment({ ...asked, cell: cell.cell }) as never}
      >
        {t.segments.make}
      </Button>
      {editing ? (
        <EditCell cell={cell} onDone={() => setEditing(false)} />
      ) : (
        <section>
          <h3 style={{ margin: "0 0 4px", fontSize: "1rem" }}>{words.strategy}</h3>
          <p style={{ margin: "0 0 12px" }}>{l(cell.strategy)}</p>
          <Button variant="default" leftSection={<EditIcon size={16} />} onClick={() => setEditing(true)}>
            {words.edit}
          </Button>
        </section>
      )}
    </div>
  );
}

function EditCell({ cell, onDone }: { cell: RfmCell; onDone: () => void }) {
  const { t, language } = useI18n();
  const words = t.analytics.rfm;
  const queries = useQueryClient();
  const [name, setName] = useState(cell.name);
  const [strategy, setStrategy] = useState(cell.strategy);
  const save = useMutation({
    mutationFn: () => calls.act.describeCell(cell.cell, { name, strategy }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [...calls.LIVE, "rfm"] });
      onDone();
    },
  });
  // The language on the screen comes first.
  const order = language === "ru" ? (["ru", "en"] as const) : (["en", "ru"] as const);
  return (
    <form
      className={css.stack}
      style={{ gap: 12 }}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {order.map((lang) => (
        <div key={lang} className={css.stack} style={{ gap: 12 }}>
          <TextInput
            label={lang === "ru" ? words.nameRu : words.nameEn}
            value={name[lang]}
            required
            withAsterisk={false}
            onChange={(event) => setName({ ...name, [lang]: event.currentTarget.value })}
          />
          <Textarea
            label={lang === "ru" ? words.strategyRu : words.strategyEn}
            value={strategy[lang]}
            autosize
            minRows={2}
            onChange={(event) => setStrategy({ ...strategy, [lang]: event.currentTarget.value })}
          />
        </div>
      ))}
      {save.error && <ProblemNote error={save.error} kept />}
      <Group>
        <Button type="submit" loading={save.isPending}>
          {t.common.act.save}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t.common.act.cancel}
        </Button>
      </Group>
    </form>
  );
}
