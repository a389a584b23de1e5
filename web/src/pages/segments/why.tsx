import { Drawer } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import * as calls from "../../api/calls.ts";
import type { SegmentAsked, WhyNode } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { Await } from "../../ui/page.tsx";
import { DecideByHand } from "./by-hand.tsx";
import css from "./segments.module.css";

/** Why somebody is in a segment: which conditions hold, with the values, since when, what would change it. */
export function WhyDrawer(props: {
  person: { id: string; name: string } | null;
  asked: SegmentAsked | null;
  onClose: () => void;
}) {
  const { t } = useI18n();
  const { person, asked } = props;
  return (
    <Drawer
      opened={person !== null && asked !== null}
      onClose={props.onClose}
      position="right"
      size={480}
      title={
        person && (
          <b>
            {t.segments.why.title}: {person.name || t.customers.noName}
          </b>
        )
      }
      closeButtonProps={{ "aria-label": t.common.act.close }}
    >
      {person && asked && <Inside id={person.id} asked={asked} />}
    </Drawer>
  );
}

function Inside({ id, asked }: { id: string; asked: SegmentAsked }) {
  const { t, f } = useI18n();
  const words = t.segments.why;
  const why = useQuery(calls.segmentWhy(id, asked));
  return (
    <Await query={why} height={240}>
      {(answer) => (
        <div className={css.stack}>
          <p className={answer.is_in ? css.verdictIn : css.verdictOut}>
            {answer.is_in ? words.in : words.out}
            {answer.since && <span className="soft"> {words.since(f.day(answer.since))}</span>}
          </p>
          <Condition node={answer.root} root />
          <section>
            <h3 className={css.small}>{answer.is_in ? words.changeOut : words.changeIn}</h3>
            {answer.changes.length === 0 ? (
              <p className="soft">{words.noChange}</p>
            ) : (
              <ul className={css.changes}>
                {answer.changes.map((change) => (
                  <li key={`${change.kind}${change.purchases}${change.amount_minor}`}>
                    {change.kind === "buys"
                      ? words.buys(change.purchases ?? 1, f.money(change.amount_minor ?? 0))
                      : words.waits(f.day(change.until ?? ""))}
                  </li>
                ))}
              </ul>
            )}
          </section>
          {"segment" in asked && (
            <DecideByHand segment={asked.segment} person={id} isIn={answer.is_in} byHand={answer.by_hand} />
          )}
          <Link to="/customers/$id" params={{ id }} className="small">
            {words.card}
          </Link>
        </div>
      )}
    </Await>
  );
}

function Condition({ node, root }: { node: WhyNode; root?: boolean }) {
  const { t, f, l } = useI18n();
  const words = t.segments.why;
  const group = node.kind !== "leaf";
  const label = group
    ? { all: words.all, any: words.any, not: words.not, held: words.held }[node.kind]
    : l(node.words);
  const value = node.value as unknown;
  const unit = { times: "count", days: "days", money: "money", share: "share", number: "ratio" }[
    node.value_kind ?? ""
  ];
  const shown =
    value === null
      ? node.value_kind
        ? words.unknown
        : null
      : typeof value === "number" && unit
        ? f.unit(value, unit)
        : typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value)
          ? f.day(value)
          : typeof value === "string" && value.startsWith("--")
            ? f.birthday(value)
            : String(value);
  const below = node.below.length > 0 && (
    <ul className={css.conditions}>
      {node.below.map((one, at) => (
        <li key={at}>
          <Condition node={one} />
        </li>
      ))}
    </ul>
  );
  if (root && group) return <>{below}</>;
  return (
    <div>
      <div className={css.condition}>
        <span
          className={node.holds ? "up" : "down"}
          role="img"
          aria-label={node.holds ? words.holds : words.fails}
        >
          {node.holds ? "✓" : "✗"}
        </span>
        <span>
          {label}
          {shown !== null && (
            <span className="soft">
              {" "}
              — {words.now}: {shown}
            </span>
          )}
        </span>
      </div>
      {below}
    </div>
  );
}
