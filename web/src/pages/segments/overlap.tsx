import { Link } from "@tanstack/react-router";
import type { SegmentComparison } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { MakeSegment } from "../../ui/door.tsx";
import { Panel } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import css from "./segments.module.css";
import { SEGMENT_COLORS } from "./trend.tsx";

/**
 * Who is in which of the segments: a row for each part, so that every customer is in exactly one. The dots of
 * a row say which segments it is of; the bar is people. Each part opens its people and can become a segment.
 */
export function OverlapPanel({ data }: { data: SegmentComparison }) {
  const { t, f, l } = useI18n();
  const words = t.segments.overlap;
  const segments = data.columns.slice(0, -2);
  const inside = data.parts.filter((part) => part.inside.some(Boolean));
  const most = Math.max(1, ...inside.map((part) => part.customers));
  const told = (part: (typeof inside)[number]) => {
    const names = segments.filter((_, at) => part.inside[at]).map((one) => words.quoted(l(one.name)));
    if (names.length === segments.length) return segments.length === 2 ? words.both : words.all;
    return names.length === 1 ? words.only(names[0] ?? "") : names.join(" + ");
  };
  return (
    <Panel title={words.title} note={words.note}>
      {inside.length === 0 ? (
        <p className="soft">{words.nobody}</p>
      ) : (
        <Scroll label={words.title}>
          <table className="table">
            <thead>
              <tr>
                {segments.map((one, at) => (
                  <th key={one.key} scope="col" className={css.dotHead} title={l(one.name)}>
                    <span
                      className={css.partDot}
                      style={{ background: `var(${SEGMENT_COLORS[at] ?? "--accent"})` }}
                      aria-hidden="true"
                    />
                    <span className="visually-hidden">{l(one.name)}</span>
                  </th>
                ))}
                <th scope="col">{words.part}</th>
                <th scope="col" className="num">
                  {t.segments.people}
                </th>
                <th scope="col" className={css.wideOnly}>
                  <span className="visually-hidden">{words.bar}</span>
                </th>
                <th scope="col" className="num">
                  {t.segments.money}
                </th>
                <th scope="col">
                  <span className="visually-hidden">{t.segments.make}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {inside.map((part) => (
                <tr key={part.segment}>
                  {segments.map((one, at) => (
                    <td key={one.key} className={css.dotCell}>
                      <span
                        className={css.partDot}
                        style={
                          part.inside[at]
                            ? { background: `var(${SEGMENT_COLORS[at] ?? "--accent"})` }
                            : undefined
                        }
                        data-empty={part.inside[at] ? undefined : ""}
                        role="img"
                        aria-label={part.inside[at] ? words.yes : words.no}
                      />
                    </td>
                  ))}
                  <td className={css.partName}>{told(part)}</td>
                  <td className="num">
                    <Link
                      to="/customers"
                      search={{ segment: part.segment }}
                      aria-label={words.open(
                        told(part),
                        t.common.people(part.customers, f.count(part.customers)),
                      )}
                    >
                      {f.count(part.customers)}
                    </Link>
                  </td>
                  <td className={css.wideOnly}>
                    <span className={css.partBar} style={{ width: `${(part.customers / most) * 100}%` }} />
                  </td>
                  <td className="num">{f.moneyShort(part.paid_minor)}</td>
                  <td>
                    <MakeSegment search={{ segment: part.segment }} of={told(part)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Panel>
  );
}
