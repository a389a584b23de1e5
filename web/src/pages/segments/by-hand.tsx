import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import * as calls from "../../api/calls.ts";
import type { Schemas } from "../../api/types.ts";
import { useMay } from "../../app/may.ts";
import { useI18n } from "../../i18n/index.tsx";
import { ProblemNote } from "../../ui/page.tsx";
import css from "./segments.module.css";

/** Puts somebody into a segment by hand, keeps him out, or leaves him to the conditions again. */
export function useByHand(segment: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: Schemas["SegmentPeopleIn"]) => calls.act.changeSegmentPeople(segment, change),
    onSuccess: () => queries.invalidateQueries({ queryKey: calls.LIVE }),
  });
}

/** What can be decided about one person of a segment, under the reasons. */
export function DecideByHand(props: {
  segment: string;
  person: string;
  isIn: boolean;
  byHand: string | null | undefined;
}) {
  const { t } = useI18n();
  const words = t.segments.people_;
  const may = useMay();
  const change = useByHand(props.segment);
  if (!may("numbers_see", true)) return null;
  const { person, byHand } = props;
  return (
    <section>
      {byHand && <p style={{ margin: "0 0 8px" }}>{words.by[byHand]}</p>}
      <div className={css.actions}>
        {byHand ? (
          <Button
            variant="default"
            size="xs"
            loading={change.isPending}
            onClick={() => change.mutate({ release: [person], pin: [], exclude: [] })}
          >
            {words.release}
          </Button>
        ) : props.isIn ? (
          <Button
            variant="default"
            size="xs"
            loading={change.isPending}
            onClick={() => change.mutate({ exclude: [person], pin: [], release: [] })}
          >
            {words.exclude}
          </Button>
        ) : (
          <Button
            variant="default"
            size="xs"
            loading={change.isPending}
            onClick={() => change.mutate({ pin: [person], exclude: [], release: [] })}
          >
            {words.pin}
          </Button>
        )}
      </div>
      {change.error && <ProblemNote error={change.error} />}
    </section>
  );
}

/** Who is in a segment or out of it by hand. */
export function ByHandPanel({ segment }: { segment: { id: string; pinned: number; excluded: number } }) {
  const { t, f } = useI18n();
  const words = t.segments.people_;
  const may = useMay();
  const some = segment.pinned + segment.excluded > 0;
  const people = useQuery({
    ...calls.segmentPeople(segment.id),
    enabled: some && may("customers_see", true),
  });
  const change = useByHand(segment.id);
  if (!some || !people.data) return null;
  const groups = [
    { title: words.pinned, people: people.data.pinned, total: people.data.pinned_total },
    { title: words.excluded, people: people.data.excluded, total: people.data.excluded_total },
  ].filter((group) => group.total > 0);
  return (
    <section className={css.panel} aria-label={words.panel}>
      <h2 className={css.heading}>{words.panel}</h2>
      {groups.map((group) => (
        <div key={group.title}>
          <h3 className={css.subheading}>
            {group.title}: {f.count(group.total)}
          </h3>
          <ul className={css.moves}>
            {group.people.slice(0, 20).map((one) => (
              <li key={one.id}>
                <Link to="/customers/$id" params={{ id: one.id }}>
                  {one.name || t.customers.noName}
                </Link>
                <span className="soft small">{f.moment(one.at)}</span>
                {may("numbers_see", true) && (
                  <Button
                    variant="subtle"
                    size="compact-xs"
                    aria-label={`${words.release}: ${one.name || t.customers.noName}`}
                    onClick={() => change.mutate({ release: [one.id], pin: [], exclude: [] })}
                  >
                    {words.release}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {change.error && <ProblemNote error={change.error} />}
    </section>
  );
}
