import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import type { CustomerRow, FactSpec } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { DownIcon, UpIcon } from "../../ui/icons.tsx";
import css from "./customers.module.css";
import { isNumber, useFactText } from "./fact.tsx";
import { RowNotes } from "./noted.tsx";
import { phoneText } from "./phone.ts";

const ROW = 44;
const NARROWEST = 80;

interface Props {
  rows: CustomerRow[];
  total: number;
  columns: FactSpec[];
  sort: string | undefined;
  order: "asc" | "desc";
  openId: string | undefined;
  /** Who is ticked; nobody can be without this. */
  selected?: ReadonlySet<string> | undefined;
  onSelect: (next: ReadonlySet<string>) => void;
  loadingMore: boolean;
  onMore: () => void;
  onSort: (sort: string, order: "asc" | "desc") => void;
  onOpen: (id: string) => void;
}

/** Hundreds of thousands of people, some forty rows in the page; more are asked for before the end is seen. */
export function CustomersTable(props: Props) {
  const { t, f, l } = useI18n();
  const words = t.customers;
  const write = useFactText();
  const { rows, columns } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [widths, setWidths] = useState<Record<string, number>>({});
  const wanted = useRef<number | null>(null);
  const narrow = useMediaQuery("(max-width: 640px)");

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 12,
    // The sticky head stands over the first row and pushes the last one down.
    scrollPaddingStart: ROW,
    scrollPaddingEnd: ROW,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { onMore } = props;
  useEffect(() => {
    if (last >= rows.length - 30) onMore();
  }, [last, rows.length, onMore]);

  // The keyboard may ask for a row that is not drawn yet: it gets the focus when it is.
  useEffect(() => {
    if (wanted.current === null) return;
    const row = scroll.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"]`);
    if (row) {
      row.focus({ preventScroll: true });
      wanted.current = null;
    }
  });

  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    wanted.current = next;
    setCurrent(next);
    virtual.scrollToIndex(next);
  };
  const onKey = (event: KeyboardEvent, index: number, id: string) => {
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 400) / ROW) - 2);
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      props.onOpen(id);
    }
  };

  const all = [
    {
      key: "name",
      label: words.name,
      sortable: true,
      num: false,
      width: (narrow ? 180 : 230) + (props.selected ? 34 : 0),
    },
    ...columns.map((spec) => ({
      key: spec.key,
      label: l(spec.label),
      sortable: spec.sortable,
      num: isNumber(spec),
      width: spec.unit === "count" ? 104 : 128,
    })),
    { key: "phone", label: words.phone, sortable: false, num: false, width: 160 },
    { key: "email", label: words.email, sortable: false, num: false, width: 210 },
  ];
  const widthOf = (column: (typeof all)[number]) => widths[column.key] ?? column.width;
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);

  return (
    <div className={css.frame}>
      <div className={css.scroll} ref={scroll}>
        <table
          className={css.table}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is what it is: rows take the focus
          role="grid"
          aria-label={words.table}
          aria-rowcount={props.total + 1}
          style={{ width: all.reduce((sum, column) => sum + widthOf(column), 0) }}
        >
          <colgroup>
            {all.map((column) => (
              <col key={column.key} style={{ width: widthOf(column) }} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {all.map((column) => {
                const on = props.sort === column.key;
                return (
                  <th
                    key={column.key}
                    scope="col"
                    aria-sort={on ? (props.order === "asc" ? "ascending" : "descending") : undefined}
                  >
                    {column.key === "name" && props.selected && (
                      <input
                        type="checkbox"
                        className={css.pickAll}
                        aria-label={t.bulk.selectShown}
                        title={t.bulk.selectShown}
                        checked={rows.length > 0 && rows.every((row) => props.selected?.has(row.id))}
                        onChange={(event) =>
                          props.onSelect(
                            new Set(event.currentTarget.checked ? rows.map((row) => row.id) : []),
                          )
                        }
                      />
                    )}
                    {column.sortable ? (
                      <button
                        type="button"
                        className={css.sort}
                        data-num={column.num || undefined}
                        data-on={on || undefined}
                        onClick={() =>
                          props.onSort(
                            column.key,
                            on ? (props.order === "asc" ? "desc" : "asc") : column.num ? "desc" : "asc",
                          )
                        }
                      >
                        {column.label}
                        {on && (props.order === "asc" ? <UpIcon size={16} /> : <DownIcon size={16} />)}
                      </button>
                    ) : (
                      <div className={css.still}>{column.label}</div>
                    )}
                    <Resize
                      label={words.resize(column.label)}
                      width={widthOf(column)}
                      onWidth={(width) =>
                        setWidths((now) => ({ ...now, [column.key]: Math.max(NARROWEST, width) }))
                      }
                    />
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {before > 0 && (
              <tr>
                <td colSpan={all.length} style={{ height: before, padding: 0, border: 0 }} />
              </tr>
            )}
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                <tr
                  key={row.id}
                  className={css.row}
                  data-index={item.index}
                  data-open={props.openId === row.id || undefined}
                  aria-rowindex={item.index + 2}
                  tabIndex={item.index === Math.min(current, rows.length - 1) ? 0 : -1}
                  onFocus={() => setCurrent(item.index)}
                  onClick={() => props.onOpen(row.id)}
                  onKeyDown={(event) => onKey(event, item.index, row.id)}
                >
                  <td className={css.name} title={row.name}>
                    {props.selected && (
                      <input
                        type="checkbox"
                        className={css.pick}
                        aria-label={t.bulk.select(row.name || words.noName)}
                        checked={props.selected.has(row.id)}
                        onClick={(event) => event.stopPropagation()}
                        onKeyDown={(event) => event.stopPropagation()}
                        onChange={() => {
                          const next = new Set(props.selected);
                          if (!next.delete(row.id)) next.add(row.id);
                          props.onSelect(next);
                        }}
                      />
                    )}
                    {row.name || <span className="soft">{words.noName}</span>}
                    <RowNotes vip={row.vip} problem={row.problem} tags={row.tags} />
                  </td>
                  {columns.map((spec) => (
                    <td key={spec.key} className={isNumber(spec) ? "num" : undefined}>
                      {write(spec, row.facts[spec.key])}
                    </td>
                  ))}
                  <td>{row.phone && phoneText(row.phone)}</td>
                  <td title={row.email ?? undefined}>{row.email}</td>
                </tr>
              );
            })}
            {after > 0 && (
              <tr>
                <td colSpan={all.length} style={{ height: after, padding: 0, border: 0 }} />
              </tr>
            )}
          </tbody>
        </table>
      </div>
      <div className={css.foot}>
        <span className={css.keys}>{words.keys}</span>
        <span>
          {props.loadingMore ? words.loadingMore : `${f.count(rows.length)} / ${f.count(props.total)}`}
        </span>
      </div>
    </div>
  );
}

/** The edge of a column: dragged by a pointer, moved by arrow keys. */
function Resize({
  label,
  width,
  onWidth,
}: {
  label: string;
  width: number;
  onWidth: (width: number) => void;
}) {
  const start = useRef<{ x: number; width: number } | null>(null);
  return (
    <button
      type="button"
      className={css.resize}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={NARROWEST}
      aria-valuemax={800}
      onPointerDown={(event: PointerEvent<HTMLButtonElement>) => {
        start.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (start.current) onWidth(start.current.width + event.clientX - start.current.x);
      }}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
        if (step) {
          event.preventDefault();
          onWidth(width + step);
        }
      }}
    />
  );
}
