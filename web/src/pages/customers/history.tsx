import { Button, Drawer, Select } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await, ProblemNote } from "../../ui/page.tsx";
import css from "./history.module.css";
import { phoneText } from "./phone.ts";

/** Who changed what on a card, of one field or of all; an earlier value is set back here. */
export function HistoryDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, f, l } = useI18n();
  const words = t.history;
  const queries = useQueryClient();
  const history = useQuery(calls.customerHistory(id));
  const [field, setField] = useState<string | null>(null);
  const back = useMutation({
    mutationFn: (fact: string) => calls.act.restoreValue(id, fact),
    onSuccess: async () => {
      await queries.invalidateQueries();
      notifications.show({ message: words.done });
    },
  });
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={520}
      title={words.title}
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      <Await query={history} height={300}>
        {(data) => {
          const fields = new Map(data.items.map((one) => [one.field, l(one.label)]));
          const lines = data.items.filter((one) => !field || one.field === field);
          return (
            <>
              <Select
                label={words.field}
                placeholder={words.all}
                clearable
                value={field}
                data={[...fields].map(([value, label]) => ({ value, label }))}
                onChange={setField}
              />
              {back.error && <ProblemNote error={back.error} />}
              <ol className={css.lines} aria-label={words.title}>
                {lines.map((one) => {
                  const value = l(one.value).startsWith("+") ? phoneText(l(one.value)) : l(one.value);
                  return (
                    <li key={one.id}>
                      <div>
                        <small className="soft">
                          {l(one.label)}
                          {one.change === "removed" && ` · ${words.removed}`}
                          {one.change === "verified" && one.how && ` · ${words.verified(l(one.how))}`}
                        </small>
                        <b data-removed={one.change === "removed" || undefined}>{value}</b>
                        <small className="soft">
                          {[f.moment(one.at), one.by || undefined, l(one.source)].filter(Boolean).join(" · ")}
                        </small>
                      </div>
                      {one.current && one.change === "set" ? (
                        <small className="soft">{words.now}</small>
                      ) : (
                        one.can_restore && (
                          <Button
                            size="compact-sm"
                            variant="default"
                            aria-label={words.backTo(value)}
                            loading={back.isPending && back.variables === one.id}
                            onClick={() => back.mutate(one.id)}
                          >
                            {words.back}
                          </Button>
                        )
                      )}
                    </li>
                  );
                })}
              </ol>
            </>
          );
        }}
      </Await>
    </Drawer>
  );
}
