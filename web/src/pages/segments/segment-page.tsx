import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { CustomerRow, FactSpec, Segment } from "../../api/types.ts";
import { useMay } from "../../app/may.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { lookAt } from "../../lib/scope.ts";
import { EditIcon } from "../../ui/icons.tsx";
import { Await, PageHead } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import { useFactText } from "../customers/fact.tsx";
import { ByHandPanel, useByHand } from "./by-hand.tsx";
import { CompareTable } from "./compare-table.tsx";
import { Editor } from "./editor.tsx";
import { SnapshotDialog } from "./put-into.tsx";
import css from "./segments.module.css";
import { treeOf } from "./tree.ts";
import { TrendPanel } from "./trend.tsx";
import { WhyDrawer } from "./why.tsx";

const COLUMNS = ["last_purchase_day", "orders", "revenue"];

export function SegmentPage() {
  const { id } = useParams({ from: "/app/segments/$id" });
  const search = useSearch({ from: "/app/segments/$id" });
  const segment = useQuery(calls.segment(id));
  const vocabulary = useQuery({ ...calls.segmentVocabulary, enabled: search.edit !== undefined });
  const go = useNavigate();
  const { t, l } = useI18n();
  return (
    <Await query={segment} height={400}>
      {(one) =>
        search.edit && vocabulary.data ? (
          <>
            <PageHead title={t.segments.editor.titleEdit} sentence={one.name} />
            <Editor
              vocabulary={vocabulary.data}
              id={one.id}
              name={one.name}
              start={{ by: "tree", tree: treeOf(one.forms?.definition) }}
              onDone={() => void go({ to: "/segments/$id", params: { id }, search: {} })}
            />
          </>
        ) : (
          <>
            <PageHead
              title={one.name}
              sentence={
                one.kind === "list"
                  ? t.segments.people_.isList
                  : one.broken
                    ? `${t.segments.broken}: ${l(one.broken)}`
                    : l(one.forms?.words)
              }
            />
            <Inside segment={one} />
          </>
        )
      }
    </Await>
  );
}

function Inside({ segment }: { segment: Segment }) {
  const { t, f } = useI18n();
  const words = t.segments;
  const may = useMay();
  const live = segment.kind !== "list";
  const [keeping, setKeeping] = useState(false);
  const queries = useQueryClient();
  const archive = useMutation({
    mutationFn: () => calls.act.changeSegment(segment.id, { archived: !segment.archived }),
    onSuccess: async (now) => {
      await queries.invalidateQueries({ queryKey: calls.LIVE });
      if (now.archived) notifications.show({ message: words.one.archived });
    },
  });
  return (
    <>
      <div className={css.bar}>
        <dl className={css.figures}>
          <div>
            <dt>{words.people}</dt>
            <dd data-testid="segment-size">{f.count(segment.customers)}</dd>
          </div>
          <div>
            <dt>{words.money}</dt>
            <dd>{f.moneyShort(segment.paid_minor)}</dd>
          </div>
        </dl>
        <div className={css.actions}>
          {live && (
            <>
              <Button
                component={Link}
                to="/segments/$id"
                params={{ id: segment.id } as never}
                search={{ edit: "1" } as never}
                leftSection={<EditIcon size={16} />}
              >
                {words.one.edit}
              </Button>
              <Button
                variant="default"
                component={Link}
                to="/segments/new"
                search={{ text: segment.forms?.text.en } as never}
              >
                {words.one.copy}
              </Button>
              {may("numbers_see", true) && (
                <Button variant="default" onClick={() => setKeeping(true)}>
                  {words.people_.snapshot}
                </Button>
              )}
            </>
          )}
          <Button
            variant="default"
            component={Link}
            to="/customers"
            search={{ segment: segment.id } as never}
          >
            {words.one.list}
          </Button>
          <Button variant="default" loading={archive.isPending} onClick={() => archive.mutate()}>
            {segment.archived ? words.one.restore : words.one.archive}
          </Button>
        </div>
      </div>
      {!segment.broken && (
        <div className={css.stackWide}>
          {live && <TrendPanel segments={[{ key: segment.id, name: segment.name }]} />}
          <BesideTheRest segment={segment} />
        </div>
      )}
      <div className={css.columns}>
        <Members segment={segment} />
        <div className={css.stackWide}>
          {live && <ByHandPanel segment={segment} />}
          <Past segment={segment} />
        </div>
      </div>
      {keeping && (
        <SnapshotDialog segment={segment.id} name={segment.name} onClose={() => setKeeping(false)} />
      )}
    </>
  );
}

