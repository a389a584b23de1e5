import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import * as calls from "../../api/calls.ts";
import type { ReadySegment, Segment } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { AddIcon } from "../../ui/icons.tsx";
import { Await, PageHead } from "../../ui/page.tsx";
import css from "./segments.module.css";

/** Saved segments with their size and money now, and the ready ones to begin with. */
export function SegmentsPage() {
  const { t, f } = useI18n();
  const words = t.segments;
  const saved = useQuery(calls.segments);
  const ready = useQuery(calls.readySegments);
  const count = saved.data?.items.length ?? 0;
  return (
    <>
      <PageHead title={words.title} sentence={saved.data && words.sentence(count, f.count(count))} />
      <div className={css.bar}>
        <Button component={Link} to="/segments/new" leftSection={<AddIcon size={18} />}>
          {words.add}
        </Button>
        <Button
          component={Link}
          to="/segments/compare"
          search={
            {
              segment:
                saved.data?.items
                  .slice(0, 3)
                  .map((one) => one.id)
                  .join(",") || undefined,
            } as never
          }
          variant="default"
        >
          {words.compare.link}
        </Button>
      </div>
      {count > 0 && (
        <section aria-label={words.mine}>
          <h2 className={css.heading}>{words.mine}</h2>
          <div className={css.cards}>
            {saved.data?.items.map((one) => (
              <SavedCard key={one.id} segment={one} />
            ))}
          </div>
        </section>
      )}
      <Await query={ready} height={300}>
        {(items) => (
          <section aria-label={words.ready}>
            <h2 className={css.heading}>{words.ready}</h2>
            <p className="soft" style={{ margin: "0 0 12px" }}>
              {words.readyNote}
            </p>
            {Object.entries(words.groups).map(([group, label]) => (
              <ReadyGroup
                key={group}
                label={label}
                folded={group === "rfm"}
                items={items.filter((one) => one.group === group)}
              />
            ))}
          </section>
        )}
      </Await>
    </>
  );
}

/** The 27 of RFM have a page of their own: unfolded here they would bury the rest. */
function ReadyGroup(props: { label: string; folded: boolean; items: ReadySegment[] }) {
  const cards = (
    <div className={css.cards}>
      {props.items.map((one) => (
        <ReadyCard key={one.key} segment={one} />
      ))}
    </div>
  );
  return props.folded ? (
    <details className={css.fold}>
      <summary>{props.label}</summary>
      {cards}
    </details>
  ) : (
    <>
      <h3 className={css.subheading}>{props.label}</h3>
      {cards}
    </>
  );
}

function Figures({ customers, paid }: { customers: number; paid: number }) {
  const { t, f } = useI18n();
  return (
    <p className={css.cardFigures}>
      <b>{t.common.customers(customers, f.count(customers))}</b>
      <span className="soft">{f.moneyShort(paid)}</span>
    </p>
  );
}

function SavedCard({ segment }: { segment: Segment }) {
  const { t, l } = useI18n();
  return (
    <Link to="/segments/$id" params={{ id: segment.id }} className={css.card}>
      <b>{segment.name}</b>
      <span className={css.cardWords}>
        {segment.kind === "list"
          ? t.segments.people_.isList
          : segment.broken
            ? `${t.segments.broken}: ${l(segment.broken)}`
            : l(segment.forms?.words)}
      </span>
      <Figures customers={segment.customers} paid={segment.paid_minor} />
    </Link>
  );
}

function ReadyCard({ segment }: { segment: ReadySegment }) {
  const { l } = useI18n();
  const cell = segment.key.startsWith("rfm_") ? `${segment.key.slice(4)} ` : "";
  return (
    <Link to="/segments/new" search={{ ready: segment.key }} className={css.card}>
      <b>
        {cell}
        {l(segment.name)}
      </b>
      <span className={css.cardWords}>{l(segment.about)}</span>
      <Figures customers={segment.customers} paid={segment.paid_minor} />
    </Link>
  );
}
