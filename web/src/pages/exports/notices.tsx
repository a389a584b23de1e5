import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import * as api from "../../api/exports.ts";
import { useMay } from "../../app/may.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import css from "./exports.module.css";

/** What an owner has to know on whatever page he is: somebody was frozen, somebody waits for his word. */
export function Notices() {
  const may = useMay();
  return (
    <>
      {may("roles_manage", true) && <Frozen />}
      {may("exports_approve", true) && <Waiting />}
    </>
  );
}

function Frozen() {
  const { t, f } = useI18n();
  const { session } = useHere();
  const words = t.exports.frozen;
  const queries = useQueryClient();
  const frozen = useQuery(api.frozen);
  const thaw = useMutation({
    mutationFn: (id: string) => api.act.thaw(id),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["frozen"] });
      void queries.invalidateQueries({ queryKey: ["staff"] });
    },
  });
  return frozen.data?.items.map((one) => {
    const name = one.is_key ? words.key(one.name) : one.name;
    const when = f.moment(one.at, session.shop.time_zone);
    return (
      <div key={one.id} className={css.notice} role="alert">
        <div>
          <b>{one.frozen ? words.title(name) : words.told(name)}</b>
          <p className="small">{words.note(f.count(one.people), f.count(one.budget), when)}</p>
        </div>
        <Button
          size="compact-sm"
          variant="default"
          loading={thaw.isPending}
          onClick={() => thaw.mutate(one.id)}
        >
          {one.frozen ? words.thaw : words.seen}
        </Button>
      </div>
    );
  });
}

function Waiting() {
  const { t, f } = useI18n();
  const words = t.exports.frozen;
  const here = useLocation({ select: (place) => place.pathname });
  const all = useQuery({ ...api.exportsOf(true), refetchInterval: 60_000 });
  const waiting = all.data?.items.filter((one) => one.state === "waiting" && !one.mine).length ?? 0;
  if (waiting === 0 || here === "/exports") return null;
  return (
    <div className={css.notice} data-calm>
      <p>{words.waiting(waiting, f.count(waiting))}</p>
      <Button component={Link} to="/exports" size="compact-sm" variant="default">
        {words.look}
      </Button>
    </div>
  );
}