/** The metrics of its people and of all others, over a year. */
function BesideTheRest({ segment }: { segment: Segment }) {
  const { t } = useI18n();
  const { range } = useHere();
  const { scope } = lookAt({}, range, "year");
  const compared = useQuery(calls.segmentCompare({ ...scope, segment: segment.id }));
  return (
    <Await query={compared} height={260}>
      {(data) => (
        <CompareTable
          data={data}
          title={t.segments.compare.withRest}
          tools={
            <Link to="/segments/compare" search={{ segment: segment.id }} className="small">
              {t.segments.compare.withOther}
            </Link>
          }
        />
      )}
    </Await>
  );
}

function Members({ segment }: { segment: Segment }) {
  const { t, f, l } = useI18n();
  const words = t.segments.one;
  const write = useFactText();
  const facts = useQuery(calls.factCatalogue);
  const members = useQuery(
    calls.segmentMembers(segment.id, { sort: "revenue", order: "desc", columns: COLUMNS.join(",") }),
  );
  const may = useMay();
  const byHand = useByHand(segment.id);
  const [why, setWhy] = useState<CustomerRow | null>(null);
  const columns = COLUMNS.flatMap(
    (key) => facts.data?.items.find((one) => one.key === key) ?? [],
  ) as FactSpec[];
  return (
    <section className={css.panel} aria-label={words.members}>
      <h2 className={css.heading}>{words.members}</h2>
      <Await query={members} height={300}>
        {(page) => (
          <Scroll label={words.members}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t.customers.name}</th>
                  {columns.map((fact) => (
                    <th key={fact.key} scope="col" className="num">
                      {l(fact.label)}
                    </th>
                  ))}
                  <th scope="col">
                    <span className="visually-hidden">{words.why}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {(page.items as CustomerRow[]).map((one) => (
                  <tr key={one.id}>
                    <td>
                      <Link to="/customers/$id" params={{ id: one.id }}>
                        {one.name || t.customers.noName}
                      </Link>
                    </td>
                    {columns.map((fact) => (
                      <td key={fact.key} className="num">
                        {write(fact, one.facts[fact.key])}
                      </td>
                    ))}
                    <td style={{ whiteSpace: "nowrap" }}>
                      {segment.kind === "list" ? (
                        may("numbers_see", true) && (
                          <Button
                            variant="subtle"
                            size="compact-sm"
                            aria-label={t.segments.people_.takeOffOf(one.name || t.customers.noName)}
                            onClick={() => byHand.mutate({ release: [one.id], pin: [], exclude: [] })}
                          >
                            {t.segments.people_.takeOff}
                          </Button>
                        )
                      ) : (
                        <Button
                          variant="subtle"
                          size="compact-sm"
                          aria-label={`${words.why}: ${one.name || t.customers.noName}`}
                          onClick={() => setWhy(one)}
                        >
                          {words.why}
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {segment.customers > page.items.length && (
              <p className="small">
                <Link to="/customers" search={{ segment: segment.id }}>
                  {words.allMembers(f.count(segment.customers))}
                </Link>
              </p>
            )}
          </Scroll>
        )}
      </Await>
      <WhyDrawer person={why} asked={{ segment: segment.id }} onClose={() => setWhy(null)} />
    </section>
  );
}

function Past({ segment }: { segment: Segment }) {
  const { t, f } = useI18n();
  const words = t.segments.one;
  const history = useQuery({ ...calls.segmentHistory(segment.id), placeholderData: keepPreviousData });
  return (
    <section className={css.panel} aria-label={words.moves}>
      <h2 className={css.heading}>{words.moves}</h2>
      <Await query={history} height={200}>
        {(past) => (
          <>
            {past.moves.length === 0 ? (
              <p className="soft">{words.noMoves}</p>
            ) : (
              <ul className={css.moves}>
                {past.moves.slice(0, 12).map((one) => (
                  <li key={one.number}>
                    <span className={one.came ? "up" : "down"}>{one.came ? "+" : "−"}</span>
                    <Link to="/customers/$id" params={{ id: one.customer }}>
                      {one.name || t.customers.noName}
                    </Link>
                    <span className="soft small">
                      {one.came ? words.came : words.left} {f.moment(one.at)}
                    </span>
                  </li>
                ))}
              </ul>
            )}
            <h3 className={css.subheading}>{words.history}</h3>
            {past.days.length < 2 && <p className="soft small">{words.noHistory}</p>}
            <table className="table">
              <tbody>
                {past.days
                  .slice(-14)
                  .reverse()
                  .map((day) => (
                    <tr key={day.day}>
                      <th scope="row">{f.day(day.day)}</th>
                      <td className="num">{f.count(day.customers)}</td>
                      <td className="num">{f.moneyShort(day.paid_minor)}</td>
                    </tr>
                  ))}
              </tbody>
            </table>
          </>
        )}
      </Await>
    </section>
  );
}
